# SPDX-License-Identifier: Apache-2.0
"""The OIDC token that GitHub issues to a job.

https://docs.github.com/en/actions/reference/security/oidc : a job with ``id-token: write`` has two variables, a URL and
a bearer token to ask it with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from okta_aws.errors import NetworkError, Retry, SourceError
from okta_aws.http import Http, Response
from okta_aws.issuers import retry_after_s
from okta_aws.retry import Persistence
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.scalars import is_loopback
from okta_aws.tokens.token import Token, parse

REQUEST_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_DOING = "asking GitHub for an OIDC token"
_PERMISSION_FIX = (
    "give the job `permissions: id-token: write` (and `contents: read`, once permissions are listed)",
    "a reusable workflow needs the permission in its caller too",
)


class GithubOidc:
    """Asks the runner's token service, once for each ``fetch``."""

    name = "github"

    def __init__(
        self, audience: str, environ: Mapping[str, str], context: Context, http: Http, persistence: Persistence
    ) -> None:
        self._audience = audience
        self._url = environ.get(REQUEST_URL, "")
        self._bearer = Secret(environ.get(REQUEST_TOKEN, ""))
        self._context = context
        self._http = http
        self._persistence = persistence

    def fetch(self) -> Token | None:
        """A new token; ``None`` outside of GitHub Actions.

        Raises ``SourceError`` where the job may not have one, ``NetworkError`` where GitHub could not be reached.
        """
        if not self._context.on_github:
            return None
        if not self._url or not self._bearer:
            raise self._not_permitted()
        self._check_url()
        return self._persistence.run(_DOING, self._ask)

    def why_not(self) -> str:
        """Why there is no token."""
        return "not in a GitHub Actions job (GITHUB_ACTIONS is not true)"

    def _check_url(self) -> None:
        try:
            parts = urlsplit(self._url)
            is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        except ValueError:
            is_safe = False
        if not is_safe:
            raise SourceError(
                "github-refused",
                _DOING,
                wanted=f"an https address in {REQUEST_URL}",
                found="something else",
                fix="leave the variable as the runner sets it",
            )

    def _ask(self) -> Token:
        joint = "&" if urlsplit(self._url).query else "?"
        url = f"{self._url}{joint}audience={quote(self._audience, safe='')}"
        headers = {"Authorization": f"Bearer {self._bearer.reveal()}", "Accept": "application/json"}
        response = self._http.get(url, headers, within_s=self._persistence.remaining_s(_DOING))
        if response.status != 200:
            raise self._refusal(response)
        return parse(_value(response))

    def _not_permitted(self) -> SourceError:
        wanted, found = f"{REQUEST_URL} and {REQUEST_TOKEN}, which a job with id-token: write has", "neither set"
        if bool(self._url) != bool(self._bearer):
            found = "only one of them set"
        if self._context.is_fork_pull_request():
            return SourceError(
                "github-fork",
                _DOING,
                wanted=wanted,
                found="a pull request from a fork, whose jobs never get them",
                fix=(
                    "run this step only for the repository's own branches, or after the merge",
                    "pull_request_target has the permission, but must never run the fork's code",
                ),
            )
        if self._context.is_dependabot:
            return SourceError(
                "github-no-permission",
                _DOING,
                wanted=wanted,
                found=f"{found}; Dependabot's jobs have a read-only token unless permissions are listed",
                fix=_PERMISSION_FIX,
            )
        return SourceError("github-no-permission", _DOING, wanted=wanted, found=found, fix=_PERMISSION_FIX)

    def _refusal(self, response: Response) -> SourceError | NetworkError:
        if response.status == 429 or response.status >= 500:
            return NetworkError(
                "github-unavailable",
                _DOING,
                found=f"HTTP status {response.status}",
                fix="try again later; see https://www.githubstatus.com",
                retry=Retry(after_s=retry_after_s(response.headers)),
            )
        return SourceError(
            "github-refused",
            _DOING,
            wanted="a token",
            found=f"HTTP status {response.status}",
            fix=(
                "check the job's permissions (id-token: write) and, on GitHub Enterprise Server, that OIDC is enabled",
            ),
        )


def _value(response: Response) -> str:
    try:
        value = json.loads(response.body)["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        value = None
    if not isinstance(value, str):
        raise NetworkError(
            "network-garbage",
            _DOING,
            wanted='JSON with a text "value"',
            found="something else",
            fix="check for a proxy between the runner and GitHub",
        )
    return value
