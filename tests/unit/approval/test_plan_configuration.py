# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.approval.plan_archive import MANIFEST, PlanFileError
from okta_aws.approval.plan_configuration import (
    MAX_FOLDERS,
    differences_of_code,
    folders_of,
    git_id,
    modules_of,
)

ROOT = {"Key": "", "Dir": "."}
LOCAL = {"Key": "site", "Source": "../shared/site", "Dir": "../shared/site"}
VPC = {"Key": "vpc", "Source": "registry.invalid/acme/vpc/aws", "Version": "5.0.0", "Dir": ".terraform/modules/vpc"}
INNER = {"Key": "vpc.inner", "Source": "./inner", "Dir": ".terraform/modules/vpc/inner"}


def members(*records: Any, **more: bytes) -> dict[str, bytes]:  # noqa: ANN401 - any JSON
    files = {f"tfconfig/m-{one['Key']}/main.tf": one["Key"].encode() for one in records if isinstance(one, dict)}
    return {MANIFEST: json.dumps(records).encode(), **files, **more}


def test_modules_are_read_with_their_files_callers_first() -> None:
    found = modules_of(members(INNER, VPC, LOCAL, ROOT))
    assert found[0].key == ""
    assert {one.key: one.files for one in found} == {one.key: {"main.tf": one.key.encode()} for one in found}
    assert [one.key for one in found if one.is_from_elsewhere] == ["vpc", "vpc.inner"]


def test_modules_of_the_commit_are_looked_for_where_they_are_in_it() -> None:
    found = modules_of(members(ROOT, LOCAL, VPC, INNER))
    assert set(folders_of(found, "stacks/network")) == {"stacks/network", "stacks/shared/site"}
    assert set(folders_of(modules_of(members(ROOT)), ".")) == {"."}


def test_a_module_outside_of_the_repository_is_refused() -> None:
    with pytest.raises(PlanFileError, match="modules of the repository"):
        folders_of(modules_of(members(ROOT, LOCAL)), ".")


def test_two_codes_for_one_folder_are_refused() -> None:
    """``x`` from the directory ``a`` is ``../a/x`` too; Terraform reads each where its own call says."""
    straight, around = {"Key": "one", "Source": "./x", "Dir": "x"}, {"Key": "two", "Source": "../a/x", "Dir": "../a/x"}
    with pytest.raises(PlanFileError, match="one code for the folder 'a/x', found two"):
        folders_of(modules_of(members(ROOT, straight, around)), "a")
    same = dict.fromkeys(("tfconfig/m-one/main.tf", "tfconfig/m-two/main.tf"), b"")
    assert set(folders_of(modules_of({**members(ROOT, straight, around), **same}), "a")) == {"a", "a/x"}


def test_modules_in_too_many_folders_are_refused() -> None:
    many = [{"Key": f"m{number}", "Source": f"./{number}", "Dir": str(number)} for number in range(MAX_FOLDERS)]
    with pytest.raises(PlanFileError, match="at most"):
        folders_of(modules_of(members(ROOT, *many)), ".")


def test_a_module_from_elsewhere_is_told_with_a_digest_of_names_and_bytes() -> None:
    def told(**more: bytes) -> str:
        return str(modules_of(members(ROOT, VPC, **more))[1])

    assert told().startswith("module.vpc: registry.invalid/acme/vpc/aws 5.0.0, SHA-256 ")
    assert len({told(), told(**{"tfconfig/m-vpc/main.tf": b"x"}), told(**{"tfconfig/m-vpc/a.tf": b""})}) == 3


@pytest.mark.parametrize(
    "records",
    [
        [],
        [LOCAL],
        [ROOT, ROOT],
        [{"Key": "", "Dir": "elsewhere"}],
        [{"Key": "", "Dir": ".", "Source": "./x"}],
        [ROOT, {**LOCAL, "Dir": "other"}],
        [ROOT, {**LOCAL, "Dir": ".terraform/modules/site"}],
        [ROOT, {**LOCAL, "Source": "./.terraform/modules/x", "Dir": ".terraform/modules/x"}],
        [ROOT, {**VPC, "Dir": "vpc"}],
        [ROOT, {**VPC, "Dir": ".terraform/modules/../../vpc"}],
        [ROOT, INNER],
        [ROOT, VPC, {**INNER, "Dir": "inner"}],
        [ROOT, VPC, {**INNER, "Source": "../../../x", "Dir": "x"}],
        [ROOT, VPC, {**VPC, "Key": "twin"}],
        [ROOT, {**LOCAL, "Key": "a/b"}],
        [ROOT, {**LOCAL, "dir": "other"}],
        [ROOT, {**LOCAL, "Dir": 1}],
        [ROOT, {"Key": "x"}],
        [ROOT, 1],
        [[]],
    ],
)
def test_a_manifest_that_terraform_would_not_write_is_refused(records: list[Any]) -> None:
    known = [one for one in records if isinstance(one, dict) and isinstance(one.get("Dir"), str) and "Key" in one]
    with pytest.raises(PlanFileError):
        modules_of({**members(*known), MANIFEST: json.dumps(records).encode()})


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"{}",
        b"null",
        b"[" * 100_000,
        b"\xff",
        '[{"Key": "", "Dir": "."}]'.encode("utf-16"),
        b'[{"Key": "", "Dir": "x", "Dir": "."}]',
    ],
)
def test_a_manifest_that_could_be_read_in_two_ways_is_refused(manifest: bytes) -> None:
    with pytest.raises(PlanFileError):
        modules_of({**members(ROOT), MANIFEST: manifest})


