# SPDX-License-Identifier: Apache-2.0
"""The whole way, with the real server: a signed webhook in, a plan and an apply through the map out, or a refusal.

What Atlantis itself says is quoted as little as can be: its words change with its versions.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from atlantis.conftest import HOSTILE, World
from fakes.atlantis_github import deliver
from fakes.github_api import Pull
from fakes.leaks import files_below, found

NETWORK = "stacks/network"
APPLY = f"atlantis apply -d {NETWORK}"
# Who may do it nowhere is told so; who may do it elsewhere gets no project.
NOWHERE, NOT_HERE = "does not have permissions", "for 0 projects"


@pytest.fixture(autouse=True)
def nothing_left(world: World) -> Iterator[None]:
    """After each test: no secret is in what Atlantis wrote; then its pull requests are closed."""
    yield
    written = {name: text for name, text in files_below(world.place.data).items() if ".git/" not in name}
    assert found({"key": world.hidden["key"], **sessions(world)}, written) == set()
    for pull in world.github.pulls.values():
        if pull.state == "open":
            world.server.close(pull)


def sessions(world: World) -> dict[str, str]:
    """The session tokens that AWS was shown."""
    shown = {one.headers.get("x-amz-security-token", "") for one in world.account.front.requests} - {""}
    return {f"session {at}": token for at, token in enumerate(sorted(shown))}


def changed(world: World, text: str, directory: str = NETWORK, **more: str) -> tuple[Pull, str, str]:
    """bob's pull request with this configuration; what Atlantis says to it, and the key of the object in it."""
    number = world.next_number()
    key = f"pull-{number}"
    files = {f"{directory}/main.tf": text.replace("THE_KEY", key), **more}
    pull = world.github.pull("bob", f"change-{number}", files, number)
    return pull, world.server.opened(pull), key


def assumed(world: World) -> list[dict[str, str]]:
    """The exchanges that AWS was asked for."""
    forms = [parse_qs(one.body.decode("utf-8", "replace")) for one in world.account.front.requests]
    asked = [form for form in forms if form.get("Action") == ["AssumeRoleWithWebIdentity"]]
    return [{name: values[0] for name, values in form.items()} for form in asked]


def test_an_opened_pull_request_is_planned_with_the_role_that_plans(world: World) -> None:
    pull, said, key = changed(world, world.stack("THE_KEY"))
    assert "1 to add" in said, said
    assert f":assumed-role/plan/infra-{pull.number}-bob" in said
    assert world.content_of(key) is None


def test_variables_reach_terraform_whole_whatever_is_in_them(world: World) -> None:
    _, said, _ = changed(world, world.stack("THE_KEY"))
    assert base64.b64encode(HOSTILE.encode()).decode() in said
    assert hashlib.sha256(world.hidden["password"].encode()).hexdigest() in said
    assert '"vpc-0a1b2c"' in said


@pytest.mark.parametrize("who", ["alice", "frank"])
def test_what_was_approved_is_applied_by_those_whom_the_map_names(world: World, who: str) -> None:
    pull, _, key = changed(world, world.stack("THE_KEY"))
    world.github.review(pull, "carol")
    said = world.server.asked(pull, who, APPLY)
    assert "1 added" in said, said
    assert world.content_of(key) == "hello"
    last = assumed(world)[-1]
    assert last["RoleArn"].endswith(":role/apply")
    assert last["RoleSessionName"] == f"infra-{pull.number}-{who}"
    assert last["DurationSeconds"] == "7200"


@pytest.mark.parametrize(
    ("who", "command", "told"),
    [
        ("bob", APPLY, NOT_HERE),
        ("eve", APPLY, NOWHERE),
        ("eve", f"atlantis plan -d {NETWORK}", NOT_HERE),
        ("eve", "atlantis approve_policies", NOWHERE),
    ],
)
def test_who_is_not_named_is_refused_though_it_was_approved(world: World, who: str, command: str, told: str) -> None:
    pull, _, key = changed(world, world.stack("THE_KEY"))
    world.github.review(pull, "carol")
    before = len(assumed(world))
    assert told in world.server.asked(pull, who, command)
    assert world.content_of(key) is None
    assert len(assumed(world)) == before
    last = [one for one in world.audit() if one["request"] == "authorize"][-1]
    assert (last["user"], last["outcome"]) == (who, "refused"), last


def test_who_left_the_group_in_okta_may_not_apply_any_more(world: World) -> None:
    pull, _, key = changed(world, world.stack("THE_KEY"))
    world.github.review(pull, "carol")
    person = next(number for number, one in world.org.people.items() if one["profile"]["githubLogin"] == "grace")
    world.org.people[person]["status"] = "DEPROVISIONED"
    assert NOWHERE in world.server.asked(pull, "grace", APPLY)
    assert world.content_of(key) is None


@pytest.mark.parametrize("directory", [NETWORK, "stacks/checked"])
def test_code_of_a_plan_gets_no_role_that_applies_for_a_pull_request_that_nobody_asked_to_apply(
    world: World, directory: str
) -> None:
    """It runs as Atlantis's user and says whatever it likes on the socket."""
    pull, _, _ = changed(world, world.stack("THE_KEY"))
    before = len(assumed(world))
    claims = {"BASE_REPO_OWNER": "acme", "BASE_REPO_NAME": "infra", "REPO_REL_DIR": directory, "WORKSPACE": "default"}
    claims |= {"PULL_NUM": str(pull.number), "USER_NAME": "alice", "HEAD_COMMIT": pull.head, "PROJECT_NAME": ""}
    asked = world.as_atlantis("atlantis", "credentials", "apply", environ=claims)
    assert (asked.returncode, asked.stdout) == (8, "")
    assert "error[atlantis-" in asked.stderr
    assert len(assumed(world)) == before


