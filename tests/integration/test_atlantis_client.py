# SPDX-License-Identifier: Apache-2.0
"""A pull request handed to Atlantis: the real commands, and stand-ins for GitHub and Atlantis with its oddities."""

from __future__ import annotations

import html
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fakes import faults
from fakes.atlantis import LOGIN, NOT_APPROVED, Applied, Atlantis
from fakes.command import PROGRAM, Outcome, environment, okta_aws
from fakes.faults import Fault, answering
from fakes.github_api import JOB, GithubApi, Object, Pull, approved_run, reviewers
from fakes.okta_org import OktaOrg
from okta_aws.demo.web import Request, Response, Wire

DIRECTORY = "stacks/network"
MAP = """\
version: 1
projects:
  - directory: stacks/*
    apply:
      users: [olga]
      teams: [acme/platform]
"""


@dataclass
class HandOff:
    """One pull request, number 7, by ``arthur``."""

    github: GithubApi
    atlantis: Atlantis
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.github.commit("main", {".github/approvers.yml": MAP})
        self.github.commit("change", {})
        self.pull: Pull = self.github.open_pull("arthur", "change")
        self.environ = {
            "HOME": str(self.folder),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_REPOSITORY": self.github.repository,
            "GITHUB_TOKEN": self.github.token(permissions=JOB | {"statuses"}),
            "GITHUB_RUN_ID": "123",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_OUTPUT": str(self.folder / "outputs"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "OKTA_AWS_DIRECTORY": DIRECTORY,
            "OKTA_AWS_PULL_REQUEST": "7",
            "OKTA_AWS_ATLANTIS_URL": self.atlantis.url,
            "OKTA_AWS_ATLANTIS_TOKEN": self.atlantis.secret,
            "OKTA_AWS_TIMEOUT_S": "20",
        }

    def plan(self, *arguments: str, **environ: str) -> Outcome:
        return self.command("plan", *arguments, **environ)

    def apply(self, *arguments: str, **environ: str) -> Outcome:
        return self.command("apply", "--head", self.pull.head, *arguments, **environ)

    def command(self, *arguments: str, **environ: str) -> Outcome:
        done = okta_aws("atlantis", *arguments, environ=self.environ | environ, cwd=self.folder)
        assert self.atlantis.secret not in done.out + done.err
        return done

    def approved(self) -> None:
        """A plan, and olga's approval of it."""
        done = self.plan()
        assert done.status == 0, done.err
        self.github.review(self.pull, "olga")

    def comment(self, kind: str) -> Object:
        (found,) = [one for one in self.pull.comments if f"<!-- okta-aws-atlantis-{kind} " in one["body"]]
        return found

    def push(self) -> None:
        """Another commit on the pull request."""
        self.pull.head = self.github.commit("change", {"more.tf": "# more\n"})


@pytest.fixture
def hand_off(tmp_path: Path) -> Iterator[HandOff]:
    with GithubApi() as github, Atlantis(github) as atlantis:
        yield HandOff(github, atlantis, tmp_path)


def projects(done: Outcome) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.out)["projects"]
    return found


def test_a_plan_is_shown_approved_and_applied(hand_off: HandOff) -> None:
    planned = hand_off.plan()
    assert planned.status == 0, planned.err
    assert "terraform_data.one will be created" in projects(planned)[0]["output"]
    assert "terraform_data.one will be created" in hand_off.comment("plan")["body"]
    assert "Plan: 1 to add." in planned.err
    hand_off.github.review(hand_off.pull, "olga")
    applied = hand_off.apply()
    assert applied.status == 0, applied.err
    said = json.loads(applied.out)
    assert (said["succeeded"], said["approved-by"], said["head"]) == ("true", "olga", hand_off.pull.head)
    assert hand_off.atlantis.applied == [Applied(7, hand_off.pull.head, DIRECTORY, "default")]
    assert "Applied by Atlantis" in hand_off.comment("outcome")["body"]
    assert "Resources: 1 added" in html.unescape((hand_off.folder / "summary.md").read_text())
    assert "succeeded" in (hand_off.folder / "outputs").read_text()


