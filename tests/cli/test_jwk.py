# SPDX-License-Identifier: Apache-2.0
"""``okta-aws jwk`` as a process."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from fakes.command import okta_aws
from okta_aws.demo.signing import SigningKey

ALGORITHMS = ("RS256", "ES256", "ES384", "ES512")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_new_key_goes_to_its_file_alone_and_its_public_half_is_printed(tmp_path: Path, algorithm: str) -> None:
    file = tmp_path / "deploy.pem"
    made = okta_aws("jwk", "new", str(file), "--algorithm", algorithm)
    assert made.status == 0
    assert str(file) in made.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["deploy.pem"]
    assert not [line for line in file.read_text().splitlines()[1:-1] if line in made.out + made.err]
    assert json.loads(made.out)["alg"] == algorithm
    assert okta_aws("jwk", str(file)).out == made.out


def test_rs256_is_the_default() -> None:
    assert json.loads(okta_aws("jwk", "-", given=SigningKey.new().pem()).out)["alg"] == "RS256"


def test_standard_input_is_read_as_a_file_is(tmp_path: Path) -> None:
    file = tmp_path / "deploy.pem"
    file.write_text(SigningKey.new("ES256").pem())
    outcomes = [okta_aws("jwk", str(file)), okta_aws("jwk", "-", given=file.read_text())]
    assert [outcome.status for outcome in outcomes] == [0, 0]
    assert outcomes[0].out == outcomes[1].out


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "deploy.pem"
    file.write_text("what was there")
    refused = okta_aws("jwk", "new", str(file))
    assert (refused.status, refused.out) == (7, "")
    assert "error[key-exists]" in refused.err
    assert file.read_text() == "what was there"


@pytest.mark.parametrize("target", ["elsewhere", "missing"])
def test_no_link_is_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "elsewhere").write_text("what was there")
    (tmp_path / "deploy.pem").symlink_to(target)
    refused = okta_aws("jwk", "new", str(tmp_path / "deploy.pem"))
    assert (refused.status, refused.out) == (7, "")
    assert "error[unsafe-file]" in refused.err
    assert (tmp_path / "elsewhere").read_text() == "what was there"
    assert not (tmp_path / "missing").exists()


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deploy.pem").mkdir()
    assert okta_aws("jwk", "new", str(tmp_path / "deploy.pem")).status == 7


def test_a_private_key_is_printed_by_no_mode_of_the_command(tmp_path: Path) -> None:
    file = tmp_path / "deploy.pem"
    file.write_text(SigningKey.new().pem() + "\nand something that makes it two keys\n" + SigningKey.new().pem())
    refused = okta_aws("jwk", str(file), "--debug")
    assert (refused.status, refused.out) == (3, "")
    assert not [line for line in file.read_text().splitlines() if len(line) > 30 and line in refused.err]


@pytest.mark.parametrize("path", ["missing.pem", "."])
def test_a_file_that_cannot_be_read_is_an_error_of_the_settings(tmp_path: Path, path: str) -> None:
    refused = okta_aws("jwk", path, cwd=tmp_path)
    assert (refused.status, refused.out) == (2, "")
    assert "Traceback" not in refused.err
