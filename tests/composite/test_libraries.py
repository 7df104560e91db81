# SPDX-License-Identifier: Apache-2.0
"""The libraries for keys: installed once for a runner, from a lock file with hashes, and only when they are needed."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from composite.conftest import OnRunner
from fakes.job import Step, okta_role
from fakes.package_index import PackageIndex
from fakes.world import Account
from okta_aws.demo.emulator import REGION
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import StsFront

APP = "0oaSERVICEAPP0000000"


@pytest.fixture
def keyed(job: OnRunner, index: PackageIndex, account: Account) -> Iterator[OnRunner]:
    """A job that has a private key, on a runner that has a package index."""
    key = SigningKey.new("ES256", kid="one")
    with OktaIssuer([Client(APP, jwks=[key.public_jwk()])]) as okta:
        job.inputs |= {"okta-issuer": okta.issuer, "okta-client-id": APP, "okta-private-key": key.pem()}
        job.inputs |= {"okta-key-id": "one", "role-to-assume": okta_role(account, okta, APP)}
        job.environ["PIP_INDEX_URL"] = f"{index.url}/simple/"
        yield job


def test_a_key_installs_them_once_and_the_next_step_finds_them(keyed: OnRunner, index: PackageIndex) -> None:
    first = keyed.step()
    assert first.status == 0, first.log()
    assert "installing the libraries" in first.log()
    fetched = len(index.requests)
    assert len(index.downloads()) == len(set(index.downloads())) > 0
    second = keyed.step()
    assert (second.status, len(index.requests)) == (0, fetched)
    assert "installing" not in second.log()
    (folder,) = (entry for entry in (keyed.tool_cache / "okta-aws-action").iterdir() if entry.is_dir())
    assert folder.parent.stat().st_mode & 0o777 == 0o700


def test_two_jobs_at_once_install_them_once(
    keyed: OnRunner, index: PackageIndex, aws: StsFront, tmp_path: Path
) -> None:
    other = OnRunner(tmp_path / "other", keyed.inputs, {"PIP_INDEX_URL": keyed.environ["PIP_INDEX_URL"]})
    other.environ["RUNNER_TOOL_CACHE"] = keyed.environ["RUNNER_TOOL_CACHE"]
    steps: list[Step] = []
    threads = [threading.Thread(target=lambda job=job: steps.append(job.step())) for job in (keyed, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [step.status for step in steps] == [0, 0], [step.log() for step in steps]
    assert aws.exchanges == len(steps)
    assert len(index.downloads()) == len(set(index.downloads()))


def test_a_wheel_that_is_not_the_locked_one_is_refused(keyed: OnRunner, wheels: Path) -> None:
    with PackageIndex(wheels, damaged=True) as lying:
        keyed.environ["PIP_INDEX_URL"] = f"{lying.url}/simple/"
        step = keyed.step()
    step.assert_refused(3, "python-packages")
    assert not [entry for entry in (keyed.tool_cache / "okta-aws-action").iterdir() if entry.is_dir()]


def test_an_index_that_is_not_there_is_said(keyed: OnRunner) -> None:
    keyed.environ |= {"PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "PIP_RETRIES": "0"}
    step = keyed.step()
    step.assert_refused(3, "python-packages")
    assert "package index" in step.log()


def test_what_a_killed_job_left_does_no_harm(keyed: OnRunner) -> None:
    assert keyed.step().status == 0
    root = keyed.tool_cache / "okta-aws-action"
    (folder,) = (entry for entry in root.iterdir() if entry.is_dir())
    shutil.move(folder, root / f"{folder.name}.12345")
    # Killed while pip was copying; pip would leave this as it is.
    (root / f"{folder.name}.12345" / "cryptography" / "__init__.py").write_text("half of")
    step = keyed.step()
    assert step.status == 0, step.log()
    assert [entry for entry in root.iterdir() if entry.is_dir()] == [folder]


@pytest.mark.parametrize("theirs", ["a folder that others may write", "a file", "a link"])
def test_a_tool_cache_that_is_not_ours_alone_is_passed_over(keyed: OnRunner, tmp_path: Path, theirs: str) -> None:
    root = keyed.tool_cache / "okta-aws-action"
    if theirs == "a file":
        root.touch()
    elif theirs == "a link":
        (tmp_path / "elsewhere").mkdir(mode=0o777)
        (tmp_path / "elsewhere").chmod(0o777)
        root.symlink_to(tmp_path / "elsewhere")
    else:
        root.mkdir()
        root.chmod(0o777)
    step = keyed.step()
    assert step.status == 0, step.log()
    assert [entry for entry in (keyed.temp / "okta-aws-action").iterdir() if entry.is_dir()]
    assert not (tmp_path / "elsewhere").exists() or not os.listdir(tmp_path / "elsewhere")


def test_pip_is_told_nothing_of_the_jobs_secrets(keyed: OnRunner, tmp_path: Path) -> None:
    # A configuration file of pip that sends it elsewhere would have to be named by a variable that is not passed on.
    stray = tmp_path / "pip.conf"
    stray.write_text(f"[install]\ntarget = {tmp_path / 'stray'}\n")
    keyed.environ |= {"PIP_CONFIG_FILE": str(stray), "PIP_TARGET": str(tmp_path / "stray"), "PIP_USER": "1"}
    step = keyed.step()
    assert step.status == 0, step.log()
    assert not (tmp_path / "stray").exists()
    assert REGION in step.variables.values()
