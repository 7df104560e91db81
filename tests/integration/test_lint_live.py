# SPDX-License-Identifier: Apache-2.0
"""``okta-aws lint --live``: an account with more roles than one page, read as a process by its own credentials."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from fakes import faults
from fakes.command import Outcome, okta_aws
from fakes.loopback import Reply
from fakes.loopback import Request as LoopbackRequest
from fakes.signed_iam import SignedIam
from fakes.signed_sts import Keys
from fakes.sts_answers import refused
from fakes.world import Account, trust
from okta_aws.demo.sts_front import StsFront
from okta_aws.demo.web import Request

GITHUB = "token.actions.githubusercontent.com"
GOOD = "repo:acme@1001/app@2002:ref:refs/heads/main"
PULL_REQUEST = "repo:acme@1001/app@2002:pull_request"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
MANY = 110


@pytest.fixture
def provider(account: Account) -> str:
    return account.provider(f"https://{GITHUB}", ["sts.amazonaws.com"])


def lint(account: Account, *flags: str, **environ: str) -> Outcome:
    keys = {"AWS_ACCESS_KEY_ID": account.number, "AWS_SECRET_ACCESS_KEY": account.emulator.admin_secret}
    endpoint = {"AWS_ENDPOINT_URL": account.front.url, "AWS_REGION": "eu-central-1"}
    return okta_aws("lint", "--live", "--format", "json", *flags, environ={**keys, **endpoint, **environ})


def findings(done: Outcome) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.out)["findings"]
    return found


def make(account: Account, provider: str, name: str, subject: str = GOOD) -> None:
    account.role(trust(provider, sub=subject, aud="sts.amazonaws.com"), name)


def attach(account: Account, name: str, actions: str | list[str]) -> None:
    """An inline policy."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.iam().put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)


def asked(aws: StsFront) -> Counter[str]:
    return Counter(request.form().get("Action", "") for request in aws.requests)


def asking(action: str) -> Callable[[Request], bool]:
    return lambda request: request.form().get("Action") == action


class TiredIam(SignedIam):
    """Refuses each page but the first once, for having been asked too often."""

    def answer(self, request: LoopbackRequest) -> Reply:
        form = request.form
        marker = form.get("Marker", "")
        if marker and marker not in {one.get("Marker") for one in self.asked}:
            self.asked.append(form)
            return refused(400, "Throttling", "Rate exceeded")
        return super().answer(request)


def test_a_page_that_is_throttled_is_asked_for_again_and_no_other() -> None:
    keys = Keys()
    account = "123456789012"
    provider = f"arn:aws:iam::{account}:oidc-provider/{GITHUB}"
    good, bad = (json.dumps(trust(provider, sub=sub, aud="sts.amazonaws.com")) for sub in (GOOD, "repo:acme/app:*"))
    roles = {**{f"r{number}": good for number in range(MANY)}, "last": bad}
    with TiredIam(keys, roles, {GITHUB: ["sts.amazonaws.com"]}, page=40).running() as iam:
        environ = {"AWS_ACCESS_KEY_ID": keys.key_id, "AWS_SECRET_ACCESS_KEY": keys.secret}
        done = okta_aws(
            *("lint", "--live", "--format", "json", "--rule", "wildcard-under-string-equals"),
            environ={**environ, "AWS_ENDPOINT_URL_IAM": iam.url, "AWS_REGION": "eu-central-1"},
        )
    assert done.status == 10, done.err
    assert [finding["role"] for finding in findings(done)] == [f"arn:aws:iam::{account}:role/last"]
    pages = [form.get("Marker", "") for form in iam.asked if form["Action"] == "ListRoles"]
    assert pages == ["", "40", "40", "80", "80"]


