# SPDX-License-Identifier: Apache-2.0
"""The map of approvers: read whole or not at all, each problem with its line."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.approval.map_file import MAX_CHARACTERS, MapError, read_map
from okta_aws.approval.rules import Entitled, Group, OktaPeople

GOOD = """version: 1
projects:
  - directory: stacks
    apply:
      teams: [acme/platform]
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(MapError) as caught:
        read_map(text)
    return caught.value.problems


def test_what_is_written_is_what_is_read() -> None:
    found = read_map(GOOD)
    (rule,), (project,) = found.rules, found.projects
    assert (rule.directory, rule.workspace, rule.line) == ("stacks", "default", 3)
    assert rule.may == {"apply": Entitled((Group("team", "acme/platform"),), (), 1, 4)}
    assert project["directory"] == "stacks"


@pytest.mark.parametrize(
    ("change", "line", "found"),
    [
        (("version: 1", "version: 2"), 1, "found 2"),
        (("version: 1", "version: true"), 1, "found True"),
        (("teams: [acme/platform]", "teams: []"), 4, "found nobody"),
        (("teams: [acme/platform]", "team: [acme/platform]"), 5, "found 'team'"),
        (("teams: [acme/platform]", "teams: acme/platform"), 5, "found text"),
        (("teams: [acme/platform]", "teams: [platform]"), 5, "found 'platform'"),
        (("teams: [acme/platform]", "teams: [acme/platform, 7]"), 5, "found 7"),
        (("teams: [acme/platform]", "users: ['a b']"), 5, "found 'a b'"),
        (("teams: [acme/platform]", "okta-groups: ['']"), 5, "found ''"),
        (("[acme/platform]", "[acme/platform]\n      approvals: 0"), 6, "found 0"),
        (("[acme/platform]", "[acme/platform]\n      approvals: true"), 6, "found True"),
        (("[acme/platform]", "[acme/platform]\n      approvals: 99"), 6, "found 99"),
        (("apply:", "aply:"), 4, "found 'aply'"),
        (("directory: stacks", "directory: ../elsewhere"), 3, "found '../elsewhere'"),
        (("directory: stacks", "directory: /etc"), 3, "found '/etc'"),
        (("directory: stacks", "directory: 7"), 3, "found 7"),
        (("- directory: stacks", "- workspace: default"), 3, "found ''"),
        (("    apply:\n      teams: [acme/platform]", "    apply: everybody"), 4, "found text"),
        (("    apply:\n      teams: [acme/platform]", "    autoplan: maybe"), 4, "found text"),
        (("  - directory", "  - text\n  - directory"), 3, "found text"),
        (("  - directory: stacks", "  - directory: stacks\n    directory: other"), 4, "duplicate key"),
        (("[acme/platform]", "[acme/platform"), 6, "wanted YAML"),
        (("[acme/platform]", "&all [acme/platform]"), 5, "anchors"),
        (("projects:", "project:"), 2, "found 'project'"),
    ],
)
def test_a_map_that_is_wrong_says_where(change: tuple[str, str], line: int, found: str) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    told = problems(text)
    assert any(problem.startswith(f"line {line}:") and found in problem for problem in told), told


OKTA = """okta:
  issuer: https://acme.okta.com
  client-id: 0oa1example
  logins:
    octocat: octo@acme.example
    hubot: robot@acme.example
"""


def test_the_section_about_okta_is_read() -> None:
    assert read_map(GOOD).okta is None
    logins = {"octocat": "octo@acme.example", "hubot": "robot@acme.example"}
    assert read_map(GOOD + OKTA).okta == OktaPeople("https://acme.okta.com", "0oa1example", "githubLogin", logins, 6)
    shouted = read_map(GOOD + OKTA.replace("octocat", "OctoCat")).okta
    assert shouted is not None
    assert shouted.logins == logins
    named = read_map(GOOD + OKTA + "  login-attribute: gh\n").okta
    assert named is not None
    assert named.login_attribute == "gh"


@pytest.mark.parametrize(
    ("change", "line", "found"),
    [
        (("okta:\n", "okta: https://acme.okta.com\nx:\n"), 6, "found text"),
        (("okta:\n", "okta:\n  issuers: x\n"), 7, "found 'issuers'"),
        (("  issuer: https://acme.okta.com\n", ""), 6, "found nothing"),
        (("  client-id: 0oa1example\n", ""), 6, "found nothing"),
        (("https://acme.okta.com", "http://acme.okta.com"), 7, "found 'http://acme.okta.com'"),
        (("https://acme.okta.com", "https://acme.okta.com/"), 7, "found 'https://acme.okta.com/'"),
        (("https://acme.okta.com", "https://acme.okta.com/oauth2/aus1"), 7, "aus1"),
        (("https://acme.okta.com", "https://acme.okta.com@evil.example"), 7, "evil"),
        (("https://acme.okta.com", "https://acme.okta.com?x"), 7, "?x"),
        (("https://acme.okta.com", "http://127.0.0.1.evil.example"), 7, "evil"),
        (("https://acme.okta.com", "https://10.0.0.1:x"), 7, "10.0.0.1"),
        (("https://acme.okta.com", "7"), 7, "found 7"),
        (("0oa1example", "'0oa 1'"), 8, "found '0oa 1'"),
        (("client-id", "login-attribute: 'a b'\n  client-id"), 8, "found 'a b'"),
        (("client-id", "login-attribute: a eq\n  client-id"), 8, "found 'a eq'"),
        (("client-id", "login-attribute: ''\n  client-id"), 8, "found ''"),
        (("hubot: robot@acme.example", "OCTOCAT: robot@acme.example"), 11, "OCTOCAT"),
        (("robot@acme.example", "Octo@acme.example"), 11, "hubot: 'Octo@acme.example'"),
        (("robot@acme.example", "''"), 11, "found ''"),
        (("robot@acme.example", "7"), 11, "found 7"),
        (("hubot", "'a b'"), 11, "found 'a b'"),
        (("hubot", "7"), 11, "found 7"),
        (("  logins:\n    octocat: octo@acme.example\n    hubot: robot@acme.example", "  logins: [a]"), 9, "a list"),
    ],
)
def test_a_section_about_okta_that_is_wrong_says_where(change: tuple[str, str], line: int, found: str) -> None:
    text = GOOD + OKTA.replace(*change)
    assert text != GOOD + OKTA
    told = problems(text)
    assert any(problem.startswith(f"line {line}:") and found in problem for problem in told), told


@pytest.mark.parametrize(
    "text", ["", "[]", "text", "version: 1", "version: 1\nprojects: []", "\x00", "a: !!python/none"]
)
def test_what_is_no_map_lets_nobody_do_anything(text: str) -> None:
    assert problems(text)


def test_all_problems_are_told_at_once() -> None:
    assert len(problems(GOOD.replace("version: 1", "version: 3").replace("acme/platform", "x"))) > 1


def test_a_map_of_any_length_is_not_read() -> None:
    assert "characters" in problems(GOOD + "#" * MAX_CHARACTERS)[0]


def test_few_words_never_stand_for_many() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    assert "anchors" in problems(bomb)[0]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(MapError):
        assert read_map(text).rules
