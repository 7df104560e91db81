# SPDX-License-Identifier: Apache-2.0
"""Entries of ``repos.yaml``: which repositories one is about, and which value of a key counts in the end.

Of all entries that match a repository the last one that sets a key wins (runatlantis.io, server-side repo config).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from okta_aws.atlantis.setup_files.facts import RepoEntry, Repos

_ALL = frozenset({".*", "^.*", ".*$", "^.*$", ".+", "^.+$", "", "^", "$", "^(.*)$", "(.*)"})
# What has no meaning of its own in a regular expression.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_:@")


@dataclass(frozen=True, slots=True)
class Effective:
    """One value of a key that counts for some repositories. ``entry``: that sets it, or ``None``: the default.

    ``at``: the entry that it is about. ``before``: an earlier entry that is overridden by this one.
    """

    entry: RepoEntry | None
    at: RepoEntry
    before: RepoEntry | None = None


def effective(repos: Repos, key: str) -> Iterator[Effective]:
    """Every value of ``key`` that counts for some repository, and where the default does."""
    setters = [one for one in repos.entries if one.has(key)]
    for index, entry in enumerate(setters):
        if not any(covers(later, entry) for later in setters[index + 1 :]):
            earlier = next((one for one in reversed(setters[:index]) if covers(one, entry)), None)
            yield Effective(entry, entry, earlier)
    told: list[RepoEntry] = []  # one word about the default is enough
    for entry in sorted(repos.entries, key=is_for_all, reverse=True):
        if not any(covers(one, entry) for one in (*told, *setters)):
            yield Effective(None, entry)
            told.append(entry)


def covers_all(repos: Repos) -> bool:
    """That every repository has an entry."""
    return any(is_for_all(entry) for entry in repos.entries)


def covers(wide: RepoEntry, narrow: RepoEntry) -> bool:
    """That ``wide`` surely matches every repository that ``narrow`` does."""
    if is_for_all(wide) or wide.id == narrow.id:
        return True
    return not _is_pattern(narrow.id) and matches(wide, narrow.id) is True


def matches(entry: RepoEntry, repository: str) -> bool | None:
    """Whether an entry is about HOST/OWNER/NAME; ``None`` where its regular expression is not a simple one.

    Such an expression is never run: one from a file of strangers could take for ever.
    """
    if not _is_pattern(entry.id):
        return entry.id == repository
    pieces = _pieces(entry.id[1:-1])
    return None if pieces is None else _fits(pieces, repository)


def is_for_all(entry: RepoEntry) -> bool:
    """That it is about every repository."""
    return _is_pattern(entry.id) and entry.id[1:-1] in _ALL


def _is_pattern(name: str) -> bool:
    return len(name) > 1 and name.startswith("/") and name.endswith("/")


def _pieces(pattern: str) -> list[str] | None:
    """The fixed texts between ``.*``; those at the ends are empty where any text may come before or after."""
    pieces, index = [""], 0
    if pattern.startswith("^"):
        index = 1
    else:
        pieces.append("")
    while index < len(pattern):
        letter = pattern[index]
        if pattern.startswith((".*", ".+"), index):
            pieces.append("")
            index += 2
        elif letter == "\\" and index + 1 < len(pattern) and not pattern[index + 1].isalnum():
            pieces[-1] += pattern[index + 1]
            index += 2
        elif letter == "$" and index == len(pattern) - 1:
            return pieces
        elif letter in _PLAIN or (letter == "." and pattern[index + 1 : index + 2] not in {"?", "{"}):
            pieces[-1] += letter
            index += 1
        else:
            return None
    return [*pieces, ""]


def _fits(pieces: list[str], text: str) -> bool:
    first, *rest = pieces
    if not rest:
        return first == text
    last = rest.pop()
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in rest:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True