def test_every_role_of_a_large_account_is_read(account: Account, provider: str, aws: StsFront) -> None:
    iam = account.iam()
    service = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    for number in range(MANY):
        document = json.dumps({"Version": "2012-10-17", "Statement": [service]})
        iam.create_role(RoleName=f"service-{number:03}", AssumeRolePolicyDocument=document)
    make(account, provider, "aaa-good")
    make(account, provider, "zzz-last", "repo:acme/app:*")
    aws.faults.append(faults.throttled().at(asking("ListRoles")))
    done = lint(account, "--rule", "wildcard-under-string-equals")
    assert done.status == 10, done.err
    assert [finding["role"] for finding in findings(done)] == [f"arn:aws:iam::{account.number}:role/zzz-last"]
    assert f"{MANY + 2} roles checked" in done.err
    # Of the many roles that no token opens nothing more is asked.
    assert asked(aws)["ListAttachedRolePolicies"] == 2


def test_what_is_attached_is_read(account: Account, provider: str) -> None:
    for name in ("managed", "own", "inline"):
        make(account, provider, name)
    for name in ("reads", "writes"):
        make(account, provider, name, PULL_REQUEST)
    iam = account.iam()
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    everything = iam.create_policy(PolicyName="everything", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="managed", PolicyArn=ADMINISTRATOR)
    iam.attach_role_policy(RoleName="own", PolicyArn=everything)
    attach(account, "inline", "*")
    attach(account, "reads", ["s3:GetObject", "s3:ListBucket"])
    attach(account, "writes", "s3:PutObject")
    done = lint(account)
    struck = {(one["rule"], one["role"].rpartition("/")[2], one["severity"]) for one in findings(done)}
    assert struck == {
        ("admin-policy", "managed", "error"),
        ("admin-policy", "own", "error"),
        ("admin-policy", "inline", "error"),
        ("pull-request-writes", "writes", "error"),
    }, done.err


def test_a_provider_that_the_account_lacks_is_found(account: Account, provider: str) -> None:
    make(account, provider, "good")
    make(account, provider.replace("token.", "tokens."), "lost")
    done = lint(account, "--rule", "unknown-provider")
    assert [one["role"].rpartition("/")[2] for one in findings(done)] == ["lost"]


def test_without_the_permission_for_attached_policies_the_trust_policies_are_checked(
    account: Account, provider: str, aws: StsFront
) -> None:
    make(account, provider, "one")
    make(account, provider, "two", "*")
    aws.faults.append(faults.access_denied().at(asking("ListAttachedRolePolicies")).forever())
    done = lint(account)
    assert [one["rule"] for one in findings(done)] == ["wildcard-under-string-equals"], done.err
    assert done.err.count("the permission iam:ListAttachedRolePolicies") == 1
    assert asked(aws)["ListAttachedRolePolicies"] == 1


@pytest.mark.parametrize("action", ["ListRoles", "ListOpenIDConnectProviders"])
def test_a_refusal_names_the_permission_and_is_not_tried_again(account: Account, aws: StsFront, action: str) -> None:
    aws.faults.append(faults.access_denied().at(asking(action)).forever())
    done = lint(account)
    assert done.status == 1
    assert f"iam:{action}" in done.err
    assert asked(aws)[action] == 1
    assert account.emulator.admin_secret not in done.out + done.err


def test_time_that_runs_out_ends_it(account: Account, provider: str, aws: StsFront) -> None:
    make(account, provider, "one")
    aws.faults.append(faults.throttled().at(asking("ListRoles")).forever())
    done = lint(account, "--action-timeout-s", "1", "--retry-max-attempts", "100")
    assert done.status not in {0, 10}
    assert done.out == ""


def test_time_that_runs_out_for_what_is_attached_is_said(account: Account, provider: str, aws: StsFront) -> None:
    make(account, provider, "one")
    make(account, provider, "two", "*")
    aws.faults.append(faults.hang(30).at(asking("ListAttachedRolePolicies")).forever())
    done = lint(account, "--action-timeout-s", "3")
    assert [one["rule"] for one in findings(done)] == ["wildcard-under-string-equals"], done.err
    assert "from here on, what is attached to roles was not read" in done.err


def test_without_credentials_it_says_where_it_looked(account: Account) -> None:
    done = lint(account, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_EC2_METADATA_DISABLED="true")
    assert done.status not in {0, 10}
    assert "credentials" in done.err
