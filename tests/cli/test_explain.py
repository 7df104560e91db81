# SPDX-License-Identifier: Apache-2.0
"""``okta-aws explain`` as a process: what it takes, what it says, and how it ends."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.explained import CASES, FORMATS, path_of, snapshot
from fakes.command import Outcome, okta_aws
from fakes.signed_iam import SignedIam
from fakes.signed_sts import Keys
from fakes.sts_answers import ACCOUNT
from fakes.tokens import unsigned_jwt

HOST = "idp.example.com"
ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"
CLAIMS: dict[str, Any] = {"iss": f"https://{HOST}", "aud": "a", "sub": "s"}
HOSTILE = "s\n::set-env name=PWNED::1\r::stop-commands::x\x1b[2J"


def policy(sub: str = "s", arn: str = ARN) -> dict[str, Any]:
    one = {"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity"}
    return {"Version": "2012-10-17", "Statement": [one | {"Condition": {"StringEquals": {f"{HOST}:sub": sub}}}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "claims.json").write_text(json.dumps(CLAIMS))
    (tmp_path / "trust.json").write_text(json.dumps(policy()))
    (tmp_path / "other.json").write_text(json.dumps(policy("other")))
    token = unsigned_jwt(**CLAIMS, exp=int(time.time()) + 600)
    (tmp_path / "token").write_text(token)
    return tmp_path


def run(folder: Path, *flags: str, given: str = "", environ: dict[str, str] | None = None) -> Outcome:
    return okta_aws("explain", *flags, cwd=folder, given=given, environ=environ or {})


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_it_says_what_it_said(case: str, output_format: str) -> None:
    assert snapshot(case, output_format) == path_of(case, output_format).read_text(encoding="utf-8")


def test_no_file_of_snapshots_is_left_over() -> None:
    paths = {path_of(case, output_format) for case in CASES for output_format in FORMATS}
    assert set(path_of(CASES[0], "json").parent.glob("*")) == paths


def test_a_yes_is_0_a_no_is_5_and_not_known_is_4(folder: Path) -> None:
    unknown = policy()
    unknown["Statement"][0]["Condition"]["IpAddress"] = {"aws:SourceIp": "10.0.0.0/8"}
    (folder / "unknown.json").write_text(json.dumps(unknown))
    for name, status, verdict in (("trust", 0, "allow"), ("other", 5, "deny"), ("unknown", 4, "unknown")):
        done = run(folder, "--claims", "claims.json", "--trust-policy", f"{name}.json", "--format", "json")
        assert (done.status, json.loads(done.out)["verdict"]) == (status, verdict)


@pytest.mark.parametrize("given", ["file", "standard input"])
def test_a_token_is_explained_and_not_shown(folder: Path, given: str) -> None:
    text = (folder / "token").read_text()
    flag = "token" if given == "file" else "-"
    done = run(folder, "--token-file", flag, "--trust-policy", "other.json", "--debug", given=f"{text}\n")
    assert done.status == 5
    assert "cause[other-subject]" in done.out
    assert not [part for part in text.split(".") if part in done.out + done.err]


def test_a_token_that_has_expired_is_refused_whatever_the_policy_says(folder: Path) -> None:
    token = unsigned_jwt(**CLAIMS, exp=int(time.time()) - 60)
    done = run(folder, "--token-file", "-", "--trust-policy", "trust.json", given=token)
    assert (done.status, "cause[token-expired]" in done.out) == (5, True)


def test_a_token_of_the_source_is_explained(folder: Path) -> None:
    environ = {"OKTA_AWS_WEB_IDENTITY_TOKEN": (folder / "token").read_text()}
    done = run(folder, "--from-source", "--trust-policy", "trust.json", environ=environ)
    assert (done.status, done.err) == (0, "")


def test_the_policy_may_come_from_standard_input(folder: Path) -> None:
    done = run(folder, "--claims", "claims.json", "--trust-policy", "-", given=json.dumps(policy("other")))
    assert done.status == 5


def test_a_list_of_audiences_without_the_tokens_is_a_no(folder: Path) -> None:
    flags = ("--claims", "claims.json", "--trust-policy", "trust.json", "--provider-audiences")
    assert run(folder, *flags, "b,a").status == 0
    refused = run(folder, *flags, "b, c")
    assert (refused.status, "cause[audience-not-listed]" in refused.out) == (5, True)


def test_the_provider_decides_about_the_account(folder: Path) -> None:
    flags = ("--claims", "claims.json", "--trust-policy", "trust.json", "--provider-arn")
    assert run(folder, *flags, ARN).status == 0
    refused = run(folder, *flags, ARN.replace(ACCOUNT, "999999999999"))
    assert (refused.status, "cause[wrong-account]" in refused.out) == (5, True)


def test_another_action_may_be_asked_for(folder: Path) -> None:
    refused = run(folder, "--claims", "claims.json", "--trust-policy", "trust.json", "--action", "sts:AssumeRole")
    assert (refused.status, "cause[wrong-action]" in refused.out) == (5, True)


BAD_TOKENS = {
    "half": (unsigned_jwt(**CLAIMS).rpartition(".")[0], "1 dots"),
    "cut": (f"{unsigned_jwt(**CLAIMS).split('.')[0]}.{unsigned_jwt(**CLAIMS).split('.')[1][:-9]}.x", "payload"),
    "quotes": (f'"{unsigned_jwt(**CLAIMS)}"', "quotes"),
    "Bearer": (f"Bearer {unsigned_jwt(**CLAIMS)}", "Bearer"),
    "BOM": (f"\ufeff{unsigned_jwt(**CLAIMS)}", "byte order mark (BOM) at character 1"),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_what_is_wrong_with_a_token_is_said(folder: Path, name: str) -> None:
    text, found = BAD_TOKENS[name]
    done = run(folder, "--token-file", "-", "--trust-policy", "trust.json", given=text)
    assert (done.status, done.out) == (4, "")
    assert done.err.startswith("error[token-malformed]")
    assert found in done.err
    assert "--token-file" in done.err
    assert text.strip('"') not in done.err


def test_a_claim_that_comes_twice_is_said_with_its_place(folder: Path) -> None:
    head, _, signature = unsigned_jwt(**CLAIMS).split(".")
    payload = base64.urlsafe_b64encode(b'{"sub": "s",\n "sub": "t"}').decode().rstrip("=")
    done = run(folder, "--token-file", "-", "--trust-policy", "trust.json", given=f"{head}.{payload}.{signature}")
    assert done.status == 4
    assert "line 2, column 2" in done.err


BAD_JSON = {
    "not JSON": ("Version: 2012", "line 1, column 1"),
    "twice": ('{"Version": "2012-10-17",\n"Version": "2012-10-17", "Statement": []}', "line 2, column 1"),
    "BOM": ("\ufeff{}", "byte order mark (BOM)"),
    "half": ('{"Version": "2012-10-17", "Statement": [', "line 1, column"),
    "deep": ("[" * 500, "levels"),
    "nothing": ("", "line 1, column 1"),
}


@pytest.mark.parametrize("option", ["--trust-policy", "--claims", "--terraform-state"])
@pytest.mark.parametrize("name", BAD_JSON)
def test_what_is_wrong_with_a_file_is_said_with_the_place(folder: Path, name: str, option: str) -> None:
    text, found = BAD_JSON[name]
    (folder / "bad").write_text(text)
    rest = {"--trust-policy": ("--claims", "claims.json"), "--claims": ("--trust-policy", "trust.json")}
    done = run(folder, option, "bad", *rest.get(option, ("--claims", "claims.json")))
    assert (done.status, done.out) == (2, "")
    assert option in done.err
    assert found in done.err


@pytest.mark.parametrize(
    ("option", "found"), [("--trust-policy", "$"), ("--claims", "int"), ("--terraform-plan", "no aws_iam_role")]
)
def test_json_of_another_kind_is_said_to_be_that(folder: Path, option: str, found: str) -> None:
    rest = ("--trust-policy", "trust.json") if option == "--claims" else ("--claims", "claims.json")
    done = run(folder, option, "-", *rest, given="5")
    assert (done.status, done.out) == (2, "")
    assert found in done.err


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("--claims", "claims.json"),
        ("--trust-policy", "trust.json"),
        ("--claims", "claims.json", "--token-file", "token", "--trust-policy", "trust.json"),
        ("--claims", "claims.json", "--trust-policy", "trust.json", "--role", f"arn:aws:iam::{ACCOUNT}:role/a"),
        ("--claims", "-", "--trust-policy", "-"),
        ("--claims", "nowhere", "--trust-policy", "trust.json"),
        ("--claims", ".", "--trust-policy", "trust.json"),
        ("--claims", "claims.json", "--role", "deploy"),
    ],
)
def test_flags_that_make_no_sense_are_settings(folder: Path, flags: tuple[str, ...]) -> None:
    done = run(folder, *flags)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error[settings]")


def test_claims_and_policies_cannot_speak_to_the_terminal_or_the_runner(folder: Path) -> None:
    (folder / "claims.json").write_text(json.dumps(CLAIMS | {"sub": HOSTILE}))
    (folder / "trust.json").write_text(json.dumps(policy(f"{HOSTILE}x")))
    done = run(folder, "--claims", "claims.json", "--trust-policy", "trust.json")
    assert done.status == 5
    assert "\x1b" not in done.out
    assert not [line for line in done.out.splitlines() if line.lstrip().startswith("::")]


# ---- Terraform


def plan(part: str, *modules: dict[str, Any]) -> str:
    return json.dumps({"format_version": "1.2", part: {"root_module": {"child_modules": list(modules)}}})


def module(*names: str, known: bool = True, sub: str = "s") -> dict[str, Any]:
    written = {"assume_role_policy": json.dumps(policy(sub))} if known else {}
    return {
        "resources": [
            {
                "address": f"module.x.aws_iam_role.{name}",
                "mode": "managed",
                "type": "aws_iam_role",
                "name": name,
                "values": {"name": f"ci-{name}", **written},
            }
            for name in names
        ]
    }


@pytest.mark.parametrize(("flag", "part"), [("--terraform-plan", "planned_values"), ("--terraform-state", "values")])
@pytest.mark.parametrize("address", ["ci-b", "module.x.aws_iam_role.b"])
def test_a_role_of_terraform_is_found_by_address_and_name(folder: Path, flag: str, part: str, address: str) -> None:
    text = plan(part, module("a", sub="other"), module("b"))
    done = run(folder, "--claims", "claims.json", flag, "-", "--address", address, given=text)
    assert (done.status, done.err) == (0, "")


def test_a_state_file_is_read_too(folder: Path) -> None:
    instance = {"index_key": "x", "attributes": {"name": "r", "assume_role_policy": json.dumps(policy())}}
    resource = {"mode": "managed", "type": "aws_iam_role", "name": "r", "instances": [instance]}
    text = json.dumps({"version": 4, "resources": [resource]})
    flags = ("--claims", "claims.json", "--terraform-state", "-")
    assert run(folder, *flags, given=text).status == 0
    assert run(folder, *flags, "--address", 'aws_iam_role.r["x"]', given=text).status == 0


@pytest.mark.parametrize("address", ["", "nobody"])
def test_without_one_fitting_role_those_that_are_there_are_named(folder: Path, address: str) -> None:
    text = plan("planned_values", module("a", "b"))
    done = run(folder, "--claims", "claims.json", "--terraform-plan", "-", "--address", address, given=text)
    assert done.status == 2
    assert "module.x.aws_iam_role.a, module.x.aws_iam_role.b" in done.err


def test_a_policy_that_is_known_after_apply_is_said_to_be(folder: Path) -> None:
    text = plan("planned_values", module("a", known=False))
    done = run(folder, "--claims", "claims.json", "--terraform-plan", "-", given=text)
    assert done.status == 2
    assert "known after apply" in done.err


# ---- IAM


@pytest.fixture
def iam() -> Iterator[SignedIam]:
    roles = {"deploy": json.dumps(policy()), "other": json.dumps(policy("other"))}
    with SignedIam(Keys.temporary(), roles, {HOST: ["a"]}).running() as running:
        yield running


def of_role(folder: Path, iam: SignedIam, name: str, *flags: str, account: str = ACCOUNT) -> Outcome:
    environ = iam.keys.variables() | {"AWS_ENDPOINT_URL_IAM": iam.url}
    role = f"arn:aws:iam::{account}:role/{name}"
    return run(folder, "--claims", "claims.json", "--role", role, *flags, environ=environ)


def test_a_role_is_read_from_iam(folder: Path, iam: SignedIam) -> None:
    assert of_role(folder, iam, "deploy").status == 0
    assert [form["Action"] for form in iam.asked] == ["GetRole", "GetOpenIDConnectProvider"]
    assert of_role(folder, iam, "other").status == 5


def test_the_providers_audiences_come_from_iam(folder: Path, iam: SignedIam) -> None:
    iam.providers = {HOST: ["b"]}
    refused = of_role(folder, iam, "deploy")
    assert (refused.status, "cause[audience-not-listed]" in refused.out) == (5, True)


def test_an_account_without_the_provider_is_the_cause(folder: Path, iam: SignedIam) -> None:
    iam.providers = {}
    refused = of_role(folder, iam, "deploy")
    assert (refused.status, "cause[provider-missing]" in refused.out) == (5, True)


def test_a_provider_that_may_not_be_read_is_not_known(folder: Path, iam: SignedIam) -> None:
    iam.refused = ["GetOpenIDConnectProvider"]
    assert of_role(folder, iam, "deploy").status == 0


def test_a_role_that_may_not_be_read_is_neither_yes_nor_no(folder: Path, iam: SignedIam) -> None:
    iam.refused = ["GetRole"]
    done = of_role(folder, iam, "deploy", "--debug")
    assert (done.status, done.out) == (1, "")
    assert "error[iam-refused]" in done.err
    assert iam.keys.secret not in done.err
    assert iam.keys.token not in done.err


def test_a_role_of_another_account_is_not_taken_for_this_one(folder: Path, iam: SignedIam) -> None:
    done = of_role(folder, iam, "deploy", account="999999999999")
    assert (done.status, "error[iam-missing]" in done.err) == (1, True)
