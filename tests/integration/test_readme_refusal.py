# SPDX-License-Identifier: Apache-2.0
"""The refusal that the README shows is what a user sees."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from fakes.world import Account, trust
from okta_aws.demo.github import GithubIssuer, Job
from okta_aws.demo.sts_front import StsFront

README = Path(__file__).resolve().parents[2] / "README.md"
# What differs from run to run, or from the stand-ins to the real services.
ACCOUNT = "123456789012"
ISSUER = "https://token.actions.githubusercontent.com"


def shown_in_the_readme() -> list[str]:
    """The first block of text after the comment that names this test."""
    block = re.search(rf"{Path(__file__).name}.*?```text\n(.*?)```", README.read_text(), re.DOTALL)
    assert block is not None
    return block[1].splitlines()


def refused(github: GithubIssuer, aws: StsFront, role: str, policy: str) -> subprocess.CompletedProcess[str]:
    """The action's step for a role that does not trust the job, and whose ``policy`` is at hand."""
    environ = {
        "GITHUB_ACTIONS": "true",
        "INPUT_ROLE-TO-ASSUME": role,
        "INPUT_AWS-REGION": "eu-central-1",
        "INPUT_STS-ENDPOINT": aws.url,
        "INPUT_TRUST-POLICY": policy,
        **github.environment(),
    }
    command = [sys.executable, "-I", "-m", "okta_aws.action"]
    return subprocess.run(command, env=environ, check=False, capture_output=True, text=True)


def test_the_refusal_in_the_readme_is_what_the_action_prints(aws: StsFront, account: Account) -> None:
    with GithubIssuer(Job(environment="production")) as github:
        provider = account.provider(github.issuer, ["sts.amazonaws.com"])
        policy = trust(provider, sub="repo:acme/infrastructure:ref:refs/heads/main", aud="sts.amazonaws.com")
        result = refused(github, aws, account.role(policy), json.dumps(policy))
        printed = result.stdout.replace(github.issuer, ISSUER).replace(account.number, ACCOUNT)
        printed = printed.replace(github.issuer.partition("://")[2], ISSUER.partition("://")[2])
    commands = [line for line in printed.splitlines() if line.startswith("::error ")]
    lines = [line for line in printed.splitlines() if not line.startswith("::")]
    assert result.returncode == 5
    assert lines == shown_in_the_readme()
    assert len(commands) == 1
