# SPDX-License-Identifier: Apache-2.0
"""Credentials inside Atlantis: the step asks, the helper decides by its map, and one line comes out or nothing."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest

from fakes import faults
from fakes.atlantis_helper import CLIENT, HEAD, Beside, taken
from fakes.github_api import GithubApi
from fakes.proxy import Authority, tls_front
from fakes.world import Account
from okta_aws.atlantis.helper_socket import ask
from okta_aws.demo.emulator import REGION
from okta_aws.demo.issuer import OktaIssuer
from okta_aws.errors import AtlantisError

VALUES = """\
    env: {API_URL: {parameter: /infra/api-url}, TF_LOG: warn}
    vars:
      vpc_id: {environment: VPC_ID}
      db_password: {secret: infra/db, key: password}
      whole: {secret: infra/plain}
      zones: ["a", "it's"]
"""
MAY_READ = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "ssm:GetParameter"], "Resource": "*"}
    ],
}
ODD = 'it\'s "quoted", and a \\ back'
PASSWORD = f"not-a-real-password {ODD}"


@pytest.fixture
def beside(tmp_path: Path, account: Account, issuer: OktaIssuer) -> Beside:
    return Beside.new(tmp_path / "beside", account, issuer)


def administrator(account: Account, service: str) -> object:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=account.front.url,
        region_name=REGION,
        aws_access_key_id=account.number,
        aws_secret_access_key=account.emulator.admin_secret,
    )


def with_values(beside: Beside, *readers: str) -> None:
    """Secrets and a parameter, and a map that hands them over; ``readers``: the roles that may read them."""
    secrets, parameters = administrator(beside.account, "secretsmanager"), administrator(beside.account, "ssm")
    secrets.create_secret(Name="infra/db", SecretString=json.dumps({"password": PASSWORD}))  # type: ignore[attr-defined]
    secrets.create_secret(Name="infra/plain", SecretString="plain")  # type: ignore[attr-defined]
    parameters.put_parameter(Name="/infra/api-url", Value="https://api.invalid/?a=b,c", Type="SecureString")  # type: ignore[attr-defined]
    for role in readers:
        beside.account.iam().put_role_policy(
            RoleName=role, PolicyName="read", PolicyDocument=json.dumps(MAY_READ)
        )  # fmt: skip
    beside.environ["VPC_ID"] = "vpc-123"
    beside.map(VALUES)


def arn_of(beside: Beside, variables: dict[str, str]) -> str:
    """Whom AWS takes the holder of the variables for."""
    sts = boto3.client(
        "sts",
        endpoint_url=beside.account.front.url,
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables["AWS_SESSION_TOKEN"],
    )
    return sts.get_caller_identity()["Arn"]


@pytest.mark.parametrize(
    ("command", "role"),
    [("plan", "plan"), ("policy_check", "plan"), ("apply", "apply"), ("import", "apply"), ("state_rm", "apply")],
)
def test_each_command_gets_its_role_in_a_session_that_says_who(beside: Beside, command: str, role: str) -> None:
    with beside.running():
        variables = beside.variables(command)
        (line,) = beside.audit(1)
    assert arn_of(beside, variables).endswith(f":assumed-role/{role}/infra-12-octocat")
    assert line["session"] == "infra-12-octocat"
    assert (line["outcome"], line["role"], line["line"]) == ("answered", beside.roles[role], 3)
    assert (line["command"], line["pull"], line["user"], line["head"]) == (command, "12", "octocat", HEAD)


def test_nothing_but_the_session_is_left_for_aws_tools_to_find(beside: Beside) -> None:
    with beside.running():
        variables = beside.variables("plan")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        assert Path(variables[name]).read_bytes() == b""
    assert variables["AWS_EC2_METADATA_DISABLED"] == "true"
    assert variables["AWS_PROFILE"] == ""
    assert variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] == ""
    assert not {name for name in variables if name.startswith(("OKTA", "TF_CLI"))}


def test_values_of_each_kind_are_handed_over(beside: Beside) -> None:
    with_values(beside, "plan")
    with beside.running():
        variables = beside.variables("plan")
    assert variables["TF_VAR_vpc_id"] == "vpc-123"
    assert variables["TF_VAR_db_password"] == PASSWORD
    assert variables["TF_VAR_whole"] == "plain"
    assert variables["API_URL"] == "https://api.invalid/?a=b,c"
    assert variables["TF_LOG"] == "warn"
    assert json.loads(variables["TF_VAR_zones"]) == ["a", "it's"]


def test_a_secret_that_the_projects_role_may_not_read_is_not_handed_over(beside: Beside) -> None:
    with_values(beside, "plan")
    with beside.running():
        done = beside.step("apply")
    assert (done.status, done.out) == (8, "")
    assert "ssm:GetParameter" in done.err
    assert "not-a-real-password" not in done.err


def test_a_variable_that_the_helper_has_not_is_named_with_its_line(beside: Beside) -> None:
    beside.map("    vars: {vpc_id: {environment: VPC_ID}}\n")
    with beside.running():
        done = beside.step("plan")
    assert (done.status, done.out) == (8, "")
    assert "handing TF_VAR_vpc_id to Terraform (line 9 of the map)" in done.err


REFUSED = (
    ({"BASE_REPO_NAME": "other"}, "repository acme/other"),
    ({"REPO_REL_DIR": "stacks/network/../network"}, "wanted directory"),
    ({"REPO_REL_DIR": "stacks/Network"}, "found none"),
    ({"WORKSPACE": "$(id)"}, "wanted workspace"),
    ({"PULL_NUM": "0"}, "without its number"),
    ({"PULL_NUM": "-1"}, "wanted pull"),
    ({"HEAD_COMMIT": "; rm -rf /"}, "wanted head"),
    ({"USER_NAME": "a\nb"}, "wanted user"),
    ({"BASE_REPO_OWNER": "x" * 20_000}, "more than"),
)


def test_what_the_map_does_not_grant_is_refused_with_nothing_on_standard_output(beside: Beside) -> None:
    with beside.running():
        for changes, words in REFUSED:
            done = beside.step("apply", **changes)
            assert (done.status, done.out) == (8, "")
            assert words in done.err
    assert beside.account.front.exchanges == 0


def test_what_a_request_says_leaves_each_line_of_the_log_one_object(beside: Beside) -> None:
    odd = '##[x]\x7f\x9b\u202e"\\'
    request = {"request": "credentials", "user": f'{odd}\n{{"outcome": "allowed"}}', "directory": "::error::x"}
    with beside.running():
        with pytest.raises(AtlantisError):
            ask(str(beside.socket), {**request, "pid": 1, "role": "x"}, timeout_s=5, helper_uid=os.geteuid())
        (line,) = beside.audit(1)
    assert line["user"].startswith(odd)
    assert line["outcome"] == "refused"
    assert line["pid"] == os.getpid()
    assert "role" not in line
    assert "\x7f" not in beside.log.read_text()


def test_neither_log_nor_refusal_has_a_secret(beside: Beside) -> None:
    with_values(beside, "plan")
    with beside.running():
        given = beside.variables("plan")
        refused = beside.step("apply")
        beside.audit(2)
    hidden = [given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"], "not-a-real-password", "PRIVATE KEY"]
    said = beside.log.read_text() + refused.err
    assert [secret for secret in hidden if secret in said] == []


def test_the_session_can_become_no_other_role(beside: Beside) -> None:
    other = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*"}]}
    target = beside.account.role(other, "other")
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
    beside.account.iam().put_role_policy(
        RoleName="plan", PolicyName="assume", PolicyDocument=json.dumps(allowed)
    )  # fmt: skip
    with beside.running():
        variables = beside.variables("plan")
    sts = boto3.client(
        "sts",
        endpoint_url=beside.account.front.url,
        region_name=REGION,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables["AWS_SESSION_TOKEN"],
    )
    with pytest.raises(sts.exceptions.ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=target, RoleSessionName="other")


@pytest.mark.parametrize("command", ["plan", "policy_check", "apply"])
def test_for_whom_atlantis_did_not_ask_there_are_no_credentials(beside: Beside, command: str) -> None:
    with beside.running():
        done = beside.unasked(command)
        assert (done.status, done.out) == (8, "")
        assert "line 3" in done.err
        other = beside.step(command, USER_NAME="mallory")
        assert (other.status, other.out) == (8, "")
        assert beside.account.front.exchanges == 0


def test_autoplan_may_plan_where_the_map_grants_it_and_never_apply(beside: Beside) -> None:
    beside.map("    autoplan: true\n")
    with beside.running():
        for command in ("plan", "policy_check"):
            assert beside.unasked(command, USER_NAME="mallory").status == 0
        assert beside.unasked("apply", USER_NAME="mallory").status == 8


def test_through_the_api_there_is_no_user_to_ask_about(beside: Beside) -> None:
    with beside.running():
        variables = taken(beside.unasked("apply", USER_NAME=""))
    assert arn_of(beside, variables).endswith("/infra-12-api")


def test_okta_down_is_an_error_and_the_helper_lives_on(beside: Beside) -> None:
    with beside.running():
        beside.issuer.faults.append(faults.access_denied().forever())
        done = beside.step("plan")
        assert (done.status, done.out) == (8, "")
        beside.issuer.faults.clear()
        assert beside.variables("plan")["AWS_REGION"] == REGION


def test_many_projects_at_once_each_get_theirs(beside: Beside) -> None:
    got: list[str] = []
    with beside.running():
        threads = [
            threading.Thread(target=lambda n=n: got.append(arn_of(beside, beside.variables("plan", PULL_NUM=str(n)))))
            for n in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert sorted(arn.rpartition("/")[2] for arn in got) == [f"infra-{n}-octocat" for n in range(6)]


def test_a_helper_that_is_killed_leaves_a_socket_that_the_next_one_replaces(beside: Beside) -> None:
    with beside.running() as process:
        process.kill()
        process.wait(10)
        done = beside.step("plan")
        assert (done.status, done.out) == (8, "")
        assert beside.socket.exists()
    assert stat.S_IMODE(beside.socket.stat().st_mode) == 0o660
    with beside.running():
        assert beside.variables("plan")
    assert not beside.socket.exists()
    assert [path.name for path in beside.folder.iterdir() if path.suffix not in {".pem", ".yaml", ".log"}] == []


def test_a_step_whose_helper_dies_in_the_middle_prints_nothing(beside: Beside) -> None:
    slow = faults.hang(5)
    beside.issuer.faults.append(slow)
    done = []
    with beside.running() as process:
        step = threading.Thread(target=lambda: done.append(beside.step("plan")))
        step.start()
        while not beside.issuer.requests:
            step.join(0.02)
        process.kill()
        step.join(20)
    assert [(one.status, one.out) for one in done] == [(8, "")]


def test_a_map_that_is_no_good_or_okta_settings_that_lack_stop_the_helper_at_once(beside: Beside) -> None:
    from fakes.command import okta_aws

    beside.map("    env: {AWS_PROFILE: x}\n    vars: {a b: x}\n")
    done = okta_aws(*beside.command()[1:])
    assert (done.status, done.out) == (8, "")
    assert "line 9: wanted env" in done.err
    assert "line 10: wanted vars" in done.err
    beside.map("")
    command = [word for word in beside.command()[1:] if word not in {"--okta-client-id", CLIENT}]
    done = okta_aws(*command)
    assert done.status == 2
    assert "okta-client-id" in done.err


@pytest.fixture
def github(beside: Beside) -> GithubApi:
    github = GithubApi()
    (beside.folder / "github.token").write_text(github.token())
    beside.options = ["--github-token-file", str(beside.folder / "github.token")]
    beside.map("    verify-approval: true\n", approver="reviewer")
    return github


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("approved", ""),
        ("not reviewed", "found no review"),
        ("approved by somebody else", "not entitled"),
        ("approved before the newest commit", "approved commit"),
        ("another commit asked for", "wanted its head"),
        ("closed", "is closed"),
        ("into a branch of somebody", "wanted one to main, found one to unprotected"),
        ("no such pull request", "github-api"),
    ],
)
def test_the_helper_itself_asks_github_for_the_approval(
    beside: Beside, github: GithubApi, case: str, words: str
) -> None:
    with github:
        beside.environ["GITHUB_API_URL"] = github.url
        github.commit("main", {"a": "b"})
        head = github.commit("change", {"a": "c"})
        pull = github.open_pull("author", "change", 12)
        if case != "not reviewed":
            github.review(pull, "stranger" if "somebody" in case else "reviewer")
        if "newest" in case:
            head = pull.head = github.commit("change", {"a": "d"})
        if case.startswith("into"):
            pull.base = "unprotected"
        if case == "closed":
            pull.state = "closed"
        asked = HEAD if case.startswith("another") else head
        with beside.running():
            assert beside.variables("plan", HEAD_COMMIT=asked, PULL_NUM="99")
            done = beside.step("apply", HEAD_COMMIT=asked, PULL_NUM="99" if case.startswith("no such") else "12")
            audit = beside.audit(2)[1]
    if words:
        assert (done.status, done.out) == (8, "")
        assert words in done.err
        assert audit["outcome"] == "refused"
    else:
        assert (done.status, done.err) == (0, "")
        assert audit["approved"] == "approved by reviewer"


def test_github_is_asked_with_the_authorities_that_the_helper_trusts(beside: Beside, github: GithubApi) -> None:
    authority = Authority.new()
    trusted = beside.folder / "authorities.pem"
    trusted.write_text(authority.pem)
    context = authority.server(beside.folder, "127.0.0.1")
    with github, tls_front(urlsplit(github.url).port or 0, context) as port:
        beside.environ["GITHUB_API_URL"] = f"https://127.0.0.1:{port}"
        for options, words in (([], "SSLError"), (["--ca-bundle", str(trusted)], "HTTP status 404")):
            beside.options = [*beside.options[:2], *options]
            with beside.running():
                assert words in beside.step("apply", PULL_NUM="99").err


def test_without_a_token_to_ask_with_an_apply_that_wants_approval_is_refused(beside: Beside) -> None:
    beside.map("    verify-approval: true\n", approver="reviewer")
    with beside.running():
        done = beside.step("apply")
    assert (done.status, done.out) == (8, "")
    assert "--github-token-file" in done.err
    assert os.path.basename(beside.socket) == "helper.sock"
