# SPDX-License-Identifier: Apache-2.0
"""Every shape of answer, and what it proves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from okta_aws.atlantis.answers import NO_REASON, Nonsense, Place, Refusal, Results, understood
from okta_aws.http import Response

PAGE = "<!DOCTYPE html><html>Sign in</html>"


def answer(status: int, body: object, kind: str = "application/json") -> Response:
    text = body if isinstance(body, str) else json.dumps(body)
    return Response(status, {"content-type": kind}, text.encode())


def project(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"RepoRelDir": "a", "Workspace": "b", "ProjectName": "c", "Error": None, "Failure": "", **more}


def results(*projects: object, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"Error": None, "Failure": "", "ProjectResults": list(projects), "PlansDeleted": False, **more}


def of(command: str, document: object, status: int = 200) -> Results:
    found = understood(answer(status, document), command)
    assert isinstance(found, Results)
    return found


PLANNED = project(PlanSuccess={"TerraformOutput": "Plan: 1 to add."})
APPLIED = project(ApplySuccess="Apply complete!")


def test_a_plan_and_an_apply_that_succeeded() -> None:
    planned, applied = of("plan", results(PLANNED)), of("apply", results(APPLIED))
    assert planned.succeeded
    assert applied.succeeded
    assert planned.projects[0].place == Place("a", "b", "c")
    assert planned.projects[0].output == "Plan: 1 to add.\n"


@pytest.mark.parametrize(
    ("command", "document", "reason"),
    [
        ("plan", results(), "Atlantis found no project there: nothing was done"),
        ("plan", results(ProjectResults=None), "Atlantis found no project there: nothing was done"),
        ("apply", results(PLANNED), f"a (b): neither a success nor a failure; {NO_REASON}"),
        ("plan", results(APPLIED), f"a (b): neither a success nor a failure; {NO_REASON}"),
        ("plan", results(project()), f"a (b): neither a success nor a failure; {NO_REASON}"),
        ("apply", results(project(ApplySuccess="", Failure="not approved")), "a (b): not approved"),
        ("apply", results(project(ApplySuccess="done", Failure="locked")), "a (b): locked"),
        ("apply", results(project(ApplySuccess="done", Error={})), f"a (b): {NO_REASON}"),
        ("apply", results(project(Error="exit status 1")), "a (b): exit status 1"),
        ("apply", results(project(Error={"Path": "x"})), 'a (b): {"Path": "x"}'),
        ("plan", results(PLANNED, Error={}), NO_REASON),
        ("plan", results(PLANNED, Failure="hook failed"), "hook failed"),
        ("plan", results(PLANNED, project(Failure="no")), "a (b): no"),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_everything_else_is_no_success(command: str, document: object, reason: str, status: int) -> None:
    found = of(command, document, status)
    assert not found.succeeded
    assert found.reasons() == [reason]


def test_policies_are_told_and_one_that_did_not_pass_too() -> None:
    sets = [{"PolicySetName": "cost", "Passed": True}, {"PolicySetName": "tags", "Passed": False, "PolicyOutput": "x"}]
    found = of("plan", results(PLANNED, project(PolicyCheckResults={"PolicySetResults": sets})))
    assert found.projects[1].output == "policy cost: passed\n\npolicy tags: did not pass\nx\n"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"ProjectResults": "all"}, "application/json"),
        (200, {"ProjectResults": {}}, "application/json"),
        (200, results(7), "application/json"),
        (500, results(project(RepoRelDir=7)), "application/json"),
        (200, results(project(PlanSuccess="yes", ApplySuccess=True)), "application/json"),
        (200, results(project(PlanSuccess={"TerraformOutput": 1}, ApplySuccess=1)), "application/json"),
        (200, results(Failure=["x"]), "application/json"),
        (200, results(project(PolicyCheckResults={"PolicySetResults": 7}, ApplySuccess=7)), "application/json"),
        (200, [], "application/json"),
        (200, "[" * 100_000, "application/json"),
        (200, "", "application/json"),
        (200, PAGE, "text/html"),
        (500, PAGE, "text/html"),
        (500, "Internal Server Error", "text/plain"),
        (502, {"error": "gateway"}, "application/json"),
        (503, {"error": "overloaded"}, "application/json"),
        (503, PAGE, "text/html"),
        (504, "upstream request timeout", "text/plain"),
        (401, "who are you", "text/plain"),
        (429, "slow down", "text/plain"),
        (201, results(APPLIED), "application/json"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_what_no_atlantis_says_proves_nothing(status: int, body: object, kind: str, command: str) -> None:
    assert isinstance(understood(answer(status, body, kind), command), Nonsense)


@pytest.mark.parametrize(
    ("status", "body", "kind", "fix"),
    [
        (400, {"error": "missing fields"}, "application/json", "update okta-aws"),
        (401, {"error": "did not match"}, "application/json", "--api-secret"),
        (403, {"error": "repo not allowlisted"}, "application/json", "--repo-allowlist"),
        (500, {"error": "cloning"}, "application/json", "read Atlantis's log"),
        (503, {"error": "ignoring request since API is disabled"}, "application/json", "its API is off"),
        (404, "404 page not found\n", "text/plain", "check the address"),
        (405, "", "text/plain", "check the address"),
        (302, "", "text/plain", "check the address"),
        (302, PAGE, "text/html", "let the load balancer pass"),
        (401, PAGE, "text/html", "let the load balancer pass"),
        (403, f"\n {PAGE}", "", "let the load balancer pass"),
    ],
)
def test_a_refusal_proves_that_nothing_was_begun(status: int, body: object, kind: str, fix: str) -> None:
    found = understood(answer(status, body, kind), "apply")
    assert isinstance(found, Refusal)
    assert fix in found.fix
    assert found.status == status


def test_foreign_text_is_of_printable_lines_and_short_where_it_is_quoted() -> None:
    found = understood(answer(401, {"error": "a\x1b[31m\n" * 1000}), "apply")
    assert isinstance(found, Refusal)
    assert found.said.isprintable()
    assert len(found.said) < 400
    output = of("apply", results(project(ApplySuccess="\u202e\x07"))).projects[0].output
    assert output == "\\u202e\\x07\n"


def test_a_status_of_500_is_never_a_success() -> None:
    for command, one in (("plan", PLANNED), ("apply", APPLIED)):
        found = of(command, results(one), 500)
        assert not found.succeeded
        assert found.reasons() == [NO_REASON]


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_plan_that_shows_nothing_is_none(text: str) -> None:
    assert not of("plan", results(project(PlanSuccess={"TerraformOutput": text}))).succeeded


def test_policies_without_a_plan_are_no_plan() -> None:
    found = of("plan", results(project(PolicyCheckResults={"PolicySetResults": [{"Passed": True}]})))
    assert found.reasons() == ["policies were checked, but nothing was planned"]