def test_every_request_names_pull_request_commit_base_and_place(hand_off: HandOff) -> None:
    hand_off.approved()
    assert hand_off.apply().status == 0
    (sent,) = hand_off.atlantis.asked("apply")
    assert sent == {
        "Repository": "acme/infra",
        "Ref": hand_off.pull.head,
        "base_branch": "main",
        "Type": "Github",
        "PR": 7,
        "Paths": [{"directory": DIRECTORY, "workspace": "default"}],
    }
    assert {one["PR"] for one in hand_off.atlantis.asked("plan")} == {7}
    # A branch to have it cloned, then the commit: what is shown is of that one for certain.
    assert [one["Ref"] for one in hand_off.atlantis.asked("plan")] == [hand_off.pull.head, "change", hand_off.pull.head]


def test_without_the_number_of_a_pull_request_nothing_is_asked(hand_off: HandOff) -> None:
    del hand_off.environ["OKTA_AWS_PULL_REQUEST"]
    for command in (hand_off.plan, hand_off.apply):
        done = command()
        assert done.status == 2
        assert "--pull-request" in done.err
        assert hand_off.plan("--pull-request", "0").status == 2
    assert hand_off.atlantis.requests == []


def test_the_stand_in_applies_without_a_number_what_nobody_approved(hand_off: HandOff) -> None:
    # So that the test above is about something.
    path = {"directory": DIRECTORY, "workspace": "default"}
    body = {"Repository": "acme/infra", "Ref": "change", "Type": "Github", "Paths": [path]}
    sent = Request("POST", "/api/apply", "", {"x-atlantis-token": hand_off.atlantis.secret}, json.dumps(body).encode())
    assert hand_off.atlantis.answer(sent).status == 200
    assert [one.pull_request for one in hand_off.atlantis.applied] == [0]


def test_the_secret_comes_from_a_file_too(hand_off: HandOff) -> None:
    (hand_off.folder / "secret").write_text(f"{hand_off.environ.pop('OKTA_AWS_ATLANTIS_TOKEN')}\n")
    assert hand_off.plan().status == 2
    assert hand_off.plan("--atlantis-token-file", "secret").status == 0


def test_a_second_plan_is_shown_in_the_same_comment_and_voids_the_approval(hand_off: HandOff) -> None:
    hand_off.approved()
    first = hand_off.comment("plan")["id"]
    assert hand_off.plan().status == 0
    assert hand_off.comment("plan")["id"] == first
    done = hand_off.apply()
    assert done.status == 11
    assert "olga: approved before the plan was shown" in done.err
    assert hand_off.atlantis.applied == []


def test_an_approval_counts_once(hand_off: HandOff) -> None:
    hand_off.approved()
    assert hand_off.apply().status == 0
    again = hand_off.apply()
    assert again.status == 11
    assert "one that was begun" in again.err
    assert len(hand_off.atlantis.applied) == 1


def test_a_checkout_of_an_old_commit_is_never_what_is_planned_or_applied(hand_off: HandOff) -> None:
    hand_off.approved()
    hand_off.push()
    assert hand_off.plan().status == 0
    hand_off.github.review(hand_off.pull, "olga")
    assert hand_off.apply().status == 0
    assert [one.commit for one in hand_off.atlantis.applied] == [hand_off.pull.head]


def unmergeable(hand_off: HandOff) -> None:
    hand_off.pull.mergeable_state = "blocked"


def conflicting(hand_off: HandOff) -> None:
    hand_off.pull.mergeable, hand_off.pull.mergeable_state = False, "dirty"


def of_a_fork(hand_off: HandOff) -> None:
    hand_off.pull.fork = True


def closed(hand_off: HandOff) -> None:
    hand_off.pull.state = "closed"


def to_another_branch(hand_off: HandOff) -> None:
    hand_off.pull.base = "release"


def by_somebody_else(hand_off: HandOff) -> None:
    hand_off.pull.reviews[-1]["user"]["login"] = "mallory"


