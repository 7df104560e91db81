# SPDX-License-Identifier: Apache-2.0
"""GitHub's webhooks of a repository and of an organisation, on top of the fake API.

rule                                                              source
----------------------------------------------------------------  ------------------------------------------------------
404 for a token that may not see webhooks                         REST API, "Troubleshooting": 404 in place of 403
422 for a webhook with an address and events that is there        "Create a repository webhook"
a secret is shown as ********                                     the API's examples
a webhook that is updated without its secret loses it             "Update a repository webhook"
the configuration alone keeps what is not given                   "Update a webhook configuration for a repository"
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakes.github_api import GithubApi, Object, Refused, Token
from okta_aws.demo.web import Request

ADMIN = frozenset({"webhooks"})


class GithubHooks(GithubApi):
    """``hooks``: of the repository and of its owner, with their secrets as they are."""

    def __init__(self, repository: str = "acme/infra") -> None:
        super().__init__(repository)
        owner = repository.partition("/")[0]
        self.hooks: dict[str, list[Object]] = {f"/repos/{repository}": [], f"/orgs/{owner}": []}

    def hook(self, url: str, secret: str = "", place: str = "", **changes: Any) -> Object:  # noqa: ANN401 - JSON
        """A webhook that is there already; ``changes`` to what it should be."""
        config = {"url": url, "content_type": "json", "insecure_ssl": "0"} | ({"secret": secret} if secret else {})
        config |= changes.pop("config", {})
        made = {"id": next(self.numbers), "name": "web", "active": True, "events": ["issue_comment", "pull_request"]}
        self.hooks[place or f"/repos/{self.repository}"].append(made | {"config": config} | changes)
        return self.hooks[place or f"/repos/{self.repository}"][-1]

    def _handlers(self) -> dict[str, Callable[..., Any]]:
        place = "(/(?:repos/[^/]+|orgs)/[^/]+)"
        return {
            rf"GET {place}/hooks": self._listed,
            rf"POST {place}/hooks": self._made,
            rf"PATCH {place}/hooks/(\d+)": self._changed,
            rf"PATCH {place}/hooks/(\d+)/config": self._configured,
            **super()._handlers(),
        }

    def _of(self, token: Token, place: str) -> list[Object]:
        if place not in self.hooks or "webhooks" not in token.permissions:
            raise Refused(404, "Not Found")
        return self.hooks[place]

    def _one(self, token: Token, place: str, number: str) -> Object:
        found = next((one for one in self._of(token, place) if one["id"] == int(number)), None)
        if found is None:
            raise Refused(404, "Not Found")
        return found

    def _listed(self, token: Token, _body: Object, _request: Request, place: str) -> list[Object]:
        return [shown(one) for one in self._of(token, place)]

    def _made(self, token: Token, body: Object, _request: Request, place: str) -> Object:
        for one in self._of(token, place):
            if one["config"]["url"] == body["config"]["url"] and set(one["events"]) == set(body["events"]):
                raise Refused(422, "Validation Failed: Hook already exists on this repository")
        made = {"id": next(self.numbers), **body}
        self.hooks[place].append(made)
        return shown(made)

    def _changed(self, token: Token, body: Object, _request: Request, place: str, number: str) -> Object:
        found = self._one(token, place, number)
        found["config"].pop("secret", None)
        found.update(body)
        return shown(found)

    def _configured(self, token: Token, body: Object, _request: Request, place: str, number: str) -> Object:
        found = self._one(token, place, number)
        found["config"].update(body)
        return shown(found)["config"]  # type: ignore[no-any-return]


def shown(hook: Object) -> Object:
    """As the API shows it."""
    config = {**hook["config"]} | ({"secret": "********"} if hook["config"].get("secret") else {})
    return {**hook, "config": config}
