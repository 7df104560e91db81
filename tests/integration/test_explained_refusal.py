# SPDX-License-Identifier: Apache-2.0
"""A role that says no to the job's token: what the job is told, with the role's trust policy at hand and without."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.job import GITHUB_AUDIENCE, Job, Step, github_role
from fakes.signed_iam import SignedIam
from fakes.signed_sts import Keys
from fakes.world import Account, trust
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.github import Job as GithubJob
from okta_aws.demo.sts_front import StsFront
from okta_aws.policies.document import document
from okta_aws.trust.context import Request
from okta_aws.trust.evaluate import evaluate

BRANCH, PRODUCTION = (f"repo:acme/infrastructure:{end}" for end in ("ref:refs/heads/main", "environment:production"))
ACTOR = "a-person-of-acme"


@pytest.fixture
def github() -> Iterator[GithubIssuer]:
    """A job in the environment ``production``."""
    with GithubIssuer(GithubJob(environment="production", actor=ACTOR)) as running:
        yield running


@pytest.fixture
def policy(account: Account, github: GithubIssuer) -> dict[str, Any]:
    """What the role trusts: the branch, and so not this job."""
    return trust(account.provider(github.issuer, [GITHUB_AUDIENCE]), sub=BRANCH, aud=GITHUB_AUDIENCE)


@pytest.fixture
def role(account: Account, policy: dict[str, Any]) -> str:
    """The role's ARN."""
    return account.role(policy)


def step_of(job: Job, github: GithubIssuer, role: str, given: str = "", **environ: str) -> Step:
    step = job.step({"role-to-assume": role, "trust-policy": given}, **github.environment(), **environ)
    step.assert_refused(5, "role-refused")
    return step


def everywhere(step: Step) -> list[str]:
    """The three places where a job is told."""
    (annotation,) = step.commands("error")
    return [step.log(), annotation.data, step.summary]


def statement_in(step: Step) -> dict[str, Any]:
    """The statement that the log shows."""
    text = step.log().partition("this subject and no other")[2]
    statement: dict[str, Any] = json.JSONDecoder().raw_decode(text[text.index("{") :])[0]
    return statement


def assert_exact(step: Step) -> None:
    for place in everywhere(step):
        assert "cause[environment-changes-sub]" in place
        assert f"wanted  {BRANCH}" in place
        assert f"found   {PRODUCTION}" in place
        assert "the smallest change to the policy" in place


def assert_from_the_token_alone(step: Step) -> None:
    for place in everywhere(step):
        assert f"sub  {PRODUCTION}" in place
        assert "a statement of the trust policy that accepts this subject and no other" in place
        assert "cause[" not in place


def test_with_the_policy_as_text_the_cause_is_named_everywhere(
    job: Job, github: GithubIssuer, role: str, policy: dict[str, Any]
) -> None:
    assert_exact(step_of(job, github, role, json.dumps(policy)))


def test_a_policy_file_is_relative_to_the_workspace(
    job: Job, github: GithubIssuer, role: str, policy: dict[str, Any]
) -> None:
    (job.workspace / "aws").mkdir()
    (job.workspace / "aws" / "trust.json").write_text(json.dumps(policy))
    assert_exact(step_of(job, github, role, "aws/trust.json"))


def test_the_cause_tells_what_to_do_first(job: Job, github: GithubIssuer, role: str, policy: dict[str, Any]) -> None:
    step = step_of(job, github, role, json.dumps(policy))
    fixes = [line for line in step.log().splitlines() if line.startswith("  fix:")]
    assert fixes == ["  fix: trust repo:OWNER/NAME:environment:ENVIRONMENT, or change the environment"]


def test_the_summary_may_be_had_without(job: Job, github: GithubIssuer, role: str) -> None:
    step = job.step({"role-to-assume": role, "summary": "never"}, **github.environment())
    assert (step.status, step.summary) == (5, "")


def test_without_a_policy_the_statement_that_would_do_is_shown_and_it_does(
    job: Job, account: Account, github: GithubIssuer, role: str
) -> None:
    step = step_of(job, github, role)
    assert_from_the_token_alone(step)
    written = statement_in(step)
    assert set(written["Condition"]) == {"StringEquals"}
    assert sorted(written["Condition"]["StringEquals"].values()) == sorted([GITHUB_AUDIENCE, PRODUCTION])
    trusted = {"Version": "2012-10-17", "Statement": [written]}
    account.iam().update_assume_role_policy(RoleName="deploy", PolicyDocument=json.dumps(trusted))
    assert job.step({"role-to-assume": role}, **github.environment()).status == 0