def by_the_author(hand_off: HandOff) -> None:
    hand_off.pull.author = "olga"


def taken_back(hand_off: HandOff) -> None:
    hand_off.github.put_review(hand_off.pull, "olga", "DISMISSED")


def edited(hand_off: HandOff) -> None:
    comment = hand_off.comment("plan")
    hand_off.github.edit(comment, comment["body"].replace("created", "painted"))


def doubled(hand_off: HandOff) -> None:
    comment = hand_off.comment("plan")
    hand_off.github.comment(hand_off.pull, comment["user"]["login"], comment["body"])


def of_somebody_else(hand_off: HandOff) -> None:
    hand_off.comment("plan")["user"] = {"login": "mallory", "id": 5, "type": "User"}


def without_a_map(hand_off: HandOff) -> None:
    commit = hand_off.github.branches["main"]
    del hand_off.github.files[commit, ".github/approvers.yml"]


def about_another_place(hand_off: HandOff) -> None:
    hand_off.github.commit("main", {".github/approvers.yml": MAP.replace("stacks/*", "other")})


def of_a_team_that_nobody_can_tell(hand_off: HandOff) -> None:
    hand_off.github.commit("main", {".github/approvers.yml": MAP.replace("users: [olga]", "users: [otto]")})


def with_a_map_of_its_own(hand_off: HandOff) -> None:
    by_somebody_else(hand_off)
    head = hand_off.pull.head
    hand_off.github.files[head, ".github/approvers.yml"] = MAP.replace("olga", "mallory")


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (unmergeable, "may be merged (clean, has_hooks, unstable), found 'blocked'"),
        (conflicting, "found conflicts"),
        (of_a_fork, "found one of a fork"),
        (closed, "wanted an open pull request"),
        (to_another_branch, "wanted a pull request to main, found one to release"),
        (by_somebody_else, "mallory: whether in GitHub team acme/platform cannot be told"),
        (by_the_author, "olga: the author's own approval"),
        (taken_back, "olga: dismissed"),
        (edited, "olga: approved before the plan was shown"),
        (doubled, "found 2"),
        (of_somebody_else, "found 0"),
        (without_a_map, "wanted a file, found none"),
        (about_another_place, "no entry of the map is about directory stacks/network"),
        (of_a_team_that_nobody_can_tell, "whether in GitHub team acme/platform cannot be told"),
        (with_a_map_of_its_own, "mallory: whether in"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_not_approved_never_reaches_atlantis(hand_off: HandOff, happens: Any, said: str) -> None:  # noqa: ANN401
    hand_off.approved()
    happens(hand_off)
    done = hand_off.apply()
    assert done.status == 11, done.err
    assert said in done.err
    assert hand_off.atlantis.asked("apply") == []
    assert "Not applied" in hand_off.comment("outcome")["body"]


def test_what_was_never_planned_here_is_not_applied(hand_off: HandOff) -> None:
    hand_off.github.review(hand_off.pull, "olga")
    done = hand_off.apply()
    assert done.status == 11
    assert "found 0" in done.err
    assert hand_off.atlantis.requests == []


def test_a_head_that_moved_before_is_refused(hand_off: HandOff) -> None:
    hand_off.approved()
    old = hand_off.pull.head
    hand_off.push()
    done = hand_off.command("apply", "--head", old)
    assert done.status == 11
    assert f"wanted the head {old[:12]}, found {hand_off.pull.head[:12]}" in done.err
    assert hand_off.atlantis.asked("apply") == []


def test_a_team_s_member_approves_where_a_token_may_tell(hand_off: HandOff) -> None:
    hand_off.github.teams["acme/platform"] = {"otto": "active"}
    assert hand_off.plan().status == 0
    hand_off.github.review(hand_off.pull, "otto")
    token = hand_off.github.token("reader", frozenset({"members"}))
    assert hand_off.apply(OKTA_AWS_APPROVER_TOKEN=token).status == 0


def test_the_reviewers_of_the_job_s_environment_approve(hand_off: HandOff) -> None:
    assert hand_off.plan().status == 0
    hand_off.github.pass_time()
    hand_off.github.environments["production"] = reviewers(users=("olga",))
    hand_off.github.runs["123"] = approved_run(hand_off.github, "production", "olga")
    assert hand_off.apply().status == 11
    # Atlantis itself knows reviews alone; its answer shows that it was asked.
    done = hand_off.apply("--environment", "production")
    assert NOT_APPROVED in projects(done)[0]["failure"]


def moved_during(hand_off: HandOff, path: str) -> None:
    """Somebody pushes while Atlantis answers."""

    def strike(wire: Wire) -> None:
        request = hand_off.atlantis.requests[-1]
        response = hand_off.atlantis.answer(request)
        hand_off.push()
        wire.reply(response)

    hand_off.atlantis.faults.append(Fault("push", strike, where=at(path)))


def at(path: str) -> Any:  # noqa: ANN401
    return lambda request: request.path == path


def test_a_head_that_moves_while_atlantis_applies_is_told(hand_off: HandOff) -> None:
    hand_off.approved()
    old = hand_off.pull.head
    moved_during(hand_off, "/api/apply")
    done = hand_off.command("apply", "--head", old)
    assert done.status == 8
    assert "error[atlantis-moved]" in done.err
    assert [one.commit for one in hand_off.atlantis.applied] == [old], "Atlantis was given the commit, not the branch"
    assert "The pull request changed while Atlantis worked" in hand_off.comment("outcome")["body"]


def test_a_head_that_moves_while_atlantis_plans_is_told_and_cannot_be_approved(hand_off: HandOff) -> None:
    assert hand_off.plan().status == 0
    moved_during(hand_off, "/api/plan")
    done = hand_off.plan()
    assert done.status == 8
    hand_off.github.review(hand_off.pull, "olga")
    assert hand_off.apply().status == 11
    assert hand_off.atlantis.asked("apply") == []


# --- odd answers


def test_a_failure_is_no_success_whatever_the_status_says(hand_off: HandOff) -> None:
    hand_off.approved()
    results = {"ProjectResults": [{"RepoRelDir": DIRECTORY, "Workspace": "default", "ProjectName": ""}]}
    results["ProjectResults"][0] |= {"ApplySuccess": "", "Failure": NOT_APPROVED}
    hand_off.atlantis.faults.append(answering("200", Response.of_json(200, results)).at(at("/api/apply")))
    done = hand_off.apply()
    assert done.status == 8
    assert "error[atlantis-failed]" in done.err
    assert "Pull request must be approved" in done.err
    assert json.loads(done.out)["succeeded"] == "false"


def test_what_cannot_be_merged_by_its_commit_is_fetched_by_its_branch(hand_off: HandOff) -> None:
    # Atlantis's strategy `merge`, after something else was merged; seen with the real one (tests/atlantis).
    assert hand_off.plan().status == 0
    before = len(hand_off.atlantis.asked("plan"))
    result: Object = {"RepoRelDir": DIRECTORY, "Workspace": "default", "ProjectName": "", "Error": {}}
    failed = answering("not merged", Response.of_json(500, {"ProjectResults": [result]}))
    hand_off.atlantis.faults.append(failed.at(at("/api/plan")))
    done = hand_off.plan()
    assert done.status == 0, done.err
    head = hand_off.pull.head
    assert [one["Ref"] for one in hand_off.atlantis.asked("plan")[before:]] == [head, "change", head]


def test_an_error_without_words_is_told_as_that(hand_off: HandOff) -> None:
    hand_off.atlantis.result = {"PlanSuccess": None, "Error": {}}
    done = hand_off.plan()
    assert done.status == 8
    assert "Atlantis names no reason here; its log does" in done.err
    hand_off.github.review(hand_off.pull, "olga")
    assert hand_off.apply().status == 11, "a plan that failed cannot be approved"


def test_a_project_that_atlantis_does_not_find_is_no_success(hand_off: HandOff) -> None:
    hand_off.atlantis.projects.clear()
    done = hand_off.plan()
    assert done.status == 8
    assert "Atlantis found no project there: nothing was done" in done.err


def test_results_of_another_place_are_an_alarm(hand_off: HandOff) -> None:
    hand_off.approved()
    hand_off.atlantis.result = {"RepoRelDir": "stacks/production"}
    done = hand_off.apply()
    assert done.status == 8
    assert "look at once what Atlantis did there" in done.err
    assert "stacks/production" in hand_off.comment("outcome")["body"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ('{"ProjectResults": [{"PlanSuccess": "yes", "ApplySuccess": true}]}', 200, "makes no sense"),
        ("Internal Server Error", 500, 'HTTP status 500 with "Internal Server Error"'),
        ("<!DOCTYPE html><html>busy</html>", 200, "a page for people"),
    ],
)
def test_an_answer_that_no_atlantis_gives_leaves_it_open_what_was_applied(
    hand_off: HandOff, body: str, status: int, said: str
) -> None:
    hand_off.approved()
    odd = answering("odd", Response(status, body.encode(), "text/plain"))
    hand_off.atlantis.faults.append(odd.at(at("/api/apply")))
    done = hand_off.apply()
    assert done.status == 8, done.err
    assert "error[atlantis-unknown]" in done.err
    assert said in done.err
    assert "Perhaps applied" in hand_off.comment("outcome")["body"]
    hand_off.atlantis.faults.append(odd.at(at("/api/plan")))
    planned = hand_off.plan()
    assert planned.status == 8
    assert "error[atlantis-answer]" in planned.err


