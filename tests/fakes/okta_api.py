# SPDX-License-Identifier: Apache-2.0
"""Okta's management API on 127.0.0.1, as far as the Terraform module uses it; for the real provider.

The provider reaches it by its argument ``http_proxy``, which takes the place of the org's address: requests come with
an absolute URI and are answered, not passed on (seen with version 6.12.0). What the fake does beyond keeping objects:

rule                                                        source
----------------------------------------------------------  ------------------------------------------------------
401 E0000011 without the org's API token                    Okta's list of error codes
400 E0000001 for a second group or server of that name      the same list; their names are unique
403 E0000056 for deleting an app that is active             "Delete an application": deactivate it first
an app with `type: service` takes client_credentials only   the provider's table of grant types
`private_key_jwt` needs keys or their address               "The client does not have a JWKSet configured"
a new sign-on policy has a catch-all rule that allows       the provider's documentation of okta_app_signon_policy
a rule of a server names that server's scopes               "Create a policy rule" of an authorization server
who takes a priority moves the others on                    the provider's documentation of policies and rules

Unlike Okta it answers with a client secret for every app, so that a test can see who keeps it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fakes.loopback import Reply, Request, Server, http_server

Object = dict[str, Any]
Answer = Object | list[Object] | None
HOST = "acme.okta.com"
CUSTOM_HOST = "login.acme.example"
OPENID_SCOPES = ("openid", "profile", "email", "address", "phone", "offline_access", "device_sso")
PREFIXES = {"apps": "0oa", "groups": "00g", "authorizationServers": "aus", "policies": "00p", "rules": "0pr"}
SERVER = r"/api/v1/authorizationServers/[^/]+"
COLLECTION = re.compile(
    rf"/api/v1/(apps|groups|policies|authorizationServers)|{SERVER}/(scopes|claims|policies)"
    rf"|({SERVER}|/api/v1)/policies/[^/]+/rules"
)
SECRET_MARK = "secret-of-the-fake-"


class Refused(Exception):  # noqa: N818 - it is an answer of the API
    """An error answer: status, Okta's code, a sentence."""

    def __init__(self, status: int, code: str, summary: str) -> None:
        super().__init__(summary)
        self.status, self.code, self.summary = status, code, summary


