# SPDX-License-Identifier: Apache-2.0
"""An Okta org with people and groups, read by a service app: token endpoint and management API on 127.0.0.1.

What it refuses and why:

rule                                                          source
------------------------------------------------------------  --------------------------------------------------------
a token for `private_key_jwt` alone, with granted scopes      "Implement OAuth for Okta with a service app"
401 E0000011 for a token that it does not know                Okta's list of error codes
403 E0000006 for a scope that the token has not               the same list
400 E0000031 for a search whose literal is no JSON string     "Core Okta API", Filter: literals are valid JSON strings
a search compares without case, and finds everybody           "User query options"; its help on filter and search
a search may know only what was (`index_lags`)                `delay_read_seconds` of Okta's Terraform provider
cursors come by `Link`, on a line of their own                "Core Okta API", Pagination
"""

from __future__ import annotations

import copy
import itertools
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.refusals import Refusal, api_error
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.web import Request, Response
from okta_aws.okta_api import SCOPES
from okta_aws.secret import Secret

Object = dict[str, Any]
_SEARCH = re.compile(r"profile\.(\w+) eq (\".*\")", re.DOTALL)


class OktaOrg(OktaIssuer):
    """The org. ``people`` and ``groups`` by id, as they are now; ``members``: ids of people by the group's id."""

    def __init__(self, *, scopes: Sequence[str] = SCOPES, dpop: bool = False, lifetime_s: int = 3600) -> None:
        self.signing = SigningKey.new("ES256", kid="groups")
        app = Client("0oaGROUPS", jwks=[self.signing.public_jwk()], scopes=scopes, dpop=dpop, lifetime_s=lifetime_s)
        super().__init__([app], scopes=SCOPES, default_scopes=())
        self.people: dict[str, Object] = {}
        self.groups: dict[str, Object] = {}
        self.members: dict[str, set[str]] = {}
        self.tokens: dict[str, Sequence[str]] = {}
        self.page = 200
        self._index: tuple[dict[str, Object], dict[str, Object]] | None = None
        self._numbers: Iterator[int] = itertools.count(1)
        self._routes["/oauth2/v1/token"] = ("POST", self._api_token)

    @property
    def app_key(self) -> Secret:
        """The service app's private key, as a user gives it."""
        return Secret(self.signing.pem())

    def add_person(self, github: str, status: str = "ACTIVE", **profile: object) -> str:
        """A person whose attribute githubLogin is ``github``; the id."""
        number = f"00u{next(self._numbers)}fake"
        login = f"{number}@acme.example"
        self.people[number] = {"id": number, "status": status, "profile": {"login": login, "githubLogin": github}}
        self.people[number]["profile"] |= profile
        return number

    def add_group(self, name: str, *people: str) -> str:
        """A group with these people; the id."""
        number = f"00g{next(self._numbers)}fake"
        self.groups[number] = {"id": number, "type": "OKTA_GROUP", "profile": {"name": name}}
        self.members[number] = set(people)
        return number

    def index_lags(self) -> None:
        """From now on searches know nothing new."""
        self._index = copy.deepcopy((self.people, self.groups))

    def answer(self, request: Request) -> Response:
        """The management API, and whatever an issuer answers."""
        if not request.path.startswith("/api/v1/"):
            return super().answer(request)
        scopes = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if scopes is None:
            return api_error(401, "E0000011", "Invalid token provided")
        parts = request.path.removeprefix("/api/v1/").split("/")
        needed = "okta.groups.read" if parts[0] == "groups" else "okta.users.read"
        if needed not in scopes:
            return api_error(403, "E0000006", "You do not have permission to perform the requested action")
        return self._read(parts, request)

    def _read(self, parts: Sequence[str], request: Request) -> Response:
        if parts in (["users"], ["groups"]):
            return self._search(parts[0], request)
        if parts[0] == "users" and parts[1] in self.people:
            if len(parts) == 2:
                return Response.of_json(200, self.people[parts[1]])
            if parts[2:] == ["groups"]:
                theirs = [group for number, group in self.groups.items() if parts[1] in self.members[number]]
                return self._paged(theirs, request)
        return api_error(404, "E0000007", f"Not found: Resource not found: {request.path}")

    def _search(self, kind: str, request: Request) -> Response:
        people, groups = self._index or (self.people, self.groups)
        match = _SEARCH.fullmatch(request.parameters()["search"])
        try:
            wanted = json.loads(match[2]) if match else None
        except ValueError:
            wanted = None
        if match is None or not isinstance(wanted, str):
            return api_error(400, "E0000031", "Invalid search criteria.")
        everything = (people if kind == "users" else groups).values()
        found = [one for one in everything if _text(one, match[1]).lower() == wanted.lower()]
        return self._paged(found, request)

    def _paged(self, found: Sequence[Object], request: Request) -> Response:
        asked = request.parameters()
        size = min(int(asked.get("limit", self.page)), self.page)
        start = int(asked.get("after", "0"))
        here = f"{self.origin}{request.path}"
        links = {"link": f'<{here}>; rel="self"'}
        if start + size < len(found):
            links = {"Link": f'<{here}?after={start + size}&limit={size}>; rel="next"', **links}
        return Response.of_json(200, found[start : start + size], links)

    def _api_token(self, request: Request) -> Response:
        form = request.form()
        client = self._authenticated(request, form, f"{self.origin}/oauth2/v1/token")
        if "client_assertion" not in form:
            raise Refusal(401, "invalid_client", "Client Credentials requests must use the private_key_jwt.")
        if client.dpop:
            raise Refusal(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")
        scopes = self._granted(client, form.get("scope", "").split())
        token = secrets.token_urlsafe(32)
        self.tokens[token] = scopes
        body: Mapping[str, object] = {
            "token_type": "Bearer",
            "expires_in": client.lifetime_s,
            "access_token": token,
            "scope": " ".join(scopes),
        }
        return Response.of_json(200, body)


def _text(value: Object, attribute: str) -> str:
    text = value["profile"].get(attribute)
    return text if isinstance(text, str) else ""