@pytest.mark.parametrize(
    ("response", "fix"),
    [
        (Response.of_json(503, {"error": "ignoring request since API is disabled"}), "--api-secret"),
        (Response(403, b"<!DOCTYPE html><html>Sign in</html>", "text/html"), "let the load balancer pass"),
    ],
)
def test_a_refusal_is_told_with_what_to_do(hand_off: HandOff, response: Response, fix: str) -> None:
    hand_off.approved()
    hand_off.atlantis.faults.append(answering("refusal", response).at(at("/api/apply")))
    done = hand_off.apply()
    assert done.status == 8
    assert "error[atlantis-refused]" in done.err
    assert fix in done.err
    assert hand_off.atlantis.applied == []
    assert "Not applied" in hand_off.comment("outcome")["body"]


def test_another_secret_an_api_that_is_off_and_a_refused_team_are_told_apart(hand_off: HandOff) -> None:
    wrong = hand_off.plan(OKTA_AWS_ATLANTIS_TOKEN="not-a-real-secret-at-all")
    assert "give the very text of Atlantis's --api-secret" in wrong.err
    hand_off.atlantis.denied = True
    assert "a request without a user" in hand_off.plan().err
    hand_off.atlantis.secret, secret = "", hand_off.atlantis.secret
    off = okta_aws("atlantis", "plan", environ=hand_off.environ, cwd=hand_off.folder)
    assert "without one its API is off" in off.err
    assert secret not in off.err
    assert off.status == wrong.status == 8


