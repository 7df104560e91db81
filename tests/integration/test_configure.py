# SPDX-License-Identifier: Apache-2.0
"""``okta-aws configure`` and ``profiles``: what they write to AWS's config file, leave alone, and list."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from fakes.command import PROGRAM
from fakes.laptop import CLIENT, Laptop

BEFORE = """\
# mine
[default]
region = us-west-2   ; a comment of mine

[profile other]
credential_process = /usr/local/bin/other-tool --for me
s3 =
  addressing_style = path

# the last one
[sso-session s]
sso_region = us-east-1
"""


def config(laptop: Laptop) -> Path:
    return laptop.home / ".aws/config"


def written(laptop: Laptop, text: str = BEFORE) -> Path:
    """An AWS config file that is there already."""
    config(laptop).parent.mkdir()
    config(laptop).write_text(text)
    return config(laptop)


def test_several_roles_at_once_and_all_else_stays(laptop: Laptop) -> None:
    path = written(laptop)
    audit = f"arn:aws:iam::{laptop.account.number}:role/audit"
    flags = laptop.app_flags
    outcome = laptop.run("configure", f"deploy={laptop.role}", f"audit={audit}", "--aws-region", "eu-central-1", *flags)
    assert (outcome.status, outcome.err) == (0, "")
    text = path.read_text()
    assert text.startswith(BEFORE)
    assert [line for line in text.removeprefix(BEFORE).splitlines() if line.startswith("[")] == [
        "[profile deploy]",
        "[profile audit]",
    ]
    assert text.count("region = eu-central-1") == 2
    assert path.stat().st_mode & 0o777 == 0o600
    line = next(line for line in text.splitlines() if line.startswith(f"credential_process = {PROGRAM}"))
    words = shlex.split(line.partition(" = ")[2])
    assert words[:2] == [str(PROGRAM), "credential-process"]
    assert words[words.index("--role-to-assume") + 1] == laptop.role
    assert words[words.index("--okta-client-id") + 1] == CLIENT
    assert laptop.secret not in text


def test_a_second_time_changes_nothing(laptop: Laptop) -> None:
    laptop.toml("deploy", "audit")
    assert laptop.run("configure").status == 0
    first = config(laptop).read_text()
    assert laptop.run("configure").status == 0
    assert config(laptop).read_text() == first


def test_ours_is_brought_up_to_date_and_keeps_what_its_user_added(laptop: Laptop) -> None:
    laptop.toml("deploy")
    laptop.run("configure", "deploy", "--aws-region", "eu-west-3")
    path = config(laptop)
    path.write_text(path.read_text() + "output = json\n# note\ns3 =\n  addressing_style = path\n")
    assert laptop.run("configure", "deploy", "--aws-region", "eu-south-1").status == 0
    text = path.read_text()
    assert text.endswith("output = json\n# note\ns3 =\n  addressing_style = path\n")
    assert text.count("region =") == 1
    assert "region = eu-south-1" in text
    assert text.count("credential_process") == 1


@pytest.mark.parametrize("name", ["other", "default"])
def test_a_profile_of_somebody_else_is_left_alone_without_the_flag(laptop: Laptop, name: str) -> None:
    path = written(laptop)
    refused = laptop.run("configure", f"first={laptop.role}", f"{name}={laptop.role}", "--aws-region", "eu-west-1")
    assert refused.status == 7
    assert refused.err.startswith("error[profile-exists]")
    assert "--overwrite" in refused.err
    assert path.read_text() == BEFORE
    told = laptop.run("configure", f"{name}={laptop.role}", "--aws-region", "eu-west-1", "--overwrite")
    assert told.status == 0
    assert "[sso-session s]" in path.read_text()
    assert path.read_text().count(str(PROGRAM)) == 1
    assert ("other-tool" in path.read_text()) is (name != "other")


def test_a_profile_with_keys_of_its_own_is_refused_even_with_the_flag(laptop: Laptop) -> None:
    path = laptop.home / ".aws/credentials"
    path.parent.mkdir()
    path.write_text("[deploy]\naws_access_key_id = 123456789012\naws_secret_access_key = test\n")
    outcome = laptop.run("configure", f"deploy={laptop.role}", "--overwrite", "--aws-region", "eu-west-1")
    assert (outcome.status, outcome.out) == (7, "")
    assert "they would be used instead" in outcome.err
    assert not config(laptop).exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a b=arn:aws:iam::123456789012:role/r"], "a profile name"),
        (["DEFAULT=arn:aws:iam::123456789012:role/r"], "a profile name"),
        (["deploy=arn:aws:iam::123456789012:user/me"], "that is a user"),
        (["deploy=nonsense:"], "role-to-assume"),
        (["missing"], "--profile (flag): wanted an okta-aws.toml that has it"),
        ([], "profiles in ~/.config/okta-aws/okta-aws.toml"),
        (["d=arn:aws:iam::123456789012:role/r", "--aws-region", "Paris"], "aws-region"),
        (["d=arn:aws:iam::123456789012:role/r", "--okta-client-secret-file", "-"], "as it is read again and again"),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_written(laptop: Laptop, arguments: list[str], said: str) -> None:
    outcome = laptop.run("configure", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert said in outcome.err
    assert not config(laptop).exists()


def test_a_path_that_the_file_cannot_hold_is_refused(laptop: Laptop) -> None:
    moved = laptop.secret_file.rename(laptop.home / "a #b")
    outcome = laptop.run("configure", f"deploy={laptop.role}", "--okta-client-secret-file", str(moved))
    assert outcome.status == 7
    assert "# or ; after a blank" in outcome.err


def test_relative_paths_are_written_in_full(laptop: Laptop) -> None:
    laptop.run("configure", f"deploy={laptop.role}", "--okta-client-secret-file", "okta.secret")
    assert str(laptop.secret_file) in config(laptop).read_text()


def test_profiles_are_listed_from_both_files(laptop: Laptop) -> None:
    laptop.toml("deploy")
    written(laptop)
    laptop.run("configure", "deploy", f"audit={laptop.role}-audit", "--aws-region", "eu-west-1")
    rows = json.loads(laptop.run("profiles", "--format", "json").out)["profiles"]
    path = str(config(laptop))
    assert rows == [
        {"profile": "deploy", "role": laptop.role, "region": "eu-west-1", "from": "okta-aws.toml"},
        {"profile": "deploy", "role": laptop.role, "region": "eu-west-1", "from": path},
        {"profile": "audit", "role": f"{laptop.role}-audit", "region": "eu-west-1", "from": path},
    ]
    text = laptop.run("profiles").out
    assert text.splitlines()[0].split() == ["PROFILE", "ROLE", "REGION", "FROM"]
    assert "other" not in text


def test_without_any_there_is_nothing_to_list(laptop: Laptop) -> None:
    outcome = laptop.run("profiles")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")


def test_the_files_place_may_be_another(laptop: Laptop, tmp_path: Path) -> None:
    elsewhere = tmp_path / "aws-config"
    environ = {"AWS_CONFIG_FILE": str(elsewhere)}
    laptop.run("configure", f"deploy={laptop.role}", environ=environ)
    assert "[profile deploy]" in elsewhere.read_text()
    assert laptop.run("profiles", environ=environ).out.count("deploy") >= 1
