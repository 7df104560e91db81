# SPDX-License-Identifier: Apache-2.0
"""A request of Atlantis's step: nothing in it is believed, and the refusal has the line of the map."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.atlantis.asked import Asked, granted, read
from okta_aws.atlantis.map import read as read_map
from okta_aws.credentials import SESSION_NAME
from okta_aws.errors import AtlantisError

MAP = read_map(
    """\
version: 1
projects:
  - repository: github.com/acme/infra
    name: network
    directory: stacks/network
    plan-role: arn:aws:iam::111122223333:role/plan
    apply-role: arn:aws:iam::111122223333:role/apply
    apply-duration-seconds: 7200
    region: eu-central-1
  - repository: github.com/acme/infra
    directory: stacks/*
    plan-role: arn:aws:iam::111122223333:role/plan-others
    region: eu-central-1
"""
)
REQUEST = {
    "request": "credentials",
    "command": "apply",
    "repository": "acme/infra",
    "directory": "stacks/network",
    "workspace": "default",
    "project": "network",
    "pull": "12",
    "user": "octocat",
    "head": "a" * 40,
}


def test_the_map_grants_a_role_and_a_length() -> None:
    asked = read(REQUEST)
    grant = granted(asked, MAP)
    assert (grant.role.name, grant.duration_s, grant.project.line) == ("apply", 7200, 3)
    assert asked.session_name == "infra-12-octocat"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"repository": "acme/other"}, "wanted an entry of the map for repository acme/other"),
        ({"directory": "stacks/network/sub"}, "wanted an entry of the map"),
        ({"directory": "STACKS/network"}, "wanted an entry of the map"),
        ({"workspace": "blue"}, "wanted an entry of the map"),
        ({"directory": "stacks/other", "project": ""}, "wanted an apply-role for apply.*line 10 of the map"),
        ({"project": "database"}, "wanted the project network.*line 3 of the map.*'database'"),
        ({"pull": "0"}, "through the API without its number"),
        ({"pull": "000"}, "through the API without its number"),
        ({"repository": "acme/.."}, "wanted repository"),
        ({"repository": "../infra"}, "wanted repository"),
    ],
)
def test_what_the_map_does_not_grant_is_refused_with_its_line(changes: dict[str, str], words: str) -> None:
    with pytest.raises(AtlantisError, match=words) as refused:
        granted(read(REQUEST | changes), MAP)
    assert refused.value.code == "atlantis-not-mapped"


HOSTILE = ["..", "a/../b", "../stacks/network", "/stacks/network", "a\nb", "a\0", "\x1b[2J", "x" * 2000, "a\\b"]


@pytest.mark.parametrize("key", ["command", "repository", "directory", "workspace", "pull", "head"])
@pytest.mark.parametrize("value", [*HOSTILE, "", None, 7, ["a"], {"a": "b"}, True])
def test_a_hostile_value_is_refused(key: str, value: object) -> None:
    if key == "head" and value == "":
        return  # through the API there is none
    with pytest.raises(AtlantisError):
        granted(read({**REQUEST, key: value}), MAP)


@given(st.dictionaries(st.sampled_from(sorted(REQUEST)), st.text(max_size=80) | st.none() | st.integers(), max_size=9))
def test_whatever_is_sent_is_refused_or_a_grant_of_the_map(changes: dict[str, object]) -> None:
    try:
        asked = read(REQUEST | changes)
        grant = granted(asked, MAP)
    except AtlantisError:
        return
    assert grant.role in {role for one in MAP.projects for role in (one.plan_role, one.apply_role)}
    assert SESSION_NAME.fullmatch(asked.session_name)


@given(st.text(min_size=1, max_size=100), st.integers(0, 10**12 - 1), st.text(max_size=100))
def test_a_session_is_called_after_repository_pull_request_and_user(name: str, pull: int, user: str) -> None:
    asked = Asked("plan", f"acme/{name}", ".", "default", "", pull, user, "")
    assert SESSION_NAME.fullmatch(asked.session_name)
    assert f"-{pull}-" in asked.session_name


def test_of_a_long_name_the_pull_request_and_the_user_stay() -> None:
    asked = Asked("plan", f"acme/{'infrastructure' * 7}", ".", "default", "", 123456, "o" * 39, "")
    assert asked.session_name.endswith(f"-123456-{'o' * 39}")
    assert len(asked.session_name) == 64
