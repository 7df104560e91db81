# SPDX-License-Identifier: Apache-2.0
"""The job in which the action runs, before it has a role; and the pull request whose plan is sealed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.github_api import GithubApi
from fakes.job import Job
from fakes.laptop import Laptop
from fakes.sealing import PLAN_FREE, StateStore, Story, code
from fakes.world import Account
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.issuer import OktaIssuer
from okta_aws.demo.sts_front import StsFront


@pytest.fixture
def job(tmp_path: Path, aws: StsFront) -> Job:
    """A job whose AWS is the stand-in; its steps need a role and a token yet."""
    return Job(tmp_path / "job", {"aws-region": REGION, "sts-endpoint": aws.url})


@pytest.fixture
def laptop(tmp_path: Path, issuer: OktaIssuer, account: Account) -> Laptop:
    """A person's machine, with an Okta app and a role that trusts it."""
    return Laptop.new(tmp_path / "home", issuer, account)


@pytest.fixture
def github() -> Iterator[GithubApi]:
    """GitHub's API."""
    with GithubApi() as running:
        yield running


@pytest.fixture(scope="module")
def store(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StateStore]:
    """Where the state and the plans are."""
    with StsFront(emulator) as front:
        yield StateStore(Account.new(front, emulator), tmp_path_factory.mktemp("code"))


@pytest.fixture
def story(store: StateStore, github: GithubApi, tmp_path: Path) -> Story:
    """A pull request of its own in that store."""
    return Story(store, github, tmp_path)


@pytest.fixture(scope="module")
def plan(store: StateStore) -> bytes:
    """A plan without providers, made once."""
    return store.plan(code(PLAN_FREE))
