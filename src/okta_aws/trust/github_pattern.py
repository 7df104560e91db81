# SPDX-License-Identifier: Apache-2.0
"""A subject of GitHub Actions as a policy wants it, wildcards included.

Forms: ``repo:OWNER/REPO:CONTEXT``, and since July 2026 ``repo:OWNER@ID/REPO@ID:CONTEXT`` (GitHub documentation,
"OpenID Connect reference"). The context is ``ref:refs/heads/…``, ``environment:…`` or ``pull_request``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from okta_aws.policies.wildcards import matches, pieces
from okta_aws.trust.grant import Grant, Test, has_wildcard

_WITH_ID = re.compile(r".+@[\d*?]+")
_ONLY_WILDCARDS = re.compile(r"[*?]+")
# Keys that narrow a token down to repositories, whatever the subject says.
REPOSITORY_KEYS = ("repository_id", "repository", "job_workflow_ref")


@dataclass(frozen=True)
class GithubPattern:
    """``owner`` and ``repository`` with their ids, as written; ``context`` is empty where no colon is."""

    text: str
    owner: str
    repository: str
    context: str
    whole: bool

    @cached_property
    def any_owner(self) -> bool:
        """That owners fit whose names anybody can take."""
        return has_wildcard(self.owner.partition("@")[0]) or not self.owner

    @cached_property
    def any_repository(self) -> bool:
        """That every repository of the owner fits."""
        return bool(_ONLY_WILDCARDS.fullmatch(self.repository.partition("@")[0]))

    @cached_property
    def immutable(self) -> bool:
        """That it is of the form with ids."""
        return bool(_WITH_ID.fullmatch(self.owner) and _WITH_ID.fullmatch(self.repository))

    @cached_property
    def admits_pull_requests(self) -> bool:
        """That the subject of a run for a pull request fits."""
        if not self.whole:
            return self.repository.endswith("*") or (not self.repository and self.owner.endswith("*"))
        return matches(pieces(self.context), "pull_request")


@lru_cache(maxsize=4096)
def github_pattern(text: str) -> GithubPattern | None:
    """The parts of ``text``, ``None`` where it does not begin like a subject of GitHub."""
    if not text.startswith("repo:"):
        return None
    owner, _, rest = text.removeprefix("repo:").partition("/")
    if ":" in owner:  # repo:*:ref:…
        owner, _, context = owner.partition(":")
        return GithubPattern(text, owner, "", context, True)
    repository, colon, context = rest.partition(":")
    return GithubPattern(text, owner, repository, context, bool(colon))


def wanted_subjects(grant: Grant) -> Iterator[tuple[Test, str]]:
    """The values that a subject has to have, with their conditions."""
    for test in grant.on("sub"):
        if test.positive:
            for value in test.values:
                yield test, value


def bound_otherwise(grant: Grant) -> bool:
    """That other keys name the repositories, or the reusable workflow, exactly."""
    return any(test.exact and test.values for test in grant.on(*REPOSITORY_KEYS))
