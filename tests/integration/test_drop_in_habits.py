# SPDX-License-Identifier: Apache-2.0
"""What workflows rely on without its being documented anywhere: variables, proxies, paths, traces."""

from __future__ import annotations

import configparser
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes.job import GITHUB_AUDIENCE, Job, github_role
from fakes.loopback import unused_port
from fakes.signed_sts import Keys, SignedSts, tags_of, transitive_in
from fakes.sts_answers import ACCOUNT, refused
from fakes.world import Account
from okta_aws.demo.github import GithubIssuer
from okta_aws.settings.options import BY_NAME
from okta_aws.settings.raw import from_inputs

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
PEER: Mapping[str, Any] = json.loads((Path(__file__).parents[1] / "data/peer-habits.json").read_text())
STAND_INS: Mapping[str, str] = PEER["variables"]


@pytest.fixture
def sts() -> Iterator[SignedSts]:
    with SignedSts(Keys()).running() as running:
        yield running


@pytest.fixture
def lone(tmp_path: Path, sts: SignedSts) -> Job:
    """A job with AWS keys as inputs, and nothing else but the endpoint."""
    return Job(tmp_path / "lone", {"sts-endpoint": sts.url, **sts.keys.inputs()})


@pytest.mark.parametrize("variable", STAND_INS)
def test_a_variable_stands_in_for_its_input_and_the_input_counts_before_it(variable: str) -> None:
    name = STAND_INS[variable]
    assert from_inputs({variable: "of-the-job"})[name].text == "of-the-job"
    assert from_inputs({variable: "of-the-job"})[name].origin == f"environment {variable}"
    both = {variable: "of-the-job", BY_NAME[name].input_variable: "of-the-step"}
    assert from_inputs(both)[name].text == "of-the-step"
    empty = from_inputs({variable: "of-the-job", BY_NAME[name].input_variable: ""}).get(name)
    # Where that action has a default of its own, a runner's empty input stands for it.
    assert (empty is not None and empty.text == "of-the-job") is (variable != "AUDIENCE")


def test_there_are_as_many_stand_ins_as_the_peer_has() -> None:
    assert len(STAND_INS) == 22


def test_variables_alone_describe_the_whole_session(lone: Job, sts: SignedSts) -> None:
    step = lone.step(
        AWS_REGION="eu-central-1",
        ROLE_TO_ASSUME=ROLE,
        ROLE_SESSION_NAME="of-the-job",
        ROLE_DURATION_SECONDS="1800",
        ROLE_EXTERNAL_ID="the-id",
        INLINE_SESSION_POLICY='{"Version": "2012-10-17"}',
        MANAGED_SESSION_POLICIES=f"arn:aws:iam::{ACCOUNT}:policy/a",
        TRANSITIVE_TAG_KEYS="Repository",
        OUTPUT_CREDENTIALS="true",
    )
    assert step.status == 0, step.log()
    (form,) = sts.forms()
    assert (form["RoleArn"], form["RoleSessionName"], form["DurationSeconds"]) == (ROLE, "of-the-job", "1800")
    assert (form["ExternalId"], form["Policy"]) == ("the-id", '{"Version": "2012-10-17"}')
    assert form["PolicyArns.member.1.arn"] == f"arn:aws:iam::{ACCOUNT}:policy/a"
    assert transitive_in(form) == ["Repository"]
    assert step.outputs["aws-secret-access-key"] == sts.given[0][0]
    assert step.variables["AWS_REGION"] == "eu-central-1"


def test_variables_switch_tagging_and_retries_off_and_masking_on(lone: Job, sts: SignedSts) -> None:
    sts.replies = [refused(400, "Throttling", "Rate exceeded")]
    environ = {"AWS_REGION": "eu-central-1", "ROLE_TO_ASSUME": ROLE, "MASK_AWS_ACCOUNT_ID": "true"}
    step = lone.step({}, **environ, ROLE_SKIP_SESSION_TAGGING="true", DISABLE_RETRY="true")
    assert step.status == 9
    assert tags_of(sts.forms()[0]) == {}
    assert ACCOUNT not in step.shown()