def test_files_of_a_module_that_is_not_in_the_manifest_are_refused() -> None:
    with pytest.raises(PlanFileError, match="does not name"):
        modules_of(members(ROOT, **{"tfconfig/m-hidden/main.tf": b""}))


@given(st.binary(max_size=200))
def test_no_manifest_is_a_defect(manifest: bytes) -> None:
    with contextlib.suppress(PlanFileError):
        modules_of({MANIFEST: manifest})


COMMITTED = {name: git_id(b"x") for name in ("main.tf", "more.tf.json", "README.md", ".hidden.tf", "old.tf~", "#a.tf#")}
SAME = {"main.tf": b"x", "more.tf.json": b"x"}


def test_the_same_code_has_no_difference() -> None:
    assert differences_of_code("site", SAME, COMMITTED, is_opentofu=False) == []


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({**SAME, "main.tf": b"y"}, "site/main.tf is not the same in plan and commit"),
        ({"main.tf": b"x"}, "site/more.tf.json is in the commit alone"),
        ({**SAME, "main_override.tf": b"x"}, "site/main_override.tf is in the plan, and no code of the commit"),
        ({**SAME, "README.md": b"x"}, "site/README.md is in the plan, and no code of the commit"),
        ({**SAME, ".hidden.tf": b"x"}, "site/.hidden.tf is in the plan, and no code of the commit"),
    ],
)
def test_each_difference_is_told(files: dict[str, bytes], told: str) -> None:
    assert differences_of_code("site", files, COMMITTED, is_opentofu=False) == [told]


OF_BOTH = {name: git_id(b"x") for name in ("main.tf", "main.tofu", "a.tf.json", "a.tofu.json", "b.tf", "only.tofu")}


@pytest.mark.parametrize(
    ("names", "is_opentofu", "alone"),
    [
        ("main.tofu a.tofu.json b.tf only.tofu", True, []),
        ("main.tf a.tf.json b.tf", False, []),
        ("main.tofu a.tofu.json only.tofu", True, ["b.tf"]),
        ("a.tofu.json b.tf", True, ["main.tofu", "only.tofu"]),
        ("", False, ["a.tf.json", "b.tf", "main.tf"]),
    ],
)
def test_the_program_says_whose_files_are_code_and_the_plan_does_not(
    names: str, is_opentofu: bool, alone: list[str]
) -> None:  # fmt: skip
    told = differences_of_code(".", dict.fromkeys(names.split(), b"x"), OF_BOTH, is_opentofu=is_opentofu)
    assert told == [f"{name} is in the commit alone" for name in alone]


@pytest.mark.parametrize("is_opentofu", [False, True])
def test_a_plan_with_the_files_of_the_other_program_is_refused(is_opentofu: bool) -> None:
    files = {"main.tf": b"x"} if is_opentofu else {"main.tofu": b"x"}
    (said,) = [one for one in differences_of_code(".", files, OF_BOTH, is_opentofu=is_opentofu) if "no code" in one]
    assert said.startswith(next(iter(files)))


def test_a_link_of_the_commit_is_code_with_nobody_s_bytes() -> None:
    committed = {**COMMITTED, "linked.tf": ""}
    assert differences_of_code(".", SAME, committed, is_opentofu=False) == ["linked.tf is in the commit alone"]
    told = differences_of_code(".", {**SAME, "linked.tf": b""}, committed, is_opentofu=False)
    assert told == ["linked.tf is not the same in plan and commit"]


def test_the_id_of_a_file_is_gits(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"some\nbytes\n")
    said = subprocess.run(["git", "hash-object", "file"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert git_id(b"some\nbytes\n") == said.stdout.strip()
