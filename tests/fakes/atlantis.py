# SPDX-License-Identifier: Apache-2.0
"""Atlantis on 127.0.0.1: its API, its status and its locks, with what is odd about them.

rule                                                          source (runatlantis/atlantis)
------------------------------------------------------------  --------------------------------------------------------
503 and JSON where no API secret is set; 401 for another one  server/controllers/api_controller.go, apiParseAndValidate
400 where Repository, Ref or Type is missing                  the same
403 for a repository that is not allowed, or a refused team   the same, apiErrorStatusCode
without PR `approved` does not count, and it applies          the same, SkipPRRequirements; also tried
apply plans anew, and applies that                            the same, Apply
500 with results where one failed; an error is `{}`           command.Result; Go's encoding of an error
no project: 200 and an empty list                             the same, apiPlan
a crash: 500 and plain text                                   tried
a commit as Ref needs a checkout: git clones branches         server/events/working_dir.go, forceClone
a branch as Ref leaves a checkout where it is                 the same, updateToRef
locks: `Locks` is null where there is none                    the same, ListLocks
the API's commands are no operations of /status               server/events/drainer.go
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

from fakes.github_api import GithubApi, Pull
from okta_aws.demo.web import Request, Response, StandIn

Object = dict[str, Any]
LOGIN = "acme-atlantis[bot]"
NOT_APPROVED = "Pull request must be approved according to the project's approval rules before running apply."
PLAN = "Terraform will perform the following actions:\n\n  # terraform_data.one will be created\n\nPlan: 1 to add."
_COMMIT = re.compile(r"[0-9a-f]{40}")


class Refused(Exception):  # noqa: N818 - it is an answer of the API
    """An error answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True)
class Applied:
    """What was applied: of which pull request (0: of none), at which commit, where."""

    pull_request: int
    commit: str
    directory: str
    workspace: str


class Atlantis(StandIn):
    """A server for the repository of ``github``. ``secret``: of its API; empty, the API is off.

    ``plan_text`` and ``apply_text``: what Terraform says. ``result``: parts of a project's result to be other ones.
    ``projects``: directory and workspace, to the name in atlantis.yaml.
    """

    def __init__(self, github: GithubApi) -> None:
        super().__init__()
        self.github = github
        self.secret = f"not-a-real-secret-{secrets.token_urlsafe(16)}"
        self.version = "0.47.1 (commit: 0000000) (build date: 2026-09-01)"
        self.projects: dict[tuple[str, str], str] = {("stacks/network", "default"): ""}
        self.plan_text, self.apply_text = PLAN, "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."
        self.result: Object = {}
        self.denied = False
        self.crashes = False
        self.checkouts: dict[int, str] = {}
        self.applied: list[Applied] = []
        self.locks: list[Object] | None = None
        self.healthy = True
        self.operations = 0

    def asked(self, command: str) -> list[Object]:
        """The bodies of the requests for that command."""
        return [json.loads(one.body) for one in self.requests if one.path == f"/api/{command}"]

    def answer(self, request: Request) -> Response:
        """One request."""
        place = f"{request.method} {request.path}"
        if place in {"POST /api/plan", "POST /api/apply"}:
            return self._api(request, request.path.rpartition("/")[2])
        known = {
            "GET /healthz": (200 if self.healthy else 503, {"status": "ok" if self.healthy else "unhealthy"}),
            "GET /status": (
                200,
                {"shutting_down": False, "in_progress_operations": self.operations, "version": self.version},
            ),
            "GET /api/locks": (200, {"Locks": self.locks}),
        }
        if place not in known:
            return Response(404, b"404 page not found\n", "text/plain; charset=utf-8")
        return Response.of_json(*known[place])

    def _api(self, request: Request, command: str) -> Response:
        try:
            task = self._task(request)
            if self.crashes:
                return Response(500, b"Internal Server Error", "text/plain; charset=utf-8")
            results = [self._done(task, command, path) for path in task.get("Paths") or [] if self._known(path)]
        except Refused as refusal:
            return Response.of_json(refusal.status, {"error": refusal.message})
        failed = any(not self._succeeded(one) for one in results)
        document = {"Error": None, "Failure": "", "ProjectResults": results, "PlansDeleted": False}
        return Response.of_json(500 if failed else 200, document)

    def _task(self, request: Request) -> Object:
        if not self.secret:
            raise Refused(503, "ignoring request since API is disabled")
        if request.headers.get("x-atlantis-token") != self.secret:
            raise Refused(401, "header X-Atlantis-Token did not match expected secret")
        task: Object = json.loads(request.body)
        if not all(task.get(name) for name in ("Repository", "Ref", "Type")):
            raise Refused(400, f"request {request.body.decode()!r} is missing fields")
        if task["Repository"] != self.github.repository:
            raise Refused(403, "repo not allowlisted")
        self._check_out(task.get("PR", 0), task["Ref"])
        if self.denied:
            raise Refused(403, "team allowlist denied: plan is not authorized for project")
        return task

    def _check_out(self, number: int, ref: str) -> None:
        is_commit = bool(_COMMIT.fullmatch(ref))
        if number not in self.checkouts:
            if is_commit or ref not in self.github.branches:
                raise Refused(500, f"running git clone: warning: Could not find remote branch {ref} to clone.")
            self.checkouts[number] = self.github.branches[ref]
        elif is_commit:
            if ref not in self.github.branches.values():
                raise Refused(500, f"running git reset --hard {ref}: fatal: Could not parse object '{ref}'.")
            self.checkouts[number] = ref

    def _known(self, path: Object) -> bool:
        return (path["directory"], path.get("workspace") or "default") in self.projects

    def _done(self, task: Object, command: str, path: Object) -> Object:
        number, place = task.get("PR", 0), (path["directory"], path.get("workspace") or "default")
        one: Object = {
            "Error": None,
            "Failure": "",
            "PlanSuccess": None,
            "PolicyCheckResults": None,
            "ApplySuccess": "",
            "VersionSuccess": "",
            "ImportSuccess": None,
            "StateRmSuccess": None,
            "Command": 0 if command == "apply" else 1,
            "SubCommand": "",
            "RepoRelDir": place[0],
            "Workspace": place[1],
            "ProjectName": self.projects[place],
            "SilencePRComments": None,
        }
        if command == "plan":
            texts = {"TerraformOutput": self.plan_text, "LockURL": f"{self.url}/lock", "RePlanCmd": "", "ApplyCmd": ""}
            return one | {"PlanSuccess": {**texts, "MergedAgain": False}} | self.result
        if number and not self._approved(self.github.pulls[number]):
            return one | {"Failure": NOT_APPROVED}
        commit = self.checkouts[number]
        self.applied.append(Applied(number, commit, *place))
        done = one | {"ApplySuccess": self.apply_text} | self.result
        context = f"atlantis/apply: {self.projects[place] or '/'.join(place)}"
        self.github.put_status(commit, LOGIN, context, "success" if self._succeeded(done) else "failure")
        return done

    def _approved(self, pull: Pull) -> bool:
        """By anybody who may read: what Atlantis's `approved` asks for on GitHub."""
        return any(one["state"] == "APPROVED" for one in pull.reviews)

    def _succeeded(self, one: Object) -> bool:
        return bool(one["PlanSuccess"] or one["ApplySuccess"]) and not one["Failure"] and one["Error"] is None
