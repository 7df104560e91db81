# SPDX-License-Identifier: Apache-2.0
"""The questions, and the comments that we write. PyGithub is imported when the first object is made."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from okta_aws.approval.decide import Review
from okta_aws.approval.rules import Answer
from okta_aws.errors import Error
from okta_aws.github_api.answers import Comment, CommitStatus, Hook, Merging, PullRequest, Repository, Reviewers
from okta_aws.github_api.asking import asking, connections, or_none, stop_at_too_many, whole
from okta_aws.secret import Secret

if TYPE_CHECKING:
    import github
    from github.GithubRetry import GithubRetry
    from github.PullRequest import PullRequest as TheirPullRequest

    from okta_aws.http.requests_adapter import Route

TIMEOUT_S = 15
ATTEMPTS = 3
MOST_FILES = 1000
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?", re.ASCII)


class GithubApi:
    """One repository, asked with one token. Every question raises ``Error`` (github-api) and ``NetworkError``."""

    def __init__(self, url: str, repository: str, token: Secret, route: Route | None = None) -> None:
        """``url``: of the API. ``repository``: ``OWNER/NAME``. Raises ``Error`` (github-library) without PyGithub.

        ``route``: by which proxy, and which authorities are trusted. Unset, that is what every program reads
        (``HTTPS_PROXY``, ``REQUESTS_CA_BUNDLE``).
        """
        try:
            from github.GithubRetry import GithubRetry
        except ImportError:
            doing, fix = "asking GitHub's API", 'pip install "okta-aws-action[github]"'
            raise Error("github-library", doing, wanted="the library PyGithub", found="none", fix=fix) from None
        # Else Python itself would print its warnings, foreign text and all, on standard error.
        logging.getLogger("github").addHandler(logging.NullHandler())
        # Only what may be done twice is tried again; a rate limit that lasts longer is the user's to wait for.
        retry = GithubRetry(total=ATTEMPTS, max_rate_limit_wait=90, allowed_methods={"GET", "PATCH"})
        with connections(route):
            self._github: github.Github = self._client(url, token, retry)
        self.name = repository
        self._repo = self._github.get_repo(repository)

    def _client(self, url: str, token: Secret, retry: GithubRetry) -> github.Github:
        import github

        return github.Github(
            auth=github.Auth.Token(token.reveal()),
            base_url=url,
            timeout=TIMEOUT_S,
            per_page=100,
            retry=retry,
            seconds_between_requests=0,
            seconds_between_writes=0,
            user_agent="okta-aws-action",
            lazy=True,
        )

    def close(self) -> None:
        """Closes its connections."""
        self._github.close()

    def repository(self) -> Repository:
        """The repository itself."""
        with asking(f"reading the repository {self.name}", "metadata: read"):
            found = Repository(self._repo.id, self._repo.default_branch)
            return whole(found, found.id, found.default_branch)

    def branch_commit(self, branch: str) -> str:
        """The newest commit of a branch."""
        with asking(f"reading the branch {branch}", "contents: read"):
            found = self._repo.get_branch(branch).commit.sha
            return whole(found, found)

    def file(self, path: str, commit: str) -> str | None:
        """The text of a file at a commit; ``None`` where there is none."""
        with asking(f"reading {path} at {commit[:12]}", "contents: read"):
            found = or_none(lambda: self._repo.get_contents(path, ref=commit))
            if found is None or isinstance(found, list):
                return None
            return found.decoded_content.decode("utf-8", "replace")

    def folder(self, path: str, commit: str) -> dict[str, str]:
        """The files of a folder at a commit with the ids that Git gives their bytes; none where there is no folder.

        A symbolic link has an empty id: it is there, and its bytes are none of the commit's.
        Raises ``Error`` (github-api) for one with as many as GitHub does not list ("Get repository content").
        """
        doing = f"reading the folder {path} at {commit[:12]}"
        with asking(doing, "contents: read"):
            found = or_none(lambda: self._repo.get_contents("" if path == "." else path, ref=commit))
            listed = found if isinstance(found, list) else []
            stop_at_too_many(len(listed), doing, MOST_FILES - 1)
            return {one.name: one.sha if one.type == "file" else "" for one in listed if one.type != "dir"}

    def pull_request(self, number: int) -> PullRequest:
        """The pull request of that number."""
        with asking(f"reading the pull request {number}", "pull-requests: read"):
            # Not `lazy`: all of it is needed, and at once.
            found = _pull_request(self._repo.get_pull(number))
            return whole(found, found.number, found.head, found.base_branch, found.base_repository)

    def merging(self, number: int) -> Merging:
        """How the pull request of that number could be merged now."""
        with asking(f"reading the pull request {number}", "pull-requests: read"):
            found = self._repo.get_pull(number)
            told = Merging(found.head.sha, found.head.ref, found.mergeable, found.mergeable_state or "")
            return whole(told, told.head, told.branch)

    def commit_statuses(self, commit: str) -> list[CommitStatus]:
        """The newest status that each author gave a commit in each context."""
        doing = f"reading the statuses of commit {commit[:12]}"
        with asking(doing, "statuses: read"):
            found: dict[tuple[str, str], CommitStatus] = {}
            for count, one in enumerate(self._repo.get_commit(commit).get_statuses()):  # the newest first
                author = one.creator.login if one.creator else ""
                status = CommitStatus(one.context, one.state, author, _seconds(one.updated_at))
                found.setdefault((one.context, author), status)
                stop_at_too_many(count, doing)
            return list(found.values())

    def merged_by(self, commit: str) -> list[PullRequest]:
        """The pull requests that were merged with that commit."""
        with asking(f"looking for the pull request of commit {commit[:12]}", "pull-requests: read"):
            found = [_pull_request(one) for one in self._repo.get_commit(commit).get_pulls()]
        return [one for one in found if one.merge_commit == commit]

    def comments(self, number: int) -> list[Comment]:
        """The comments of the pull request's conversation, oldest first."""
        doing = f"reading the comments of the pull request {number}"
        with asking(doing, "pull-requests: read"):
            found = []
            for one in self._repo.get_issue(number).get_comments():
                login = one.user.login if one.user else ""
                found.append(Comment(one.id, login, one.body or "", _seconds(one.updated_at), one.html_url))
                stop_at_too_many(len(found), doing)
            return found

    def reviews(self, number: int) -> list[Review]:
        """The reviews of the pull request, oldest first."""
        doing = f"reading the reviews of the pull request {number}"
        with asking(doing, "pull-requests: read"):
            found = []
            for one in self._repo.get_pull(number).get_reviews():
                if one.user is not None and one.submitted_at is not None:  # one that is not submitted yet has no time
                    commit = one.commit_id or ""
                    found.append(Review(one.user.login, one.state, commit, _seconds(one.submitted_at)))
                stop_at_too_many(len(found), doing)
            return found

    def write_comment(self, number: int, body: str, replaced: Comment | None) -> str:
        """Writes a comment, or another body into the one to be ``replaced``; its address."""
        with asking(f"writing a comment to the pull request {number}", "pull-requests: write"):
            if replaced is None:
                return self._repo.get_issue(number).create_comment(body).html_url
            path = f"/repos/{self.name}/issues/comments/{replaced.id}"
            self._github.requester.requestJsonAndCheck("PATCH", path, input={"body": body})
            return replaced.url

    def team_member(self, team: str, login: str) -> Answer:
        """Whether ``login`` is in ``team`` (``ORG/SLUG``).

        404 is GitHub's answer both for somebody who is not in the team and for a token that may not know. So the team
        itself is asked for first: who may not see that cannot tell.
        Source: REST API, "Get team membership for a user"; both need ``Members: read``.
        """
        organisation, _, slug = team.partition("/")
        if not _LOGIN.fullmatch(login):
            return Answer.CANNOT_TELL
        place = f"/orgs/{quote(organisation, safe='')}/teams/{quote(slug, safe='')}"
        with asking(f"reading the team {team}", "Members: read"):
            if self._tried(place) is None:
                return Answer.CANNOT_TELL
            found = self._tried(f"{place}/memberships/{quote(login, safe='')}")
        return Answer.YES if isinstance(found, dict) and found.get("state") == "active" else Answer.NO

    def environment_reviewers(self, environment: str) -> Reviewers | None:
        """Whom the environment asks before a job runs in it; ``None`` where that cannot be read."""
        with asking(f"reading the environment {environment}", "actions: read"):
            found = self._tried(f"/repos/{self.name}/environments/{quote(environment, safe='')}")
        rules = found.get("protection_rules") if isinstance(found, dict) else None
        reviewers = [
            one for rule in _objects(rules) if rule.get("type") == "required_reviewers"
            for one in _objects(rule.get("reviewers"))
        ]  # fmt: skip
        if not isinstance(rules, list) or any(one.get("type") not in {"User", "Team"} for one in reviewers):
            return None
        named = [(one["type"], _object(one.get("reviewer"))) for one in reviewers]
        users = tuple(str(one.get("login")) for kind, one in named if kind == "User")
        return Reviewers(users, tuple(str(one.get("slug")) for kind, one in named if kind == "Team"))

    def deployment_approvers(self, run: str, environment: str) -> tuple[str, ...]:
        """Who approved the deployment of a workflow run to the environment."""
        with asking(f"reading who approved the run {run}", "actions: read"):
            found = self._tried(f"/repos/{self.name}/actions/runs/{run}/approvals")
        approved = [one for one in _objects(found) if one.get("state") == "approved"]
        return tuple(
            str(_object(one.get("user")).get("login"))
            for one in approved
            if environment in [place.get("name") for place in _objects(one.get("environments"))]
        )

    def run_created_s(self, run: str) -> float | None:
        """When the workflow run was begun for the first time, in seconds since 1970; ``None`` where it cannot be read.

        Approvals of earlier attempts are listed too, so a later attempt's time would say nothing about them.
        """
        with asking(f"reading the run {run}", "actions: read"):
            found = _object(self._tried(f"/repos/{self.name}/actions/runs/{run}"))
        try:
            return _seconds(datetime.fromisoformat(str(found.get("created_at"))))
        except ValueError:
            return None

    def hooks(self, place: str) -> list[Hook]:
        """The webhooks of ``place``: ``/repos/OWNER/NAME`` or ``/orgs/NAME``."""
        from github.Hook import Hook as TheirHook
        from github.PaginatedList import PaginatedList

        doing = f"reading the webhooks of {place}"
        with asking(doing, "webhooks: read and write"):
            found = []
            for one in PaginatedList(TheirHook, self._github.requester, f"{place}/hooks", None):
                config = {name: str(value) for name, value in (one.config or {}).items()}
                kind, tls = config.get("content_type", "form"), config.get("insecure_ssl", "0") == "0"
                url, secret = config.get("url", ""), bool(config.get("secret"))
                found.append(Hook(one.id, url, kind, tls, secret, tuple(one.events or ()), one.active))
                stop_at_too_many(len(found), doing)
            return found

    def create_hook(self, place: str, config: Mapping[str, str], events: Sequence[str]) -> None:
        """Makes a webhook."""
        value = {"name": "web", "active": True, "events": [*events], "config": {**config}}
        with asking(f"making a webhook of {place}", "webhooks: read and write"):
            self._github.requester.requestJsonAndCheck("POST", f"{place}/hooks", input=value)

    def change_hook(self, place: str, number: int, members: Mapping[str, object], config: Mapping[str, str]) -> None:
        """Changes a webhook: first ``members`` (events, active), which may cost it its secret, then its ``config``."""
        path = f"{place}/hooks/{number}"
        with asking(f"changing the webhook {number} of {place}", "webhooks: read and write"):
            if members:
                self._github.requester.requestJsonAndCheck("PATCH", path, input={**members})
            self._github.requester.requestJsonAndCheck("PATCH", f"{path}/config", input={**config})

    def _tried(self, path: str) -> Any:  # noqa: ANN401  (whatever GitHub says)
        """The answer; ``None`` for 403 and 404: a token that may not know gets either."""
        from github import GithubException

        try:
            return self._github.requester.requestJsonAndCheck("GET", path)[1]
        except GithubException as refusal:
            if refusal.status in {403, 404}:
                return None
            raise


def _pull_request(found: TheirPullRequest) -> PullRequest:
    return PullRequest(
        found.number,
        found.user.login if found.user else "",
        found.head.sha,
        found.head.repo.id if found.head.repo else 0,
        found.base.ref,
        found.base.repo.id,
        (found.merge_commit_sha or "") if found.merged_at else "",
        found.state == "open",
    )


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
