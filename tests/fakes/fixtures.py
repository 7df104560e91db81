# SPDX-License-Identifier: Apache-2.0
"""Fixtures for everything outside: Okta, GitHub, AWS. A pytest plugin; ``tests/conftest.py`` names it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.world import Account
from okta_aws.demo.emulator import Emulator, install
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import OktaIssuer
from okta_aws.demo.sts_front import StsFront

PROJECT = Path(__file__).resolve().parents[2]
CACHE = PROJECT / ".cache"


@pytest.fixture
def issuer() -> Iterator[OktaIssuer]:
    """Okta, with no clients yet: ``issuer.clients["0oa…"] = Client(…)``."""
    with OktaIssuer() as running:
        yield running


@pytest.fixture
def github_issuer() -> Iterator[GithubIssuer]:
    """GitHub's OIDC provider for one job."""
    with GithubIssuer() as running:
        yield running


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """The AWS emulator; one for the whole run, since an account of its own keeps each test apart."""
    with Emulator(install(CACHE)) as running:
        yield running


@pytest.fixture
def aws(emulator: Emulator) -> Iterator[StsFront]:
    """The AWS endpoint: STS as AWS checks, everything else from the emulator."""
    with StsFront(emulator) as running:
        yield running


@pytest.fixture
def account(aws: StsFront, emulator: Emulator) -> Account:
    """An empty AWS account behind ``aws``."""
    return Account.new(aws, emulator)
