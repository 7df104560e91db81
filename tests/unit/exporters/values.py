# SPDX-License-Identifier: Apache-2.0
"""Credentials and a job's folders, for the tests of what is done with them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from okta_aws.credentials import Credentials
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.settings import HandOver

REGION = "eu-central-1"


def marked(word: str) -> str:
    """A value that is recognisable anywhere, and different each time."""
    return f"TEST{word}{os.urandom(8).hex()}"


def credentials() -> Credentials:
    """Credentials of a session that never was."""
    return Credentials(
        access_key_id=marked("KEYID"),
        secret_access_key=Secret(marked("SECRET") + "/+="),
        session_token=Secret(marked("TOKEN") + "//=="),
        expiration=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC) + timedelta(microseconds=6),
        account="123456789012",
        arn="arn:aws:sts::123456789012:assumed-role/deploy/session",
        role_arn="arn:aws:iam::123456789012:role/deploy",
        session_name="session",
    )


def long_lived() -> Credentials:
    """The keys of an IAM user: no token, no end, no role."""
    return replace(credentials(), session_token=Secret(""), expiration=None, role_arn="", session_name="")


def hand_over(
    *, profile: str = "", overwrite: bool = False, as_variables: bool = True, as_outputs: bool = False
) -> HandOver:
    """What the user wants done with the credentials."""
    return HandOver(
        profile=profile,
        overwrite_profile=overwrite,
        as_variables=as_variables,
        as_outputs=as_outputs,
        mask_account=False,
        host_temp="",
        plain_secret=False,
    )


def job(folder: Path) -> dict[str, str]:
    """The environment of a step whose folders are under ``folder``."""
    for name in ("home", "workspace", "files"):
        (folder / name).mkdir(exist_ok=True)
    files = {name: str(folder / "files" / name) for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE")}
    return {
        "GITHUB_ACTIONS": "true",
        "HOME": str(folder / "home"),
        "GITHUB_WORKSPACE": str(folder / "workspace"),
        **files,
    }


def written_under(folder: Path) -> dict[str, str]:
    """Every file under ``folder`` that holds something, by its relative path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): text for path in files if (text := path.read_text())}


def context(environ: dict[str, str]) -> Context:
    """The context that ``environ`` describes."""
    return Context.from_environ(environ)


def no_waiting(_seconds: float) -> None:
    """For tests in which nobody holds a lock."""
    raise AssertionError("waited for a lock that nobody should hold")
