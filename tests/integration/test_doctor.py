# SPDX-License-Identifier: Apache-2.0
"""``okta-aws doctor`` with the stand-ins of GitHub, Okta and AWS, and an issuer that nobody here wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from fakes import faults
from fakes.certified_issuer import CertifiedIssuer, with_secret
from fakes.command import okta_aws
from fakes.job import GITHUB_AUDIENCE, asked
from fakes.world import Account, trust
from okta_aws.demo.emulator import REGION
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.sts_front import StsFront

SECRET = "marked-as-a-tests-client-secret"


@pytest.fixture
def environ(aws: StsFront, account: Account) -> dict[str, str]:
    """A machine with an administrator's AWS credentials."""
    return {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": account.number,
        "AWS_SECRET_ACCESS_KEY": account.emulator.admin_secret,
        "AWS_ENDPOINT_URL_IAM": aws.url,
        "OKTA_AWS_STS_ENDPOINT": aws.url,
    }


def examined(environ: Mapping[str, str], *flags: str) -> tuple[int, dict[str, dict[str, Any]]]:
    done = okta_aws("doctor", "--format", "json", *flags, environ=environ)
    assert done.err == ""
    assert SECRET not in done.out
    return done.status, {link["name"]: link for link in json.loads(done.out)["links"]}


def others(links: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The links that are not ok."""
    return {name: link["status"] for name, link in links.items() if link["status"] != "ok"}


def test_a_github_job_with_all_that_it_needs_is_ok_and_no_role_is_assumed(
    environ: dict[str, str], aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    provider = account.provider(github_issuer.issuer, [GITHUB_AUDIENCE])
    role = account.role(trust(provider, sub=github_issuer.job.subject(), aud=GITHUB_AUDIENCE))
    job = {"GITHUB_ACTIONS": "true", **github_issuer.environment()}
    status, links = examined(environ | job, "--role-to-assume", role)
    assert (status, others(links)) == (0, {})
    assert aws.exchanges == 0
    assert len([one for one in asked(github_issuer) if one.path.startswith("/runs/")]) == 1


def test_a_role_that_trusts_another_branch_is_explained(
    environ: dict[str, str], account: Account, github_issuer: GithubIssuer
) -> None:
    provider = account.provider(github_issuer.issuer, ["api://other"])
    role = account.role(trust(provider, sub="repo:acme/infrastructure:ref:refs/heads/other", aud=GITHUB_AUDIENCE))
    job = {"GITHUB_ACTIONS": "true", **github_issuer.environment()}
    status, links = examined(environ | job, "--role-to-assume", role)
    assert (status, others(links)) == (10, {"audience": "broken", "trust-policy": "broken"})
    assert "other-ref" in links["trust-policy"]["found"]
    assert any("the smallest change" in line for line in links["trust-policy"]["details"])


def test_an_okta_client_is_walked_to_the_end(environ: dict[str, str], account: Account, issuer: OktaIssuer) -> None:
    issuer.clients["0oaTEST"] = Client("0oaTEST", secret=SECRET)
    role = account.role(trust(account.provider(issuer.issuer, [issuer.audience]), sub="0oaTEST", aud=issuer.audience))
    okta = {"OKTA_AWS_OKTA_CLIENT_SECRET": SECRET}
    flags = ("--okta-issuer", issuer.issuer, "--okta-client-id", "0oaTEST", "--role-to-assume", role)
    status, links = examined(environ | okta, *flags)
    assert (status, others(links)) == (0, {"permissions": "not-checkable"})


def test_an_issuer_is_looked_at_though_it_gives_no_token(environ: dict[str, str], issuer: OktaIssuer) -> None:
    okta = {"OKTA_AWS_OKTA_CLIENT_SECRET": SECRET}
    status, links = examined(environ | okta, "--okta-issuer", issuer.issuer, "--okta-client-id", "0oaNOBODY")
    assert status == 10
    assert "[okta-client]" in links["source"]["found"]
    assert {links[name]["status"] for name in ("discovery", "keys", "sts", "credentials")} == {"ok"}
    assert links["provider"]["status"] == "broken"


@pytest.mark.parametrize("fault", [faults.login_page, faults.empty, faults.garbage, faults.reset, faults.wrong_length])
def test_an_issuer_that_misbehaves_breaks_its_own_links_alone(
    environ: dict[str, str],
    github_issuer: GithubIssuer,
    fault: Any,  # noqa: ANN401 - one of several shapes
) -> None:
    github_issuer.faults.append(fault().at(faults.metadata).forever())
    status, links = examined(environ | {"GITHUB_ACTIONS": "true", **github_issuer.environment()})
    assert status == 10
    assert (links["source"]["status"], links["token"]["status"]) == ("ok", "ok")
    assert (links["discovery"]["status"], links["keys"]["status"]) == ("broken", "not-checkable")
    assert {links[name]["status"] for name in ("sts", "credentials", "clock")} == {"ok"}


def test_an_issuer_that_nobody_here_wrote_is_as_aws_demands(environ: dict[str, str], account: Account) -> None:
    with CertifiedIssuer([with_secret("0oaTEST", SECRET)], audience="api://aws") as certified:
        role = account.role(trust(account.provider(certified.issuer, ["api://aws"]), sub="0oaTEST", aud="api://aws"))
        flags = ("--okta-issuer", certified.issuer, "--okta-client-id", "0oaTEST", "--role-to-assume", role)
        status, links = examined(environ | {"OKTA_AWS_OKTA_CLIENT_SECRET": SECRET}, *flags)
    assert (status, others(links)) == (0, {"permissions": "not-checkable"})


def test_a_person_without_aws_credentials_learns_what_can_be_known(aws: StsFront, github_issuer: GithubIssuer) -> None:
    environ = {"AWS_EC2_METADATA_DISABLED": "true", "GITHUB_ACTIONS": "true", "OKTA_AWS_STS_ENDPOINT": aws.url}
    status, links = examined(environ | {"AWS_REGION": REGION} | github_issuer.environment())
    assert status == 0
    names = ("credentials", "provider", "audience", "trust-policy")
    assert others(links) == dict.fromkeys(names, "not-checkable")
