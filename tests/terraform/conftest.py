# SPDX-License-Identifier: Apache-2.0
"""An Okta org and GitHub under the names that they have in real life, AWS, and a job with its way to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.job import Job
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.github import Job as GithubJob
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.names import Names
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import StsFront


@pytest.fixture(scope="package")
def key() -> SigningKey:
    """The key of the pipeline's app."""
    return SigningKey.new(kid="deploy")


@pytest.fixture(scope="package")
def okta(key: SigningKey) -> Iterator[OktaIssuer]:
    """The org, with the pipeline's app."""
    with OktaIssuer([Client("0oaPIPELINE", jwks=[key.public_jwk()])], host="acme.okta.com") as running:
        yield running


@pytest.fixture(scope="package")
def github() -> Iterator[GithubIssuer]:
    """GitHub for a job in an environment, of a repository with the newer form of subjects."""
    job = GithubJob(environment="production", immutable_subject=True)
    with GithubIssuer(job, host="token.actions.githubusercontent.com") as running:
        yield running


@pytest.fixture(scope="package")
def front(emulator: Emulator, okta: OktaIssuer, github: GithubIssuer) -> Iterator[StsFront]:
    """AWS, which can look both issuers up."""
    with StsFront(emulator, issuers=[okta, github]) as running:
        yield running


@pytest.fixture(scope="package")
def names(okta: OktaIssuer) -> Iterator[Names]:
    """The job's way to the org."""
    with Names(okta) as running:
        yield running


@pytest.fixture
def job(tmp_path: Path, front: StsFront, github: GithubIssuer) -> Job:
    """A job that may ask GitHub for a token; its steps need a role yet."""
    return Job(tmp_path / "job", {"aws-region": REGION, "sts-endpoint": front.url}, github.environment())


@pytest.fixture
def as_machine(okta: OktaIssuer, names: Names, key: SigningKey) -> dict[str, str]:
    """Inputs of the action for the pipeline's app."""
    return {
        "okta-issuer": okta.issuer,
        "okta-client-id": "0oaPIPELINE",
        "okta-private-key": key.pem(),
        "okta-key-id": key.kid,
        "http-proxy": names.url,
        "no-proxy": "127.0.0.1",
        "ca-bundle": names.certificate,
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says which versions ran."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"ran with {name} {value}")
