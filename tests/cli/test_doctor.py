# SPDX-License-Identifier: Apache-2.0
"""``okta-aws doctor`` as a process: its statuses, its machine interface, and files that are no good."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from fakes.command import Outcome, okta_aws
from fakes.tokens import unsigned_jwt
from okta_aws.flows.doctor.examination import LINKS

QUIET = {"AWS_EC2_METADATA_DISABLED": "true"}
STATUSES = {"ok", "warning", "broken", "not-checkable"}
HOSTILE = "s\n::error::x\r::stop-commands::y\x1b[2J\u202e"


def doctor(*flags: str, given: str = "", **environ: str) -> Outcome:
    return okta_aws("doctor", *flags, given=given, environ=QUIET | environ)


def links(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {link["name"]: link for link in json.loads(outcome.out)["links"]}


@pytest.mark.parametrize("flags", [(), ("--retry-max-attempts", "many"), ("--token-source", "github")])
def test_the_data_has_every_link_in_order_and_in_one_shape(flags: tuple[str, ...]) -> None:
    found = json.loads(doctor(*flags, "--format", "json").out)
    assert set(found) == {"links"}
    assert [link["name"] for link in found["links"]] == list(LINKS)
    for link in found["links"]:
        assert {name: type(value) for name, value in link.items()} == {
            "name": str,
            "status": str,
            "found": str,
            "fix": list,
            "details": list,
            "docs": str,
        }
        assert link["status"] in STATUSES
        assert link["found"]
        assert link["fix"] or link["status"] in {"ok", "not-checkable"}


def test_nothing_at_all_is_no_finding() -> None:
    done = doctor()
    assert (done.status, done.err) == (0, "")


def test_a_broken_link_is_10(tmp_path: Path) -> None:
    done = doctor("--web-identity-token-file", str(tmp_path / "none"), "--format", "json")
    assert (done.status, links(done)["source"]["status"]) == (10, "broken")


def test_a_settings_file_that_is_no_good_breaks_the_first_link_alone(tmp_path: Path) -> None:
    (tmp_path / "okta-aws.toml").write_text("[default")
    done = doctor("--config", str(tmp_path / "okta-aws.toml"), "--format", "json")
    found = links(done)
    assert (done.status, found["environment"]["status"]) == (10, "broken")
    assert {link["status"] for name, link in found.items() if name != "environment"} == {"not-checkable"}


@pytest.mark.parametrize("path", ["/nowhere/trust.json", "/"])
def test_a_policy_that_cannot_be_read_is_a_mistake_of_the_flag(path: str) -> None:
    done = doctor("--trust-policy", path)
    assert (done.status, done.out) == (2, "")
    assert "--trust-policy" in done.err


def test_a_policy_without_end_is_not_read() -> None:
    assert doctor("--trust-policy", "/dev/zero").status == 2


@pytest.mark.parametrize("policy", ["", "[", "[" * 100_000, '{"Version": "2012-10-17", "Statement": 1}'])
def test_a_policy_that_is_none_breaks_its_link(policy: str) -> None:
    token = unsigned_jwt(iss="x", aud="a", sub="s", exp=int(time.time()) + 600)
    done = doctor("--trust-policy", "-", "--format", "json", given=policy, OKTA_AWS_WEB_IDENTITY_TOKEN=token)
    assert (done.status, links(done)["trust-policy"]["status"]) == (10, "broken")


def test_a_token_cannot_speak_to_the_terminal_or_the_runner() -> None:
    token = unsigned_jwt(iss=HOSTILE, aud=[HOSTILE], sub=HOSTILE, exp=int(time.time()) + 600, **{HOSTILE: 1})
    done = doctor(OKTA_AWS_WEB_IDENTITY_TOKEN=token)
    assert done.status == 10
    assert not {"\x1b", "\u202e", "\r"} & set(done.out)
    assert not [line for line in done.out.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_neither_token_nor_keys_are_shown(output_format: str) -> None:
    token = unsigned_jwt(iss="http://127.0.0.1:9", aud="a", sub="s", exp=int(time.time()) + 600)
    secrets = {
        "OKTA_AWS_WEB_IDENTITY_TOKEN": token,
        "AWS_ACCESS_KEY_ID": "TESTKEYTESTKEYTEST",
        "AWS_SECRET_ACCESS_KEY": "test-secret-of-a-key",
        "AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:9",
        "OKTA_AWS_STS_ENDPOINT": "http://127.0.0.1:9",
        "AWS_REGION": "eu-central-1",
    }
    done = doctor("--format", output_format, "--debug", **secrets)
    assert done.status == 10
    assert [part for part in [*token.split("."), "test-secret-of-a-key"] if part in done.out + done.err] == []
