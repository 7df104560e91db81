# SPDX-License-Identifier: Apache-2.0
"""What Okta's management API tells about a person and the groups of that person; two scopes of reading suffice.

Searches find things and their ids, and may lag behind (Okta, "Core Okta API", Links in collections; its Terraform
provider's `delay_read_seconds`), so what is found is read again by its id, and only that counts. Groups of Okta do not
nest (its help, "Manage groups"): whoever a rule or a directory put into a group is in it, and no group is in another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urljoin

from okta_aws.approval.rules import OktaPeople, Unknown, without_case
from okta_aws.errors import Error, NetworkError, Retry
from okta_aws.http import Http, Response
from okta_aws.issuers import excerpt, json_object, origin, unavailable
from okta_aws.retry import Persistence
from okta_aws.secret import Secret

SCOPES = ("okta.users.read", "okta.groups.read")
# More accounts with one login than anybody has, and more groups than Okta lets a person have (a few thousand).
MOST_FOUND = 10
MOST_PAGES = 40
PAGE = 200
MAX_ANSWER = 4 << 20
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?", re.ASCII)
_LINK = re.compile(r"<([^<>]*)>((?:\s*;[^,;<]*)*)")
_NEXT = re.compile(r";\s*rel\s*=\s*\"?next\"?\s*(;|$)", re.IGNORECASE)
_FIX = (
    "in Okta: the service app > Okta API Scopes: grant okta.users.read and okta.groups.read",
    "in Okta: the service app > Admin roles: a role that may view users and groups; docs/how-to/okta-groups.md",
)


class OktaApi:
    """One org, asked for as long as ``persistence`` has time. Every question raises ``Error`` and ``NetworkError``."""

    def __init__(
        self,
        org: str,
        token: Callable[[], Secret],
        forget: Callable[[], None],
        http: Http,
        persistence: Persistence,
        clock: Callable[[], float],
    ) -> None:  # fmt: skip
        """``org``: ``https://acme.okta.com``. ``forget``: called where ``token()`` is not good any more."""
        self._org = org
        self._token = token
        self._forget = forget
        self._http = http
        self._persistence = persistence
        self._clock = clock

    def person(self, people: OktaPeople, login: str) -> str | Unknown:
        """The id of the one active user who is ``login`` on GitHub: by the list of ``people``, else by the attribute.

        Only ACTIVE counts. Everybody else cannot sign in at Okta now (its help, "About user account status": suspended,
        locked out, password expired or being reset, deactivated, not yet activated), so nobody acts for them either.
        """
        if not _LOGIN.fullmatch(login):
            return Unknown("this is no login of GitHub")
        listed = people.logins.get(without_case(login))
        attribute, value = ("login", listed) if listed else (people.login_attribute, login)
        found, more = self._found("users", f"profile.{attribute} eq {json.dumps(value)}")
        if more or len(found) > MOST_FOUND:
            return Unknown(f"more than {MOST_FOUND} people in Okta may be {login}")
        users = [user for user in map(self._user, found) if _same(_profile(user).get(attribute), value)]
        active = [user for user in users if user.get("status") == "ACTIVE"]
        if len(active) == 1:
            return self._unless_listed(active[0], people, login, listed)
        if active:
            return Unknown(f"{len(active)} people in Okta are {login}")
        if users:
            states = sorted({excerpt(str(user.get("status")), 30) for user in users})
            return Unknown(f"in Okta {login} is not active but {', '.join(states)}")
        by = "the list of the map" if listed else attribute
        return Unknown(f"nobody in Okta is {login} by {by}")

    def group(self, name: str) -> str | Unknown:
        """The id of the one group of that very name. One that was renamed is not found."""
        found, more = self._found("groups", f"profile.name eq {json.dumps(name)}")
        named = [one for one in found if _profile(one).get("name") == name]
        if more or len(named) > 1:
            return Unknown("Okta has more than one group of that name")
        return _id(named[0], "looking for a group") if named else Unknown("Okta has no group of that name")

    def groups_of(self, person: str) -> Mapping[str, str]:
        """The names of the groups that the user of that id is in, by the groups' ids."""
        doing = "reading the groups of a person in Okta"
        place = f"{self._org}/api/v1/users/{quote(person, safe='')}/groups?limit={PAGE}"
        return {_id(one, doing): str(_profile(one).get("name")) for one in self._pages(place, doing)}

    def _unless_listed(
        self, user: Mapping[str, Any], people: OktaPeople, login: str, listed: str | None
    ) -> str | Unknown:  # fmt: skip
        theirs = str(_profile(user).get("login"))
        if not listed and any(_same(theirs, other) for other in people.logins.values()):
            # Two logins of one person would count as two who approve.
            return Unknown(f"the person who is {login} is another login by the list of the map")
        return _id(user, "looking for a person")

    def _found(self, kind: str, expression: str) -> tuple[list[Mapping[str, Any]], bool]:
        """What a search finds, and whether there is more of it. The text in it must be a string of JSON."""
        doing = f"searching Okta's {kind}"
        place = f"{self._org}/api/v1/{kind}?limit={PAGE}&search={quote(expression, safe='')}"
        response = self._get(place, doing)
        return _objects(response, doing), bool(_next(response))

    def _user(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        doing = "reading a person in Okta"
        wanted = _id(found, doing)
        user = json_object(self._get(f"{self._org}/api/v1/users/{quote(wanted, safe='')}", doing).body)
        if user is None or user.get("id") != wanted:
            raise _garbage(doing, "the person asked for")
        return user

    def _pages(self, place: str, doing: str) -> Iterator[Mapping[str, Any]]:
        for _ in range(MOST_PAGES):
            response = self._get(place, doing)
            yield from _objects(response, doing)
            further = _next(response)
            if not further:
                return
            place = _joined(place, further)
            # The token goes there.
            if origin(place) is None or origin(place) != origin(self._org):
                raise _garbage(doing, "a next page at the same host")
        raise _garbage(doing, f"at most {MOST_PAGES} pages")

    def _get(self, place: str, doing: str) -> Response:
        return self._persistence.run(doing, lambda: self._ask(place, doing))

    def _ask(self, place: str, doing: str) -> Response:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self._token().reveal()}"}
        within_s = self._persistence.remaining_s(doing)
        response = self._http.send("GET", place, headers, None, within_s=within_s, most=MAX_ANSWER)
        busy = unavailable(response, doing, self._clock())
        if busy is not None:
            raise busy
        if response.status == 401:
            self._forget()
        if response.status != 200:
            raise _refused(response, doing)
        return response


