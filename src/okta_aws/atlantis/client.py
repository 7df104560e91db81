# SPDX-License-Identifier: Apache-2.0
"""Asks Atlantis's API to plan and to apply, always for a pull request by its number, and what it is doing.

Without the number Atlantis drops ``approved`` and ``mergeable`` and applies what nobody approved
(``server/controllers/api_controller.go``, ``SkipPRRequirements``); there is no way to leave it out here.

An answer comes when all is done, after silence of minutes. A load balancer that loses patience breaks the connection
while Atlantis goes on, so nothing is ever asked twice here, and an apply without an answer is ``atlantis-unknown``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from okta_aws.atlantis.answers import MAX_ANSWER, NO_REASON, Nonsense, Place, Refusal, Results, understood
from okta_aws.errors import AtlantisError, NetworkError
from okta_aws.http import Http, Response
from okta_aws.secret import Secret

TOKEN_HEADER = "X-Atlantis-Token"
_SMALL_S = 15.0
_NO_CHECKOUT = 500
# A shorter one could be a part of any word, and of the JSON itself.
_LONG_ENOUGH = 8


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be planned or applied. ``repository``: ``OWNER/NAME`` on GitHub.

    ``ref``: a branch, or a commit, of which Atlantis must have a checkout already; no other is planned or applied then.
    But as a GitHub App with the checkout strategy ``merge`` it fetches the pull request's head whenever it has no
    checkout, or merges once more (``working_dir.go``, ``mergeToBaseBranch``), and compares that with nothing.
    """

    repository: str
    pull_request: int
    ref: str
    base_branch: str
    place: Place

    def __post_init__(self) -> None:
        if isinstance(self.pull_request, bool) or self.pull_request <= 0:
            raise ValueError("a pull request has a positive number")

    def body(self) -> bytes:
        """The request as the API takes it."""
        path = {"directory": self.place.directory, "workspace": self.place.workspace}
        named = {"project_name": self.place.project} if self.place.project else {}
        request = {
            "Repository": self.repository,
            "Ref": self.ref,
            "base_branch": self.base_branch,
            "Type": "Github",
            "PR": self.pull_request,
            "Paths": [path | named],
        }
        return json.dumps(request).encode()


@dataclass(frozen=True, slots=True)
class Condition:
    """How Atlantis is. ``locks``: as it lists them, ``None`` where they cannot be seen, as behind a sign-in."""

    healthy: bool
    version: str
    shutting_down: bool
    operations: int
    locks: tuple[Mapping[str, Any], ...] | None


