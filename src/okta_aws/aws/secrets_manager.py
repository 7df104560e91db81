# SPDX-License-Identifier: Apache-2.0
"""Secrets by name. Source: Secrets Manager API reference."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import uuid4

from okta_aws.aws.json_service import JsonService, Service
from okta_aws.errors import AtlantisError
from okta_aws.secret import Secret

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
SECRETS_MANAGER = Service("secretsmanager", "secretsmanager", "Secrets Manager")


def secret_value(service: JsonService, name: str, key: str) -> Secret:
    """The current text of the secret ``name``; with ``key`` that of the JSON object in it.

    Raises ``AtlantisError`` (atlantis-value) where there is none of that kind, and as ``JsonService.ask`` does.
    """
    doing = f"reading the secret {name} (secretsmanager:GetSecretValue)"
    text = service.ask(doing, "GetSecretValue", {"SecretId": name}).get("SecretString")
    if not isinstance(text, str):
        raise _unusable(doing, "a secret of text", "a binary one")
    if not key:
        return Secret(text)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _unusable(doing, f"a JSON object with the key {key!a}", "something that is not JSON") from None
    found = value.get(key) if isinstance(value, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise _unusable(doing, f"text or a whole number under the key {key!a}", "none")
    return Secret(str(found))


@dataclass(frozen=True, slots=True)
class Stages:
    """Which version of a secret has which label; empty where none has."""

    current: str
    pending: str


def stages(service: JsonService, name: str) -> Stages:
    """The versions of the secret ``name`` that have a label. Source: DescribeSecret, VersionIdsToStages."""
    doing = f"reading about the secret {name} (secretsmanager:DescribeSecret)"
    versions = service.ask(doing, "DescribeSecret", {"SecretId": name}).get("VersionIdsToStages")
    labels = {label: version for version, found in (versions or {}).items() for label in found or ()}
    return Stages(labels.get(CURRENT, ""), labels.get(PENDING, ""))


def version_text(service: JsonService, name: str, version: str) -> str:
    """The text of one version of the secret ``name``."""
    doing = f"reading the secret {name} (secretsmanager:GetSecretValue)"
    text = service.ask(doing, "GetSecretValue", {"SecretId": name, "VersionId": version}).get("SecretString")
    if not isinstance(text, str):
        raise _unusable(doing, "a secret of text", "a binary one")
    return text


def put_secret(service: JsonService, name: str, text: Secret, label: str) -> None:
    """Writes a new version of the secret ``name``, with that label; the first of all is the current one at once.

    Source: PutSecretValue. Sent twice with one token, it is one version.
    """
    doing = f"writing the secret {name} (secretsmanager:PutSecretValue)"
    members = {"SecretId": name, "SecretString": text.reveal(), "VersionStages": [label]}
    service.ask(doing, "PutSecretValue", {**members, "ClientRequestToken": str(uuid4())})


def drop_label(service: JsonService, name: str, label: str, version: str) -> None:
    """Takes ``label`` from a version of the secret ``name``. Source: UpdateSecretVersionStage."""
    doing = f"taking the label {label} from the secret {name} (secretsmanager:UpdateSecretVersionStage)"
    members = {"SecretId": name, "VersionStage": label, "RemoveFromVersionId": version}
    service.ask(doing, "UpdateSecretVersionStage", members)


def _unusable(doing: str, wanted: str, found: str) -> AtlantisError:
    return AtlantisError("atlantis-value", doing, wanted=wanted, found=found, fix="correct the secret, or the map")
