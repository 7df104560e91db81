# SPDX-License-Identifier: Apache-2.0
"""Which Python of a runner is taken. The programs are small scripts that say which version they are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from composite.conftest import FORM, NODE, OnRunner

_ASK = """
const { find } = require(process.argv[1])
const seen = []
console.log(JSON.stringify([find(JSON.parse(process.argv[2]), 'linux', seen), seen]))
"""


def found(environ: Mapping[str, str], cwd: Path) -> tuple[str | None, list[str]]:
    """The Python that is taken, and those that would not do."""
    command = [NODE, "-e", _ASK, str(FORM / "python.js"), json.dumps(dict(environ))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd, timeout=60)
    taken, seen = json.loads(done.stdout)
    return taken, seen


def program(folder: Path, says: str, name: str = "python3", status: int = 0) -> Path:
    """A program that says ``says`` when it is asked for its version."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\nprintf '%s\\n' '{says}'\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_the_one_of_the_path_is_taken(tmp_path: Path) -> None:
    python = program(tmp_path / "bin", "3.11")
    assert found({"PATH": f"/nonexistent:{python.parent}"}, tmp_path) == (str(python), [])


def test_the_one_that_setup_python_chose_comes_first(tmp_path: Path) -> None:
    program(tmp_path / "bin", "3.13")
    chosen = program(tmp_path / "chosen" / "bin", "3.12")
    environ = {"PATH": str(tmp_path / "bin"), "pythonLocation": str(tmp_path / "chosen")}
    assert found(environ, tmp_path) == (str(chosen), [])


def test_too_old_ones_and_what_is_no_python_are_passed_over_and_named(tmp_path: Path) -> None:
    old = program(tmp_path / "old", "3.10")
    ancient = program(tmp_path / "ancient", "2.7")
    talker = program(tmp_path / "talker", "Python was not found; get it in the store")
    failing = program(tmp_path / "failing", "3.12", status=9)
    good = program(tmp_path / "good", "4.0", name="python")
    folders = [one.parent for one in (old, ancient, talker, failing, good)]
    taken, seen = found({"PATH": ":".join(map(str, folders))}, tmp_path)
    assert taken == str(good)
    assert seen == [f"{old} (3.10)", f"{ancient} (2.7)", f"{talker} (no Python)", f"{failing} (no Python)"]


def test_a_versioned_name_serves_where_the_plain_one_is_too_old(tmp_path: Path) -> None:
    program(tmp_path / "bin", "3.9")
    newer = program(tmp_path / "bin", "3.12", name="python3.12")
    assert found({"PATH": str(tmp_path / "bin")}, tmp_path)[0] == str(newer)


def test_the_tool_cache_is_the_last_place_and_gives_its_newest_whole_version(tmp_path: Path) -> None:
    versions = tmp_path / "tools" / "Python"
    for version in ("3.9.18", "3.12.10", "3.12.9", "3.14.0"):
        program(versions / version / "x64" / "bin", version.rpartition(".")[0])
        if version != "3.14.0":
            (versions / version / "x64.complete").touch()
    for variable in ("RUNNER_TOOL_CACHE", "AGENT_TOOLSDIRECTORY"):
        taken, _ = found({variable: str(tmp_path / "tools"), "PATH": ""}, tmp_path)
        assert taken == str(versions / "3.12.10" / "x64" / "bin" / "python3")


def test_nothing_in_the_checkout_is_taken_by_whatever_way(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    hostile = program(workspace / ".venv" / "bin", "3.14")
    program(workspace, "3.14")
    (tmp_path / "link").symlink_to(hostile.parent)
    path = f"::.:.venv/bin:{workspace}:{hostile.parent}:{tmp_path / 'link'}:{tmp_path}/other/../workspace/.venv/bin"
    environ = {"GITHUB_WORKSPACE": str(workspace), "PATH": path, "pythonLocation": str(workspace / ".venv")}
    assert found(environ | {"RUNNER_TOOL_CACHE": str(workspace)}, workspace) == (None, [])


def test_a_folder_beside_the_checkout_with_a_like_name_is_none_of_it(tmp_path: Path) -> None:
    python = program(tmp_path / "workspace-tools", "3.12")
    environ = {"GITHUB_WORKSPACE": str(tmp_path / "workspace"), "PATH": str(python.parent)}
    assert found(environ, tmp_path)[0] == str(python)


def test_a_runner_without_any_is_told_what_to_do(job: OnRunner, tmp_path: Path) -> None:
    old, odd = program(tmp_path / "old", "3.8"), program(tmp_path / "odd\npython=folder", "3.12")
    step = job.step(PATH=f"{odd.parent}:{old.parent}")
    (annotation,) = step.commands("error")
    assert step.status == 1
    assert annotation.properties["title"].endswith("[python-missing]")
    assert "actions/setup-python" in annotation.data
    assert f"{old} (3.8)" in annotation.data
    assert f"{odd} (a line end in its path)" in annotation.data
    assert (step.state, step.variables, step.outputs) == ({}, {}, {})
    end = job.post()
    assert (end.status, end.stdout, end.stderr) == (0, "", "")


def test_a_python_that_is_gone_at_the_end_of_the_job_is_named(job: OnRunner) -> None:
    end = job.post(STATE_python="/nonexistent/python3")
    assert end.status == 1
    assert "/nonexistent/python3" in end.commands("error")[0].data


def test_this_python_is_one_that_is_taken(tmp_path: Path) -> None:
    assert found({"PATH": str(Path(sys.executable).parent)}, tmp_path)[0] is not None


def test_a_path_with_a_line_end_in_it_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "a\npython=b", "3.12")
    good = program(tmp_path / "good", "3.12")
    odd = f"{tmp_path}/a\npython=b"
    seen = [f"{odd}/python3 (a line end in its path)"]
    assert found({"PATH": f"{odd}:{good.parent}"}, tmp_path) == (str(good), seen)
