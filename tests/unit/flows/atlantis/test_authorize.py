# SPDX-License-Identifier: Apache-2.0
"""Who may run which command of Atlantis: the map of the server decides, and every doubt is a no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.approval.map_file import read_map
from okta_aws.approval.rules import Answer, Rule, Told, Unknown
from okta_aws.flows.atlantis.authorize import COMMANDS, REMEMBERED_S, Authority

MAP = """\
version: 1
projects:
  - directory: stacks/network
    plan: {teams: [acme/developers]}
    apply: {teams: [acme/platform], okta-groups: [AWS deployers], users: [Olga]}
  - directory: stacks/open
    workspace: prod
    autoplan: true
    apply: {users: [olga, paul]}
  - directory: stacks/open
    workspace: "*"
    autoplan: true
    plan: {users: [peter, olga]}
    apply: {users: [peter, olga]}
  - directory: stacks/open
    apply: {users: [never]}
  - directory: other
    apply: {teams: [elsewhere/platform]}
"""
HEAD = "a" * 40


@dataclass
class Okta:
    """Stands for Okta's groups: ``answer`` to every question."""

    answer: Told = Answer.NO
    asked: list[tuple[str, str]] = field(default_factory=list)

    def member(self, login: str, group: str) -> Told:
        self.asked.append((login, group))
        return self.answer


@dataclass
class Server:
    """Atlantis's side: one that asks, and the time."""

    okta: Okta = field(default_factory=Okta)
    now: float = 1000.0
    note: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.authority = Authority(self.rules, self.okta, lambda: self.now)

    def rules(self, repository: str) -> tuple[Rule, ...]:
        return read_map(MAP).rules if repository.lower() == "acme/infra" else ()

    def ask(self, command: str, user: str, place: str = "", /, *teams: str, **changed: object) -> Mapping[str, Any]:
        """As Atlantis asks."""
        request = {"command": command, "repository": "acme/infra", "user": user, "directory": place}
        more = {"pull": "7" if place else "0", "head": HEAD if place else "", "teams": list(teams)}
        self.note = {}
        return self.authority.authorize({**request, **more, **changed}, self.note)

    def allowed(self, command: str, user: str, directory: str = "", *teams: str) -> bool:
        """Whether it is a yes, and nothing like one."""
        answer = self.ask(command, user, directory, *teams)
        assert isinstance(answer["allowed"], bool)
        return answer["allowed"]

    def granted(self, command: str, user: str, directory: str = "stacks/network", **changed: str) -> bool:
        """As the credentials of a project are asked for."""
        named = {"repository": "acme/infra", "pull": "7", "head": HEAD} | changed
        return self.authority.granted(command, directory=directory, user=user, **named)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.mark.parametrize(
    ("command", "user", "directory", "teams", "allowed"),
    [
        ("plan", "ann", "stacks/network", ["acme/developers"], True),
        ("plan", "ann", "stacks/network", ["acme/platform"], False),
        ("plan", "ann", "stacks/network", [], False),
        ("policy_check", "ann", "stacks/network", ["acme/developers"], True),
        ("policy_check", "ann", "stacks/network", ["acme/platform"], False),
        ("apply", "ann", "stacks/network", ["acme/developers"], False),
        ("apply", "ann", "stacks/network", ["acme/developers", "acme/platform"], True),
        ("apply", "ann", "./stacks/network/", ["ACME/Platform"], True),
        ("apply", "OLGA", "stacks/network", [], True),
        ("import", "ann", "stacks/network", ["acme/developers"], False),
        ("import", "olga", "stacks/network", [], True),
        ("state", "ann", "stacks/network", ["acme/developers"], False),
        ("state", "olga", "stacks/network", [], True),
        ("approve_policies", "ann", "stacks/network", ["acme/developers"], False),
        ("approve_policies", "olga", "stacks/network", [], True),
        ("version", "ann", "stacks/network", ["acme/developers"], True),
        ("version", "olga", "stacks/network", [], True),
        ("version", "mallory", "stacks/network", [], False),
        ("apply", "olga", "stacks/elsewhere", ["acme/platform"], False),
        ("apply", "olga", "stacks/network/../open", [], False),
        ("apply", "olga", "/stacks/network", [], False),
        # Of a team that was renamed, or a team above the user's own, Atlantis does not tell.
        ("apply", "ann", "stacks/network", ["acme/platform-renamed"], False),
        ("apply", "ann", "stacks/network", ["acme/platform-child"], False),
        ("apply", "ann", "stacks/network", ["elsewhere/platform"], False),
    ],
)
def test_a_project(
    server: Server, command: str, user: str, directory: str, teams: list[str], *, allowed: bool
) -> None:  # fmt: skip
    assert server.allowed(command, user, directory, *teams) is allowed
    assert server.note["outcome"] == ("allowed" if allowed else "refused")