def test_an_approval_that_the_helper_must_verify_is_not_to_be_talked_into_it(world: World) -> None:
    """Code of a plan can say that somebody of every team asks; what GitHub says is beyond it."""
    pull, _, _ = changed(world, world.stack("THE_KEY"))
    before = len(assumed(world))
    claims = {"BASE_REPO_OWNER": "acme", "BASE_REPO_NAME": "infra", "WORKSPACE": "default", "PROJECT_NAME": ""}
    claims |= {"PULL_NUM": str(pull.number), "USER_NAME": "frank", "HEAD_COMMIT": pull.head}
    claims |= {"REPO_REL_DIR": "stacks/checked", "REPO_REL_PATH": "stacks/checked"}
    talk = world.as_atlantis("atlantis", "authorize", "apply", "acme/infra", "acme/platform", environ=claims)
    assert talk.stdout == "pass\n"
    refused = world.as_atlantis("atlantis", "credentials", "apply", environ=claims)
    assert (refused.returncode, refused.stdout) == (8, ""), refused
    assert len(assumed(world)) == before
    world.github.review(pull, "carol")
    given = world.as_atlantis("atlantis", "credentials", "apply", environ=claims)
    assert given.returncode == 0, given.stderr


def test_what_nobody_approved_is_not_applied(world: World) -> None:
    pull, _, key = changed(world, world.stack("THE_KEY"))
    before = len(assumed(world))
    assert "must be approved" in world.server.asked(pull, "alice", APPLY)
    assert world.content_of(key) is None
    assert len(assumed(world)) == before


@pytest.mark.parametrize(
    ("named", "error"),
    [
        ('profile = "admin"', "admin"),
        ('shared_config_files = ["/home/atlantis/.aws/config"]\n  profile = "admin"', "admin"),
        ('assume_role {\n    role_arn = "arn:aws:iam::ACCOUNT:role/treasure"\n  }', "AccessDenied"),
        ('assume_role {\n    role_arn = "arn:aws:iam::ACCOUNT:role/apply"\n  }', "AccessDenied"),
    ],
    ids=["profile", "file", "role", "apply-role"],
)
def test_a_pull_request_that_names_another_identity_gets_an_error(world: World, named: str, error: str) -> None:
    named = named.replace("ACCOUNT", world.account.number)
    wrong = world.stack("THE_KEY").replace("s3_use_path_style = true", f"s3_use_path_style = true\n  {named}")
    _, said, key = changed(world, wrong)
    assert "Plan Error" in said, said
    assert error in said
    assert world.content_of(key) is None


def test_a_pull_request_cannot_map_a_folder_by_its_own_atlantis_yaml(world: World) -> None:
    config = "version: 3\nprojects:\n  - name: mine\n    dir: stacks/mine\n"
    own_map = {"atlantis.yaml": config, "atlantis-map.yaml": (world.place.folder / "map.yaml").read_text()}
    before = len(assumed(world))
    _, said, _ = changed(world, world.stack("THE_KEY"), "stacks/mine", **own_map)
    assert "error[atlantis-not-mapped]" in said, said
    assert "stacks/mine" in said
    assert len(assumed(world)) == before


def test_a_pull_request_cannot_bring_a_workflow(world: World) -> None:
    project = f"projects:\n  - dir: {NETWORK}\n    workflow: mine\n"
    workflow = "workflows:\n  mine:\n    plan:\n      steps:\n        - run: id\n"
    before = len(assumed(world))
    _, said, _ = changed(world, world.stack("THE_KEY"), **{"atlantis.yaml": f"version: 3\n{project}{workflow}"})
    assert "workflow" in said, said
    assert "uid=" not in said
    assert len(assumed(world)) == before


def test_a_role_that_the_map_does_not_grant_is_refused_with_the_line_of_the_map(world: World) -> None:
    pull, planned, key = changed(world, world.stack("THE_KEY"), "stacks/readonly")
    assert ":assumed-role/plan/" in planned, planned
    world.github.review(pull, "carol")
    said = world.server.asked(pull, "bob", "atlantis apply -d stacks/readonly")
    lines = (world.place.folder / "map.yaml").read_text().splitlines()
    line = next(at for at, text in enumerate(lines, 1) if "stacks/readonly" in text) - 1
    assert "error[" in said, said
    assert f"line {line}" in said
    assert world.content_of(key) is None


def test_a_webhook_with_another_signature_starts_nothing(world: World) -> None:
    number = world.next_number()
    pull = world.github.pull("bob", f"change-{number}", {f"{NETWORK}/main.tf": world.stack("x")}, number)
    before = len(assumed(world))
    assert deliver(world.server.url, "pull_request", world.github.opened(pull), "another secret") == 400
    assert not pull.comments
    assert len(assumed(world)) == before


def test_no_secret_is_in_atlantis_s_log_comments_or_statuses(world: World) -> None:
    """Last of all: what every test before left."""
    assert sessions(world)
    comments = "\n".join(one["body"] for pull in world.github.pulls.values() for one in pull.comments)
    shown = {
        "log": world.server.log.read_bytes(),
        "helper's log": world.helper_log.read_bytes(),
        "comments": comments.encode(),
        "statuses": repr(world.github.statuses).encode(),
    }
    assert found({**world.hidden, **sessions(world)}, shown) == set()
