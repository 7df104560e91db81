# SPDX-License-Identifier: Apache-2.0
"""Whether somebody on GitHub is in a group of Okta. Whatever goes wrong on the way, the answer is no yes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from okta_aws.approval.rules import Answer, OktaPeople, Told, Unknown, without_case
from okta_aws.errors import Error
from okta_aws.flows.client import Client
from okta_aws.okta_api import SCOPES, OktaApi
from okta_aws.secret import Secret
from okta_aws.settings.settings import Patience
from okta_aws.settings.source import OktaClient
from okta_aws.sources.okta_org import org_token

T = TypeVar("T")

PATIENCE = Patience(max_attempts=3, total_s=20, access_denied_s=0)
"""For one question. GitHub and Atlantis wait longer; people do not."""
KEPT_S = 60
"""For how long what Okta said counts: so long somebody who left may still do what was allowed."""
PAUSE_S = 5
"""After a failure nobody is asked for so long, and after a doubt not the same again: the groups of a map must neither
wait for a dead server in turn, nor let a stranger's one comment use up the requests that Okta allows."""
_MOST_KEPT = 2000
_EARLY_S = 60


class OktaGroupsOfPeople:
    """The groups of one org, asked with one service app; what it learned is kept for a minute."""

    def __init__(
        self,
        people: OktaPeople,
        key: Secret,
        key_id: str,
        connect: Callable[[], Client],
        report: Callable[[Error], None],
    ) -> None:
        """``key``: of the service app. ``connect``: makes a client with ``PATIENCE``. ``report``: hears of failures."""
        self._people = people
        self._app = OktaClient(people.issuer, people.client_id, key, key_id, None, SCOPES)
        self._connect = connect
        self._report = report
        self._persons, self._groups = _Kept[str](), _Kept[str]()
        self._groups_of = _Kept[Mapping[str, str]]()
        self._bearer: tuple[float, Secret] | None = None
        self._failed: tuple[float, str] | None = None

    def member(self, login: str, group: str) -> Told:
        """Whether ``login`` belongs to ``group`` (its name), with the reason where that cannot be told."""
        client = self._connect()
        now = client.time.monotonic()
        try:
            if self._failed is not None and now < self._failed[0]:
                return Unknown(self._failed[1])
            return self._member(client, login, group)
        except Error as error:
            error = client.explained(error)
            self._report(error)
            why = error.headline()
            self._failed = (client.time.monotonic() + PAUSE_S, why)
            return Unknown(why)
        finally:
            client.close()

    def _member(self, client: Client, login: str, group: str) -> Told:
        api = OktaApi(
            self._people.issuer,
            lambda: self._token(client),
            self._forget,
            client.http,
            client.persistence,
            client.time.clock,
        )
        now = client.time.monotonic()
        person = self._persons.known(without_case(login), now, lambda: api.person(self._people, login))
        if isinstance(person, Unknown):
            return person
        wanted = self._groups.known(group, now, lambda: api.group(group))
        if isinstance(wanted, Unknown):
            return wanted
        theirs = self._groups_of.known(person, now, lambda: api.groups_of(person))
        if isinstance(theirs, Unknown) or wanted not in theirs:
            return Answer.NO
        # The search that found the group may not know yet what it is called now.
        return Answer.YES if theirs[wanted] == group else Unknown("Okta has no group of that name")

    def _token(self, client: Client) -> Secret:
        now, bearer = client.time.monotonic(), self._bearer
        if bearer is None or now >= bearer[0]:
            made = org_token(self._app, client.http, client.persistence, client.time)
            self._bearer = bearer = (now + made.lasts_s - min(_EARLY_S, made.lasts_s / 2), made.token)
        return bearer[1]

    def _forget(self) -> None:
        self._bearer = None


class _Kept(Generic[T]):
    """Answers that count for a while. A doubt counts for a short one: it may be gone the next moment."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[float, T | Unknown]] = {}

    def known(self, name: str, now: float, ask: Callable[[], T | Unknown]) -> T | Unknown:
        """What is known of ``name``, or is asked and then kept."""
        kept = self._answers.get(name)
        if kept is not None and now < kept[0]:
            return kept[1]
        answer = ask()
        if len(self._answers) >= _MOST_KEPT:
            self._answers.clear()
        self._answers[name] = (now + (PAUSE_S if isinstance(answer, Unknown) else KEPT_S), answer)
        return answer
