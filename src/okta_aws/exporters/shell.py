# SPDX-License-Identifier: Apache-2.0
"""Credentials as lines that a shell evaluates, and as the environment of a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from okta_aws.credentials import Credentials
from okta_aws.settings.okta_aws_cli import PREFIX
from okta_aws.settings.options import OPTIONS

SHELLS = ("sh", "fish", "powershell")
# PowerShell takes each of these for a single quote (about_Quoting_Rules; its tokenizer treats them alike).
_POWERSHELL_QUOTES = "'\u2018\u2019\u201a\u201b"
# Where AWS's tools look for other credentials than the keys in the environment, or for what belongs to older ones
# (AWS SDKs and Tools Reference Guide, "Environment variables"). Files, endpoints and certificates stay.
_CONTRADICTING = frozenset(
    {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    | {"AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION", "AWS_ACCESS_KEY", "AWS_SECRET_KEY"}
    | {"AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ACCOUNT_ID"}
    | {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}
    | {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"}
)
_OURS_ALONE = frozenset(
    {"OKTA_AWS_INSIDE", f"{PREFIX}PRIVATE_KEY"} | {option.cli_variable for option in OPTIONS if option.secret}
)


def shell_lines(credentials: Credentials, region: str, shell: str) -> str:
    """The lines that set the variables in ``shell``, one of ``SHELLS``. They hold the secrets."""
    write = _WRITERS[shell]
    return "".join(f"{write(name, value)}\n" for name, value in _variables(credentials, region).items())


def child_environment(environ: Mapping[str, str], credentials: Credentials, region: str) -> dict[str, str]:
    """``environ`` for a command that shall have these credentials and no others, nor the secrets they came from."""
    kept = {name: value for name, value in environ.items() if name not in _CONTRADICTING | _OURS_ALONE}
    return kept | {name: value for name, value in _variables(credentials, region).items() if value}


def profile_lines(credentials: Credentials, name: str) -> str:
    """A section ``name`` of AWS's credentials file. It holds the secrets."""
    keys = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key.reveal(),
        "aws_session_token": credentials.session_token.reveal(),
    }
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value)


def sh_line(name: str, value: str) -> str:
    """POSIX shell: nothing is special between single quotes but their end (XCU 2.2.2)."""
    return f"export {name}='{value.replace(chr(39), _SH_QUOTE)}'" if value else f"unset {name}"


def fish_line(name: str, value: str) -> str:
    """fish: between single quotes a backslash escapes itself and the quote ("Quotes" in fish's language manual)."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{escaped}'" if value else f"set -e {name}"


def powershell_line(name: str, value: str) -> str:
    """PowerShell: between single quotes each of its single quotes is written twice; setting to nothing removes."""
    doubled = "".join(one * 2 if one in _POWERSHELL_QUOTES else one for one in value)
    return f"$Env:{name} = '{doubled}'"


_SH_QUOTE = "'\\''"
_WRITERS: Mapping[str, Callable[[str, str], str]] = {
    "sh": sh_line,
    "fish": fish_line,
    "powershell": powershell_line,
}


def _variables(credentials: Credentials, region: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key.reveal(),
        # Unset where it is empty: one of an earlier session does not belong to these keys.
        "AWS_SESSION_TOKEN": credentials.session_token.reveal(),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }
