# SPDX-License-Identifier: Apache-2.0
"""The workspace is whatever a pull request put there, and so may the job's `PYTHON*` be: nothing of it is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from fakes.world import Account, trust
from image.engine import docker
from image.runner import Runner
from okta_aws.demo.emulator import REGION
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.sts_front import StsFront

MODULES = [
    "json.py",
    "ssl.py",
    "socket.py",
    "sitecustomize.py",
    "usercustomize.py",
    "okta_aws/__init__.py",
    "okta_aws/action.py",
]
SETTINGS = ["okta-aws.toml", ".okta-aws.toml", ".env", "pyproject.toml", "pyvenv.cfg", "python313._pth"]
TRAP = "import os; os.close(os.open('/github/workspace/RAN-' + __name__, os.O_CREAT))\n"
PYTHON = {
    "PYTHONPATH": "/github/workspace",
    "PYTHONSTARTUP": "/github/workspace/json.py",
    "PYTHONUSERBASE": "/github/workspace",
    "PYTHONPLATLIBDIR": "workspace",
}


@pytest.fixture
def traps(runner: Runner) -> list[Path]:
    """Files that say so when they run; their time of access, before all others, says whether they were read."""
    user_site = runner.temp / "_github_home/.local/lib/python3.13/site-packages"
    places = [runner.workspace / name for name in MODULES + SETTINGS] + [user_site / "usercustomize.py"]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(TRAP if place.suffix == ".py" else "[default]\naws-profile = 'hostile'\n")
    runner.give_to_user(runner.workspace)
    return places


@pytest.fixture
def inputs(github_issuer: GithubIssuer, account: Account, aws: StsFront) -> dict[str, str]:
    provider = account.provider(github_issuer.issuer, ["sts.amazonaws.com"])
    role = account.role(trust(provider, sub=github_issuer.job.subject(), aud="sts.amazonaws.com"))
    return {"role-to-assume": role, "aws-region": REGION, "sts-endpoint": aws.url}


def unread(places: list[Path]) -> dict[Path, int]:
    """Set each file's time of access back, where any reading moves it forward (relatime); the times."""
    for place in places:
        os.utime(place, (0, place.stat().st_mtime))
    return {place: place.stat().st_atime_ns for place in places}


def times_of_access(places: list[Path]) -> Mapping[Path, int]:
    return {place: place.stat().st_atime_ns for place in places}


@pytest.mark.parametrize("home", [{}, {"PYTHONHOME": "/github/workspace"}], ids=["PYTHONPATH", "PYTHONHOME"])
def test_nothing_of_the_workspace_runs_or_is_read(
    runner: Runner, traps: list[Path], inputs: dict[str, str], github_issuer: GithubIssuer, home: dict[str, str]
) -> None:
    before = unread(traps)
    step = runner.main(inputs, environ=github_issuer.environment() | PYTHON | home)
    assert step.status == 0, step.log
    assert runner.environ["AWS_ACCESS_KEY_ID"]
    post = runner.post(inputs, environ=PYTHON | home)
    assert post.status == 0, post.log
    assert not list(runner.workspace.glob("RAN-*"))
    assert times_of_access(traps) == before


def test_these_traps_do_catch_a_python_that_is_not_isolated(runner: Runner, traps: list[Path], image: str) -> None:
    before = unread(traps)
    workspace = f"{runner.workspace}:/github/workspace"
    environ = [f"--env={name}={value}" for name, value in PYTHON.items() if name == "PYTHONPATH"]
    command = [
        "--workdir=/github/workspace",
        *environ,
        "--entrypoint=/usr/bin/python3",
        image,
        "-c",
        "import okta_aws.action",
    ]
    docker("run", "--rm", "-v", workspace, *command)
    ran = {path.name.removeprefix("RAN-") for path in runner.workspace.glob("RAN-*")}
    assert {"sitecustomize", "okta_aws", "okta_aws.action"} <= ran
    read = {path.name for path, time in times_of_access(traps).items() if time != before[path]}
    assert {"sitecustomize.py", "action.py"} <= read
