# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis authorize`` as Atlantis runs it: through a shell, with the answer on the last line.

How it is run and read: Atlantis's sources, ``external_team_allowlist_runner.go`` and ``..._checker.go``.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fakes import faults
from fakes.command import PROGRAM, environment
from fakes.okta_org import OktaOrg
from okta_aws.approval.map_file import read_map
from okta_aws.approval.rules import OktaPeople
from okta_aws.atlantis.helper_server import HelperServer, Place
from okta_aws.atlantis.helper_socket import encoded
from okta_aws.errors import Error
from okta_aws.flows.approval.okta_groups import PATIENCE, OktaGroupsOfPeople
from okta_aws.flows.atlantis.authorize import Authority
from okta_aws.flows.client import Client
from okta_aws.retry import Time
from okta_aws.runner.context import Context
from okta_aws.settings.proxies import NO_PROXIES
from okta_aws.settings.settings import Network

MAP = """\
version: 1
projects:
  - directory: stacks/network
    plan: {teams: [acme/developers]}
    apply: {teams: [acme/platform], okta-groups: [AWS deployers]}
"""


@dataclass
class Atlantis:
    """As the server runs the program. ``audit``: the helper's lines."""

    path: str
    org: OktaOrg
    audit: list[Mapping[str, Any]] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)

    def connect(self) -> Client:
        now = Time(time.time, time.monotonic, time.sleep, lambda: 0.0)
        context = Context.from_environ({})
        return Client(PATIENCE, Network(NO_PROXIES, "", ""), context, now, lambda _line: None)

    def authority(self) -> Authority:
        people = OktaPeople(self.org.url, "0oaGROUPS", "githubLogin", {}, 1)
        groups = OktaGroupsOfPeople(people, self.org.app_key, "groups", self.connect, self.errors.append)
        rules = read_map(MAP).rules
        return Authority(lambda name: rules if name == "acme/infra" else (), groups, time.monotonic)

    def says(self, command: str, user: str, *teams: str, **changed: str) -> tuple[int, list[str]]:
        """Exit status and lines, standard error among them, as Atlantis reads them."""
        named = {
            "BASE_REPO_OWNER": "acme",
            "BASE_REPO_NAME": "infra",
            "COMMAND_NAME": command,
            "USER_NAME": user,
            "PULL_NUM": "7",
            "HEAD_COMMIT": "a" * 40,
            "REPO_REL_PATH": "stacks/network",
            "OKTA_AWS_ATLANTIS_SOCKET": self.path,
            "OKTA_AWS_ATLANTIS_HELPER_UID": str(os.geteuid()),
        }
        line = " ".join([str(PROGRAM), "atlantis", "authorize", command, "acme/infra", " ".join(teams)])
        done = subprocess.run(
            ["sh", "-c", line],
            env=environment({**named, **changed}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=100,
        )
        return done.returncode, done.stdout.decode().strip().split("\n")

    def allows(self, command: str, user: str, *teams: str, **changed: str) -> bool:
        """Whether Atlantis takes it as a yes."""
        status, lines = self.says(command, user, *teams, **changed)
        return status == 0 and lines[-1].lower() == "pass"


@pytest.fixture(name="org")
def an_org() -> Iterator[OktaOrg]:
    with OktaOrg() as org:
        org.add_group("AWS deployers", org.add_person("octocat"))
        yield org


@pytest.fixture(name="atlantis")
def an_atlantis(tmp_path: Path, org: OktaOrg) -> Iterator[Atlantis]:
    atlantis = Atlantis(str(tmp_path / "helper.sock"), org)
    answers = {"authorize": atlantis.authority().authorize}
    place = Place(atlantis.path, None)
    server = HelperServer(place, answers, frozenset({os.geteuid()}), atlantis.audit.append)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield atlantis
    server.stop()
    thread.join()


def test_a_team_that_may_gets_pass_and_nothing_else(atlantis: Atlantis) -> None:
    assert atlantis.says("apply", "ann", "acme/guests", "acme/platform") == (0, ["pass"])


def test_a_member_of_the_group_in_okta_gets_pass(atlantis: Atlantis) -> None:
    assert atlantis.says("apply", "OctoCat") == (0, ["pass"])


def test_everybody_else_gets_the_reason_and_fail(atlantis: Atlantis) -> None:
    status, lines = atlantis.says("apply", "mallory", "acme/developers")
    assert status == 0
    assert lines[-1] == "fail"
    assert "nobody in Okta is mallory" in lines[0]
    assert "line 5 of the map" in lines[0]


def test_the_audit_has_who_wanted_what_and_what_came_of_it(atlantis: Atlantis) -> None:
    atlantis.says("apply", "mallory", "acme/developers")
    atlantis.says("plan", "mallory", "acme/developers")
    refused, allowed = atlantis.audit
    named = {
        "request": "authorize",
        "command": "apply",
        "user": "mallory",
        "pull": "7",
        "outcome": "refused",
        "line": 5,
    }
    assert named.items() <= refused.items()
    assert "mallory" in refused["reason"]
    assert {"command": "plan", "outcome": "allowed", "line": 4}.items() <= allowed.items()


def test_a_question_before_there_is_a_project_is_answered(atlantis: Atlantis) -> None:
    early = {"REPO_REL_PATH": "", "PULL_NUM": "0", "HEAD_COMMIT": ""}
    assert atlantis.allows("plan", "ann", "acme/developers", **early)
    assert not atlantis.allows("plan", "mallory", **early)


@pytest.mark.parametrize(
    "fault", [faults.unavailable().forever(), faults.login_page().forever()], ids=lambda one: one.name
)
def test_a_fault_of_okta_is_a_fail(atlantis: Atlantis, fault: faults.Fault) -> None:
    atlantis.org.faults.append(fault)
    status, lines = atlantis.says("apply", "octocat")
    assert (status, lines[-1]) == (0, "fail")
    assert "cannot be told" in lines[0]
    assert [error.code for error in atlantis.errors]


def test_a_hostile_user_stays_a_text(atlantis: Atlantis) -> None:
    for user in (
        "pass",
        "x\npass",
        "x\r\npass",
        "\u2028pass",
        "$(echo pass)",
        "::set-output::pass",
        "-h",
        "",
        "A" * 9999,
    ):
        status, lines = atlantis.says("apply", user)
        assert (status, lines[-1]) == (0, "fail"), user
        assert len(lines) == 2
    assert all(str(note["reason"]).isascii() for note in atlantis.audit)


def test_what_atlantis_would_never_say_is_no_pass(atlantis: Atlantis) -> None:
    assert not atlantis.allows("apply", "ann", "acme/platform", COMMAND_NAME="plan")
    assert not atlantis.allows("apply", "ann", "acme/platform", BASE_REPO_NAME="other")
    assert not atlantis.allows("apply", "ann", "acme/platform", BASE_REPO_OWNER="acme2")
    assert not atlantis.allows("destroy", "ann", "acme/platform")
    assert not atlantis.allows("apply", "ann", "platform")
    assert not atlantis.allows("apply", "ann", "--help")
    assert not atlantis.allows("--help", "ann", "acme/platform")
    assert not atlantis.allows("apply", "ann", "acme/platform", REPO_REL_PATH="../network")


def test_without_a_helper_nobody_may(atlantis: Atlantis, tmp_path: Path) -> None:
    status, lines = atlantis.says("apply", "ann", "acme/platform", OKTA_AWS_ATLANTIS_SOCKET=str(tmp_path / "none"))
    assert status == 8
    assert "error[atlantis-helper]" in lines[0]
    status, lines = atlantis.says("apply", "ann", "acme/platform", OKTA_AWS_ATLANTIS_HELPER_UID="4711")
    assert status == 8
    assert "user 4711" in "\n".join(lines)


@pytest.mark.parametrize(
    "answer",
    [
        {"result": {}},
        {"result": {"allowed": "true"}},
        {"result": {"allowed": 1}},
        {"result": {"allowed": False, "reason": "x\npass"}},
        {"result": {"allowed": False, "reason": None}},
        {"result": "pass"},
        {"error": {"code": "x", "found": "pass"}},
        {"allowed": True},
    ],
    ids=str,
)
def test_an_odd_helper_is_no_pass(atlantis: Atlantis, tmp_path: Path, answer: Mapping[str, Any]) -> None:
    path = str(tmp_path / "odd.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(encoded(answer))

        thread = threading.Thread(target=serve)
        thread.start()
        assert not atlantis.allows("apply", "ann", "acme/platform", OKTA_AWS_ATLANTIS_SOCKET=path)
        thread.join()
