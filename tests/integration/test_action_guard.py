# SPDX-License-Identifier: Apache-2.0
"""What stops the action before it exports anything: the account guard, and settings that make no sense."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from fakes import faults
from fakes.job import Job, asked, github_role
from fakes.world import Account
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.sts_front import StsFront
from okta_aws.demo.sts_rules import NAMESPACE
from okta_aws.demo.web import Response


def account_number() -> str:
    return str(10**11 + secrets.randbelow(9 * 10**11))


def session_in(account: str) -> Response:
    """STS's answer with a session in ``account``, whatever was asked."""
    fields = {
        "AccessKeyId": f"ASIDE{secrets.token_hex(6)}",
        "SecretAccessKey": secrets.token_hex(20),
        "SessionToken": secrets.token_hex(60),
        "Expiration": f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        "Arn": f"arn:aws:sts::{account}:assumed-role/deploy/GitHubActions",
    }
    texts = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    document = f'<AssumeRoleWithWebIdentityResponse xmlns="{NAMESPACE}">{texts}</AssumeRoleWithWebIdentityResponse>'
    return Response(200, document.encode(), "text/xml")


def test_a_role_in_an_account_that_is_not_allowed_is_refused_before_any_request(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    allowed = account_number()
    inputs = {"role-to-assume": github_role(account, github_issuer), "allowed-account-ids": allowed}
    step = job.step(inputs, **github_issuer.environment())
    step.assert_refused(6, "wrong-account")
    assert allowed in step.log()
    assert account.number in step.log()
    assert not aws.requests
    assert not github_issuer.requests


def test_the_account_that_sts_answers_with_counts_and_nothing_of_another_is_left(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    another = account_number()
    aws.faults.append(faults.answering("another account", session_in(another)))
    inputs = {"role-to-assume": github_role(account, github_issuer), "allowed-account-ids": account.number}
    everywhere = {"aws-profile": "deploy", "output-env-credentials": "true", "output-credentials": "true"}
    step = job.step(inputs | everywhere, **github_issuer.environment())
    step.assert_refused(6, "wrong-account")
    assert another in step.log()
    assert not list(job.home.rglob("*"))
    assert len(aws.requests) == 1


def test_an_account_that_only_the_answer_names_is_masked_too(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    another = account_number()
    aws.faults.append(faults.answering("another account", session_in(another)))
    inputs = {"role-to-assume": github_role(account, github_issuer), "mask-aws-account-id": "true"}
    step = job.step(inputs, **github_issuer.environment(), RUNNER_DEBUG="1")
    assert step.outputs["aws-account-id"] == another
    assert another not in step.shown()
    assert another in {command.data for command in step.commands("add-mask")}  # for the steps after this one


def test_one_of_several_allowed_accounts_will_do(job: Job, account: Account, github_issuer: GithubIssuer) -> None:
    allowed = f"{account_number()}, {account.number}\n{account_number()}"
    inputs = {"role-to-assume": github_role(account, github_issuer), "allowed-account-ids": allowed}
    assert job.step(inputs, **github_issuer.environment()).status == 0


WRONG = {
    "role-to-assume": "deploy",
    "aws-region": "Frankfurt",
    "role-session-name": "a b",
    "role-duration-seconds": "1h",
    "inline-session-policy": "{",
    "managed-session-policies": "ReadOnlyAccess",
    "okta-issuer": "acme.okta.com",
    "allowed-account-ids": "prod",
    "mask-aws-account-id": "yes",
    "aws-profile": "a/b",
    "overwrite-aws-profile": "1",
    "output-credentials": "on",
    "output-env-credentials": "off",
    "sts-endpoint": "http://sts.example.com",
    "use-fips-endpoint": "y",
    "use-dualstack-endpoint": "n",
    "retry-max-attempts": "0",
    "disable-retry": "never",
    "action-timeout-s": "2 minutes",
    "summary": "sometimes",
}


def test_all_problems_of_the_settings_are_told_together_each_with_what_was_found(
    job: Job, aws: StsFront, github_issuer: GithubIssuer
) -> None:
    step = job.step(WRONG, **github_issuer.environment())
    step.assert_refused(2, "settings")
    lines = step.log().splitlines()
    for name, value in WRONG.items():
        (problem,) = [line for line in lines if line.startswith(f"  {name} (")]
        assert "(input)" in problem
        assert value in problem or name == "inline-session-policy"
        assert problem.strip() in step.summary
    assert [line for line in lines if line.startswith("  okta-client-id (not set)")]
    assert not asked(aws)
    assert not github_issuer.requests


def test_a_region_of_the_environment_is_told_as_such(job: Job, account: Account) -> None:
    inputs = {"role-to-assume": f"arn:aws:iam::{account.number}:role/deploy", "aws-region": ""}
    step = job.step(inputs, AWS_REGION="Frankfurt")
    step.assert_refused(2, "settings")
    assert "aws-region (environment AWS_REGION)" in step.log()


def test_two_sources_of_the_token_are_one_too_many(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    inputs = {
        "role-to-assume": f"arn:aws:iam::{account.number}:role/deploy",
        "web-identity-token": secrets.token_hex(16),
        "web-identity-token-file": "token.jwt",
    }
    step = job.step(inputs, **github_issuer.environment())
    step.assert_refused(2, "settings")
    assert "wanted one source, found file, value" in step.log()
    assert not aws.requests
    assert not github_issuer.requests


def test_what_is_found_in_the_wrong_input_is_not_shown_where_it_looks_like_a_secret(job: Job) -> None:
    misplaced = secrets.token_urlsafe(40)
    step = job.step({"aws-region": misplaced})
    step.assert_refused(2, "settings")
    assert misplaced not in step.stdout + step.files["STEP_SUMMARY"]


def test_foreign_text_becomes_neither_a_command_nor_a_variable(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    message = "no&#10;::set-env name=PATH::/evil&#10;##[error]gotcha&#10;PATH=/evil"
    document = f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{message}</Message></Error></ErrorResponse>"
    aws.faults.append(faults.answering("hostile", Response(403, document.encode(), "text/xml")))
    step = job.step({"role-to-assume": github_role(account, github_issuer)}, **github_issuer.environment())
    step.assert_refused(5, "role-refused")
    assert not step.commands("set-env")
    assert len(step.commands("error")) == 1
