# SPDX-License-Identifier: Apache-2.0
"""What GitHub's REST API tells about a pull request, and the comments we write there. PyGithub speaks to it.

It is imported when the first object is made, since nothing else needs it. Proxies and authorities come from the
variables that every program reads (``HTTPS_PROXY``, ``REQUESTS_CA_BUNDLE``).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from okta_aws.approval.decide import Review
from okta_aws.approval.rules import Answer
from okta_aws.errors import Error, NetworkError
from okta_aws.secret import Secret

if TYPE_CHECKING:
    import github
    from github.PullRequest import PullRequest as TheirPullRequest

T = TypeVar("T")

TIMEOUT_S = 15
ATTEMPTS = 3
# A pull request with more comments or reviews is not read by people either.
MOST_ITEMS = 5000
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by its number, which no renaming changes."""

    id: int
    default_branch: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request. ``head``: the newest commit. ``head_repository``: its number, 0 where that was deleted.

    ``merge_commit``: empty unless it is merged.
    """

    number: int
    author: str
    head: str
    head_repository: int
    base_branch: str
    base_repository: int
    merge_commit: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the conversation. ``updated_s``: by GitHub's clock, in seconds since 1970."""

    id: int
    author: str
    body: str
    updated_s: float
    url: str


@dataclass(frozen=True, slots=True)
class Reviewers:
    """Who an environment asks: logins of people, and slugs of teams of the owner."""

    users: tuple[str, ...]
    teams: tuple[str, ...]


