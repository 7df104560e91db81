# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis webhook`` as a process: GitHub and the store agree, wherever it is stopped."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from fakes import faults
from fakes.command import PROGRAM, Outcome, environment, okta_aws
from fakes.github_hooks import ADMIN, GithubHooks
from fakes.secrets_manager import Kept, SecretsManager
from okta_aws.demo.web import Request, Response

URL = "https://atlantis.example.com/events"
OLD = "not-a-real-secret-and-long-enough"
NAME = "atlantis/webhook"
EVENTS = ["issue_comment", "pull_request"]


@dataclass
class Town:
    """GitHub and Secrets Manager."""

    github: GithubHooks
    manager: SecretsManager
    token: str

    @property
    def environ(self) -> dict[str, str]:
        return {
            "GITHUB_API_URL": self.github.url,
            "GITHUB_TOKEN": self.token,
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.manager.url,
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "not-a-real-key-id",
            "AWS_SECRET_ACCESS_KEY": "not-a-real-key",
            "AWS_EC2_METADATA_DISABLED": "true",
            "OKTA_AWS_RETRY_MAX_ATTEMPTS": "2",
        }

    def run(self, *more: str, store: str = NAME, place: tuple[str, ...] = ("--repository", "acme/infra")) -> Outcome:
        done = okta_aws(*arguments(*more, store=store, place=place), environ=self.environ)
        known = [text for one in self.manager.kept.values() for text in one.texts.values()]
        assert not [text for text in [*known, self.token, OLD] if text in done.out + done.err]
        return done

    @property
    def hooks(self) -> list[dict[str, object]]:
        return self.github.hooks["/repos/acme/infra"]

    @property
    def writes(self) -> list[str]:
        asked = [*self.github.requests, *self.manager.requests]
        puts = [one for one in asked if one.headers.get("x-amz-target", "").endswith("PutSecretValue")]
        return [
            f"{one.method} {one.path}" for one in asked if one.method in {"PATCH", "POST"} and "hooks" in one.path
        ] + ["put" for _ in puts]


def arguments(*more: str, store: str = NAME, place: tuple[str, ...] = ("--repository", "acme/infra")) -> list[str]:
    return ["atlantis", "webhook", *place, "--url", URL, "--secret-store", store, *more]


@pytest.fixture
def town() -> Iterator[Town]:
    with GithubHooks() as github, SecretsManager() as manager:
        yield Town(github, manager, github.token("admin", ADMIN))


def agree(town: Town, kept: Kept, hook: int = 0) -> str:
    """The secret of both ends, which is the same."""
    config = town.hooks[hook]["config"]
    assert isinstance(config, dict)
    assert config["secret"] == kept.text("AWSCURRENT")
    assert (config["content_type"], config["insecure_ssl"]) == ("json", "0")
    assert sorted(town.hooks[hook]["events"]) == EVENTS  # type: ignore[call-overload]
    assert town.hooks[hook]["active"] is True
    assert len(config["secret"]) >= 24
    return str(config["secret"])


def test_without_execute_it_says_what_it_would_do_and_does_nothing(town: Town) -> None:
    town.manager.made(NAME)
    done = town.run()
    assert done.status == 10
    assert "a new secret" in done.out
    assert "a new webhook" in done.out
    assert town.writes == []


def test_a_webhook_is_made_and_the_second_run_changes_nothing(town: Town) -> None:
    kept = town.manager.made(NAME)
    assert town.run("--execute").status == 0
    secret = agree(town, kept)
    assert not kept.text("AWSPENDING")
    before = len(town.writes)
    again = town.run("--execute")
    assert (again.status, again.out, len(town.writes)) == (0, "", before)
    assert agree(town, kept) == secret


def test_a_good_secret_of_the_store_is_used(town: Town) -> None:
    kept = town.manager.made(NAME, OLD)
    assert town.run("--execute").status == 0
    assert agree(town, kept) == OLD