def _refused(response: Response, doing: str) -> Error:
    said = json_object(response.body) or {}
    words = f"{excerpt(str(said.get('errorCode', '')), 20)} {excerpt(str(said.get('errorSummary', '')), 200)}".strip()
    found = f"HTTP status {response.status}{f': {words}' if words else ''}"
    # A token can be revoked before it ends; with a new one it is tried once more.
    again = Retry(once=True) if response.status == 401 else None
    return Error("okta-api", doing, wanted="an answer", found=found, fix=_FIX, retry=again)


def _objects(response: Response, doing: str) -> list[Mapping[str, Any]]:
    try:
        value = json.loads(response.body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _garbage(doing, "a list in JSON")
    return value


def _id(found: Mapping[str, Any], doing: str) -> str:
    value = found.get("id")
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _garbage(doing, "an id")
    return value


def _profile(found: Mapping[str, Any]) -> Mapping[str, Any]:
    profile = found.get("profile")
    return profile if isinstance(profile, dict) else {}


def _same(one: object, other: str) -> bool:
    return isinstance(one, str) and without_case(one) == without_case(other)


def _next(response: Response) -> str:
    """The address of the next page, by the ``Link`` header (RFC 8288); empty where this was the last."""
    links = _LINK.findall(response.headers.get("link", ""))
    return next((place for place, parameters in links if _NEXT.search(parameters)), "")


def _joined(place: str, further: str) -> str:
    try:
        return urljoin(place, further)
    except ValueError:  # a host in brackets that is none
        return ""


def _garbage(doing: str, wanted: str) -> NetworkError:
    fix = "check the issuer in the map, and for a proxy or a sign-in page between here and Okta"
    return NetworkError("network-garbage", doing, wanted=wanted, found="something else", fix=fix)
