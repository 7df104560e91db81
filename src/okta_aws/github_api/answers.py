# SPDX-License-Identifier: Apache-2.0
"""What GitHub answers, as far as we need it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by its number, which no renaming changes."""

    id: int
    default_branch: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request. ``head``: the newest commit. ``head_repository``: its number, 0 where that was deleted.

    ``merge_commit``: empty unless it is merged.
    """

    number: int
    author: str
    head: str
    head_repository: int
    base_branch: str
    base_repository: int
    merge_commit: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Merging:
    """How a pull request could be merged. ``head``: the commit that this is about; ``branch``: its branch.

    ``mergeable``: ``None`` while GitHub works it out. ``state``: GitHub's word (``clean``, ``blocked``, ``dirty``, …).
    Source: GraphQL API, ``MergeStateStatus``, which the REST API says in lower case.
    """

    head: str
    branch: str
    mergeable: bool | None
    state: str


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """What somebody said of a commit. ``updated_s``: by GitHub's clock, in seconds since 1970."""

    context: str
    state: str
    author: str
    updated_s: float


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the conversation. ``updated_s``: by GitHub's clock, in seconds since 1970."""

    id: int
    author: str
    body: str
    updated_s: float
    url: str


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook. GitHub tells that it has a secret, never which."""

    id: int
    url: str
    content_type: str
    verifies_tls: bool
    has_secret: bool
    events: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class Reviewers:
    """Who an environment asks: logins of people, and slugs of teams of the owner."""

    users: tuple[str, ...]
    teams: tuple[str, ...]