def test_the_webhook_of_an_organisation_is_made(town: Town) -> None:
    town.manager.made(NAME, OLD)
    assert town.run("--execute", place=("--organization", "acme")).status == 0
    (hook,) = town.github.hooks["/orgs/acme"]
    assert hook["config"]["url"] == URL


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": ["*"]},
        {"events": ["issue_comment"]},
        {"active": False},
        {"config": {"content_type": "form"}},
        {"config": {"insecure_ssl": "1"}},
        {"config": {"secret": ""}},
        {"events": ["push"], "active": False, "config": {"insecure_ssl": "1", "content_type": "form", "secret": ""}},
    ],
    ids=str,
)
def test_a_wrong_webhook_is_mended_and_no_other_is_made(town: Town, wrong: dict[str, object]) -> None:
    kept = town.manager.made(NAME, OLD)
    town.github.hook(URL, OLD, **json.loads(json.dumps(wrong)))
    assert town.run().status == 10
    assert town.run("--execute").status == 0
    assert len(town.hooks) == 1
    assert agree(town, kept) == OLD
    assert town.run().status == 0


@pytest.mark.parametrize("old", ["", "short"])
def test_a_secret_that_is_missing_or_weak_is_replaced_at_both_ends(town: Town, old: str) -> None:
    kept = town.manager.made(NAME, old)
    town.github.hook(URL, old or OLD)
    assert town.run("--execute").status == 0
    assert agree(town, kept) not in {"", "short", OLD}


def test_rotation_replaces_the_secret_once(town: Town) -> None:
    kept = town.manager.made(NAME, OLD)
    town.github.hook(URL, OLD)
    assert town.run("--rotate", "--execute").status == 0
    secret = agree(town, kept)
    assert secret != OLD
    assert town.run("--execute").status == 0
    assert agree(town, kept) == secret


def test_other_webhooks_stay_and_doubles_are_named(town: Town) -> None:
    kept = town.manager.made(NAME, OLD)
    town.github.hook("https://ci.example.com/hook")
    town.github.hook(URL, OLD)
    double = town.github.hook(URL, OLD, events=["push"])
    plain = town.github.hook("http://Atlantis.example.com/events/", OLD)
    done = town.run("--execute")
    assert done.status == 0
    assert f"webhook {double['id']} is for the same address" in done.err
    assert f"webhook {plain['id']} is for the same server" in done.err
    assert len(town.hooks) == 4
    assert agree(town, kept, hook=1) == OLD


@pytest.mark.parametrize(
    "url", ["https://Atlantis.example.com/events", f"{URL}/", "http://atlantis.example.com/events"]
)
def test_a_webhook_whose_address_is_written_in_another_way_is_mended_and_no_second_one_is_made(
    town: Town, url: str
) -> None:
    kept = town.manager.made(NAME, OLD)
    town.github.hook(url, "another-secret-that-is-not-real")
    assert f"the address {URL}" in town.run().out
    assert town.run("--execute").status == 0
    assert len(town.hooks) == 1
    assert town.hooks[0]["config"]["url"] == URL  # type: ignore[index]
    assert agree(town, kept) == OLD
    assert town.run().status == 0


def test_a_webhook_for_another_port_is_named_and_left_alone(town: Town) -> None:
    kept = town.manager.made(NAME, OLD)
    other = town.github.hook("https://atlantis.example.com:8443/events", "another-secret-that-is-not-real")
    done = town.run("--execute")
    assert done.status == 0
    assert f"webhook {other['id']} is for the same server by another address" in done.err
    assert len(town.hooks) == 2
    assert agree(town, kept, hook=1) == OLD


def test_a_rotation_that_is_done_does_not_come_back_when_somebody_else_puts_a_newer_secret_in(town: Town) -> None:
    kept = town.manager.made(NAME, OLD)
    town.github.hook(URL, OLD)
    assert town.run("--rotate", "--execute").status == 0
    newer = "not-a-real-secret-but-a-newer-one"
    for version in ("theirs-1", "theirs-2"):
        kept.put(version, newer, ["AWSCURRENT"])
    done = town.run()
    assert (done.status, done.out) == (0, "")
    assert kept.text("AWSCURRENT") == newer


