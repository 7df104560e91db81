# SPDX-License-Identifier: Apache-2.0
"""The command line in a job: `uses: org/okta-aws-action/cli@v1`, then `run: okta-aws …`."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from composite.conftest import NODE, ROOT, OnRunner
from fakes.package_index import PackageIndex


class Installing(OnRunner):
    """A job whose step installs the command."""

    main = (NODE, str(ROOT / "cli/main.js"))
    metadata = ROOT / "cli/action.yml"


@pytest.fixture
def installing(tmp_path: Path, index: PackageIndex) -> Installing:
    job = Installing(tmp_path / "a job's folder", {}, {"PIP_INDEX_URL": f"{index.url}/simple/"})
    job.environ["GITHUB_PATH"] = str(tmp_path / "path")
    return job


def installed(job: Installing) -> Path:
    """The folder that the step has put on the path."""
    step = job.step()
    assert (step.status, step.stderr) == (0, ""), step.log()
    return Path(Path(job.environ["GITHUB_PATH"]).read_text().splitlines()[-1])


def run(folder: Path, *arguments: str, given: str = "", environ: Mapping[str, str] | None = None, cwd: Path) -> str:
    """What the command says; it has to end well."""
    path = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(cwd)}
    command = ["okta-aws", *arguments]
    done = subprocess.run(
        command, env=path | dict(environ or {}), input=given, cwd=cwd, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_later_steps_have_the_command_with_all_its_libraries(installing: Installing, tmp_path: Path) -> None:
    folder = installed(installing)
    assert "version" in run(folder, "--version", cwd=tmp_path)
    made = run(folder, "jwk", "new", str(tmp_path / "key.pem"), cwd=tmp_path)
    assert '"kid"' in made
    (tmp_path / "policy.yaml").write_text("Resources: {}\n")
    assert run(folder, "lint", str(tmp_path / "policy.yaml"), "--format", "json", cwd=tmp_path).startswith("{")


def test_the_checkout_and_pythons_variables_bring_no_code_into_it(installing: Installing, tmp_path: Path) -> None:
    folder = installed(installing)
    checkout = tmp_path / "checkout"
    (checkout / "okta_aws").mkdir(parents=True)
    mark = tmp_path / "mark"
    for name in ("click", "json", "sitecustomize", "okta_aws/__init__"):
        (checkout / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')\n")
    run(folder, "--version", environ={"PYTHONPATH": str(checkout)}, cwd=checkout)
    assert not mark.exists()


def test_a_second_job_installs_nothing(installing: Installing, index: PackageIndex) -> None:
    installed(installing)
    asked = len(index.requests)
    installed(installing)
    assert len(index.requests) == asked


def test_what_goes_wrong_is_told_as_the_action_tells_it(installing: Installing, wheels: Path) -> None:
    with PackageIndex(wheels, damaged=True) as lying:
        installing.environ["PIP_INDEX_URL"] = f"{lying.url}/simple/"
        step = installing.step()
    assert step.status == 3
    assert step.commands("error")[0].properties["title"].endswith("[python-packages]")
    assert not Path(installing.environ["GITHUB_PATH"]).exists()


@pytest.mark.parametrize("variable", ["GITHUB_PATH", "RUNNER_TEMP"])
@pytest.mark.parametrize("found", [None, "relative"])
def test_outside_a_job_it_says_so_and_installs_nothing(
    installing: Installing, variable: str, found: str | None
) -> None:
    environ = {name: value for name, value in installing.environ.items() if name != variable}
    installing.environ = environ if found is None else environ | {variable: found}
    step = installing.step()
    assert (step.status, step.stderr) == (7, "")
    (told,) = step.commands("error")
    assert f"wanted {variable}, as a GitHub runner sets it" in told.data
    assert not list(installing.tool_cache.iterdir())


def test_a_path_file_that_cannot_be_written_is_said(installing: Installing, tmp_path: Path) -> None:
    installing.environ["GITHUB_PATH"] = str(tmp_path)
    step = installing.step()
    assert (step.status, step.stderr) == (7, "")
    assert "is a directory" in step.commands("error")[0].data


def test_the_profiles_that_it_writes_call_it_and_nothing_of_the_checkout(
    installing: Installing, tmp_path: Path
) -> None:
    folder = installed(installing)
    (tmp_path / "okta-aws").write_text("#!/bin/sh\n")
    role = "deploy=arn:aws:iam::123456789012:role/deploy"
    run(folder, "configure", role, "--aws-region", "eu-west-1", cwd=tmp_path)
    text = (tmp_path / ".aws/config").read_text()
    assert shlex.split(text)[3:5] == ["=", str(folder / "okta-aws")]
    run(folder, "configure", role, "--aws-region", "eu-west-2", cwd=tmp_path)
    assert (tmp_path / ".aws/config").read_text() == text.replace("eu-west-1", "eu-west-2")
