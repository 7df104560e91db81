# SPDX-License-Identifier: Apache-2.0
"""The job in which the action runs, before it has a role."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.job import Job
from fakes.laptop import Laptop
from fakes.world import Account
from okta_aws.demo.emulator import REGION
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