@pytest.mark.parametrize("rotates", [True, False], ids=["rotation", "first"])
def test_two_at_once_never_end_with_two_secrets_and_no_word_of_it(town: Town, rotates: bool) -> None:
    kept = town.manager.made(NAME, OLD if rotates else "short")
    if rotates:
        town.github.hook(URL, OLD)
    theirs = "not-a-real-secret-of-another-run"

    def another_run_comes_between(request: Request) -> bool:
        if changes_of(request):
            kept.put("another", theirs, ["AWSPENDING"])
        return False

    town.github.faults.append(refused(500, "never").at(another_run_comes_between))
    done = town.run("--execute", *(["--rotate"] if rotates else []))
    assert done.status == 8
    assert "two runs at once" in done.err
    assert kept.text("AWSCURRENT") == (OLD if rotates else "short")
    town.github.faults.clear()
    assert town.run("--execute").status == 0
    assert agree(town, kept) == theirs


def changes_of(request: Request) -> bool:
    return request.method in {"PATCH", "POST"} and "/hooks" in request.path


def promotes(request: Request) -> bool:
    return b"PutSecretValue" in request.headers.get("x-amz-target", "").encode() and b"AWSCURRENT" in request.body


def refused(status: int, message: str) -> faults.Fault:
    return faults.answering(message, Response.of_json(status, {"message": message})).forever()


@pytest.mark.parametrize("rotates", [True, False], ids=["rotation", "first"])
@pytest.mark.parametrize("where", ["github", "promote"])
def test_a_fault_in_the_middle_leaves_the_old_secret_working_and_the_next_run_goes_on(
    town: Town, where: str, rotates: bool
) -> None:
    # The first version of a secret is current at once: there is nothing to promote.
    kept = town.manager.made(NAME, OLD if rotates else "short" if where == "promote" else "")
    if rotates:
        town.github.hook(URL, OLD)
    stand_in = town.github if where == "github" else town.manager
    stand_in.faults.append(refused(403, "Forbidden").at(changes_of if where == "github" else promotes))
    assert town.run("--execute", *(["--rotate"] if rotates else [])).status not in {0, 10}
    assert kept.text("AWSCURRENT") == OLD or not rotates
    stand_in.faults.clear()
    assert town.run("--execute").status == 0
    assert agree(town, kept) != OLD
    assert town.run("--execute").out == ""


