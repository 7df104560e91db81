# SPDX-License-Identifier: Apache-2.0
"""GitHub's REST API on 127.0.0.1, as far as approvals need it: it speaks the wire, and refuses what GitHub refuses.

rule                                                             source
---------------------------------------------------------------  -----------------------------------------------------
401 "Bad credentials" for a token it did not give                REST API, "Authenticating"
403 "Resource not accessible by integration" without permission  REST API, "Troubleshooting"
404 for teams and memberships without `members: read`            "Get team membership for a user": 404 is both answers
404 for somebody who is not in the team                          the same
403 for a comment that is edited by a token without write        "Update an issue comment"
422 for an author's approval of the own pull request             "Create a review"
times are whole seconds in UTC, and move with each write         the API's schema
lists have pages of at most 100, with a Link header              "Using pagination"
a folder is listed without pages, up to 1,000 files              "Get repository content"
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from okta_aws.demo.web import Request, Response, StandIn

Object = dict[str, Any]
BOT = "github-actions[bot]"
JOB = frozenset({"contents", "pull-requests:write", "actions"})


class Refused(Exception):  # noqa: N818 - it is an answer of the API
    """An error answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass
class Token:
    """A token: who it is, and its permissions (``members``, ``contents``, ``pull-requests:write``, ``actions``)."""

    login: str
    permissions: frozenset[str]


@dataclass
class Pull:
    """A pull request with its conversation."""

    number: int
    author: str
    head: str
    base: str = "main"
    fork: bool = False
    state: str = "open"
    merge_commit: str = ""
    branch: str = "change"
    mergeable: bool | None = True
    mergeable_state: str = "clean"
    comments: list[Object] = field(default_factory=list)
    reviews: list[Object] = field(default_factory=list)


@dataclass(frozen=True)
class Folder:
    """The files of a folder, which have no pages."""

    entries: list[Object]