def test_a_crash_while_it_applies_leaves_it_open(hand_off: HandOff) -> None:
    hand_off.approved()
    hand_off.atlantis.crashes = True
    assert "error[atlantis-unknown]" in hand_off.apply().err


def test_an_answer_of_many_mebibytes_is_read_and_one_of_more_is_not(hand_off: HandOff) -> None:
    hand_off.atlantis.plan_text = "  # terraform_data.many will be created\n" * 60_000 + "Plan: 60000 to add.\n"
    done = hand_off.plan()
    assert done.status == 0, done.err[-500:]
    body = hand_off.comment("plan")["body"]
    assert "Only a part is shown here" in body
    assert "Plan: 60000 to add." in body
    hand_off.atlantis.faults.append(faults.huge().at(at("/api/plan")))
    assert hand_off.plan().status == 9


# --- connections that break

BREAKS = [faults.reset(), faults.wrong_length(), faults.hang(0.1), faults.hang(0.1, after=faults.HALF_BODY)]
BREAKS += [faults.hang(0.1, after=faults.HALF_HEADERS), faults.garbage(), faults.unavailable(504)]


@pytest.mark.parametrize("fault", BREAKS, ids=lambda fault: fault.name)
def test_an_apply_is_never_asked_for_twice(hand_off: HandOff, fault: Fault) -> None:
    hand_off.approved()
    hand_off.atlantis.faults.append(fault.at(at("/api/apply")))
    done = hand_off.apply()
    assert done.status == 8, done.err
    assert "error[atlantis-unknown]" in done.err
    assert "do not apply again before it has ended" in done.err
    assert len(hand_off.atlantis.asked("apply")) == 1
    assert hand_off.apply().status == 11, "the approval was used up"
    assert len(hand_off.atlantis.asked("apply")) == 1