@pytest.mark.parametrize(
    ("command", "user", "teams", "allowed"),
    [
        ("plan", "mallory", [], True),  # autoplan asks in the same way, and the map grants some
        ("apply", "mallory", [], False),
        ("apply", "ann", ["acme/platform"], True),
        ("unlock", "mallory", [], False),
        ("unlock", "ann", ["acme/developers"], True),
        ("unlock", "ann", ["acme/platform"], True),
        ("unlock", "olga", [], True),
        ("cancel", "ann", ["acme/developers"], False),
        ("cancel", "olga", [], True),
        ("import", "mallory", [], False),
        ("approve_policies", "mallory", [], False),
    ],
)
def test_before_there_is_a_project(
    server: Server, command: str, user: str, teams: list[str], *, allowed: bool
) -> None:  # fmt: skip
    assert server.allowed(command, user, "", *teams) is allowed


def test_nobody_plans_by_pushing_where_the_map_grants_nothing_to_autoplan(server: Server) -> None:
    server.authority = Authority(lambda _name: read_map(MAP).rules[:1], server.okta, lambda: server.now)
    assert not server.allowed("plan", "mallory")
    assert server.allowed("plan", "ann", "", "acme/developers")


@pytest.mark.parametrize("command", ["destroy", "", "APPLY", "apply\npass", "autoplan", "init", "state_rm", "plan "])
def test_a_command_that_atlantis_does_not_have_is_nobodys(server: Server, command: str) -> None:
    assert not server.allowed(command, "olga", "stacks/network")
    assert not server.allowed(command, "olga")


def test_every_entry_that_may_be_about_the_directory_must_allow(server: Server) -> None:
    # Atlantis does not say whether it is about prod; what stands below `*` never counts.
    assert server.allowed("apply", "olga", "stacks/open")
    assert not server.allowed("apply", "peter", "stacks/open")
    assert not server.allowed("apply", "paul", "stacks/open")
    assert not server.allowed("apply", "never", "stacks/open")


@pytest.mark.parametrize("answer", [Answer.NO, Answer.CANNOT_TELL, Unknown("Okta could not be asked")])
def test_a_doubt_about_a_group_is_a_no_with_its_reason(server: Server, answer: Told) -> None:
    server.okta.answer = answer
    told = server.ask("apply", "ann", "stacks/network")
    assert told["allowed"] is False
    assert "line 5 of the map" in told["reason"]
    if isinstance(answer, Unknown):
        assert "Okta could not be asked" in told["reason"]


def test_a_group_of_okta_lets_its_members_apply(server: Server) -> None:
    server.okta.answer = Answer.YES
    assert server.allowed("apply", "ann", "stacks/network")
    assert server.okta.asked == [("ann", "AWS deployers")]
    assert not server.allowed("plan", "ann", "stacks/network")


def test_okta_is_asked_no_further_than_to_the_first_yes(server: Server) -> None:
    assert server.allowed("plan", "mallory")
    assert server.allowed("unlock", "ann", "", "acme/developers")
    assert server.allowed("version", "ann", "stacks/network", "acme/developers")
    assert server.okta.asked == []


def test_without_okta_nobody_can_tell(server: Server) -> None:
    server.authority = Authority(server.rules, None, lambda: server.now)
    assert "Okta cannot be asked" in server.ask("apply", "ann", "stacks/network")["reason"]


def test_teams_of_another_organisation_cannot_be_told(server: Server) -> None:
    told = server.ask("apply", "ann", "other", "acme/platform")
    assert told["allowed"] is False
    assert "Atlantis knows the teams of acme alone" in told["reason"]


def test_an_unmapped_repository_is_nobodys(server: Server) -> None:
    told = server.ask("apply", "olga", "stacks/network", repository="acme/other")
    assert told == {"allowed": False, "reason": "no entry of the map is about acme/other"}