class GithubApi(StandIn):
    """One repository of one organisation. Its clock moves by a second with each write, and by ``pass_time``."""

    def __init__(self, repository: str = "acme/infra") -> None:
        super().__init__()
        self.repository = repository
        self.repository_id = 4711
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.numbers: Iterator[int] = itertools.count(1000)
        self.tokens: dict[str, Token] = {}
        self.branches: dict[str, str] = {}
        self.files: dict[tuple[str, str], str] = {}
        self.links: set[str] = set()  # paths at which there are symbolic links
        self.pulls: dict[int, Pull] = {}
        self.teams: dict[str, dict[str, str]] = {}
        self.environments: dict[str, list[Object]] = {}
        self.runs: dict[str, Object] = {}
        self.commit_statuses: dict[str, list[Object]] = {}

    def token(self, login: str = BOT, permissions: frozenset[str] = JOB) -> str:
        """A new token."""
        value = f"not-a-real-token-{secrets.token_urlsafe(16)}"
        self.tokens[value] = Token(login, permissions)
        return value

    def pass_time(self, seconds: int = 5) -> None:
        """Lets the clock go on."""
        self.now += timedelta(seconds=seconds)

    def commit(self, branch: str, files: Mapping[str, str]) -> str:
        """A commit on top of a branch; all of its files are those given, and what was there."""
        sha = secrets.token_hex(20)
        before = self.branches.get(branch, "")
        kept = {path: text for (at, path), text in self.files.items() if at == before}
        self.files |= {(sha, path): text for path, text in {**kept, **files}.items()}
        self.branches[branch] = sha
        return sha

    def open_pull(self, author: str, branch: str, number: int = 7) -> Pull:
        """A pull request from a branch to ``main``."""
        self.pulls[number] = Pull(number, author, self.branches[branch], branch=branch)
        return self.pulls[number]

    def review(self, pull: Pull, login: str, state: str = "APPROVED", commit: str = "") -> None:
        """Somebody reviews, as on the web; nobody approves the own pull request there."""
        if login == pull.author and state == "APPROVED":
            raise Refused(422, "Can not approve your own pull request")
        self.put_review(pull, login, state, commit)

    def put_review(self, pull: Pull, login: str, state: str = "APPROVED", commit: str = "") -> None:
        """A review, whatever GitHub would have said."""
        self.pass_time()
        one = {"id": next(self.numbers), "user": user(login), "state": state, "commit_id": commit or pull.head}
        pull.reviews.append(one | {"submitted_at": stamp(self.now), "body": ""})

    def put_status(self, sha: str, login: str, context: str, state: str) -> None:
        """Somebody says something of a commit; the newest comes first."""
        self.pass_time(1)
        one = {"id": next(self.numbers), "context": context, "state": state, "creator": user(login)}
        self.commit_statuses.setdefault(sha, []).insert(
            0, one | {"updated_at": stamp(self.now), "created_at": stamp(self.now)}
        )

    def edit(self, comment: Object, body: str) -> None:
        """Somebody who may write comments edits one."""
        self.pass_time()
        comment.update(body=body, updated_at=stamp(self.now))

    def comment(self, pull: Pull, login: str, body: str) -> Object:
        """A new comment."""
        self.pass_time(1)
        number = next(self.numbers)
        found = {
            "id": number,
            "user": user(login),
            "body": body,
            "created_at": stamp(self.now),
            "updated_at": stamp(self.now),
            "html_url": f"https://github.invalid/{self.repository}/pull/{pull.number}#issuecomment-{number}",
            "url": f"{self.url}/repos/{self.repository}/issues/comments/{number}",
        }
        pull.comments.append(found)
        return found

    def answer(self, request: Request) -> Response:
        """One request."""
        try:
            return self._reply(request, self._handled(self._holder(request), request))
        except Refused as refusal:
            told = {"message": refusal.message, "documentation_url": "", "status": str(refusal.status)}
            return Response.of_json(refusal.status, told)

    def _handled(self, token: Token, request: Request) -> Any:  # noqa: ANN401 - JSON
        for pattern, handler in self._handlers().items():
            if (match := re.fullmatch(pattern, f"{request.method} {request.path}")) is not None:
                return handler(token, json.loads(request.body or b"{}"), request, *match.groups())
        raise Refused(404, "Not Found")

    def _handlers(self) -> dict[str, Callable[..., Any]]:
        repo = f"/repos/{self.repository}"
        return {
            rf"GET {repo}": lambda *_: self._repository(),
            rf"GET {repo}/branches/(.+)": self._branch,
            rf"GET {repo}/contents/(.*)": self._contents,
            rf"GET {repo}/commits/(\w+)": lambda _t, _b, _r, sha: {
                "sha": sha,
                "url": f"{self.url}{repo}/commits/{sha}",
            },
            rf"GET {repo}/commits/(\w+)/pulls": self._pulls_of,
            rf"GET {repo}/statuses/(\w+)": lambda _t, _b, _r, sha: self.commit_statuses.get(sha, []),
            rf"GET {repo}/pulls/(\d+)": lambda _t, _b, _r, number: self._pull(self._found(number)),
            rf"GET {repo}/pulls/(\d+)/reviews": lambda _t, _b, _r, number: self._found(number).reviews,
            rf"GET {repo}/issues/(\d+)": self._issue,
            rf"GET {repo}/issues/(\d+)/comments": lambda _t, _b, _r, number: self._found(number).comments,
            rf"POST {repo}/issues/(\d+)/comments": self._new_comment,
            rf"PATCH {repo}/issues/comments/(\d+)": self._edited_comment,
            rf"GET {repo}/environments/(.+)": self._environment,
            rf"GET {repo}/actions/runs/(\d+)": self._run,
            rf"GET {repo}/actions/runs/(\d+)/approvals": self._approvals,
            r"GET /orgs/([\w-]+)/teams/([\w-]+)": self._team,
            r"GET /orgs/([\w-]+)/teams/([\w-]+)/memberships/([\w-]+)": self._membership,
        }

    def _holder(self, request: Request) -> Token:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in {"token", "bearer"} or value not in self.tokens:
            raise Refused(401, "Bad credentials")
        return self.tokens[value]

    def _reply(self, request: Request, value: Any) -> Response:  # noqa: ANN401 - JSON
        if isinstance(value, Folder):
            return Response.of_json(200, value.entries[:1000])
        if not isinstance(value, list):
            return Response.of_json(201 if request.method == "POST" else 200, value)
        asked = request.parameters()
        size, page = min(int(asked.get("per_page", 30)), 100), int(asked.get("page", 1))
        more = len(value) > size * page
        link = f'<{self.url}{request.path}?per_page={size}&page={page + 1}>; rel="next"'
        return Response.of_json(200, value[size * (page - 1) : size * page], {"Link": link} if more else {})

    def _need(self, token: Token, permission: str) -> None:
        if permission not in token.permissions:
            raise Refused(403, "Resource not accessible by integration")

    def _found(self, number: str) -> Pull:
        if int(number) not in self.pulls:
            raise Refused(404, "Not Found")
        return self.pulls[int(number)]

    def _repository(self, number: int = 0) -> Object:
        name = self.repository
        return {
            "id": number or self.repository_id,
            "full_name": name,
            "default_branch": "main",
            "url": f"{self.url}/repos/{name}",
        }

    def _branch(self, _token: Token, _body: Object, _request: Request, name: str) -> Object:
        if name not in self.branches:
            raise Refused(404, "Branch not found")
        return {"name": name, "commit": {"sha": self.branches[name], "url": ""}}

    def _contents(self, token: Token, _body: Object, request: Request, path: str) -> Object | Folder:
        self._need(token, "contents")
        ref = request.parameters().get("ref", "")
        text = self.files.get((ref, path))
        if text is None:
            return self._folder(ref, path.strip("/"))
        content = base64.encodebytes(text.encode()).decode()
        return {"encoding": "base64", "content": content, **listed(path, text)}

    def _folder(self, ref: str, path: str) -> Folder:
        """What is in a folder, all of it on one page; of the folders in it only that they are there."""
        start = f"{path}/" if path else ""
        below = {name: text for (at, name), text in self.files.items() if at == ref and name.startswith(start)}
        if not below:
            raise Refused(404, "Not Found")
        files = [listed(name, text) for name, text in below.items() if "/" not in name.removeprefix(start)]
        files = [{**one, "type": "symlink"} if one["path"] in self.links else one for one in files]
        inner = {name.removeprefix(start).partition("/")[0] for name in below if "/" in name.removeprefix(start)}
        return Folder([*files, *({"type": "dir", "name": one, "path": f"{start}{one}", "sha": ""} for one in inner)])

    def _pull(self, pull: Pull) -> Object:
        merged = stamp(self.now) if pull.merge_commit else None
        head = self._repository(self.repository_id + 1 if pull.fork else 0)
        return {
            "number": pull.number,
            "user": user(pull.author),
            "state": pull.state,
            "merged": bool(pull.merge_commit),
            "merged_at": merged,
            # Before a merge this is GitHub's own trial merge.
            "merge_commit_sha": pull.merge_commit or "0" * 40,
            "mergeable": pull.mergeable,
            "mergeable_state": pull.mergeable_state,
            "head": {"sha": pull.head, "ref": pull.branch, "repo": head},
            "base": {"sha": "f" * 40, "ref": pull.base, "repo": self._repository()},
            "url": f"{self.url}/repos/{self.repository}/pulls/{pull.number}",
        }

    def _pulls_of(self, _token: Token, _body: Object, _request: Request, sha: str) -> list[Object]:
        return [self._pull(pull) for pull in self.pulls.values() if sha in {pull.head, pull.merge_commit}]

    def _issue(self, _token: Token, _body: Object, _request: Request, number: str) -> Object:
        self._found(number)
        place = f"{self.url}/repos/{self.repository}/issues/{number}"
        return {"number": int(number), "url": place, "comments_url": f"{place}/comments"}

    def _new_comment(self, token: Token, body: Object, _request: Request, number: str) -> Object:
        self._need(token, "pull-requests:write")
        return self.comment(self._found(number), token.login, self._fitting(body))

    def _edited_comment(self, token: Token, body: Object, _request: Request, number: str) -> Object:
        self._need(token, "pull-requests:write")
        for pull in self.pulls.values():
            for one in pull.comments:
                if one["id"] == int(number):
                    self.edit(one, self._fitting(body))
                    return one
        raise Refused(404, "Not Found")

    def _fitting(self, body: Object) -> str:
        text = str(body.get("body", ""))
        if not text or len(text) > 65536:
            raise Refused(422, "Validation Failed: body is too long (maximum is 65536 characters)")
        return text

    def _environment(self, token: Token, _body: Object, _request: Request, name: str) -> Object:
        self._need(token, "actions")
        if name not in self.environments:
            raise Refused(404, "Not Found")
        return {"name": name, "protection_rules": self.environments[name]}

    def _run(self, token: Token, _body: Object, _request: Request, number: str) -> Object:
        self._need(token, "actions")
        if number not in self.runs:
            raise Refused(404, "Not Found")
        return {"id": int(number), "created_at": self.runs[number]["created_at"]}

    def _approvals(self, token: Token, _body: Object, _request: Request, number: str) -> list[Object]:
        self._need(token, "actions")
        if number not in self.runs:
            raise Refused(404, "Not Found")
        approvals: list[Object] = self.runs[number]["approvals"]
        return approvals

    def _team(self, token: Token, _body: Object, _request: Request, organisation: str, slug: str) -> Object:
        if "members" not in token.permissions or f"{organisation}/{slug}" not in self.teams:
            raise Refused(404, "Not Found")
        return {"slug": slug, "name": slug}

    def _membership(
        self, token: Token, _body: Object, _request: Request, organisation: str, slug: str, login: str
    ) -> Object:
        self._team(token, {}, _request, organisation, slug)
        state = self.teams[f"{organisation}/{slug}"].get(login)
        if state is None:
            raise Refused(404, "Not Found")
        return {"state": state, "role": "member", "url": ""}


