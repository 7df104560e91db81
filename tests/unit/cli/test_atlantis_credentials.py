# SPDX-License-Identifier: Apache-2.0
"""The step that each command of Atlantis begins with: what it asks, and how little it loads for that."""

from __future__ import annotations

import subprocess
import sys

import pytest

from okta_aws.atlantis.asked import read
from okta_aws.atlantis.multienv import line_of
from okta_aws.cli.atlantis.credentials import ALONE, asked
from okta_aws.errors import AtlantisError

STEP = {
    "BASE_REPO_OWNER": "acme",
    "BASE_REPO_NAME": "infra",
    "REPO_REL_DIR": "stacks/network",
    "WORKSPACE": "default",
    "PROJECT_NAME": "network",
    "PULL_NUM": "12",
    "USER_NAME": "octocat",
    "HEAD_COMMIT": "a" * 40,
}


def test_what_atlantis_sets_is_what_the_helper_reads() -> None:
    found = read(asked("plan", STEP))
    assert (found.repository, found.directory, found.workspace, found.project) == (
        *("acme/infra", "stacks/network", "default", "network"),
    )
    assert (found.command, found.pull, found.user, found.head) == ("plan", 12, "octocat", "a" * 40)


@pytest.mark.parametrize("variable", ["BASE_REPO_OWNER", "BASE_REPO_NAME", "REPO_REL_DIR", "WORKSPACE", "PULL_NUM"])
def test_without_a_variable_of_atlantis_there_is_nothing_to_ask(variable: str) -> None:
    with pytest.raises(AtlantisError):
        read(asked("plan", {name: value for name, value in STEP.items() if name != variable}))


def test_what_shuts_aws_tools_in_fits_into_the_line() -> None:
    assert "AWS_CONFIG_FILE='/dev/null'" in line_of(ALONE)


def test_it_loads_neither_network_nor_yaml_nor_aws() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from okta_aws.cli.main import cli; "
        "done = CliRunner().invoke(cli, ['atlantis', 'credentials', 'plan', '--socket', '/nowhere/helper.sock']); "
        "assert done.exit_code == 8; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "okta_aws.atlantis.multienv" in loaded
    heavy = {"http.client", "ssl", "urllib.request", "botocore", "ruamel.yaml", "github", "okta_aws.flows"}
    assert not loaded & heavy
