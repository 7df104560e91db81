# SPDX-License-Identifier: Apache-2.0
"""Secrets Manager on 127.0.0.1, as far as versions and their labels go.

rule                                                                        source
--------------------------------------------------------------------------  -----------------------------------------
a label is on one version; the version that loses AWSCURRENT is AWSPREVIOUS  API reference, PutSecretValue
the first version of all gets AWSCURRENT besides                            the same
a version without a label is gone                                           user guide, "Secret versions"
a label is taken only from the version that is named and has it             API reference, UpdateSecretVersionStage
ResourceNotFoundException for a secret or version that is not there         the same
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from okta_aws.demo.web import Request, Response, StandIn


@dataclass
class Kept:
    """One secret: texts by version, versions by label."""

    texts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def text(self, label: str) -> str:
        """What the version with that label says; empty where there is none."""
        return self.texts.get(self.labels.get(label, ""), "")

    def put(self, version: str, text: str, labels: list[str]) -> None:
        """A new version."""
        for label in [*labels, *([] if self.labels else ["AWSCURRENT"])]:
            if label == "AWSCURRENT" and label in self.labels:
                self.labels["AWSPREVIOUS"] = self.labels[label]
            self.labels[label] = version
        self.texts[version] = text
        self._forget()

    def drop(self, label: str) -> None:
        """Takes a label from the version that has it."""
        del self.labels[label]
        self._forget()

    def _forget(self) -> None:
        self.texts = {one: said for one, said in self.texts.items() if one in self.labels.values()}


class SecretsManager(StandIn):
    """``kept``: secrets by name. ``denied``: actions that these credentials may not do."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, Kept] = {}
        self.denied: set[str] = set()

    def made(self, name: str, text: str = "") -> Kept:
        """A secret, with a value if it is not empty."""
        self.kept[name] = Kept()
        if text:
            self.kept[name].put("first", text, ["AWSCURRENT"])
        return self.kept[name]

    def answer(self, request: Request) -> Response:
        """One question."""
        action = request.headers.get("x-amz-target", "").partition(".")[2]
        asked = json.loads(request.body)
        if "/secretsmanager/aws4_request" not in request.headers.get("authorization", ""):
            return _refused("MissingAuthenticationTokenException", "Missing Authentication Token")
        if action in self.denied:
            return _refused("AccessDeniedException", f"not authorized to perform: secretsmanager:{action}")
        secret = self.kept.get(asked["SecretId"])
        if secret is None:
            return _refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        return self._told(action, asked, secret)

    def _told(self, action: str, asked: dict[str, Any], secret: Kept) -> Response:
        if action == "DescribeSecret":
            versions: dict[str, list[str]] = {}
            for label, version in secret.labels.items():
                versions.setdefault(version, []).append(label)
            return Response.of_json(200, {"Name": asked["SecretId"], "VersionIdsToStages": versions})
        if action == "PutSecretValue":
            secret.put(asked["ClientRequestToken"], asked["SecretString"], asked["VersionStages"])
            return Response.of_json(200, {"VersionId": asked["ClientRequestToken"]})
        if action == "UpdateSecretVersionStage":
            if secret.labels.get(asked["VersionStage"]) != asked["RemoveFromVersionId"]:
                return _refused("InvalidParameterException", "The parameter RemoveFromVersionId is not valid.")
            secret.drop(asked["VersionStage"])
            return Response.of_json(200, {"Name": asked["SecretId"]})
        if asked["VersionId"] not in secret.texts:
            return _refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret value.")
        return Response.of_json(200, {"SecretString": secret.texts[asked["VersionId"]]})


def _refused(code: str, message: str) -> Response:
    return Response.of_json(400, {"__type": code, "Message": message})
