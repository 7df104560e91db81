# SPDX-License-Identifier: Apache-2.0
"""What people and programs are told of an explanation."""

from __future__ import annotations

import json
from typing import Any

from okta_aws.policies.document import document
from okta_aws.trust.context import Request
from okta_aws.trust.explain import explain
from okta_aws.trust.report import as_data, lines

HOST = "idp.example.com"


def _policy(**conditions: str) -> dict[str, Any]:
    keys = {f"{HOST}:{name}": value for name, value in conditions.items()}
    principal = {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{HOST}"}
    one = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity"}
    return {"Version": "2012-10-17", "Statement": [one | {"Condition": {"StringEquals": keys}}]}


def _told(claims: dict[str, Any], **conditions: str) -> tuple[dict[str, Any], str]:
    request = Request({"iss": f"https://{HOST}", "aud": "a", "sub": "s"} | claims)
    explanation = explain(document(_policy(**conditions)), request)
    return as_data(explanation), "\n".join(lines(explanation, request))


def test_the_data_has_the_parts_of_the_machine_interface() -> None:
    data, _ = _told({}, sub="other")
    assert (data["verdict"], data["cause"]) == ("deny", "other-subject")
    assert data["fix"]
    (statement,) = data["statements"]
    assert (statement["index"], statement["effect"], statement["matched"]) == (0, "Allow", False)
    assert statement["conditions"] == [
        {"operator": "StringEquals", "key": f"{HOST}:sub", "wanted": ["other"], "found": ["s"], "holds": False}
    ]
    assert json.loads(json.dumps(data)) == data


def test_what_is_allowed_has_no_cause_and_no_fix() -> None:
    data, text = _told({}, sub="s")
    assert (data["verdict"], data["cause"], data["fix"], data["change"]) == ("allow", "", "", [])
    assert text.startswith("yes: ")


def test_an_address_is_shown_to_nobody() -> None:
    data, text = _told({"email": "jane@example.com"}, sub="s", email="john@example.com")
    assert "jane" not in text + json.dumps(data)
    assert data["statements"][0]["conditions"][1]["found"] == ["***"]


def test_claims_that_are_not_on_the_list_are_not_shown() -> None:
    data, text = _told({"name": "Jane Doe", "groups": ["payroll"]}, sub="other")
    assert "Jane" not in text + json.dumps(data)
    assert "payroll" not in text + json.dumps(data)


def test_each_cause_has_its_place_in_the_documentation() -> None:
    _, text = _told({}, sub="other")
    assert "docs/how-to/explain-a-refusal.md#other-subject" in text
