# SPDX-License-Identifier: Apache-2.0
"""What the map hands to Terraform: names that may be set, and where their values come from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
_SOURCE_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,127}|TF_VAR_[A-Za-z0-9_]{1,120}", re.ASCII)
# Secrets Manager and SSM, API reference: names, and ARNs of both.
_SECRET = re.compile(r"[\w/+=.@:-]{1,512}", re.ASCII)
_PARAMETER = re.compile(r"[\w./:-]{1,1011}", re.ASCII)
_KEY = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
_KINDS = frozenset({"environment", "secret", "parameter"})
MAX_TEXT = 32 << 10
"""Bytes of one value; Linux takes 128 KiB for a variable with its name (MAX_ARG_STRLEN)."""

# Who sets these becomes somebody else (credentials), runs something (loaders, shells, git, interpreters), or has
# Terraform look elsewhere than Atlantis meant.
_PREFIXES = (
    *("AWS_", "OKTA_", "ATLANTIS_", "GITHUB_", "GH_", "ACTIONS_", "RUNNER_"),
    *("LD_", "DYLD_", "GIT_", "SSH_", "BASH_", "PYTHON", "PERL", "RUBY", "NODE_", "GCONV_"),
    *("TF_CLI_", "TF_TOKEN_", "TF_REATTACH_", "TF_DATA_", "TF_WORKSPACE", "TF_PLUGIN_", "TF_INPUT"),
    *("TF_FORCE_", "TERRAFORM_CONFIG", "XDG_", "OPENSSL_"),
    *("PULL_", "HEAD_", "BASE_", "REPO_"),
)
_EXACT = frozenset(
    {
        *("PATH", "HOME", "SHELL", "ENV", "IFS", "CDPATH", "PS4", "USER", "LOGNAME", "TMPDIR", "SHELLOPTS"),
        *("BASHOPTS", "GLIBC_TUNABLES", "CURL_HOME", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"),
        *("DIR", "WORKSPACE", "PROJECT_NAME", "PLANFILE", "SHOWFILE", "POLICYCHECKFILE", "USER_NAME", "COMMENT_ARGS"),
    }
)
_CREDENTIAL = re.compile(
    r"(^|_)(TOKEN|SECRET|SECRETS|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|CREDENTIALS|PRIVATE_KEY|API_?KEY|ACCESS_KEY)(_|$)"
)


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable for Terraform. ``name``: as in the environment (``TF_VAR_zones``). ``line``: in the map.

    ``kind``: ``literal`` (``source`` is the value), ``environment`` (a variable of the helper's), ``secret`` (Secrets
    Manager; ``key``: of the JSON object in it, else empty) or ``parameter`` (SSM); ``source`` is the name there.
    """

    name: str
    kind: str
    source: str
    key: str
    line: int


class UnfitError(ValueError):
    """What the map must not say: ``wanted`` and ``found``, in words that repeat no value."""

    def __init__(self, wanted: str, found: str) -> None:
        super().__init__(f"wanted {wanted}, found {found}")
        self.wanted = wanted
        self.found = found


def is_dangerous(name: str) -> bool:
    """Whether a variable of that name is a credential, or changes what runs or where Terraform looks."""
    upper = name.upper()
    return upper in _EXACT or upper.startswith(_PREFIXES) or bool(_CREDENTIAL.search(upper))


def environment_name(name: object) -> str:
    """``name`` as a variable of ``env``. Raises ``UnfitError``."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UnfitError("a name of letters, digits and _", _shown(name))
    if name.upper().startswith("TF_VAR_"):
        raise UnfitError(f"an input of Terraform under vars, as {name[7:] or 'NAME'}", _shown(name))
    if is_dangerous(name):
        wanted = "a name that is no credential's and changes neither what runs nor where Terraform looks"
        raise UnfitError(wanted, _shown(name))
    return str(name)


def input_name(name: object) -> str:
    """``name`` as an input of Terraform, under ``vars``. Raises ``UnfitError``."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UnfitError("a name of letters, digits and _", _shown(name))
    return f"TF_VAR_{name}"


def variable(name: str, value: object, line: int, *, structured: bool) -> Variable:
    """The variable ``name`` with what the map says for it; ``structured``: lists and maps are values too, as JSON.

    Raises ``UnfitError``.
    """
    if isinstance(value, Mapping) and (_KINDS & set(value) or not structured):
        return _referred(name, value, line)
    return Variable(name, "literal", _literal(value, structured=structured), "", line)


def _referred(name: str, value: Mapping[Any, Any], line: int) -> Variable:
    kinds = [kind for kind in ("environment", "secret", "parameter") if kind in value]
    allowed = {*kinds, "key"} if kinds == ["secret"] else set(kinds)
    if len(kinds) != 1 or set(value) - allowed:
        wanted = (
            "one of {environment: NAME}, {secret: NAME}, {secret: NAME, key: KEY}, {parameter: NAME}; a map that has "
            "such a key of its own is written as JSON text"
        )
        raise UnfitError(wanted, f"the keys {', '.join(sorted(_shown(key) for key in value)) or 'of an empty map'}")
    kind, key = kinds[0], value.get("key", "")
    source = value[kind]
    form, wanted = {
        "environment": (_SOURCE_NAME, "the name of an environment variable, in capitals"),
        "secret": (_SECRET, "the name or ARN of a secret"),
        "parameter": (_PARAMETER, "the name or ARN of a parameter"),
    }[kind]
    if not isinstance(source, str) or not form.fullmatch(source):
        raise UnfitError(wanted, _shown(source))
    if kind == "environment" and not source.startswith("TF_VAR_") and is_dangerous(source):
        raise UnfitError("a variable of the helper that is no credential", _shown(source))
    if not isinstance(key, str) or (key and not _KEY.fullmatch(key)):
        raise UnfitError("the key of a JSON object", _shown(key))
    return Variable(name, kind, str(source), str(key), line)


def _literal(value: object, *, structured: bool) -> str:
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = str(value)
    elif isinstance(value, int):
        text = str(int(value))
    elif structured and isinstance(value, list | Mapping):
        text = json.dumps(_plain(value), ensure_ascii=True, separators=(",", ":"))
    else:
        more = ", a list or a map" if structured else ""
        raise UnfitError(f"text, a whole number or a boolean{more} (another number in quotes)", type(value).__name__)
    reason = unfit_text(text)
    if reason:
        raise UnfitError("a value that one line can carry", reason)
    return text


def unfit_text(text: str) -> str:
    """Why ``text`` cannot be handed over as a variable, or nothing. Repeats no part of it."""
    if not text.isprintable() and any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text):
        return "a line end or another control character"
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return "half a character"
    if text.endswith("\\"):
        return "a backslash at its end"
    if len(text.encode()) > MAX_TEXT:
        return f"more than {MAX_TEXT} bytes"
    return ""


def _plain(value: object, depth: int = 0) -> object:
    if depth > 20:
        raise UnfitError("lists and maps at most 20 deep", "more")
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise UnfitError("a map whose keys are text", "other keys")
        return {str(key): _plain(one, depth + 1) for key, one in value.items()}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    raise UnfitError("text, whole numbers and booleans (another number in quotes)", type(value).__name__)


def _shown(value: object) -> str:
    return ascii(value)[:80]
