# SPDX-License-Identifier: Apache-2.0
"""The pages for people, followed from top to bottom in a fresh home; names that exist stand for the examples'."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from fakes.aws_cli import install
from fakes.command import PROGRAM, Outcome, environment
from fakes.fixtures import CACHE, PROJECT
from fakes.login import Login
from fakes.world import Account, trust
from okta_aws.demo.device import NativeApp, Person
from okta_aws.demo.emulator import REGION
from okta_aws.demo.issuer import OktaIssuer
from okta_aws.demo.sts_front import StsFront

PAGES = ["tutorial/first-login.md", "how-to/login.md", "how-to/moving-from-gimme-aws-creds.md"]
BLOCK = re.compile(r"^```(sh|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What is done before a person comes to it: by an administrator, or with the network.
BEFOREHAND = re.compile(r"aws iam |pip install ")
APP, ME = "0oaPEOPLE", Person("00uME")


@pytest.fixture
def names(issuer: OktaIssuer, account: Account) -> Mapping[str, str]:
    """What stands for the examples' names: an app that is assigned to one person, and a role that trusts both."""
    issuer.device.apps[APP] = NativeApp(APP, frozenset({ME.id}))
    issuer.device.interval_s = 1
    role = account.role(trust(account.provider(issuer.org_issuer, [APP]), sub=ME.id, aud=APP))
    statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.iam().put_role_policy(RoleName="deploy", PolicyName="list", PolicyDocument=policy)
    return {
        "https://acme.okta.com": issuer.org_issuer,
        "0oa123": APP,
        "arn:aws:iam::123456789012:role/deploy": role,
        "eu-central-1": REGION,
    }


@pytest.fixture
def environ(tmp_path: Path, aws: StsFront) -> Mapping[str, str]:
    aws_cli = install(CACHE)
    path = f"{PROGRAM.parent}:{aws_cli.parent}:/usr/bin:/bin"
    place = {"OKTA_AWS_STS_ENDPOINT": aws.url, "AWS_ENDPOINT_URL": aws.url, "AWS_EC2_METADATA_DISABLED": "true"}
    return environment({"PATH": path, "HOME": str(tmp_path), **place})


def followed(script: str, environ: Mapping[str, str], okta: OktaIssuer) -> Outcome:
    """How a block of commands ended, for a person who signs in where it waits for that."""
    process = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(environ),
        cwd=environ["HOME"],
    )
    running = Login(process)
    if "okta-aws login" in script:
        okta.device.approve(running.shown()[1], ME)
    return running.end()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_works_as_it_is_shown(
    page: str, names: Mapping[str, str], environ: Mapping[str, str], issuer: OktaIssuer, tmp_path: Path
) -> None:
    text = (PROJECT / "docs" / page).read_text()
    for example, name in names.items():
        text = text.replace(example, name)
    ran = 0
    for language, block in BLOCK.findall(text):
        if language == "toml":
            file = tmp_path / ".config/okta-aws/okta-aws.toml"
            file.parent.mkdir(parents=True)
            file.write_text(block)
        elif not BEFOREHAND.match(block):
            outcome = followed(block, environ, issuer)
            assert outcome.status == 0, f"{block}\n{outcome.err}"
            ran += 1
    assert ran
    assert len([one for one in issuer.requests if one.path.endswith("/device/authorize")]) == text.count(
        "\nokta-aws login "
    )