def test_a_variable_counts_attempts_and_asks_for_plain_keys(lone: Job, sts: SignedSts) -> None:
    sts.replies = [refused(400, "Throttling", "Rate exceeded")] * 2
    sts.plain_after = 1
    environ = {"AWS_REGION": "eu-central-1", "ROLE_TO_ASSUME": ROLE, "SPECIAL_CHARACTERS_WORKAROUND": "true"}
    assert lone.step({}, **environ, RETRY_MAX_ATTEMPTS="2").status == 9
    sts.asked.clear()
    step = lone.step({}, **environ, RETRY_MAX_ATTEMPTS="3")
    assert step.status == 0, step.log()
    assert step.variables["AWS_SECRET_ACCESS_KEY"].isalnum()


def test_variables_chain_roles_keep_and_unset_credentials(lone: Job, sts: SignedSts) -> None:
    lone.inputs = {"sts-endpoint": sts.url, "aws-region": "eu-central-1"}
    chained = lone.step({}, ROLE_CHAINING="true", ROLE_TO_ASSUME=ROLE, **sts.keys.variables())
    assert (chained.status, len(sts.forms())) == (0, 1), chained.log()
    lone.environ |= sts.keys.variables()
    kept = lone.step(USE_EXISTING_CREDENTIALS="true")
    assert "are kept" in kept.log()
    unset = lone.step(UNSET_CURRENT_CREDENTIALS="true")
    assert (unset.status, unset.variables["AWS_ACCESS_KEY_ID"]) == (3, "")


def test_a_variable_lets_a_profile_be_replaced(lone: Job) -> None:
    inputs = {"role-to-assume": ROLE, "aws-region": "eu-central-1", "aws-profile": "deploy"}
    assert lone.step(inputs).status == 0
    assert lone.step(inputs).status == 7
    assert lone.step(inputs, OVERWRITE_AWS_PROFILE="true").status == 0


