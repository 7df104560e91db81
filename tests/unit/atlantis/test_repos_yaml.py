# SPDX-License-Identifier: Apache-2.0
"""Atlantis's files for maps that nobody would expect; tests/cli has the golden ones."""

from __future__ import annotations

import pytest
import yaml

from okta_aws.atlantis.map import AtlantisMap, read
from okta_aws.atlantis.repos_yaml import Program, allow_list, files

ENTRY = """\
  - repository: {repository}
    directory: "{directory}"
    plan-role: arn:aws:iam::111122223333:role/plan
    region: eu-central-1
"""


def of(*places: tuple[str, str]) -> AtlantisMap:
    entries = [ENTRY.format(repository=repository, directory=directory) for repository, directory in places]
    return read("version: 1\nprojects:\n" + "".join(entries))


@pytest.mark.parametrize(
    ("repository", "entry"),
    [
        ("github.com/acme/infra", "github.com/acme/infra"),
        ("github.com/acme/team-*", "github.com/acme/team-*"),
        ("github.com/acme/*-prod", "github.com/acme/*"),
        ("github.com/acme/a*b*c", "github.com/acme/a*"),
        ("github.com/ac*/infra", "github.com/ac*"),
    ],
)
def test_the_allow_list_has_no_pattern_of_which_atlantis_reads_the_end_alone(repository: str, entry: str) -> None:
    assert allow_list(of((repository, "a"))) == entry


def test_a_repository_in_two_spellings_has_one_file() -> None:
    made = files(of(("github.com/acme/infra", "a"), ("github.com/Acme/Infra", "b")), Program("/bin/x"))
    (path,) = set(made) - {"repos.yaml"}
    assert path == "repositories/acme/infra/atlantis.yaml"
    assert [one["dir"] for one in yaml.safe_load(made[path])["projects"]] == ["a", "b"]


@pytest.mark.parametrize("directory", ["a b: c # d", "\U0001f5fa/ä", "'", "a, b", "- x", "&a"])
def test_a_directory_is_read_as_it_was_written(directory: str) -> None:
    made = files(of(("github.com/acme/infra", directory)), Program("/bin/x"))
    text = made["repositories/acme/infra/atlantis.yaml"]
    assert yaml.safe_load(text)["projects"][0]["dir"] == directory
    assert "\\ud" not in text  # half a character, which Atlantis's YAML does not take