@dataclass
class OktaApi:
    """One org. ``objects``: all there is, by path. ``calls``: each request's method and path, in order."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    objects: dict[str, Object] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    server: Server | None = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.create("/api/v1/policies", {"type": "ACCESS_POLICY", "name": "Default Policy", "system": True})

    @property
    def url(self) -> str:
        """What the provider gets as ``http_proxy``."""
        assert self.server is not None
        return self.server.url()

    def children(self, collection: str) -> list[Object]:
        """What a collection holds, by priority where its members have one."""
        found = [value for path, value in self.objects.items() if path.rpartition("/")[0] == collection]
        return sorted(found, key=lambda value: int(value.get("priority", 0)))

    def answer(self, request: Request) -> Reply:
        """One request, from whichever form of address."""
        address = urlsplit(request.target)
        self.calls.append((request.method, address.path))
        try:
            self.check_token(request)
            body = json.loads(request.body) if request.body else {}
            result = self.handle(request.method, address.path, parse_qs(address.query), body)
        except Refused as refusal:
            error = {"errorCode": refusal.code, "errorSummary": refusal.summary, "errorId": "oae", "errorCauses": []}
            return reply(refusal.status, error)
        return Reply(204) if result is None else reply(200, result)

    def check_token(self, request: Request) -> None:
        """Nobody is anybody without the org's API token."""
        if request.headers.get("authorization") != f"SSWS {self.token}":
            raise Refused(401, "E0000011", "Invalid token provided")

    def handle(self, method: str, path: str, query: dict[str, list[str]], body: Object) -> Answer:
        """The object or list that the call answers with, ``None`` for no content."""
        if path == "/.well-known/okta-organization":
            return {"id": "00o1", "pipeline": "idx", "settings": {}, "_links": {}}
        if path == "/api/v1/users/me":
            return {"id": "00u1", "status": "ACTIVE", "profile": {"login": "terraform@acme.example"}}
        for pattern, handler in self.special().items():
            if (match := re.fullmatch(pattern, f"{method} {path}")) is not None:
                return handler(body, *match.groups())
        if COLLECTION.fullmatch(path):
            return self.create(path, body) if method == "POST" else self.listed(path, query)
        return self.one(method, path, body)

    def special(self) -> dict[str, Callable[..., Answer]]:
        """Calls that are not simply about an object or a collection."""
        return {
            r"\w+ (/api/v1/.+)/lifecycle/(activate|deactivate)": self.switch,
            r"PUT (/api/v1/apps/[^/]+)/groups/([^/]+)": self.assign,
            r"GET (/api/v1/apps/[^/]+)/groups": lambda _, app: self.children(f"{app}/groups"),
            r"PUT (/api/v1/apps/[^/]+)/policies/([^/]+)": self.bind,
            r"POST /api/v1/internal/(apps/[^/]+)/settings/oauth/idToken": lambda body, _app: body,
        }

    def listed(self, path: str, query: dict[str, list[str]]) -> list[Object]:
        """A list call, with the filters that the provider's data sources and policies use."""
        found = self.children(path)
        if "type" in query:
            found = [value for value in found if value.get("type") == query["type"][0]]
        wanted = query.get("q", [""])[0]
        return [value for value in found if name_of(value).startswith(wanted)]

    def create(self, path: str, body: Object) -> Object:
        """A new member of a collection, with what Okta adds to it."""
        kind = path.rpartition("/")[2]
        if kind in ("groups", "authorizationServers") and name_of(body) in map(name_of, self.children(path)):
            raise Refused(400, "E0000001", f"Api validation failed: an object with the name {name_of(body)} exists")
        new = {"id": f"{PREFIXES.get(kind, kind)}{next(self.numbers)}fake", "status": "ACTIVE", "system": False} | body
        self.objects[f"{path}/{new['id']}"] = new
        try:
            self.complete(kind, path, new)
        except Refused:
            del self.objects[f"{path}/{new['id']}"]
            raise
        if new.get("type") == "ACCESS_POLICY" and kind == "policies":
            self.add_catch_all(f"{path}/{new['id']}/rules")
        self.make_room(path, new)
        return new

    def one(self, method: str, path: str, body: Object) -> Object | None:
        """Read, replace or delete one object."""
        old = self.found(path)
        collection = path.rpartition("/")[0]
        kind = collection.rpartition("/")[2]
        if method == "DELETE":
            if kind == "apps" and old["status"] == "ACTIVE":
                raise Refused(403, "E0000056", "Delete application forbidden.")
            self.objects = {at: value for at, value in self.objects.items() if not f"{at}/".startswith(f"{path}/")}
            return None
        if method in ("PUT", "POST"):
            kept = {name: old[name] for name in ("id", "status", "system", "_links") if name in old}
            self.objects[path] = body | kept
            self.complete(kind, collection, self.objects[path])
        return self.objects[path]

    def found(self, path: str) -> Object:
        """The object there."""
        if path not in self.objects:
            raise Refused(404, "E0000007", f"Not found: Resource not found: {path}")
        return self.objects[path]

    def complete(self, kind: str, path: str, value: Object) -> None:
        """What Okta adds to an object of this kind, or refuses."""
        completions = {
            "apps": self.complete_app,
            "authorizationServers": self.complete_server,
            "rules": self.check_rule,
        }
        if kind in completions:
            completions[kind](path, value)

    def complete_app(self, _path: str, app: Object) -> None:
        """Client id, keys' ids, a secret that nobody may keep; and what Okta refuses."""
        client = app["settings"]["oauthClient"]
        credentials = app.setdefault("credentials", {}).setdefault("oauthClient", {})
        grants = set(client.get("grant_types", ()))
        if client.get("application_type") == "service" and grants != {"client_credentials"}:
            raise Refused(400, "E0000001", f"Api validation failed: grant_types {sorted(grants)} of a service")
        if credentials.get("token_endpoint_auth_method") == "private_key_jwt" and not (
            client.get("jwks", {}).get("keys") or client.get("jwks_uri")
        ):
            raise Refused(400, "E0000001", "Api validation failed: The client does not have a JWKSet configured")
        for key in client.get("jwks", {}).get("keys", ()):
            key.setdefault("id", f"pks{next(self.numbers)}")
        app.setdefault("name", "oidc_client")
        credentials |= {"client_id": app["id"], "client_secret": SECRET_MARK + secrets.token_urlsafe(24)}

    def complete_server(self, path: str, server: Object) -> None:
        """Issuer, signing key and the scopes that each server has from the start."""
        host = HOST if server.get("issuerMode") == "ORG_URL" else CUSTOM_HOST
        server["issuer"] = f"https://{host}/oauth2/{server['id']}"
        server.setdefault("credentials", {}).setdefault("signing", {}).update(
            kid="key-of-the-fake", lastRotated="2026-01-01T00:00:00.000Z", nextRotation="2026-04-01T00:00:00.000Z"
        )
        for name in OPENID_SCOPES:
            place = f"{path}/{server['id']}/scopes/{name}"
            self.objects.setdefault(place, {"id": name, "name": name, "system": True, "consent": "IMPLICIT"})

    def add_catch_all(self, path: str) -> None:
        """The rule that each sign-on policy ends with."""
        method = {"type": "ASSURANCE", "factorMode": "1FA", "reauthenticateIn": "PT12H", "constraints": []}
        actions = {"appSignOn": {"access": "ALLOW", "verificationMethod": method}}
        rule = {"name": "Catch-all Rule", "type": "ACCESS_POLICY", "system": True, "priority": 99, "actions": actions}
        self.create(path, rule)

    def check_rule(self, path: str, rule: Object) -> None:
        """A rule of an authorization server names scopes of that server."""
        if not path.startswith("/api/v1/authorizationServers/"):
            return
        known = {scope["name"] for scope in self.children("/".join(path.split("/")[:5]) + "/scopes")} | {"*"}
        unknown = set(rule["conditions"]["scopes"]["include"]) - known
        if unknown:
            raise Refused(400, "E0000001", f"Api validation failed: no such scope: {', '.join(sorted(unknown))}")

    def make_room(self, path: str, new: Object) -> None:
        """Nobody else keeps the priority of what is new."""
        taken = int(new.get("priority", 0))
        for other in self.children(path) if taken and not new["system"] else ():
            if other is not new and not other["system"] and other.get("priority") == taken:
                other["priority"] = taken = taken + 1

    def switch(self, _body: Object, path: str, verb: str) -> Object:
        """Activate or deactivate."""
        found = self.found(path)
        found["status"] = "ACTIVE" if verb == "activate" else "INACTIVE"
        return found

    def assign(self, body: Object, app: str, group: str) -> Object:
        """A group may use an app."""
        self.found(app)
        self.found(f"/api/v1/groups/{group}")
        assignment = {"id": group, "profile": {}} | body
        self.objects[f"{app}/groups/{group}"] = assignment
        return assignment

    def bind(self, _body: Object, app: str, policy: str) -> None:
        """The sign-on policy of an app."""
        self.found(f"/api/v1/policies/{policy}")
        self.objects[app]["_links"] = {"accessPolicy": {"href": f"https://{HOST}/api/v1/policies/{policy}"}}


def name_of(value: Object) -> str:
    """Name or label, wherever this kind of object has it."""
    return str(value.get("label") or value.get("profile", {}).get("name") or value.get("name", ""))


def reply(status: int, value: object) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


@contextlib.contextmanager
def okta_api() -> Iterator[OktaApi]:
    """A running org."""
    org = OktaApi()
    with http_server(org.answer) as org.server:
        yield org