@pytest.mark.parametrize("where", ["github", "promote"])
def test_a_killed_rotation_is_finished_by_the_next_run(town: Town, where: str) -> None:
    kept = town.manager.made(NAME, OLD)
    town.github.hook(URL, OLD)
    stand_in = town.github if where == "github" else town.manager
    stand_in.faults.append(faults.hang(60).at(changes_of if where == "github" else promotes))
    running = subprocess.Popen(
        [PROGRAM, *arguments("--rotate", "--execute")],
        env=environment(town.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 30
    while stand_in.faults and time.monotonic() < until:
        time.sleep(0.05)
    running.kill()
    running.wait()
    assert kept.text("AWSCURRENT") == OLD
    pending = kept.text("AWSPENDING")
    assert pending not in {"", OLD}
    assert town.run("--execute").status == 0
    assert agree(town, kept) == pending


@pytest.mark.parametrize(
    ("status", "message"), [(404, "Not Found"), (403, "Resource not accessible"), (422, "Hook already exists")]
)
def test_what_github_refuses_is_told_and_the_store_is_as_it_was(town: Town, status: int, message: str) -> None:
    kept = town.manager.made(NAME, OLD)
    town.github.faults.append(refused(status, message).at(changes_of))
    done = town.run("--execute")
    assert done.status == 1
    assert "error[github-api]" in done.err
    assert message in done.err
    assert kept.text("AWSCURRENT") == OLD
    assert not town.hooks


def test_a_token_that_may_not_see_webhooks_is_told_what_is_missing(town: Town) -> None:
    kept = town.manager.made(NAME)
    town.token = town.github.token("somebody")
    done = town.run("--execute")
    assert done.status == 1
    assert "webhooks: read and write" in done.err
    assert kept.text("AWSCURRENT") == ""


def test_a_rate_limit_that_passes_is_waited_for(town: Town) -> None:
    kept = town.manager.made(NAME, OLD)
    limited = Response.of_json(403, {"message": "You have exceeded a secondary rate limit"}, {"Retry-After": "1"})
    town.github.faults.append(faults.answering("limit", limited))
    assert town.run("--execute").status == 0
    assert agree(town, kept) == OLD


@pytest.mark.parametrize("action", ["DescribeSecret", "GetSecretValue", "PutSecretValue"])
def test_a_store_that_refuses_is_told_and_github_is_not_asked_to_change(town: Town, action: str) -> None:
    town.manager.made(NAME, OLD)
    town.github.hook(URL, OLD)
    town.manager.denied.add(action)
    done = town.run("--rotate", "--execute")
    assert done.status == 8
    assert "error[atlantis-webhook]" in done.err
    assert not [one for one in town.github.requests if changes_of(one)]


def test_a_secret_that_is_not_there_is_told(town: Town) -> None:
    done = town.run("--execute")
    assert done.status == 8
    assert "make the secret first" in done.err


def test_a_key_of_the_secret_is_changed_and_the_others_stay(town: Town) -> None:
    kept = town.manager.made(NAME, json.dumps({"token": "not-real", "hook": "short"}))
    town.github.hook(URL, "short")
    assert town.run("--execute", "--secret-key", "hook").status == 0
    members = json.loads(kept.text("AWSCURRENT"))
    assert members["token"] == "not-real"
    assert town.hooks[0]["config"]["secret"] == members["hook"]  # type: ignore[index]
    assert town.run("--secret-key", "hook").status == 0


def test_a_file_is_written_for_its_owner_alone(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert town.run("--execute", store=f"file:{path}").status == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert town.hooks[0]["config"]["secret"] == path.read_text()  # type: ignore[index]
    assert town.run(store=f"file:{path}").status == 0
    assert town.run("--rotate", "--execute", store=f"file:{path}").status == 0
    assert town.hooks[0]["config"]["secret"] == path.read_text()  # type: ignore[index]
    assert [one.name for one in tmp_path.iterdir() if not one.name.startswith(".")] == ["secret"]


def test_a_file_of_flags_keeps_what_else_is_in_it(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "atlantis.yaml"
    path.write_text('# ours\ngh-webhook-secret: ""\ngh-app-id: 123456\n')
    assert town.run("--execute", "--secret-key", "gh-webhook-secret", store=f"file:{path}").status == 0
    flags = yaml.safe_load(path.read_text())
    assert path.read_text().startswith("# ours\n")
    assert flags["gh-app-id"] == 123456
    assert town.hooks[0]["config"]["secret"] == flags["gh-webhook-secret"]  # type: ignore[index]


def test_a_rotation_into_a_file_that_fails_at_github_is_finished_by_the_next_run(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(OLD)
    town.github.hook(URL, OLD)
    town.github.faults.append(refused(403, "Forbidden").at(changes_of))
    assert town.run("--rotate", "--execute", store=f"file:{path}").status == 1
    assert path.read_text() == OLD
    town.github.faults.clear()
    assert town.run("--execute", store=f"file:{path}").status == 0
    assert town.hooks[0]["config"]["secret"] == path.read_text() != OLD  # type: ignore[index]


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_no_plain_file_is_refused(town: Town, tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "secret", tmp_path / "other"
    other.write_text("keep")
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(other)
    else:
        os.mkfifo(path)
    done = town.run("--execute", store=f"file:{path}")
    assert done.status in {7, 8}
    assert other.read_text() == "keep"
    assert not [one for one in town.github.requests if changes_of(one)]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--url", "http://atlantis.example.com/events"),
        ("--url", "https://user:x@atlantis.example.com/events"),
        ("--url", "https://atlantis.example.com/hooks"),
        ("--url", "https://atlantis.example.com/events?x=1"),
        ("--repository", "acme"),
        ("--repository", "../x"),
        ("--organization", "acme"),
        ("--secret-store", "a b"),
        ("--secret-key", "a b"),
    ],
    ids="=".join,
)
def test_settings_that_make_no_sense_are_told_and_nobody_is_asked(town: Town, wrong: tuple[str, str]) -> None:
    done = town.run("--execute", *wrong)
    assert done.status == 2
    assert town.github.requests == town.manager.requests == []