def test_a_server_that_is_silent_for_too_long_leaves_it_open(hand_off: HandOff) -> None:
    hand_off.approved()
    hand_off.atlantis.faults.append(faults.hang().at(at("/api/apply")))
    begun = time.monotonic()
    done = hand_off.apply(OKTA_AWS_TIMEOUT_S="3")
    assert "error[atlantis-unknown]" in done.err
    assert time.monotonic() - begun < 20


def test_an_answer_that_takes_longer_than_others_may_is_waited_for(hand_off: HandOff) -> None:
    def strike(wire: Wire) -> None:
        wire.wait(16)
        wire.reply(hand_off.atlantis.answer(hand_off.atlantis.requests[-1]))

    hand_off.atlantis.checkouts[7] = hand_off.pull.head
    hand_off.atlantis.faults.append(Fault("slow", strike))
    done = hand_off.plan(OKTA_AWS_TIMEOUT_S="60")
    assert done.status == 0, done.err


def test_a_server_that_was_never_reached_applied_nothing(hand_off: HandOff) -> None:
    hand_off.approved()
    hand_off.environ["OKTA_AWS_ATLANTIS_URL"] = "http://127.0.0.1:9"
    done = hand_off.apply()
    assert done.status == 9
    assert "error[network-connect]" in done.err
    assert "Not applied" in hand_off.comment("outcome")["body"]


def lost(hand_off: HandOff) -> None:
    """The load balancer loses patience; Atlantis applies all the same."""

    def strike(wire: Wire) -> None:
        request: Request = hand_off.atlantis.requests[-1]
        hand_off.atlantis.answer(request)
        wire.reset()

    hand_off.atlantis.faults.append(Fault("lost", strike, where=at("/api/apply")))


def test_the_end_of_a_lost_answer_is_seen_in_the_commit_status_of_atlantis(hand_off: HandOff) -> None:
    hand_off.approved()
    hand_off.github.put_status(hand_off.pull.head, LOGIN, f"atlantis/apply: {DIRECTORY}/default", "failure")
    lost(hand_off)
    done = hand_off.apply("--atlantis-login", LOGIN)
    assert done.status == 0, done.err
    assert 'its answer was lost; its commit status says "success"' in done.err


def test_a_status_that_was_there_before_says_nothing(hand_off: HandOff) -> None:
    hand_off.approved()
    hand_off.github.put_status(hand_off.pull.head, LOGIN, f"atlantis/apply: {DIRECTORY}/default", "success")
    hand_off.atlantis.faults.append(faults.reset().at(at("/api/apply")))
    done = hand_off.apply("--atlantis-login", LOGIN, OKTA_AWS_TIMEOUT_S="6")
    assert done.status == 8
    assert "error[atlantis-unknown]" in done.err


def test_a_failure_is_seen_there_too(hand_off: HandOff) -> None:
    hand_off.approved()
    hand_off.atlantis.result = {"ApplySuccess": "", "Error": {}}
    lost(hand_off)
    done = hand_off.apply("--atlantis-login", LOGIN)
    assert done.status == 8
    assert "error[atlantis-failed]" in done.err


