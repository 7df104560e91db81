# SPDX-License-Identifier: Apache-2.0
"""The places that a webhook's secret is kept in: Secrets Manager, or a file; whole, or under a key."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from okta_aws.aws.json_service import JsonService
from okta_aws.aws.secrets_manager import CURRENT, PENDING, drop_label, put_secret, stages, version_text
from okta_aws.errors import AtlantisError
from okta_aws.files import Rules, read_small, rewrite, take_back
from okta_aws.flows.policy_files.yaml_file import missing
from okta_aws.secret import Secret

T = TypeVar("T")
_LARGEST = 1 << 16
_DOING = "keeping the webhook's secret"


class ManagedSecret:
    """A secret of Secrets Manager, which has to be there. Raises ``AtlantisError`` (atlantis-webhook)."""

    def __init__(self, service: JsonService, name: str, key: str) -> None:
        """``key``: of the JSON object in it; empty: the whole text."""
        self.name = f"the secret {name}"
        self._service, self._id, self._key = service, name, key

    def current(self) -> Secret:
        """As ``Store``."""
        return Secret(_inside(self._text(pending=False), self._key, _json))

    def pending(self) -> Secret:
        """As ``Store``."""
        return Secret(_inside(self._text(pending=True), self._key, _json))

    def stage(self, value: Secret) -> None:
        """As ``Store``."""
        self._put(value, PENDING)

    def promote(self, value: Secret) -> None:
        """As ``Store``."""
        if self.current() != value:  # a secret's first version is current at once
            self._put(value, CURRENT)
        # Left there it would come back as a rotation to be finished, once somebody has put a newer secret in.
        pending = self._asked(lambda: stages(self._service, self._id)).pending
        if pending:
            self._asked(lambda: drop_label(self._service, self._id, PENDING, pending))

    def _put(self, value: Secret, label: str) -> None:
        text = value
        if self._key:
            members = _json(self._text(pending=False) or "{}")
            text = Secret(json.dumps({**members, self._key: value.reveal()}))
        self._asked(lambda: put_secret(self._service, self._id, text, label))

    def _text(self, *, pending: bool) -> str:
        return self._asked(lambda: self._version(pending=pending))

    def _version(self, *, pending: bool) -> str:
        labels = stages(self._service, self._id)
        version = labels.pending if pending else labels.current
        return version_text(self._service, self._id, version) if version else ""

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except AtlantisError as error:
            actions = "secretsmanager:DescribeSecret, GetSecretValue, PutSecretValue and UpdateSecretVersionStage"
            fix = ("make the secret first; its value may be empty", f"and allow {actions} on it to your credentials")
            raise AtlantisError(
                "atlantis-webhook", error.doing, wanted=error.wanted, found=error.found, fix=fix
            ) from None


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file that its owner alone reads. Raises ``AtlantisError`` (atlantis-webhook) and ``ExportError``.

    ``key``: of the YAML mapping in it; empty: the file is the secret.
    """

    path: str
    key: str
    rules: Rules

    @property
    def name(self) -> str:
        """As ``Store``."""
        return f"the file {self.path}"

    def current(self) -> Secret:
        """As ``Store``."""
        return Secret(_inside(self._read(self.path), self.key, _yaml))

    def pending(self) -> Secret:
        """As ``Store``."""
        return Secret(_inside(self._read(self._beside), self.key, _yaml))

    def stage(self, value: Secret) -> None:
        """As ``Store``."""
        text = self._with(value)
        rewrite(self._beside, lambda _old: text, self.rules)

    def promote(self, value: Secret) -> None:
        """As ``Store``."""
        text = self._with(value)
        rewrite(self.path, lambda _old: text, self.rules)
        take_back(self._beside, lambda _old: None, self.rules)

    @property
    def _beside(self) -> str:
        return f"{self.path}.new"

    def _with(self, value: Secret) -> bytes:
        if not self.key:
            return value.reveal().encode()
        from ruamel.yaml import YAML

        document, made = _yaml(self._read(self.path) or "{}"), io.StringIO()
        document[self.key] = value.reveal()
        YAML().dump(document, made)
        return made.getvalue().encode()

    def _read(self, path: str) -> str:
        try:
            return read_small(path, _LARGEST).decode("utf-8").strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as cause:
            found = cause.strerror if isinstance(cause, OSError) else "bytes that are none"
            wanted, fix = "a plain file with text", f"look at {path}"
            raise AtlantisError("atlantis-webhook", _DOING, wanted=wanted, found=str(found).lower(), fix=fix) from None


def _inside(text: str, key: str, read: Callable[[str], dict[str, object]]) -> str:
    if not key or not text:
        return text
    value = read(text).get(key)
    return value if isinstance(value, str) else ""


def _json(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    return _mapping(value, "a JSON object, as --secret-key says")


def _yaml(text: str) -> dict[str, object]:
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError:
        raise missing("ruamel.yaml") from None
    try:
        value = YAML().load(text)
    except (YAMLError, ValueError, RecursionError):
        value = None
    return _mapping(value, "a YAML mapping, as --secret-key says")


def _mapping(value: object, wanted: str) -> dict[str, object]:
    if not isinstance(value, dict):
        fix = "leave --secret-key out where the whole text is the secret"
        raise AtlantisError("atlantis-webhook", _DOING, wanted=wanted, found="something else", fix=fix)
    return value