def listed(path: str, text: str) -> Object:
    """A file, as a folder lists it."""
    body = text.encode()
    sha = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()  # noqa: S324 - Git's own
    return {"type": "file", "path": path, "name": path.rpartition("/")[2], "size": len(body), "sha": sha}


def user(login: str) -> Object:
    """Somebody, as the API shows people and bots."""
    return {"login": login, "id": sum(login.encode()), "type": "Bot" if login.endswith("[bot]") else "User"}


def stamp(moment: datetime) -> str:
    """A time as the API has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def reviewers(*, users: tuple[str, ...] = (), teams: tuple[str, ...] = ()) -> list[Object]:
    """The protection rules of an environment that asks these."""
    people = [{"type": "User", "reviewer": user(one)} for one in users]
    groups = [{"type": "Team", "reviewer": {"slug": one, "name": one}} for one in teams]
    return [{"id": 1, "type": "required_reviewers", "reviewers": people + groups}, {"id": 2, "type": "branch_policy"}]


def approved_run(github: GithubApi, environment: str, *logins: str) -> Object:
    """A run that began now, whose deployment was approved."""
    places = [{"name": environment}]
    approvals = [{"state": "approved", "user": user(one), "environments": places, "comment": ""} for one in logins]
    return {"created_at": stamp(github.now), "approvals": approvals}
