# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis init``: golden files, Atlantis's own schemas, and files that can be written again and again."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from fakes.command import Outcome, okta_aws

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests/data/atlantis"
GOLDEN = DATA / "golden"
MAP = DATA / "map.yaml"
FILES = sorted(str(path.relative_to(GOLDEN)) for path in GOLDEN.rglob("*.yaml"))


def init(output: Path, *more: str, map_path: Path = MAP) -> Outcome:
    return okta_aws("atlantis", "init", "--map", str(map_path), "--output", str(output), *more)


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_it_writes_the_golden_files(tmp_path: Path) -> None:
    done = init(tmp_path / "out")
    assert done.status == 0
    assert tree(tmp_path / "out") == tree(GOLDEN)
    assert FILES == ["repos.yaml", "repositories/acme/apps/atlantis.yaml", "repositories/acme/infra/atlantis.yaml"]
    assert "--repo-allowlist=github.com/acme/infra,github.com/acme/apps,github.com/acme/team-*" in done.err


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_what_atlantis_takes(name: str) -> None:
    schema = DATA / "schemas" / ("repos.schema.json" if name == "repos.yaml" else "atlantis.schema.json")
    checker = ROOT / ".tools/bin/check-jsonschema"
    subprocess.run([checker, "--schemafile", schema, GOLDEN / name], check=True)


def test_the_server_is_closed_for_whatever_a_pull_request_says() -> None:
    config = yaml.safe_load((GOLDEN / "repos.yaml").read_text())
    (every,) = config["repos"]
    assert every["id"] == "/.*/"
    assert every["apply_requirements"] == every["import_requirements"] == ["approved", "mergeable", "undiverged"]
    assert every["allow_custom_workflows"] is False
    assert every["allowed_overrides"] == every["allowed_workflows"] == every["pre_workflow_hooks"] == []
    assert every["autodiscover"] == {"mode": "disabled"}


def test_each_command_begins_with_its_own_credentials() -> None:
    config = yaml.safe_load((GOLDEN / "repos.yaml").read_text())
    stages = config["workflows"]["okta-aws"]
    first = {command: stage["steps"][0]["multienv"]["command"] for command, stage in stages.items()}
    program = "/usr/local/bin/okta-aws atlantis credentials"
    assert first == {name: f"{program} {name}" for name in ("plan", "policy_check", "apply", "import", "state_rm")}
    assert config["team_authz"] == {"command": "/usr/local/bin/okta-aws", "args": ["atlantis", "authorize"]}


def test_again_nothing_is_written_and_check_says_so(tmp_path: Path) -> None:
    init(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.yaml")}
    again, checked = init(tmp_path), init(tmp_path, "--check")
    assert (again.status, again.out, checked.status, checked.out) == (0, "", 0, "")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_check_tells_what_differs_and_writes_nothing(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path / "out")
    (tmp_path / "out/repos.yaml").write_text("repos: []\n")
    (tmp_path / "out/repositories/acme/apps/atlantis.yaml").unlink()
    before = tree(tmp_path / "out")
    done = init(tmp_path / "out", "--check")
    assert done.status == 10
    assert done.out == "differs repos.yaml\ndiffers repositories/acme/apps/atlantis.yaml\n"
    assert tree(tmp_path / "out") == before


def test_a_repository_that_left_the_map_is_told(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path / "out")
    shutil.copytree(GOLDEN / "repositories/acme/infra", tmp_path / "out/repositories/acme/gone")
    done = init(tmp_path / "out", "--check")
    assert done.status == 10
    assert "left over; repositories/acme/gone/atlantis.yaml" in done.err
    (tmp_path / "out/repositories/acme/gone/atlantis.yaml").write_text("version: 3\n")
    assert init(tmp_path / "out", "--check").status == 0


def test_the_files_can_be_read_by_atlantis_and_a_link_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/repos.yaml").symlink_to(outside)
    assert init(tmp_path / "out").status == 0
    assert outside.read_text() == "mine"
    written = tmp_path / "out/repos.yaml"
    assert not written.is_symlink()
    assert stat.S_IMODE(written.stat().st_mode) == 0o644


def test_no_temporary_file_stays(tmp_path: Path) -> None:
    init(tmp_path)
    assert sorted(tree(tmp_path)) == FILES


@pytest.mark.parametrize("program", ["okta-aws", "/opt/a b", "/x;id", "/x$(id)", "/x'y", "/x\n", "/x\\"])
def test_a_program_that_the_shell_would_take_apart_is_refused(tmp_path: Path, program: str) -> None:
    done = init(tmp_path / "out", "--program", program)
    assert done.status == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["missing", "folder", "link", "binary", "broken"])
def test_a_map_that_cannot_be_used_is_refused_and_nothing_is_written(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "map.yaml"
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(MAP)
    elif kind == "binary":
        path.write_bytes(b"\xff\xfe")
    elif kind == "broken":
        path.write_text(MAP.read_text().replace("TF_LOG:", "TF_CLI_ARGS_plan:").replace("900", "60"))
    done = init(tmp_path / "out", map_path=path)
    assert done.status == 8
    assert "error[atlantis-map]" in done.err
    assert not (tmp_path / "out").exists()
    if kind == "broken":
        assert "  line 15: wanted plan-duration-seconds" in done.err
        assert "  line 17: wanted env" in done.err


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    done = init(tmp_path / "out")
    assert done.status == 7
    assert "error[export-failed]" in done.err
    assert os.listdir(tmp_path) == ["out"]