def test_claims_about_a_person_are_named_but_not_shown(job: Job, github: GithubIssuer, role: str) -> None:
    step = step_of(job, github, role)
    for place in everywhere(step):
        assert "not shown here: actor, actor_id" in place
        assert ACTOR not in place


def test_the_token_is_nowhere(job: Job, github: GithubIssuer, role: str, policy: dict[str, Any]) -> None:
    for given in ("", json.dumps(policy)):
        step = step_of(job, github, role, given)
        assert "eyJ" not in step.shown() + step.summary


def test_a_provider_that_is_missing_is_not_taken_for_the_policys_fault(
    job: Job, account: Account, github: GithubIssuer
) -> None:
    provider = f"arn:aws:iam::{account.number}:oidc-provider/{github.issuer.partition('://')[2]}"
    policy = trust(provider, sub=PRODUCTION, aud=GITHUB_AUDIENCE)
    role = account.role(policy)
    given = {"role-to-assume": role, "trust-policy": json.dumps(policy)}
    step = job.step(given, **github.environment())
    step.assert_refused(5, "provider-missing")
    assert "what is wrong is the identity provider" in step.log()


def test_a_policy_that_says_yes_is_not_the_roles(job: Job, github: GithubIssuer, role: str, account: Account) -> None:
    provider = f"arn:aws:iam::{account.number}:oidc-provider/{github.issuer.partition('://')[2]}"
    step = step_of(job, github, role, json.dumps(trust(provider, sub=PRODUCTION, aud=GITHUB_AUDIENCE)))
    assert "it is not the policy of this role in AWS" in step.log()
    assert "no: AWS refuses" not in step.log()


# ---- IAM


@pytest.fixture
def iam(account: Account, policy: dict[str, Any]) -> Iterator[SignedIam]:
    """The account's IAM, for whoever has its keys."""
    roles = {"deploy": json.dumps(policy)}
    with SignedIam(Keys.temporary(), roles, account=account.number).running() as running:
        yield running


def variables(iam: SignedIam) -> dict[str, str]:
    return iam.keys.variables() | {"AWS_ENDPOINT_URL_IAM": iam.url}


def test_aws_credentials_at_hand_read_the_role(job: Job, github: GithubIssuer, role: str, iam: SignedIam) -> None:
    step = step_of(job, github, role, **variables(iam))
    assert_exact(step)
    assert "as IAM has it" in step.log()
    assert iam.asked[0]["Action"] == "GetRole"
    assert iam.keys.secret not in step.shown()


def test_a_policy_that_was_given_is_taken_before_iam_is_asked(
    job: Job, github: GithubIssuer, role: str, iam: SignedIam, policy: dict[str, Any]
) -> None:
    assert_exact(step_of(job, github, role, json.dumps(policy), **variables(iam)))
    assert iam.asked == []


def test_credentials_that_the_step_has_unset_are_not_used(
    job: Job, github: GithubIssuer, role: str, iam: SignedIam
) -> None:
    inputs = {"role-to-assume": role, "unset-current-credentials": "true"}
    step = job.step(inputs, **github.environment(), **variables(iam))
    assert (step.status, iam.asked) == (5, [])


def test_iam_that_may_not_be_asked_changes_nothing_about_the_refusal(
    job: Job, github: GithubIssuer, role: str, iam: SignedIam
) -> None:
    iam.refused = ["GetRole"]
    step = step_of(job, github, role, **variables(iam))
    assert_from_the_token_alone(step)
    assert "could not be read from IAM" in step.log()
    assert "is not authorized to perform: iam:GetRole" in step.log()


def test_a_profile_of_the_machine_is_not_asked_for_credentials(
    job: Job, github: GithubIssuer, role: str, iam: SignedIam
) -> None:
    folder = job.home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        f"[default]\naws_access_key_id={iam.keys.key_id}\naws_secret_access_key={iam.keys.secret}\n"
    )
    assert_from_the_token_alone(step_of(job, github, role, AWS_ENDPOINT_URL_IAM=iam.url))
    assert iam.asked == []


# ---- what a stranger's checkout can hold


def deep(_: Path) -> str:
    return "[" * 100_000


def many_values(_: Path) -> str:
    condition = {"StringLike": {"x:sub": ["*a" * 40] * 5000}}
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Condition": condition}]})