class Atlantis:
    """One server at ``url``."""

    def __init__(self, http: Http, url: str, token: Secret, remaining_s: Callable[[str], float]) -> None:
        """``token``: of ``--api-secret``. ``remaining_s``: seconds left for what is being done, which it is told."""
        self._http, self._url, self._token, self._remaining_s = http, url.rstrip("/"), token, remaining_s
        self.host = urlsplit(url).netloc

    def plan(self, task: Task, branch: str) -> Results:
        """Has the commit that is the task's ``ref`` planned; ``branch``: the one that it is the head of.

        Raises ``AtlantisError`` (atlantis-refused, atlantis-answer) and ``NetworkError``.
        """
        meaning = self._planned(task)
        if _may_lack_checkout(meaning):
            # It clones nothing but branches (``working_dir.go``, ``forceClone``), and has the newest commit then; nor
            # can it merge a commit into a base that has moved on (``MergeAgain``). Of a checkout that is there already
            # it would take an old one by the branch's name, but never by a commit's.
            by_name = self._planned(replace(task, ref=branch))
            if isinstance(by_name, Results) and (by_name.succeeded or isinstance(meaning, Refusal)):
                meaning = self._planned(task)
            elif isinstance(meaning, Refusal):
                meaning = by_name
        return _not_refused(meaning, self._doing("planning", task))

    def _planned(self, task: Task) -> Results | Refusal:
        doing = self._doing("planning", task)
        meaning = understood(self._post("plan", task, self._remaining_s(doing)), "plan")
        if isinstance(meaning, Nonsense):
            fix = ("read Atlantis's log, and that of what stands before it", "plan again: that changes nothing")
            raise AtlantisError("atlantis-answer", doing, wanted="results", found=meaning.found, fix=fix)
        return meaning

    def apply(self, task: Task) -> Results:
        """Has the task planned once more and applied. Raises as ``plan`` does, where nothing was applied.

        Raises ``AtlantisError`` (atlantis-unknown) where it may have been.
        """
        doing = self._doing("applying", task)
        left_s = self._remaining_s(doing)
        try:
            response = self._post("apply", task, left_s)
        except NetworkError as error:
            if not self._http.may_be_sent:
                raise
            raise _unknown(doing, error.reason()) from error
        meaning = understood(response, "apply")
        if isinstance(meaning, Nonsense):
            raise _unknown(doing, meaning.found)
        return _not_refused(meaning, doing)

    def condition(self) -> Condition:
        """How it is, and who holds locks. Raises ``AtlantisError`` (atlantis-answer) and ``NetworkError``."""
        doing = f"asking Atlantis at {self.host} how it is"
        health, status = self._get("/healthz", doing), self._get("/status", doing)
        told = _object(status.body)
        if status.status != 200 or not isinstance(told.get("version"), str):
            fix = ("check the address", "ask from where no sign-in is demanded, as from inside its network")
            found = f"HTTP status {status.status} at /status, and no version in it"
            raise AtlantisError("atlantis-answer", doing, wanted="Atlantis's status", found=found, fix=fix)
        operations = told.get("in_progress_operations")
        return Condition(
            health.status == 200 and _object(health.body).get("status") == "ok",
            str(told["version"]),
            told.get("shutting_down") is True,
            operations if isinstance(operations, int) else 0,
            _locks(self._get("/api/locks", doing)),
        )

    def _doing(self, what: str, task: Task) -> str:
        where = f"{task.place.directory} ({task.place.workspace})"
        return f"{what} {where} of pull request {task.pull_request} with Atlantis at {self.host}"

    def _post(self, command: str, task: Task, left_s: float) -> Response:
        headers = {"Content-Type": "application/json", TOKEN_HEADER: self._token.reveal()}
        url = f"{self._url}/api/{command}"
        found = self._http.send("POST", url, headers, task.body(), within_s=left_s, answer_s=left_s, most=MAX_ANSWER)
        if len(self._token) < _LONG_ENOUGH:
            return found
        # A plan runs the pull request's code beside the secret, and all of its text is shown to people.
        body, secret = found.body, self._token.reveal()
        for form in (secret, json.dumps(secret, ensure_ascii=False)[1:-1], _in_go_s_json(secret)):
            body = body.replace(form.encode(), b"***")
        return replace(found, body=body)

    def _get(self, path: str, doing: str) -> Response:
        return self._http.get(f"{self._url}{path}", {}, within_s=min(_SMALL_S, self._remaining_s(doing)))


def _in_go_s_json(text: str) -> str:
    # Source: Go, package encoding/json, Marshal: these three are escaped too, for HTML.
    return "".join(f"\\u{ord(one):04x}" if one in "<>&" else one for one in json.dumps(text, ensure_ascii=False)[1:-1])


def _may_lack_checkout(meaning: Results | Refusal) -> bool:
    if isinstance(meaning, Refusal):
        return meaning.status == _NO_CHECKOUT
    return any(one.failure == NO_REASON for one in meaning.projects)


def _not_refused(meaning: Results | Refusal, doing: str) -> Results:
    if isinstance(meaning, Refusal):
        raise AtlantisError("atlantis-refused", doing, found=meaning.said, fix=meaning.fix)
    return meaning


def _unknown(doing: str, found: str) -> AtlantisError:
    fix = (
        "see how it ended: the commit's status `atlantis/apply`, Atlantis's log and its page of jobs",
        "do not apply again before it has ended; then plan again, which shows what is left",
        "if the connection broke after the same time each time, raise the idle time-out of the load balancer",
    )
    return AtlantisError("atlantis-unknown", doing, wanted="an answer of Atlantis", found=found, fix=fix)


def _locks(response: Response) -> tuple[Mapping[str, Any], ...] | None:
    found = _object(response.body).get("Locks", ...) if response.status == 200 else ...
    if found is None:  # Go's nil slice: nobody holds one
        return ()
    return tuple(one for one in found if isinstance(one, Mapping)) if isinstance(found, list) else None


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}