def test_a_variable_names_a_token_file_and_none_an_audience(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    (job.workspace / "token.jwt").write_text(github_issuer.token_for(GITHUB_AUDIENCE))
    inputs = {"role-to-assume": github_role(account, github_issuer)}
    step = job.step(inputs, WEB_IDENTITY_TOKEN_FILE="token.jwt", AUDIENCE="another")
    # A runner passes every input, and that action's default for this one hides the variable.
    assert step.status == 0, step.log()


def _through(sts: SignedSts) -> str:
    return sts.url.replace("http://", "http://user:pass%2Fword@")


def test_the_https_proxy_counts_before_the_http_proxy(lone: Job, sts: SignedSts) -> None:
    dead, aws = (f"http://127.0.0.1:{unused_port()}" for _ in range(2))
    inputs = {"role-to-assume": ROLE, "aws-region": "eu-central-1", "sts-endpoint": aws}
    step = lone.step(inputs, HTTPS_PROXY=_through(sts), HTTP_PROXY=dead, RUNNER_DEBUG="1")
    assert step.status == 0, step.log()
    (request,) = sts.asked
    assert request.target == f"{aws}/"
    assert request.headers["proxy-authorization"].startswith("Basic ")
    assert not sts.refusals
    for password in ("pass%2Fword", "pass/word"):
        assert password not in step.shown()


def test_an_input_counts_before_both_proxies(lone: Job, sts: SignedSts) -> None:
    dead, aws = (f"http://127.0.0.1:{unused_port()}" for _ in range(2))
    inputs = {"role-to-assume": ROLE, "aws-region": "eu-central-1", "sts-endpoint": aws, "http-proxy": _through(sts)}
    assert lone.step(inputs, HTTPS_PROXY=dead, HTTP_PROXY=dead).status == 0
    assert len(sts.asked) == 1


@pytest.mark.parametrize("how", [{"NO_PROXY": "127.0.0.1"}, {"NO_PROXY": "a.invalid, 127.0.0.0/8"}, {"no_proxy": "*"}])
def test_exceptions_are_reached_without_the_proxy(lone: Job, sts: SignedSts, how: dict[str, str]) -> None:
    dead = f"http://127.0.0.1:{unused_port()}"
    step = lone.step({"role-to-assume": ROLE, "aws-region": "eu-central-1"}, HTTP_PROXY=dead, **how)
    assert step.status == 0, step.log()
    assert sts.asked[0].target == "/"


def test_exceptions_of_the_input_count_before_those_of_the_variable(lone: Job, sts: SignedSts) -> None:
    dead = f"http://127.0.0.1:{unused_port()}"
    inputs = {"role-to-assume": ROLE, "aws-region": "eu-central-1", "no-proxy": "127.0.0.1", "http-proxy": dead}
    assert lone.step(inputs, NO_PROXY="a.invalid").status == 0
    assert lone.step(inputs | {"no-proxy": "a.invalid", "disable-retry": "true"}, NO_PROXY="127.0.0.1").status == 9
    assert len(sts.asked) == 1


def test_a_stack_is_shown_on_request_alone_and_holds_no_secret(lone: Job, sts: SignedSts) -> None:
    sts.replies = [refused(403, "AccessDenied", "no")] * 2
    inputs = {"role-to-assume": ROLE, "aws-region": "eu-central-1"}
    assert "Traceback" not in lone.step(inputs).stdout
    step = lone.step(inputs, SHOW_STACK_TRACE="true")
    assert (step.status, step.stderr) == (5, "")
    assert "Traceback" in step.log()
    assert sts.keys.secret not in step.shown()


def test_the_profile_is_exported_only_beside_the_keys(lone: Job) -> None:
    inputs = {"role-to-assume": ROLE, "aws-region": "eu-central-1", "aws-profile": "deploy"}
    quiet = lone.step(inputs)
    assert (quiet.status, quiet.variables) == (0, {})
    loud = lone.step(inputs | {"output-env-credentials": "true", "overwrite-aws-profile": "true"})
    assert loud.variables["AWS_PROFILE"] == "deploy"
    assert loud.variables["AWS_ACCESS_KEY_ID"]
    assert lone.post().variables["AWS_PROFILE"] == ""
    assert "[deploy]" not in (lone.home / ".aws/credentials").read_text()


def test_keys_of_the_inputs_never_reach_the_profile_of_their_role(lone: Job, sts: SignedSts) -> None:
    assert lone.step({"role-to-assume": ROLE, "aws-region": "eu-central-1", "aws-profile": "deploy"}).status == 0
    written = configparser.RawConfigParser()
    written.read(lone.home / ".aws/credentials")
    assert written["deploy"]["aws_secret_access_key"] == sts.given[0][0]
    sts.replies = [refused(403, "AccessDenied", "no")] * 3
    assert lone.step({"role-to-assume": ROLE, "aws-region": "eu-central-1", "aws-profile": "second"}).status == 5
    assert "second" not in (lone.home / ".aws/credentials").read_text()


@pytest.fixture
def kubelet() -> Iterator[Path]:
    """The folder of a projected service account token, as the kubelet makes it: a link to a link."""
    secrets = Path("/var/run/secrets")
    made = next(folder for folder in (secrets, secrets / "okta-aws-test") if not folder.exists())
    folder = secrets / "okta-aws-test" / "serviceaccount"
    try:
        (folder / "..2026").mkdir(parents=True)
    except PermissionError:  # only root may, and the tests' container is root's
        pytest.fail("making the kubelet's folder needs the right to write to it; run as root")
    (folder / "..data").symlink_to("..2026")
    (folder / "token").symlink_to("..data/token")
    try:
        yield folder
    finally:
        shutil.rmtree(made)


def test_the_kubelets_token_is_read_through_its_links(
    job: Job, account: Account, github_issuer: GithubIssuer, kubelet: Path
) -> None:
    (kubelet / "..2026/token").write_text(github_issuer.token_for(GITHUB_AUDIENCE))
    inputs = {"role-to-assume": github_role(account, github_issuer), "web-identity-token-file": str(kubelet / "token")}
    step = job.step(inputs)
    assert step.status == 0, step.log()
    outside = os.path.join("/var/run/secrets/../../..", str(job.workspace).lstrip("/"), "link")
    (job.workspace / "link").symlink_to(kubelet / "token")
    job.step(inputs | {"web-identity-token-file": outside}).assert_refused(3, "token-file")
