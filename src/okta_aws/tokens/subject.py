# SPDX-License-Identifier: Apache-2.0
"""The subject of GitHub's tokens, with and without ids.

``repo:OWNER/NAME:CONTEXT``, and since July 2026 ``repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID:CONTEXT`` for new, renamed and
transferred repositories and where it was switched on (GitHub docs, "OpenID Connect reference").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SUBJECT = re.compile(
    r"repo:(?P<owner>[^/@:]+)(?:@(?P<owner_id>[0-9]+))?/(?P<name>[^/@:]+)(?:@(?P<repository_id>[0-9]+))?"
    r"(?::(?P<context>.+))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class GithubSubject:
    """A subject and its parts; ids are empty in the legacy form, ``context`` is what follows the repository."""

    owner: str
    owner_id: str
    name: str
    repository_id: str
    context: str

    @classmethod
    def parse(cls, text: str) -> GithubSubject | None:
        """The parts of ``text``, or ``None`` where it is no subject of GitHub's default form."""
        match = _SUBJECT.fullmatch(text)
        return cls(*(part or "" for part in match.groups())) if match else None

    @property
    def has_ids(self) -> bool:
        """Whether this is the immutable form."""
        return bool(self.owner_id and self.repository_id)

    @property
    def repository(self) -> str:
        """``repo:OWNER/NAME`` with the ids where there are some."""
        owner = f"{self.owner}@{self.owner_id}" if self.owner_id else self.owner
        name = f"{self.name}@{self.repository_id}" if self.repository_id else self.name
        return f"repo:{owner}/{name}"

    @property
    def plain_repository(self) -> str:
        """``repo:OWNER/NAME`` without ids."""
        return f"repo:{self.owner}/{self.name}"
