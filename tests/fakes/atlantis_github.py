# SPDX-License-Identifier: Apache-2.0
"""GitHub for a real Atlantis: the API under its own name, webhooks that are signed, and a repository that git clones.

It answers what Atlantis asks, as GitHub's documentation has it: pull requests with their files, reviews and comments,
commit statuses, and by GraphQL the teams of a person and the hiding of comments. What it does not know it refuses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fakes.github_api import GithubApi, Object, Pull, Refused, Token, user
from okta_aws.demo.web import Request, Response

HOST = "api.github.com"
_AUTHOR = ("-c", "user.name=acme", "-c", "user.email=acme@invalid", "-c", "commit.gpgsign=false")


class AtlantisGithub(GithubApi):
    """One repository; ``folder`` gets its bare copy, ``origin.git``, which git reaches in place of GitHub's."""

    def __init__(self, folder: Path, repository: str = "acme/infra") -> None:
        super().__init__(repository)
        self.host = HOST
        self.bare, self._work = folder / "origin.git", folder / "work"
        self.statuses: list[Object] = []
        self.hidden: list[str] = []
        self.mergeable_state = "clean"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        git(folder, "init", "--quiet", "--initial-branch=main", str(self._work))
        git(self._work, "remote", "add", "origin", str(self.bare))

    def push(self, branch: str, files: Mapping[str, str]) -> str:
        """A commit of ``files`` on a branch, which begins at ``main`` where it is new; the commit."""
        known = git(self._work, "branch", "--list", branch).strip()
        if branch != "main":
            git(self._work, "checkout", "--quiet", *([branch] if known else ["-b", branch, "main"]))
        for name, text in files.items():
            file = self._work / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        git(self._work, "add", "--all")
        git(self._work, *_AUTHOR, "commit", "--quiet", "--allow-empty", "--message", f"Change {branch}")
        git(self._work, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        self.branches[branch] = git(self._work, "rev-parse", "HEAD").strip()
        git(self._work, "checkout", "--quiet", "main")
        return self.branches[branch]

    def pull(self, author: str, branch: str, files: Mapping[str, str], number: int) -> Pull:
        """A new pull request to ``main``, with git's reference for it."""
        self.push(branch, files)
        opened = self.open_pull(author, branch, number)
        git(self.bare, "update-ref", f"refs/pull/{number}/head", opened.head)
        return opened

    def again(self, pull: Pull, branch: str, files: Mapping[str, str]) -> None:
        """Another commit in a pull request."""
        pull.head = self.push(branch, files)
        git(self.bare, "update-ref", f"refs/pull/{pull.number}/head", pull.head)

    def opened(self, pull: Pull, action: str = "opened") -> Object:
        """The event of a pull request."""
        sender = user(pull.author)
        return {
            "action": action,
            "number": pull.number,
            "pull_request": self._pull(pull),
            "repository": self._repository(),
            "sender": sender,
        }

    def said(self, pull: Pull, login: str, text: str) -> Object:
        """Somebody comments; the event of it."""
        comment = self.comment(pull, login, text)
        issue = {"number": pull.number, "pull_request": {"url": self._pull(pull)["url"]}, "user": user(pull.author)}
        return {
            "action": "created",
            "issue": issue,
            "comment": comment,
            "repository": self._repository(),
            "sender": user(login),
        }

    def _handlers(self) -> dict[str, Any]:
        repo = f"/repos/{self.repository}"
        return {
            **super()._handlers(),
            rf"GET {repo}/pulls/(\d+)/files": self._changed,
            rf"POST {repo}/statuses/(\w+)": self._status,
            r"POST /graphql": self._graphql,
        }

    def _holder(self, request: Request) -> Token:
        """Atlantis, as a user with a token, sends it as the password of that user."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return super()._holder(request)
        login, _, password = base64.b64decode(value).decode().partition(":")
        token = self.tokens.get(password)
        if token is None or token.login != login:
            raise Refused(401, "Bad credentials")
        return token

    def _reply(self, request: Request, value: Any) -> Response:  # noqa: ANN401 - JSON
        return Response.of_json(200, value) if request.path == "/graphql" else super()._reply(request, value)

    def _repository(self, number: int = 0) -> Object:
        address = f"https://github.com/{self.repository}"
        owner, _, name = self.repository.partition("/")
        more = {"name": name, "owner": user(owner), "clone_url": f"{address}.git", "html_url": address}
        return super()._repository(number) | more

    def _pull(self, pull: Pull) -> Object:
        found = super()._pull(pull)
        branch = next(name for name, sha in self.branches.items() if sha == pull.head)
        found["head"] |= {"ref": branch}
        more = {"draft": False, "mergeable": True, "mergeable_state": self.mergeable_state, "body": "", "title": branch}
        return found | more | {"html_url": f"https://github.com/{self.repository}/pull/{pull.number}"}

    def _changed(self, _token: Token, _body: Object, _request: Request, number: str) -> list[Object]:
        names = git(self.bare, "diff", "--name-only", f"main...{self._found(number).head}").split()
        return [{"filename": name, "status": "modified", "sha": "0" * 40} for name in names]

    def _status(self, _token: Token, body: Object, _request: Request, sha: str) -> Object:
        self.statuses.append(body | {"sha": sha})
        return {"id": len(self.statuses), "state": body["state"]}

    def _graphql(self, token: Token, body: Object, _request: Request) -> Object:
        query, variables = str(body["query"]), body["variables"]
        if "minimizeComment" in query:
            self.hidden.append(variables["input"]["subjectId"])
            hidden = {"isMinimized": True, "minimizedReason": "OUTDATED", "viewerCanMinimize": True}
            return {"data": {"minimizeComment": {"minimizedComment": hidden}}}
        if "teams(" in query:
            self._need(token, "members")
            return {"data": {"organization": {"teams": self._teams_of(variables)}}}
        raise Refused(400, f"this stand-in does not know the query {query[:200]}")

    def _teams_of(self, variables: Object) -> Object:
        organisation, logins = variables["orgName"], set(variables["userLogins"])
        slugs = [
            place.partition("/")[2]
            for place, members in self.teams.items()
            if place.startswith(f"{organisation}/") and logins & members.keys()
        ]
        edges = [{"node": {"name": slug, "slug": slug}} for slug in slugs]
        return {"edges": edges, "pageInfo": {"endCursor": None, "hasNextPage": False}}


def deliver(address: str, event: str, payload: Object, secret: str) -> int:
    """Sends a webhook as GitHub does, signed with ``secret``; the status of the answer.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    body = json.dumps(payload).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": signature[:32],
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    try:
        connection.request("POST", "/events", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def git(folder: Path, *arguments: str) -> str:
    """What git says, with no settings of this machine."""
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=environ, check=True, capture_output=True, text=True
    ).stdout