@pytest.mark.parametrize(
    "changed",
    [
        {"user": ""},
        {"user": "ol ga"},
        {"user": "olga\npass"},
        {"user": None},
        {"user": ["olga"]},
        {"user": "Olga\u212a"},
        {"repository": "infra"},
        {"repository": "acme/infra/x"},
        {"directory": "a\nb"},
        {"directory": 7},
        {"pull": "-1"},
        {"pull": 7},
        {"head": "a b"},
        {"teams": "acme/platform"},
        {"teams": [7]},
        {"teams": ["platform"]},
        {"teams": ["acme/platform pass"]},
        {"teams": None},
    ],
    ids=str,
)
def test_a_request_that_makes_no_sense_is_refused(server: Server, changed: Mapping[str, object]) -> None:
    answer = server.ask("apply", "olga", "stacks/network", **{"teams": ["acme/platform"], **changed})
    assert answer["allowed"] is False
    assert answer["reason"].isprintable()
    assert server.note["outcome"] == "refused"


@given(
    command=st.sampled_from([*COMMANDS, "x"]) | st.text(max_size=20),
    user=st.text(max_size=20) | st.sampled_from(["mallory", "olga"]),
    directory=st.text(max_size=30) | st.sampled_from(["", "stacks/network", "stacks/open", "."]),
    teams=st.lists(st.text(max_size=20) | st.sampled_from(["acme/guests"]), max_size=3),
)
def test_nothing_but_the_map_makes_a_yes(command: str, user: str, directory: str, teams: list[str]) -> None:
    server = Server()
    answer = server.ask(command, user, directory, *teams)
    named = user.lower() in {"olga", "peter"}
    of_autoplan = command == "plan" and directory == ""
    member = {"acme/platform", "acme/developers"} & {team.lower() for team in teams}
    assert not answer["allowed"] or named or of_autoplan or member


def test_credentials_go_to_those_alone_for_whom_it_was_allowed(server: Server) -> None:
    assert not server.granted("apply", "olga")
    assert server.allowed("apply", "olga", "stacks/network")
    assert server.granted("apply", "OLGA", "./stacks/network")
    assert not server.granted("plan", "olga")
    assert not server.granted("apply", "mallory")
    assert server.allowed("apply", "ken", "stacks/network", "acme/platform")
    assert server.granted("apply", "Ken")
    assert not server.granted("apply", "\u212aen")
    assert not server.granted("apply", "")
    assert not server.granted("apply", "olga", "stacks/open")
    assert not server.granted("apply", "olga", pull="8")
    assert not server.granted("apply", "olga", head="b" * 40)
    assert not server.granted("apply", "olga", repository="acme/other")
    assert server.granted("apply", "olga", repository="ACME/Infra")


def test_the_step_for_state_rm_is_the_command_state(server: Server) -> None:
    assert server.allowed("state", "olga", "stacks/network")
    assert server.granted("state_rm", "olga")


def test_what_was_refused_or_asked_without_a_project_grants_nothing(server: Server) -> None:
    assert not server.allowed("plan", "mallory", "stacks/network")
    assert server.allowed("plan", "mallory")
    assert not server.granted("plan", "mallory")
    assert not server.granted("plan", "mallory", "")


def test_the_newest_answer_counts(server: Server) -> None:
    server.okta.answer = Answer.YES
    for head in (HEAD, "b" * 40):
        assert server.ask("apply", "ann", "stacks/network", head=head)["allowed"] is True
    server.okta.answer = Answer.NO
    assert not server.allowed("apply", "ann", "stacks/network")
    assert not server.granted("apply", "ann")
    assert server.granted("apply", "ann", head="b" * 40)
    assert not server.allowed("apply", "ann", "stacks/network")


def test_a_grant_ends(server: Server) -> None:
    assert server.allowed("apply", "olga", "stacks/network")
    server.now += REMEMBERED_S - 1
    assert server.granted("apply", "olga")
    server.now += 1
    assert not server.granted("apply", "olga")


def test_no_more_is_remembered_than_fits_and_the_newest_always(server: Server) -> None:
    server.authority = Authority(server.rules, server.okta, lambda: server.now, most=2)
    for pull in ("1", "2", "3"):
        server.ask("apply", "olga", "stacks/network", pull=pull)
    assert [server.granted("apply", "olga", pull=pull) for pull in ("1", "2", "3")] == [False, True, True]
    server.ask("apply", "olga", "stacks/network", pull="3")
    assert [server.granted("apply", "olga", pull=pull) for pull in ("2", "3")] == [True, True]
    server.now += REMEMBERED_S
    server.ask("apply", "olga", "stacks/network", pull="4")
    assert server.granted("apply", "olga", pull="4")
