# SPDX-License-Identifier: Apache-2.0
"""What is said of one link of the chain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from okta_aws.errors import Error, SettingsError


class Status(Enum):
    """How a link is; the values are those of the machine interface."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"
    NOT_CHECKABLE = "not-checkable"


@dataclass(frozen=True, slots=True)
class Link:
    """``found``: what was seen, or what is missing for looking. ``fix``: best first. ``details``: more lines.
    ``docs``: where the documentation treats the error that broke it, empty where there was none.

    Texts are foreign in part, and not yet escaped.
    """

    name: str
    status: Status
    found: str
    fix: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    docs: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found wrong; the worst of several is the link's status."""

    status: Status
    found: str
    fix: str


def broken(found: str, fix: str) -> Finding:
    """Something with which there is no role."""
    return Finding(Status.BROKEN, found, fix)


def warning(found: str, fix: str) -> Finding:
    """Something that may do harm."""
    return Finding(Status.WARNING, found, fix)


def ok(name: str, found: str, details: tuple[str, ...] = ()) -> Link:
    """A link that holds."""
    return Link(name, Status.OK, found, (), details)


def not_checkable(name: str, because: str, fix: str = "") -> Link:
    """A link that cannot be looked at, and what would have to be given."""
    return Link(name, Status.NOT_CHECKABLE, because, (fix,) if fix else ())


def judged(name: str, findings: list[Finding], otherwise: str, details: tuple[str, ...] = ()) -> Link:
    """The link with these findings; ``otherwise`` is what is said where there are none."""
    if not findings:
        return ok(name, otherwise, details)
    worst = Status.BROKEN if any(one.status is Status.BROKEN for one in findings) else Status.WARNING
    ordered = sorted(findings, key=lambda one: one.status is not Status.BROKEN)
    found = "; ".join(one.found for one in ordered)
    return Link(name, worst, found, tuple(dict.fromkeys(one.fix for one in ordered)), details)


def of_error(name: str, error: Error) -> Link:
    """The link that ``error`` broke."""
    if isinstance(error, SettingsError):
        found = "; ".join(problem.line() for problem in error.problems)
        fixes = tuple(problem.fix for problem in error.problems if problem.fix) or ("correct the setting",)
        return Link(name, Status.BROKEN, found, fixes, docs=error.docs)
    return Link(name, Status.BROKEN, f"{error.headline()} [{error.code}]", error.fix, docs=error.docs)
