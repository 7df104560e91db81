# SPDX-License-Identifier: Apache-2.0
"""Reading one value strictly; what does not fit becomes a ``Problem`` and never an exception."""

from __future__ import annotations

import json
import re
from urllib.parse import SplitResult, urlsplit

from okta_aws.arn import RoleArn
from okta_aws.errors import Problem
from okta_aws.secret import Secret
from okta_aws.settings.options import BY_NAME
from okta_aws.settings.raw import RawSettings, RawValue

# The YAML 1.2 core schema, which is also what GitHub's own actions take.
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})

# Keys, tokens and passwords end up in the wrong input; these are the beginnings of those that have one, and the usual
# shapes of the others. A long run of base64 counts too, but between slashes, or every long address would be one.
SECRET_BEGINNINGS = re.compile(r"-----BEGIN|\beyJ[\w-]{8}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bgh[opsu]_\w|\bgithub_pat_")
_SECRET_SHAPES = re.compile(
    SECRET_BEGINNINGS.pattern
    + r"|PRIVATE KEY|\b[A-Za-z0-9+=_-]{32,}|(?<![\w+/=])[A-Za-z0-9+/]{40}(?![\w+/=])|\"d\"\s*:|://\S*@|(?:^|[\s,])(?!arn:)[^\s:/,]+:\S+@"
)


def shown(text: str) -> str:
    """``text`` as an error may quote it: short, printable, and not at all where it looks like a secret."""
    if _SECRET_SHAPES.search(text):
        return f"{len(text)} characters that look like a secret (not shown)"
    if len(text) > 120:
        return f"{len(text)} characters"
    return f'"{text}"' if text.isprintable() else ascii(text)


class Reader:
    """Hands out values of one ``RawSettings`` and keeps the problems it met."""

    def __init__(self, raw: RawSettings) -> None:
        self._raw = raw
        self.problems: list[Problem] = []
        self._undecodable = frozenset(name for name, value in raw.items() if not _is_text(value.text))
        for name, value in raw.items():
            if name in self._undecodable:
                self.problems.append(Problem(name, value.origin, "text in UTF-8", "bytes that are none"))

    def has(self, name: str) -> bool:
        """Whether the user, or a default, set this option."""
        return name in self._raw

    def origin(self, name: str) -> str:
        """Where the value of an option came from."""
        value = self._raw.get(name)
        return value.origin if value else "not set"

    def problem(self, name: str, wanted: str, found: str, fix: str = "") -> None:
        """Notes a problem with option ``name``."""
        if name in self._undecodable:
            return
        self.problems.append(Problem(name, self.origin(name), wanted, found, fix))

    def refuse(self, name: str, wanted: str, fix: str = "") -> None:
        """Notes that the value of ``name`` is not what was wanted, quoting it if that is safe."""
        value = self._raw.get(name)
        if value is None:
            found = "nothing"
        elif BY_NAME[name].secret:
            found = f"{len(value.text)} characters (secret, not shown)"
        else:
            found = shown(value.text)
        self.problem(name, wanted, found, fix)

    def text(self, name: str) -> str:
        """The text of an option, empty if unset."""
        value = self._value(name)
        return value.text if value else ""

    def secret(self, name: str) -> Secret | None:
        """The value of a secret option."""
        value = self._value(name)
        return Secret(value.text) if value else None

    def boolean(self, name: str, *, unset: bool = False) -> bool:
        """``true`` or ``false`` in one of YAML's spellings; ``unset`` where nothing was said."""
        text = self.text(name)
        if not text:
            return unset
        if text in _TRUE:
            return True
        if text not in _FALSE:
            self.refuse(name, "true or false")
        return False

    def integer(self, name: str) -> int:
        """A whole number within the option's bounds."""
        option = BY_NAME[name]
        text = self.text(name) or option.default
        if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) and option.minimum <= int(text) <= option.maximum:
            return int(text)
        self.refuse(name, f"a whole number from {option.minimum} to {option.maximum}")
        return option.minimum

    def choice(self, name: str) -> str:
        """One of the option's choices, empty if unset."""
        text = self.text(name)
        if text and text not in BY_NAME[name].choices:
            self.refuse(name, f"one of {', '.join(BY_NAME[name].choices)}")
            return ""
        return text

    def items(self, name: str, separators: str = r"[,\s]+") -> tuple[str, ...]:
        """The parts of a list, in order, without empty ones."""
        return tuple(part.strip() for part in re.split(separators, self.text(name)) if part.strip())

    def lines(self, name: str) -> tuple[str, ...]:
        """The parts of a list separated by commas or line ends."""
        return self.items(name, r"[,\r\n]+")

    def role(self, name: str) -> RoleArn | None:
        """A role's ARN."""
        text = self.text(name)
        arn = RoleArn.parse(text) if text else None
        if text and arn is None:
            self.refuse(name, "a role ARN, arn:aws:iam::123456789012:role/NAME", _arn_hint(text))
        return arn

    def json_object(self, name: str) -> str:
        """A JSON object, as the text that was given."""
        text = self.text(name)
        try:
            document = json.loads(text) if text else {}
        except (ValueError, RecursionError) as cause:
            place = f" at line {cause.lineno} column {cause.colno}" if isinstance(cause, json.JSONDecodeError) else ""
            self.problem(name, "a JSON object", f"text that is no JSON{place}")
            return ""
        if not isinstance(document, dict):
            self.problem(name, "a JSON object", f"JSON, but {_json_kind(document)}")
            return ""
        return text

    def url(self, name: str, *, local: bool = False) -> str:
        """An https URL, empty where it is none; plain http for loopback addresses only, where nobody can listen in.

        ``local``: and for names without a dot, such as those of a job's service containers.
        """
        text = self.text(name)
        if text and not is_acceptable_url(text, local=local):
            self.refuse(name, "an https URL with a host, and no user, query or fragment in it")
            return ""
        return text

    def _value(self, name: str) -> RawValue | None:
        return self._raw.get(name)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # the environment's bytes that are no UTF-8 arrive as lone surrogates (PEP 383)
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this very machine."""
    if host in {"localhost", "127.0.0.1"}:
        return True
    if not host or host[-1].isalpha():
        return False  # a name; the import below is not for the hot path
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_acceptable_url(text: str, *, local: bool = False) -> bool:
    """Whether ``text`` is what ``Reader.url`` takes."""
    parts = _split(text)
    if parts is None or not parts.hostname or parts.username is not None:
        return False
    if not text.isascii() or re.search(r"[\s\\?#\x00-\x1f\x7f]", text):
        return False
    is_near = is_loopback(parts.hostname) or (local and not set(".:") & set(parts.hostname))
    return parts.scheme == "https" or (parts.scheme == "http" and is_near)


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises on a port that is none
    except ValueError:
        return None
    return parts


def _arn_hint(text: str) -> str:
    if ":assumed-role/" in text:
        return "that is a session; give the role's own ARN"
    if ":user/" in text:
        return "that is a user; a token can only become a role"
    if ":oidc-provider/" in text:
        return "that is the identity provider; give the role's ARN"
    return ""


def _json_kind(document: object) -> str:
    return {list: "a list", str: "a text", type(None): "null"}.get(type(document), "a single value")
