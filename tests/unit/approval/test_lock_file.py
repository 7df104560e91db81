# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.approval.lock_file import LockFileError, configuration, differences, read_lock_file

TEXT = """\
# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.100.0"
  constraints = ">= 5.81.0, < 7.0.0"
  hashes = [
    "h1:Ijt7pOlB7Tr7maGQIqtsLFbl7pSMIj06TVdkoSBcYOw=",
    "zh:054b8dd49f0549c9a7cc27d159e45327b7b65cf404da5e5a20da154b90b8a644",
  ]
}

provider "registry.opentofu.org/hashicorp/random" {
  version = "3.7.2-beta.1"
}
"""


def test_providers_are_read_with_version_and_hashes() -> None:
    found = read_lock_file(TEXT)
    assert list(found) == ["registry.terraform.io/hashicorp/aws", "registry.opentofu.org/hashicorp/random"]
    aws = found["registry.terraform.io/hashicorp/aws"]
    assert aws.version == "5.100.0"
    assert len(aws.hashes) == 2


def test_a_file_without_providers_has_none() -> None:
    assert read_lock_file("") == {}
    assert read_lock_file("# only a comment\n") == {}


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("\n}\n", "\n", 1),
        TEXT.replace("  ]\n", ""),
        TEXT.replace('"5.100.0"', '"5.100.0" # more'),
        TEXT.replace('"5.100.0"', '">= 5.0"'),
        TEXT.replace('"5.100.0"', '"${file("x")}"'),
        TEXT.replace("  version     =", "  verzion ="),
        TEXT.replace("  version     = ", '  version = "1.0.0"\n  version = '),
        TEXT.replace("registry.opentofu.org/hashicorp/random", "registry.terraform.io/hashicorp/aws"),
        TEXT.replace("hashicorp/aws", "hashicorp/a\\u0077s"),
        TEXT.replace("registry.terraform.io/hashicorp/aws", "aws"),
        TEXT.replace("h1:", "h9:"),
        TEXT.replace("provider", "  provider", 1),
        TEXT.replace("{\n  version ", '{\n  hashes = [\n    "h1:a",\n  ]\n  version ', 1),
        TEXT.replace("\n", "\r\n"),
        "/*\n" + TEXT + "*/",
        "locals {}\n",
        TEXT + "x" * (1 << 18),
    ],
)
def test_what_terraform_does_not_write_is_refused(text: str) -> None:
    assert text != TEXT
    with pytest.raises(LockFileError):
        read_lock_file(text)


@given(st.text(max_size=300))
def test_no_text_is_a_defect(text: str) -> None:
    try:
        found = read_lock_file(text)
    except LockFileError:
        return
    assert found == {}


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (TEXT.replace("5.100.0", "5.99.0"), "is 5.100.0 in the lock file of the base branch, and 5.99.0 here"),
        (TEXT.replace("h1:I", "h1:J"), "has other hashes"),
        (TEXT.replace("hashicorp/random", "evil/random"), "evil/random is not in the lock file"),
        (TEXT[: TEXT.index('provider "registry.opentofu')], "random is in the lock file of the base branch alone"),
    ],
)
def test_each_difference_is_told(other: str, reason: str) -> None:
    assert any(reason in told for told in differences(read_lock_file(TEXT), read_lock_file(other)))


def test_constraints_are_no_difference() -> None:
    other = TEXT.replace(">= 5.81.0, < 7.0.0", ">= 5.0.0")
    assert differences(read_lock_file(TEXT), read_lock_file(other)) == []


def test_the_configuration_needs_exactly_the_versions_of_the_file() -> None:
    text = configuration(read_lock_file(TEXT))
    assert '{ source = "registry.terraform.io/hashicorp/aws", version = "5.100.0" }' in text
    assert text.count("source") == 2