@pytest.mark.parametrize("login", ["", "somebody-else"], ids=["nobody is believed", "another is believed"])
def test_a_commit_status_counts_only_from_whom_it_is_believed(hand_off: HandOff, login: str) -> None:
    hand_off.approved()
    lost(hand_off)
    arguments = ["--atlantis-login", login] if login else []
    done = hand_off.apply(*arguments, OKTA_AWS_TIMEOUT_S="6")
    assert done.status == 8
    assert "error[atlantis-unknown]" in done.err


def test_trouble_of_github_never_says_that_nothing_was_applied(hand_off: HandOff) -> None:
    hand_off.approved()

    def strike(wire: Wire) -> None:
        hand_off.github.faults.append(faults.unavailable(503).forever().at(is_status))
        wire.reset()

    hand_off.atlantis.faults.append(Fault("lost", strike, where=at("/api/apply")))
    done = hand_off.apply("--atlantis-login", LOGIN, OKTA_AWS_TIMEOUT_S="6")
    assert done.status == 8, done.err
    assert "error[atlantis-unknown]" in done.err
    assert "Perhaps applied" in hand_off.comment("outcome")["body"]


def is_status(request: Request) -> bool:
    return "/statuses/" in request.path


def test_results_are_told_also_where_github_fails_afterwards(hand_off: HandOff) -> None:
    hand_off.approved()

    def strike(wire: Wire) -> None:
        response = hand_off.atlantis.answer(hand_off.atlantis.requests[-1])
        hand_off.github.tokens.clear()
        wire.reply(response)

    hand_off.atlantis.faults.append(Fault("revoked", strike, where=at("/api/apply")))
    done = hand_off.apply()
    assert done.status == 1
    assert "error[github-api]" in done.err
    assert "Apply complete!" in projects(done)[0]["output"]
    assert "Apply complete!" in done.err


