# SPDX-License-Identifier: Apache-2.0
"""Session tags of ``AssumeRole``: those that describe the job, those the user adds, and AWS's rules for them.

Names and order of the job's tags are those of configure-aws-credentials v6.2.3, since policies key on them. Limits:
STS API reference, Tag.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

MAX_TAGS = 50
_MAX_KEY = 128
_MAX_VALUE = 256
_MARKS = frozenset("_.:/=+-@")


@dataclass(frozen=True, slots=True)
class Tag:
    """One session tag. ``droppable``: left out where the packed size of all tags is too large."""

    key: str
    value: str
    droppable: bool = False


# Who did what: never dropped, never overridden.
_ALWAYS = {
    "Repository": "GITHUB_REPOSITORY",
    "Workflow": "GITHUB_WORKFLOW",
    "Action": "GITHUB_ACTION",
    "Actor": "GITHUB_ACTOR",
    "Commit": "GITHUB_SHA",
    "Branch": "GITHUB_REF",
}
_DROPPABLE = {
    "EventName": "GITHUB_EVENT_NAME",
    "BaseRef": "GITHUB_BASE_REF",
    "HeadRef": "GITHUB_HEAD_REF",
    "RunId": "GITHUB_RUN_ID",
    "Job": "GITHUB_JOB",
    "TriggeringActor": "GITHUB_TRIGGERING_ACTOR",
}
PROTECTED = frozenset({"GitHub", *_ALWAYS, *_DROPPABLE})


def job_tags(environ: Mapping[str, str]) -> tuple[Tag, ...]:
    """The tags that describe the job of ``environ``; none outside of GitHub Actions."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return ()
    found = [Tag("GitHub", "Actions")]
    for names, droppable in ((_ALWAYS, False), (_DROPPABLE, True)):
        found += [Tag(key, fit(environ[name]), droppable) for key, name in names.items() if environ.get(name)]
    return tuple(found)


def fit(text: str) -> str:
    """``text`` as a tag's value: characters that AWS does not take become ``_``, at most 256 of them."""
    return "".join(one if _is_allowed(one) else "_" for one in text)[:_MAX_VALUE]


def custom_tags(document: str) -> tuple[tuple[Tag, ...], list[str]]:
    """The tags of a JSON object of texts, numbers and booleans, and what is wrong with it, a sentence each."""
    problems: list[str] = []
    tags: list[Tag] = []
    for key, value in json.loads(document).items():
        text = _text(value)
        problem = "a value that is neither text, number nor boolean" if text is None else next(_wrong(key, text), "")
        if problem:
            problems.append(f"{key[:40]!a}: {problem}")
        else:
            tags.append(Tag(key, text or ""))
    return tuple(tags), problems


def without_droppable(tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """``tags`` for a second attempt, when AWS found the first ones too large."""
    return tuple(tag for tag in tags if not tag.droppable)


def _text(value: object) -> str | None:
    # As JavaScript writes them, which is what roles were tagged with so far.
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return None  # Python's reader knows NaN and Infinity, JSON does not.
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    return str(value) if isinstance(value, (str, int)) else None


def _wrong(key: str, value: str) -> Iterator[str]:
    if not 1 <= len(key) <= _MAX_KEY:
        yield f"a key of 1 to {_MAX_KEY} characters is wanted"
    if len(value) > _MAX_VALUE:
        yield f"a value of at most {_MAX_VALUE} characters is wanted"
    if not all(map(_is_allowed, key + value)):
        yield "letters, digits, blanks and _.:/=+-@ are wanted"
    if key in PROTECTED:
        yield "a key that describes the job and cannot be overridden"


def _is_allowed(character: str) -> bool:
    # [\p{L}\p{Z}\p{N}_.:/=+\-@], which the standard library's `re` cannot say.
    return character in _MARKS or unicodedata.category(character)[0] in "LZN"