HOSTILE: dict[str, Callable[[Path], str]] = {
    "nothing": lambda _: "",
    "no JSON": lambda _: "::set-env name=X::1\n::error::pwned",
    "deep": deep,
    "many values": many_values,
    "huge": lambda _: "{" + " " * (1 << 20),
    "another kind": lambda _: "[]",
    "bytes": lambda _: "{\x00\x1b",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_policy_file_costs_the_explanation_and_nothing_else(
    job: Job, github: GithubIssuer, role: str, name: str
) -> None:
    (job.workspace / "trust.json").write_text(HOSTILE[name](job.workspace))
    step = step_of(job, github, role, "trust.json")
    assert_from_the_token_alone(step)
    assert "the input trust-policy is of no use" in step.log()
    assert step.commands("set-env") == []


@pytest.mark.parametrize("kind", ["link", "folder of links", "fifo", "folder", "missing", "out", "device"])
def test_a_path_that_is_no_file_of_the_workspace_is_not_read(
    job: Job, github: GithubIssuer, role: str, policy: dict[str, Any], kind: str
) -> None:
    secret = job.folder / "secret.json"
    secret.write_text(json.dumps(policy))
    path = job.workspace / "trust.json"
    given = "trust.json"
    if kind == "link":
        path.symlink_to(secret)
    elif kind == "folder of links":
        path.symlink_to(job.folder)
        given = "trust.json/secret.json"
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "out":
        given = "../secret.json"
    elif kind == "device":
        given = "/dev/zero"
    step = step_of(job, github, role, given)
    assert_from_the_token_alone(step)
    assert "the input trust-policy is of no use" in step.log()


def test_a_policy_cannot_speak_to_the_runner_or_to_the_summary(
    job: Job, github: GithubIssuer, role: str, policy: dict[str, Any]
) -> None:
    attack = "x\n::set-output name=a::b\r##[add-path]/x</pre><img src=x>\x1b[2J"
    condition = policy["Statement"][0]["Condition"]["StringEquals"]
    key = next(name for name in condition if name.endswith(":sub"))
    condition[key] = attack
    policy["Statement"][0]["Sid"] = attack
    step = step_of(job, github, role, json.dumps(policy))
    assert {command.name for command in [*step.commands("set-output"), *step.commands("add-path")]} == set()
    assert "\x1b" not in step.stdout
    assert "<img" not in step.files["STEP_SUMMARY"]
    assert step.files["STEP_SUMMARY"].count("</pre>") == 1


def test_a_policy_of_the_largest_size_is_cut_in_the_log(
    job: Job, github: GithubIssuer, role: str, policy: dict[str, Any]
) -> None:
    statement = policy["Statement"][0]
    policy["Statement"] = [statement | {"Sid": f"S{i}"} for i in range(60)]
    step = step_of(job, github, role, json.dumps(policy))
    assert len(step.log()) < 40_000
    assert "(cut here)" in step.log()


# ---- the way of those that get their role


def test_a_run_that_gets_its_role_loads_nothing_of_all_this(
    account: Account, github: GithubIssuer, aws: StsFront, tmp_path: Path
) -> None:
    given = {"role-to-assume": github_role(account, github), "sts-endpoint": aws.url}
    inputs = {f"INPUT_{name.upper()}": text for name, text in {**given, "aws-region": "eu-central-1"}.items()}
    command = [sys.executable, "-I", "-X", "importtime", "-m", "okta_aws.action"]
    files = {f"GITHUB_{name}": str(tmp_path / name) for name in ("ENV", "OUTPUT", "STATE")}
    for path in files.values():
        Path(path).touch()
    done = subprocess.run(
        command,
        env={"GITHUB_ACTIONS": "true", **github.environment(), **inputs, **files},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE))
    assert "okta_aws.flows.with_token" in loaded
    late = (
        "okta_aws.trust",
        "okta_aws.policies",
        "okta_aws.flows.why",
        "okta_aws.flows.role_policy",
        "okta_aws.aws.iam",
    )
    assert {name for name in loaded if name.startswith((*late, "okta_aws.flows.doctor", "botocore"))} == set()


def test_the_statement_that_is_shown_admits_nobody_else(job: Job, github: GithubIssuer, role: str) -> None:
    written = statement_in(step_of(job, github, role))
    trusted = document({"Version": "2012-10-17", "Statement": [written]})
    provider = written["Principal"]["Federated"]
    issuer = f"https://{provider.partition(':oidc-provider/')[2]}"
    answers = {
        sub: evaluate(trusted, Request({"iss": issuer, "aud": aud, "sub": sub}, provider)).answer
        for sub, aud in ((PRODUCTION, GITHUB_AUDIENCE), (BRANCH, GITHUB_AUDIENCE), (f"{PRODUCTION}x", GITHUB_AUDIENCE))
    }
    assert [answers[sub] for sub in (PRODUCTION, BRANCH, f"{PRODUCTION}x")] == ["allow", "deny", "deny"]
    assert evaluate(trusted, Request({"iss": issuer, "aud": "other", "sub": PRODUCTION}, provider)).answer == "deny"