class GithubApi:
    """One repository, asked with one token. Every question raises ``Error`` (github-api) and ``NetworkError``."""

    def __init__(self, url: str, repository: str, token: Secret) -> None:
        """``url``: of the API. ``repository``: ``OWNER/NAME``. Raises ``Error`` (github-library) without PyGithub."""
        try:
            import github
            from github.GithubRetry import GithubRetry
        except ImportError:
            doing, fix = "asking GitHub's API", 'pip install "okta-aws-action[github]"'
            raise Error("github-library", doing, wanted="the library PyGithub", found="none", fix=fix) from None
        # Else Python itself would print its warnings, foreign text and all, on standard error.
        logging.getLogger("github").addHandler(logging.NullHandler())
        # Only what may be done twice is tried again; a rate limit that lasts longer is the user's to wait for.
        retry = GithubRetry(total=ATTEMPTS, max_rate_limit_wait=90, allowed_methods={"GET", "PATCH"})
        self._github: github.Github = github.Github(
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
        self.name = repository
        self._repo = self._github.get_repo(repository)

    def close(self) -> None:
        """Closes its connections."""
        self._github.close()

    def repository(self) -> Repository:
        """The repository itself."""
        with _asking(f"reading the repository {self.name}", "metadata: read"):
            found = Repository(self._repo.id, self._repo.default_branch)
            return _whole(found, found.id, found.default_branch)

    def branch_commit(self, branch: str) -> str:
        """The newest commit of a branch."""
        with _asking(f"reading the branch {branch}", "contents: read"):
            found = self._repo.get_branch(branch).commit.sha
            return _whole(found, found)

    def file(self, path: str, commit: str) -> str | None:
        """The text of a file at a commit; ``None`` where there is none."""
        with _asking(f"reading {path} at {commit[:12]}", "contents: read"):
            found = _or_none(lambda: self._repo.get_contents(path, ref=commit))
            if found is None or isinstance(found, list):
                return None
            return found.decoded_content.decode("utf-8", "replace")

    def pull_request(self, number: int) -> PullRequest:
        """The pull request of that number."""
        with _asking(f"reading the pull request {number}", "pull-requests: read"):
            # Not `lazy`: all of it is needed, and at once.
            found = _pull_request(self._repo.get_pull(number))
            return _whole(found, found.number, found.head, found.base_branch, found.base_repository)

    def merged_by(self, commit: str) -> list[PullRequest]:
        """The pull requests that were merged with that commit."""
        with _asking(f"looking for the pull request of commit {commit[:12]}", "pull-requests: read"):
            found = [_pull_request(one) for one in self._repo.get_commit(commit).get_pulls()]
        return [one for one in found if one.merge_commit == commit]

    def comments(self, number: int) -> list[Comment]:
        """The comments of the pull request's conversation, oldest first."""
        doing = f"reading the comments of the pull request {number}"
        with _asking(doing, "pull-requests: read"):
            found = []
            for one in self._repo.get_issue(number).get_comments():
                login = one.user.login if one.user else ""
                found.append(Comment(one.id, login, one.body or "", _seconds(one.updated_at), one.html_url))
                _stop_at_too_many(len(found), doing)
            return found

    def reviews(self, number: int) -> list[Review]:
        """The reviews of the pull request, oldest first."""
        doing = f"reading the reviews of the pull request {number}"
        with _asking(doing, "pull-requests: read"):
            found = []
            for one in self._repo.get_pull(number).get_reviews():
                if one.user is not None and one.submitted_at is not None:  # one that is not submitted yet has no time
                    commit = one.commit_id or ""
                    found.append(Review(one.user.login, one.state, commit, _seconds(one.submitted_at)))
                _stop_at_too_many(len(found), doing)
            return found

    def write_comment(self, number: int, body: str, replaced: Comment | None) -> str:
        """Writes a comment, or another body into the one to be ``replaced``; its address."""
        with _asking(f"writing a comment to the pull request {number}", "pull-requests: write"):
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
        with _asking(f"reading the team {team}", "Members: read"):
            if self._tried(place) is None:
                return Answer.CANNOT_TELL
            found = self._tried(f"{place}/memberships/{quote(login, safe='')}")
        return Answer.YES if isinstance(found, dict) and found.get("state") == "active" else Answer.NO

    def environment_reviewers(self, environment: str) -> Reviewers | None:
        """Whom the environment asks before a job runs in it; ``None`` where that cannot be read."""
        with _asking(f"reading the environment {environment}", "actions: read"):
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
        with _asking(f"reading who approved the run {run}", "actions: read"):
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
        with _asking(f"reading the run {run}", "actions: read"):
            found = _object(self._tried(f"/repos/{self.name}/actions/runs/{run}"))
        try:
            return _seconds(datetime.fromisoformat(str(found.get("created_at"))))
        except ValueError:
            return None

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


def _whole(found: T, *needed: object) -> T:
    """``found``, if none of what is ``needed`` of it is empty; PyGithub reads HTML as nothing at all."""
    if not all(needed):
        raise ValueError("an answer without what was asked for")
    return found


def _or_none(ask: Callable[[], T]) -> T | None:
    from github import UnknownObjectException

    try:
        return ask()
    except UnknownObjectException:
        return None


@contextmanager
def _asking(doing: str, permission: str) -> Iterator[None]:
    from github import BadAttributeException, GithubException
    from requests import RequestException

    try:
        yield
    except GithubException as refusal:
        message = refusal.data.get("message") if isinstance(refusal.data, dict) else None
        found = f'HTTP status {refusal.status}: "{str(message or refusal.message or "")[:300]}"'
        fix = (f"give the job's token the permission {permission}", "or see whether GitHub has an incident")
        raise Error("github-api", doing, found=found, fix=fix) from None
    except RequestException as cause:
        found, wrong = type(cause).__name__, ("check GITHUB_API_URL and the proxy (HTTPS_PROXY)",)
        raise NetworkError("github-api", doing, wanted="an answer of GitHub", found=found, fix=wrong) from None
    except (BadAttributeException, ValueError, KeyError, TypeError, AttributeError, AssertionError) as cause:
        found, wrong = f"something else ({type(cause).__name__})", ("check GITHUB_API_URL and the proxy (HTTPS_PROXY)",)
        raise NetworkError("network-garbage", doing, wanted="an answer of GitHub", found=found, fix=wrong) from None


def _stop_at_too_many(count: int, doing: str) -> None:
    if count > MOST_ITEMS:
        fix = "open another pull request"
        raise Error("github-api", doing, wanted=f"at most {MOST_ITEMS}", found="more", fix=fix)


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
