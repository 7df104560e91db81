# SPDX-License-Identifier: Apache-2.0
"""What Atlantis's API answers, understood: the results of projects, a refusal, or something that is neither.

Source: runatlantis/atlantis, ``server/controllers/api_controller.go`` and ``server/events/command/result.go``. Go
writes an error without exported fields as ``{}``: there was one, and its text is in Atlantis's log alone. A status of
500 comes with results where a project failed, with ``{"error": …}`` where none was begun, and as plain text after a
crash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from okta_aws.approval.comment import clean
from okta_aws.http import Response

# A plan of some thousand resources has a few MiB of text; JSON writes much of it in two characters.
MAX_ANSWER = 16 << 20
NO_REASON = "Atlantis names no reason here; its log does"
_SIGN_IN = (401, 403)


@dataclass(frozen=True, slots=True)
class Place:
    """A directory and workspace of a repository, and the project's name in atlantis.yaml, empty where it has none."""

    directory: str
    workspace: str
    project: str = ""


@dataclass(frozen=True, slots=True)
class ProjectResult:
    """How one project ended. ``output``: of Terraform or of policies; ``failure``: empty where it succeeded.

    Both are foreign text of printable lines.
    """

    place: Place
    output: str
    failure: str


@dataclass(frozen=True, slots=True)
class Results:
    """What an answer says of projects. ``failure``: of the command as a whole."""

    projects: tuple[ProjectResult, ...]
    failure: str

    @property
    def succeeded(self) -> bool:
        """Whether something was done, and nothing failed."""
        return not self.reasons()

    def reasons(self) -> list[str]:
        """Why not. An answer about no project at all is no success."""
        if not self.failure and not self.projects:
            return ["Atlantis found no project there: nothing was done"]
        found = [
            f"{one.place.directory} ({one.place.workspace}): {one.failure}" for one in self.projects if one.failure
        ]
        return [self.failure, *found] if self.failure else found


@dataclass(frozen=True, slots=True)
class Refusal:
    """Atlantis, or what stands before it, did not begin. ``status``: of HTTP. ``fix``: what to do about it."""

    status: int
    said: str
    fix: str


@dataclass(frozen=True, slots=True)
class Nonsense:
    """What no Atlantis says; what was done meanwhile, it does not tell. ``found``: what came in its place."""

    found: str


def understood(response: Response, command: str) -> Results | Refusal | Nonsense:
    """What the answer to ``command`` (``plan`` or ``apply``) means."""
    document = _document(response.body)
    if isinstance(document, Mapping) and "ProjectResults" in document and response.status in {200, 500}:
        try:
            found = _results(document, command)
        except TypeError as wrong:
            return Nonsense(f"results of which {wrong.args[0]!s} makes no sense")
        # Atlantis says 500 where something failed, and only there.
        return replace(found, failure=NO_REASON) if response.status == 500 and found.succeeded else found
    return _refusal(response, document) or Nonsense(_described(response))


def _refusal(response: Response, document: object) -> Refusal | None:
    """The refusal that the answer is for certain; a gateway that lost patience (502, 504) tells of no beginning."""
    status = response.status
    if isinstance(document, Mapping) and set(document) == {"error"} and status in _FIXES:
        said = _short(str(document["error"]))
        if status != 503 or "disabled" in said:
            return Refusal(status, f'HTTP status {status}: "{said}"', _FIXES[status])
    if _is_page(response) and (status in _SIGN_IN or 300 <= status < 400):
        return Refusal(status, f"HTTP status {status}: a page to sign in", _BY_PROXY)
    if 300 <= status < 400 or status in {404, 405}:
        return Refusal(status, f"HTTP status {status}", _ADDRESS)
    return None


def _results(document: Mapping[str, Any], command: str) -> Results:
    projects = document["ProjectResults"]
    if projects is None:  # Go's nil slice
        projects = []
    if not isinstance(projects, list):
        raise TypeError("ProjectResults")
    failure = _error(document.get("Error")) or _text(document, "Failure")
    found = Results(tuple(_project(one, command) for one in projects), clean(failure).rstrip("\n"))
    if command == "plan" and found.succeeded and not any(one.get("PlanSuccess") for one in projects):
        return replace(found, failure="policies were checked, but nothing was planned")
    return found


def _project(one: object, command: str) -> ProjectResult:
    if not isinstance(one, Mapping):
        raise TypeError("a project")
    place = Place(_text(one, "RepoRelDir"), _text(one, "Workspace"), _text(one, "ProjectName"))
    failure = _error(one.get("Error")) or _text(one, "Failure")
    if command == "apply":
        output, done = _text(one, "ApplySuccess"), bool(_text(one, "ApplySuccess"))
    else:
        output, done = _planned(one)
    if not failure and not done:
        failure = f"neither a success nor a failure; {NO_REASON}"
    return ProjectResult(place, clean(output), clean(failure).rstrip("\n"))


def _planned(one: Mapping[str, Any]) -> tuple[str, bool]:
    """The text of a plan, or of the policies that it was held against."""
    plan, policies = one.get("PlanSuccess"), one.get("PolicyCheckResults")
    if isinstance(plan, Mapping):
        text = _text(plan, "TerraformOutput")
        return text, bool(text.strip())  # what shows nothing cannot be approved
    if isinstance(policies, Mapping):
        sets = policies.get("PolicySetResults") or []
        if not isinstance(sets, list) or not all(isinstance(each, Mapping) for each in sets):
            raise TypeError("PolicyCheckResults")
        return "\n".join(_policy(each) for each in sets), True
    if plan is not None or policies is not None:
        raise TypeError("PlanSuccess")
    return "", False


def _policy(each: Mapping[str, Any]) -> str:
    verdict = "passed" if each.get("Passed") is True else "did not pass"
    return f"policy {_text(each, 'PolicySetName')}: {verdict}\n{_text(each, 'PolicyOutput')}"


def _error(error: object) -> str:
    """The words of an error, where Go kept them."""
    if error is None:
        return ""
    return (error if isinstance(error, str) else json.dumps(error) if error else "") or NO_REASON


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key, "")
    if not isinstance(found, str):
        raise TypeError(key)
    return found


def _document(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_page(response: Response) -> bool:
    return (
        "html" in response.headers.get("content-type", "") or response.body.lstrip()[:15].lower() == b"<!doctype html>"
    )


def _described(response: Response) -> str:
    said = "a page for people" if _is_page(response) else f'"{_short(response.body.decode("utf-8", "replace"))}"'
    return f"HTTP status {response.status} with {said if response.body else 'nothing'}"


def _short(text: str) -> str:
    return clean(text).rstrip("\n").replace("\n", " ")[:300]


_ADDRESS = "check the address: it is Atlantis's own, without /api"
_BY_PROXY = (
    "let the load balancer pass POST /api/plan and POST /api/apply on to Atlantis, from the runners' addresses alone "
    "(variable `api` of the module)"
)
_FIXES = {
    400: "update okta-aws or Atlantis: they do not agree on what a request has",
    401: "give the very text of Atlantis's --api-secret",
    403: "allow the repository (--repo-allowlist), and the command to a request without a user (team_authz, teams)",
    500: "read Atlantis's log; then plan again",
    503: "start Atlantis with --api-secret: without one its API is off",
}
