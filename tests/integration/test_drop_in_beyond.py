# SPDX-License-Identifier: Apache-2.0
"""What goes beyond configure-aws-credentials: signatures, new roles, wrong clocks, what a container cannot do."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from fakes import faults
from fakes.job import GITHUB_AUDIENCE, Job, asked, github_role
from fakes.loopback import unused_port
from fakes.proxy import Authority, tls_front
from fakes.signed_sts import Keys, SignedSts
from fakes.sts_answers import ACCOUNT, refused
from fakes.world import Account
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import StsFront

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
DOCKER = {"GITHUB_WORKSPACE": "/github/workspace"}
VERIFY = {"verify-token": "true"}


@pytest.fixture
def sts() -> Iterator[SignedSts]:
    with SignedSts(Keys()).running() as running:
        yield running


@pytest.fixture
def lone(tmp_path: Path, sts: SignedSts) -> Job:
    return Job(tmp_path / "lone", {"sts-endpoint": sts.url, "aws-region": REGION, "role-to-assume": ROLE})


@pytest.mark.parametrize("source", ["github", "value"])
def test_a_good_signature_changes_nothing(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer, source: str
) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), **VERIFY}
    given, environ = {"web-identity-token": github_issuer.token_for(GITHUB_AUDIENCE)}, github_issuer.environment()
    step = job.step(inputs, **environ) if source == "github" else job.step(inputs | given)
    assert step.status == 0, step.log()
    assert aws.exchanges == 1


def _refused_unasked(job: Job, aws: StsFront, role: str, token: str) -> str:
    step = job.step({"role-to-assume": role, "web-identity-token": token, **VERIFY})
    step.assert_refused(4, "token-signature")
    assert not asked(aws)
    assert token not in step.shown()
    return step.log()


def test_a_signature_of_another_token_is_refused_before_aws_is_asked(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    header, claims, _ = github_issuer.token_for(GITHUB_AUDIENCE).split(".")
    forged = f"{header}.{claims}.{github_issuer.token_for(GITHUB_AUDIENCE).split('.')[2]}"
    assert github_issuer.issuer in _refused_unasked(job, aws, role, forged)


@pytest.mark.parametrize("kid", ["unknown", "the issuer's"])
def test_a_key_that_the_issuer_does_not_publish_is_refused_whatever_it_is_called(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer, kid: str
) -> None:
    role = github_role(account, github_issuer)
    good = github_issuer.token_for(GITHUB_AUDIENCE)
    own = SigningKey.new("RS256", kid=github_issuer.key.kid if kid == "the issuer's" else "of-nobody")
    claims = {"iss": github_issuer.issuer, "sub": github_issuer.job.subject(), "aud": GITHUB_AUDIENCE}
    now = int(time.time())
    forged = own.sign({**claims, "iat": now, "exp": now + 300}, {})
    assert forged != good
    assert own.kid in _refused_unasked(job, aws, role, forged)


def test_without_the_check_it_is_aws_that_refuses(job: Job, account: Account, github_issuer: GithubIssuer) -> None:
    header, claims, _ = github_issuer.token_for(GITHUB_AUDIENCE).split(".")
    forged = f"{header}.{claims}.{github_issuer.token_for(GITHUB_AUDIENCE).split('.')[2]}"
    step = job.step({"role-to-assume": github_role(account, github_issuer), "web-identity-token": forged})
    step.assert_refused(5, "token-refused")


def test_an_issuer_that_publishes_no_keys_is_told_so(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    github_issuer.faults.append(faults.login_page().at(faults.metadata).forever())
    token = github_issuer.token_for(GITHUB_AUDIENCE)
    step = job.step({"role-to-assume": github_role(account, github_issuer), "web-identity-token": token, **VERIFY})
    assert step.status == 3, step.log()
    assert not asked(aws)
    assert token not in step.shown()


def test_a_role_that_was_just_made_is_waited_for(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    aws.faults += [faults.access_denied()] * 3
    inputs = {"role-to-assume": github_role(account, github_issuer), "retry-access-denied-s": "30"}
    step = job.step(inputs, **github_issuer.environment())
    assert step.status == 0, step.log()
    assert len(asked(aws)) == 4
    assert len(asked(github_issuer)) == 1


@pytest.mark.parametrize(("hours", "said"), [(1, "behind"), (-1, "ahead of")])
def test_a_clock_that_is_wrong_is_told_with_its_error(lone: Job, sts: SignedSts, hours: int, said: str) -> None:
    theirs = datetime.now(UTC) + timedelta(hours=hours)
    sts.headers = {"Date": format_datetime(theirs, usegmt=True)}
    sts.replies = [refused(403, "SignatureDoesNotMatch", "Signature expired")]
    step = lone.step(sts.keys.inputs())
    step.assert_refused(5, "request-refused")
    line = next(line for line in step.log().splitlines() if "this machine's clock is" in line)
    assert f"s {said} that of 127.0.0.1" in line
    seconds = int(line.partition("clock is ")[2].split()[0])
    assert abs(seconds - 3600) < 30


def test_a_clock_that_is_right_is_not_talked_about(lone: Job, sts: SignedSts) -> None:
    sts.headers = {"Date": format_datetime(datetime.now(UTC), usegmt=True)}
    sts.replies = [refused(403, "AccessDenied", "no")]
    step = lone.step(sts.keys.inputs())
    assert "this machine's clock is" not in step.log()


def test_a_tokens_times_are_judged_with_the_clock_in_sight(
    job: Job, emulator: Emulator, account: Account, github_issuer: GithubIssuer
) -> None:
    with StsFront(emulator, clock=lambda: time.time() + 7200) as later:
        inputs = {"role-to-assume": github_role(account, github_issuer), "sts-endpoint": later.url}
        step = job.step(inputs, **github_issuer.environment())
    step.assert_refused(5, "token-expired")
    assert "s behind that of 127.0.0.1" in step.log()


def test_a_service_that_names_neither_account_nor_session_is_served_with_a_token(
    job: Job, sts: SignedSts, github_issuer: GithubIssuer
) -> None:
    role = "arn:minio:iam:::role/" + secrets.token_urlsafe(20)
    step = job.step({"role-to-assume": role, "sts-endpoint": sts.url}, **github_issuer.environment())
    assert step.status == 0, step.log()
    assert step.outputs["role-arn"] == role
    assert not {"aws-account-id", "authenticated-arn"} & set(step.outputs)
    assert step.variables["AWS_SECRET_ACCESS_KEY"] == sts.given[0][0]


@pytest.mark.parametrize(
    "inputs",
    [
        {"web-identity-token-file": "/etc/token"},
        {"web-identity-token-file": "../../etc/token"},
        {"web-identity-token-file": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"},
        {"ca-bundle": "/etc/ssl/corporate.pem", "web-identity-token": "a.b.c"},
        {"ca-bundle": "../outside.pem", "web-identity-token": "a.b.c"},
        {"force-skip-oidc": "true"},
        {"role-chaining": "true"},
        {"role-to-assume": ""},
    ],
    ids=lambda inputs: " ".join(inputs.values()),
)
def test_what_only_the_runners_machine_has_is_refused_in_a_container(
    lone: Job, sts: SignedSts, inputs: dict[str, str]
) -> None:
    step = lone.step(inputs, **DOCKER)
    step.assert_refused(2, "needs-host")
    assert "composite form" in step.log()
    assert not sts.asked


@pytest.mark.parametrize("option", ["sts-endpoint", "http-proxy"])
def test_the_runners_loopback_is_not_the_containers(lone: Job, sts: SignedSts, option: str) -> None:
    dead = f"http://127.0.0.1:{unused_port()}"
    step = lone.step({option: dead, "disable-retry": "true", **sts.keys.inputs()}, **DOCKER)
    step.assert_refused(2, "needs-host")
    assert not sts.asked


def test_on_the_machine_itself_it_is_a_host_that_cannot_be_reached(lone: Job, sts: SignedSts) -> None:
    dead = f"http://127.0.0.1:{unused_port()}"
    step = lone.step({"sts-endpoint": dead, "disable-retry": "true", **sts.keys.inputs()})
    step.assert_refused(9, "network-connect")


def test_variables_serve_in_a_container_as_well(lone: Job, sts: SignedSts) -> None:
    step = lone.step({}, **DOCKER, **sts.keys.variables())
    assert step.status == 0, step.log()


def test_a_container_that_may_ask_github_asks_github(lone: Job, sts: SignedSts, github_issuer: GithubIssuer) -> None:
    step = lone.step({}, **DOCKER, **github_issuer.environment())
    assert step.status == 0, step.log()
    assert len(sts.forms("AssumeRoleWithWebIdentity")) == 1


def test_a_container_that_may_not_is_told_of_the_permission(lone: Job) -> None:
    lone.step({}, **DOCKER).assert_refused(3, "github-no-permission")


@pytest.mark.parametrize("how", ["file", "text"])
def test_an_authority_of_ones_own_is_trusted_from_the_workspace_or_as_text(
    lone: Job, sts: SignedSts, tmp_path: Path, how: str
) -> None:
    authority = Authority.new()
    (lone.workspace / "certs").mkdir()
    (lone.workspace / "certs/ca.pem").write_text(authority.pem)
    bundle = "certs/ca.pem" if how == "file" else authority.pem
    with tls_front(int(sts.url.rpartition(":")[2]), authority.server(tmp_path)) as port:
        endpoint = {"sts-endpoint": f"https://127.0.0.1:{port}", **sts.keys.inputs()}
        step = lone.step({"ca-bundle": bundle, **endpoint})
        assert step.status == 0, step.log()
        assert not sts.refusals
        lone.step(endpoint).assert_refused(9, "network-tls")