def test_an_interruption_says_that_atlantis_goes_on(hand_off: HandOff) -> None:
    hand_off.approved()
    hand_off.atlantis.faults.append(faults.hang().at(at("/api/apply")))
    command = [str(PROGRAM), "atlantis", "apply", "--head", hand_off.pull.head]
    with subprocess.Popen(
        command, env=environment(hand_off.environ), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        while not hand_off.atlantis.asked("apply"):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Atlantis to apply does not stop for that" in said


# --- hostile text

HOSTILE = "one\n```\n@octocat <img src=x> \x1b[31m\u202e\n</details>\n::add-mask::a\n##[error]b\n" + "`" * 9


def test_hostile_text_of_terraform_stays_text_everywhere(hand_off: HandOff) -> None:
    hand_off.atlantis.plan_text = HOSTILE
    done = hand_off.plan()
    assert done.status == 0
    body = str(hand_off.comment("plan")["body"])
    lines = body.split("\n")
    (fence,) = {line for line in lines if len(line) > 9 and line.strip("`") == ""}
    inside = lines[lines.index(f"{fence}text") + 1 : lines.index(fence)]
    assert any("@octocat" in line for line in inside)
    assert not any("octocat" in line for line in lines if line not in inside)
    assert body.replace("\n", "").isprintable()
    for stream in (done.out, done.err):
        assert "##[" not in stream
        assert stream.replace("\n", "").isprintable()
        assert not any(line.lstrip().startswith("::") for line in stream.split("\n"))
    assert "<img" not in (hand_off.folder / "summary.md").read_text()


@pytest.mark.parametrize("part", ["ProjectName", "Failure", "Error"])
def test_hostile_text_in_any_part_of_a_result_is_told_and_breaks_nothing(hand_off: HandOff, part: str) -> None:
    hand_off.approved()
    hand_off.atlantis.result = {part: f"{HOSTILE}\ud800\u2028::set-output name=head::x"}
    done = hand_off.apply()
    assert done.status == (0 if part == "ProjectName" else 8), done.err
    assert json.loads(done.out)["head"] == hand_off.pull.head
    body = str(hand_off.comment("outcome")["body"])
    lines = body.split("\n")
    (fence,) = {line for line in lines if len(line) > 9 and line.strip("`") == ""}
    assert lines[-1] == fence
    assert not any("octocat" in line for line in lines[: lines.index(f"{fence}text")])
    assert body.replace("\n", "").isprintable()
    for stream in (done.out, done.err):
        assert "##[" not in stream
        assert stream.replace("\n", "").isprintable()
        assert not any(line.lstrip().startswith("::") for line in stream.split("\n"))


def test_the_api_s_secret_is_hidden_where_terraform_shows_it(hand_off: HandOff) -> None:
    hand_off.atlantis.plan_text = f"Plan: {hand_off.atlantis.secret} to add."
    assert hand_off.plan().status == 0
    shown = [hand_off.comment("plan")["body"], (hand_off.folder / "summary.md").read_text()]
    assert not any(hand_off.atlantis.secret in text for text in shown)


@pytest.mark.parametrize(
    "url", ["http://atlantis.invalid", "https://user:x@atlantis.invalid", "ftp://127.0.0.1", "atlantis", ""]
)
def test_the_secret_goes_to_no_address_but_one_of_https_or_this_machine(hand_off: HandOff, url: str) -> None:
    done = hand_off.plan(OKTA_AWS_ATLANTIS_URL=url)
    assert done.status == 2
    assert "--atlantis-url" in done.err


# --- status


def test_status_shows_version_work_and_locks(hand_off: HandOff) -> None:
    lock = {"Name": "acme/infra/stacks/network/default", "ProjectName": "", "ProjectRepo": "acme/infra"}
    lock |= {"ProjectRepoPath": DIRECTORY, "PullID": "7", "User": "dev\x1b[31m", "Workspace": "default", "Time": "now"}
    hand_off.atlantis.locks, hand_off.atlantis.operations = [lock], 2
    done = hand_off.command("status")
    assert done.status == 0, done.err
    said = json.loads(done.out)
    assert (said["healthy"], said["operations"], said["locks"][0]["PullID"]) == ("true", 2, "7")
    assert "lock: acme/infra stacks/network (default), pull request 7 of dev\\x1b" in done.err
    assert not any("x-atlantis-token" in one.headers for one in hand_off.atlantis.requests)


def test_status_tells_an_atlantis_that_is_not_well(hand_off: HandOff) -> None:
    hand_off.atlantis.healthy = False
    assert hand_off.command("status").status == 10


def test_status_behind_a_sign_in(hand_off: HandOff) -> None:
    hand_off.atlantis.faults.append(faults.login_page().at(at("/api/locks")))
    done = hand_off.command("status")
    assert done.status == 0
    assert json.loads(done.out)["locks"] is None
    hand_off.atlantis.faults.append(faults.login_page().forever())
    done = hand_off.command("status")
    assert done.status == 8
    assert "error[atlantis-answer]" in done.err


@pytest.mark.parametrize("member", [True, False])
def test_a_group_of_okta_approves_by_its_members(hand_off: HandOff, *, member: bool) -> None:
    with OktaOrg() as org:
        person = org.add_person("Olga")
        org.add_group("AWS approvers", *([person] if member else []))
        okta = f"okta:\n  issuer: {org.url}\n  client-id: 0oaGROUPS\n"
        named = MAP.replace("users: [olga]", "okta-groups: [AWS approvers]") + okta
        hand_off.github.commit("main", {".github/approvers.yml": named})
        hand_off.approved()
        key = {"OKTA_AWS_OKTA_GROUPS_KEY": org.app_key.reveal(), "OKTA_AWS_OKTA_GROUPS_KEY_ID": "groups"}
        done = hand_off.apply("--debug", **key, OKTA_AWS_OKTA_ORG=org.url)
        assert len(org.tokens) == 1
        secrets = [*org.tokens, *(line for line in org.app_key.reveal().splitlines() if "-----" not in line)]
    assert not [secret for secret in secrets if secret in done.out + done.err]
    assert done.status == (0 if member else 11), done.err
    assert len(hand_off.atlantis.applied) == member
    assert member or "olga: whether in GitHub team acme/platform cannot be told" in done.err
