# SPDX-License-Identifier: Apache-2.0
"""What Terraform is given when it shows a stranger's plan: nothing that is worth having."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from okta_aws.approval.lock_file import NAME, read_lock_file
from okta_aws.errors import Error
from okta_aws.flows.approval import rendering
from okta_aws.flows.approval.rendering import CannotShow, Terraform, rendered

LOCK = 'provider "registry.invalid/acme/one" {\n  version = "1.0.0"\n}\n'


def program(folder: Path, script: str) -> Terraform:
    """A program in the place of Terraform. It writes down what it was given, then does as the script says."""
    path = folder / "terraform"
    noted = f"env > {folder}/environment.$1; ls -A > {folder}/files.$1; cat -- .* * > {folder}/texts.$1 2>/dev/null\n"
    path.write_text(f"#!/bin/sh\n{noted}{script}\n")
    path.chmod(0o755)
    return Terraform(str(path), os.environ["PATH"], "", {"HTTPS_PROXY": "http://127.0.0.1:9"})


def variables(folder: Path, command: str) -> dict[str, str]:
    lines = (folder / f"environment.{command}").read_text().splitlines()
    return {
        name: value
        for name, _, value in (line.partition("=") for line in lines)
        if name not in {"PWD", "_", "SHLVL", "OLDPWD"}
    }


def test_terraform_has_no_variable_of_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "TF_PLUGIN_CACHE_DIR"):
        monkeypatch.setenv(name, "not-for-terraform")
    shown = rendered(b"plan", {}, "", program(tmp_path, 'echo "{}"'))
    assert shown.text == "{}\n"
    given = variables(tmp_path, "show")
    assert set(given) == {"PATH", "HOME", "TF_CLI_CONFIG_FILE", "TF_IN_AUTOMATION", "CHECKPOINT_DISABLE"}
    assert not os.path.exists(given["HOME"])
    assert "not-for-terraform" not in (tmp_path / "environment.show").read_text()


def test_providers_are_installed_by_the_lock_file_in_an_otherwise_empty_folder(tmp_path: Path) -> None:
    rendered(b"plan", read_lock_file(LOCK), LOCK, program(tmp_path, 'echo "{}"'))
    assert (tmp_path / "files.init").read_text().split() == [NAME, "providers.tf"]
    assert 'version = "1.0.0"' in (tmp_path / "texts.init").read_text()
    assert variables(tmp_path, "init")["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert "HTTPS_PROXY" not in variables(tmp_path, "show")


def test_a_program_that_never_ends_is_ended_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "SHOW_S", 0.5)
    started = time.monotonic()
    with pytest.raises(CannotShow):
        rendered(b"plan", {}, "", program(tmp_path, "sleep 60 & sleep 60"))
    assert time.monotonic() - started < 30


def test_a_program_that_never_stops_talking_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MAX_OUTPUT", 1 << 16)
    with pytest.raises(CannotShow, match="more than 65536 bytes"):
        rendered(b"plan", {}, "", program(tmp_path, "yes"))


@pytest.mark.parametrize("said", ["no JSON", "[" * 100_000])
def test_what_is_no_json_cannot_be_shown(tmp_path: Path, said: str) -> None:
    (tmp_path / "said").write_text(said)
    with pytest.raises(CannotShow, match="wanted JSON"):
        rendered(b"plan", {}, "", program(tmp_path, f"cat {tmp_path}/said"))


def test_what_terraform_says_of_a_failure_is_one_printable_line(tmp_path: Path) -> None:
    with pytest.raises(CannotShow) as caught:
        rendered(b"plan", {}, "", program(tmp_path, "printf 'one\\ntwo\\033[31m' >&2; exit 3"))
    assert str(caught.value) == "one two\\x1b[31m"


def test_providers_that_cannot_be_installed_are_not_the_plans_fault(tmp_path: Path) -> None:
    with pytest.raises(Error) as caught:
        rendered(b"plan", read_lock_file(LOCK), LOCK, program(tmp_path, "echo no registry >&2; exit 1"))
    assert caught.value.code == "terraform"
    assert "no registry" in caught.value.found


def test_a_missing_program_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(Error) as caught:
        rendered(b"plan", {}, "", Terraform("no-such-terraform", str(tmp_path), "", {}))
    assert "no-such-terraform" in caught.value.found


def test_sensitive_json_is_never_in_the_text(tmp_path: Path) -> None:
    script = 'if [ "$2" = -json ]; then echo \'{"variables": {"s": {"value": "hidden"}}}\'; else echo shown; fi'
    shown = rendered(b"plan", {}, "", program(tmp_path, script))
    assert shown.text == "shown\n"
    assert "hidden" in json.dumps(shown.plan)
