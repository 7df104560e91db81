# SPDX-License-Identifier: Apache-2.0
"""The GitHub stand-in gives what GitHub gives, and only to the job."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from fakes.wire import Answer, get
from okta_aws.demo.github import GithubIssuer, Job


def asking(github: GithubIssuer, query: str = "&audience=sts.amazonaws.com", bearer: str = "") -> Answer:
    url = github.environment()["ACTIONS_ID_TOKEN_REQUEST_URL"]
    return get(url + query, {"Authorization": f"bearer {bearer or github.bearer}"})


def claims_of(github: GithubIssuer, answer: Answer) -> dict[str, Any]:
    token = answer.json()["value"]
    keys = get(get(f"{github.issuer}/.well-known/openid-configuration").json()["jwks_uri"]).json()["keys"]
    key = next(jwt.PyJWK(key) for key in keys if key["kid"] == jwt.get_unverified_header(token)["kid"])
    found: dict[str, Any] = jwt.decode(token, key, ["RS256"], options={"verify_aud": False}, issuer=github.issuer)
    return found


def test_a_token_is_for_the_audience_that_was_asked_for(github_issuer: GithubIssuer) -> None:
    claims = claims_of(github_issuer, asking(github_issuer))
    assert claims["aud"] == "sts.amazonaws.com"
    assert (claims["exp"] - claims["iat"], claims["iat"] - claims["nbf"]) == (300, 600)


def test_without_an_audience_it_is_the_owners_page(github_issuer: GithubIssuer) -> None:
    assert claims_of(github_issuer, asking(github_issuer, ""))["aud"] == "https://github.com/acme"


@pytest.mark.parametrize(
    ("job", "subject"),
    [
        (Job(), "repo:acme/infrastructure:ref:refs/heads/main"),
        (Job(event_name="pull_request"), "repo:acme/infrastructure:pull_request"),
        (Job(environment="prod:eu"), "repo:acme/infrastructure:environment:prod%3Aeu"),
        (Job(immutable_subject=True), "repo:acme@1000001/infrastructure@2000002:ref:refs/heads/main"),
    ],
    ids=["a branch", "a pull request", "an environment", "numeric ids"],
)
def test_the_subject_of(job: Job, subject: str) -> None:
    with GithubIssuer(job) as github:
        claims = claims_of(github, asking(github))
    assert claims["sub"] == subject
    assert claims.get("environment", "") == job.environment


def test_refuses_another_bearer_token(github_issuer: GithubIssuer) -> None:
    assert asking(github_issuer, bearer="another").status == 401


def test_refuses_a_request_without_a_bearer_token(github_issuer: GithubIssuer) -> None:
    assert get(github_issuer.environment()["ACTIONS_ID_TOKEN_REQUEST_URL"]).status == 401


def test_refuses_another_method(github_issuer: GithubIssuer) -> None:
    assert get(github_issuer.environment()["ACTIONS_ID_TOKEN_REQUEST_URL"], method="POST").status == 405


def test_knows_no_other_path(github_issuer: GithubIssuer) -> None:
    assert get(f"{github_issuer.url}/.well-known/openid-configuration").status == 404
