# SPDX-License-Identifier: Apache-2.0
"""The end of the job: what the step handed over is taken back, no more and no less."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from okta_aws.errors import Error, ExportError
from okta_aws.exporters.state import Written, WrittenProfile
from okta_aws.runner.context import Context
from okta_aws.runner.files import append, entry


class Report(Protocol):
    """What cleaning up tells whoever runs it."""

    def info(self, text: str) -> None:
        """One line of the log."""

    def warning(self, title: str, *lines: str) -> None:
        """Something that could not be cleaned."""


def clean_up(environ: Mapping[str, str], context: Context, report: Report, sleep: Callable[[float], None]) -> None:
    """Blanks the variables and removes the profile that the state in ``environ`` names. Never fails the job.

    ``AWS_SKIP_CLEANUP_STEP=true`` leaves everything (configure-aws-credentials). ``sleep`` waits, in seconds.
    """
    if environ.get("AWS_SKIP_CLEANUP_STEP") == "true":
        report.info("AWS_SKIP_CLEANUP_STEP is true: nothing is cleaned up")
        return
    try:
        written = Written.from_environ(environ)
    except Error as error:
        _warn(report, error)
        return
    # One failure must not keep the other from being tried.
    _attempt(report, lambda: _blank(written.variables, context, report))
    profile = written.profile
    if profile is not None:
        _attempt(report, lambda: _remove(profile, context, report, sleep))


def _attempt(report: Report, act: Callable[[], None]) -> None:
    try:
        act()
    except Error as error:
        _warn(report, error)
    except (OSError, ValueError) as cause:
        found = (getattr(cause, "strerror", None) or "a path that is none").lower()
        _warn(report, ExportError("export-failed", "cleaning up", found=found, fix="look at the files of the profile"))


def _warn(report: Report, error: Error) -> None:
    report.warning(f"Something is left behind [{error.code}]", error.headline(), *error.fix[:1], error.docs)


def _blank(variables: tuple[str, ...], context: Context, report: Report) -> None:
    if variables:
        # The runner can set variables but not unset them; AWS's tools take an empty one for none.
        append(context.env_file, [entry(name, "") for name in variables])
        report.info(f"blanked {', '.join(variables)}")


def _remove(profile: WrittenProfile, context: Context, report: Report, sleep: Callable[[float], None]) -> None:
    # Imported late, as in exporters.select.
    from okta_aws.exporters.profile import remove_profile, rules_for
    from okta_aws.files import owner_of

    owner = owner_of(context.workspace) if context.workspace else None
    for path in remove_profile(profile, rules_for(context.home, owner, sleep)):
        report.info(f"removed profile {profile.name} from {path}")
