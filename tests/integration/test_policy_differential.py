# SPDX-License-Identifier: Apache-2.0
"""Our evaluator beside one that nobody here wrote: the emulator's, over all that both of them know.

`POLICY_SEED` repeats a run: it is printed with each.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import random
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from fakes.policy_pairs import HOST, Pair, pairs
from okta_aws.demo.emulator import Emulator
from okta_aws.demo.web import LOOPBACK
from okta_aws.policies.document import document
from okta_aws.policies.operators import NAMES
from okta_aws.trust.context import Request
from okta_aws.trust.evaluate import evaluate

ACCOUNT = "123456789012"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"
POLICIES, TOKENS = 1000, 5
FEWEST_OF_A_VERDICT, FEWEST_OF_AN_OPERATOR = 0.35, 100
KNOWN = json.loads((Path(__file__).resolve().parents[1] / "data/policy-disagreements.json").read_text("utf-8"))


@dataclass
class Other:
    """The emulator as an evaluator: one role, whose trust policy changes."""

    emulator: Emulator
    connection: http.client.HTTPConnection
    role: str

    def trusts(self, policy: Mapping[str, Any]) -> None:
        self.emulator.iam(ACCOUNT).update_assume_role_policy(RoleName=self.role, PolicyDocument=json.dumps(policy))

    def answers(self, claims: Mapping[str, Any]) -> str:
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{self.role}",
            "RoleSessionName": "differential",
            "WebIdentityToken": ".".join(map(_encoded, ({"alg": "RS256"}, claims, "unsigned"))),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", "/", urlencode(form), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200 or (answer.status == 403 and b"AccessDenied" in text), text
        return "allow" if answer.status == 200 else "deny"


@pytest.fixture
def other(emulator: Emulator) -> Iterator[Other]:
    role = f"differential-{secrets.token_hex(4)}"
    nobody = json.dumps({"Version": "2012-10-17", "Statement": []})
    emulator.iam(ACCOUNT).create_role(RoleName=role, AssumeRolePolicyDocument=nobody)
    with closing(http.client.HTTPConnection(LOOPBACK, emulator.port, timeout=30)) as connection:
        yield Other(emulator, connection, role)


def test_two_evaluators_agree_about_five_thousand_pairs(other: Other) -> None:
    seed = os.environ.get("POLICY_SEED") or secrets.token_hex(8)
    print(f"POLICY_SEED={seed}")
    verdicts: Counter[str] = Counter()
    operators: Counter[str] = Counter()
    differ: list[str] = []
    for group in pairs(random.Random(seed), POLICIES, TOKENS, PROVIDER):
        other.trusts(group[0].policy)
        for pair in group:
            theirs = other.answers(pair.claims)
            ours = answer(pair.policy, pair.claims)
            verdicts[theirs] += 1
            operators.update(pair.operators)
            if ours != theirs:
                differ.append(told(pair, ours, theirs))
    print(dict(verdicts), dict(operators))
    assert not differ, f"seed {seed}: {len(differ)} disagreements\n" + "\n".join(differ[:5])
    assert verdicts.total() >= 5000
    assert min(verdicts["allow"], verdicts["deny"]) >= FEWEST_OF_A_VERDICT * verdicts.total()
    assert {name: operators[name] for name in NAMES if operators[name] < FEWEST_OF_AN_OPERATOR} == {}


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["class"])
def test_a_known_disagreement_is_still_one_and_ours_is_what_is_documented(other: Other, known: dict[str, Any]) -> None:
    assert known["documentation"].startswith("https://docs.aws.amazon.com/")
    other.trusts(known["policy"])
    assert (answer(known["policy"], known["claims"]), other.answers(known["claims"])) == (
        known["ours"],
        known["emulator"],
    )
    assert known["ours"] != known["emulator"]


def answer(policy: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    return evaluate(document(policy), Request(claims, provider_arn=PROVIDER)).answer


def told(pair: Pair, ours: str, theirs: str) -> str:
    return f"ours {ours}, theirs {theirs}: {json.dumps(pair.claims)} {json.dumps(pair.policy)}"


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
