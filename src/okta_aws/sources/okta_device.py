# SPDX-License-Identifier: Apache-2.0
"""A person's ID token by the device authorization grant (RFC 8628).

``sign_in`` is the whole flow without I/O: a generator that says what to do next and is told what came of it.
``DeviceLogin`` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlencode

from okta_aws.errors import Error, NetworkError, SourceError, TokenError
from okta_aws.http import Http, Response
from okta_aws.issuers import Issuer, discover, json_object, origin, unavailable
from okta_aws.retry import Persistence, Time
from okta_aws.secret import Secret
from okta_aws.settings.source import OktaLogin
from okta_aws.sources.okta_device_refusals import device_refusal
from okta_aws.tokens.token import Token, parse

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SCOPE = "openid"
# RFC 8628, 3.2 and 3.5: the interval where none is named, and what slow_down adds to it.
_INTERVAL_S = 5.0
_SLOWER_S = 5.0
# Okta's codes live for ten minutes; nobody is waited for longer than this, whatever a server says.
_LONGEST_S = 3600.0
# Between two attempts while the network is down (RFC 8628, 3.5 asks for a back-off).
_LONGEST_PAUSE_S = 60.0
_POLL_S = 15.0
_REVOKE_S = 3.0
_LONGEST_TEXT = 2048
_LONGEST_CODE = 64


@dataclass(frozen=True, slots=True)
class Begin:
    """Ask the device authorization endpoint, again where that may help. The reply is a ``Reply`` without error."""

    form: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Show:
    """Tell the person where to go and what to enter. ``direct``: an address with the code in it, empty if none."""

    address: str
    code: str
    direct: str
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait that many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Poll:
    """Ask the token endpoint, once. ``form`` holds a secret, the device code."""

    form: Mapping[str, Secret | str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a step, at ``now_s`` (any clock that only goes forward, in seconds).

    ``status`` and ``said``: the answer's, of ``Begin`` and ``Poll``. ``error``: that there was no answer, or one that
    asks to wait (HTTP status 429, 5xx); its ``retry`` says whether another attempt may help.
    """

    now_s: float
    status: int = 0
    said: Mapping[str, Any] | None = None
    error: Error | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the person's consent was worth. ``access``: comes along and is of no use to us."""

    identity: Secret
    access: Secret | None


Step = Begin | Show | Wait | Poll


@dataclass(frozen=True, slots=True)
class _Grant:
    """What the server said about one attempt to sign in."""

    device_code: Secret
    show: Show
    interval_s: float
    ends_s: float


def sign_in(client_id: str, doing: str, *, local: bool = False) -> Generator[Step, Reply, Tokens]:
    """The steps of one sign-in; the tokens at its end. Each step is answered by a ``Reply``.

    ``local``: the issuer is on this machine, without TLS, and so may be its page.

    Raises ``SourceError`` where the person or Okta said no or the code ran out, ``NetworkError`` where somebody spoke
    garbage or could not be reached until the code ran out.
    """
    reply = yield Begin({"client_id": client_id, "scope": _SCOPE})
    if reply.status != 200:
        raise device_refusal(reply.said or {}, reply.status, doing, client_id)
    grant = _grant(reply, doing, local=local)
    form: dict[str, Secret | str] = {"grant_type": _GRANT, "device_code": grant.device_code, "client_id": client_id}
    reply = yield grant.show
    interval_s, pause_s = grant.interval_s, grant.interval_s
    while True:
        if reply.now_s + pause_s >= grant.ends_s:
            raise _too_late(reply.error, doing)
        yield Wait(pause_s)
        reply = yield Poll(form)
        if reply.error is not None:
            # A limit that was hit is Okta's other way to say slow_down.
            interval_s += _SLOWER_S if reply.error.code == "okta-rate-limit" else 0
            pause_s = _pause_s(reply.error, interval_s, pause_s)
            continue
        said = reply.said or {}
        if reply.status == 200:
            return _tokens(said, doing)
        if said.get("error") not in {"authorization_pending", "slow_down"}:
            raise device_refusal(said, reply.status, doing, client_id)
        interval_s += _SLOWER_S if said["error"] == "slow_down" else 0
        pause_s = interval_s


def _pause_s(error: Error, interval_s: float, last_s: float) -> float:
    """Seconds until the next attempt after ``error``; raises it where there shall be none."""
    if error.retry is None:
        raise error
    if error.code == "okta-rate-limit":
        return max(interval_s, error.retry.after_s or 0)
    return max(interval_s, min(2 * last_s, _LONGEST_PAUSE_S), error.retry.after_s or 0)


def _too_late(last: Error | None, doing: str) -> Error:
    if last is not None:
        last.retry = None
        return last
    return SourceError(
        "okta-device-expired",
        doing,
        wanted="a sign-in before the code ran out",
        found="none",
        fix="run okta-aws login again, and enter the new code",
    )


def _grant(reply: Reply, doing: str, *, local: bool) -> _Grant:
    said = reply.said or {}
    lasts_s = min(_seconds(said.get("expires_in"), doing), _LONGEST_S)
    interval_s = _seconds(said.get("interval", _INTERVAL_S), doing)
    address, direct = said.get("verification_uri"), said.get("verification_uri_complete", "")
    # Shown to a person who will type a password there, and handed to a browser: nothing but a plain https address, so
    # that an issuer elsewhere can have no page of this machine opened either.
    for one in (address, direct or address):
        known = origin(one)
        if known is None or (known[0] != "https" and not local) or len(str(one)) > _LONGEST_TEXT:
            _garbage(doing, "an https address to sign in at", "something else in verification_uri")
    code = _word(said.get("user_code"), _LONGEST_CODE, "user_code", doing)
    device_code = _word(said.get("device_code"), _LONGEST_TEXT, "device_code", doing)
    show = Show(str(address), code, str(direct or ""), lasts_s)
    return _Grant(Secret(device_code), show, max(interval_s, 1.0), reply.now_s + lasts_s)


def _seconds(value: object, doing: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < 1e9:
        _garbage(doing, "expires_in and interval in seconds", "something else")
    return float(value)


def _word(value: object, longest: int, name: str, doing: str) -> str:
    is_word = isinstance(value, str) and value.isascii() and value.isprintable() and 0 < len(value.strip()) <= longest
    if not is_word or len(str(value)) > longest:
        _garbage(doing, f"a {name} of at most {longest} plain characters", "something else")
    return str(value)


def _tokens(said: Mapping[str, Any], doing: str) -> Tokens:
    identity, access = said.get("id_token"), said.get("access_token")
    if not isinstance(identity, str):
        _garbage(doing, "an answer with an id_token", "one without")
    return Tokens(Secret(identity), Secret(access) if isinstance(access, str) and access else None)


def _garbage(doing: str, wanted: str, found: str) -> NoReturn:
    fix = "check okta-issuer, and for a proxy or a sign-in page between here and Okta"
    raise NetworkError("network-garbage", doing, wanted=wanted, found=found, fix=fix)


class DeviceLogin:
    """Signs a person in at the Okta app of ``login``."""

    def __init__(self, login: OktaLogin, http: Http, persistence: Persistence, time: Time) -> None:
        self._login = login
        self._http = http
        self._persistence = persistence
        self._time = time

    def run(self, show: Callable[[Show], None], debug: Callable[[str], None]) -> Token:
        """The person's ID token, as AWS will want it: of the issuer, for the app. ``show`` tells the person.

        Raises as ``sign_in`` does, ``SourceError`` where the issuer has no device flow, ``TokenError`` where the token
        is not what was asked for.
        """
        doing = f"signing in at {self._login.issuer}"
        issuer = discover(self._login.issuer, self._http, self._persistence, self._time)
        if not issuer.token_endpoint or not issuer.device_endpoint:
            raise SourceError(
                "okta-discovery",
                doing,
                wanted="an issuer that signs people in by device authorization",
                found="no device_authorization_endpoint of its own in its discovery document",
                fix="give an issuer of an Okta org, https://acme.okta.com or one of its authorization servers",
            )
        local = self._login.issuer.startswith("http:")
        tokens = self._drive(sign_in(self._login.client_id, doing, local=local), issuer, show, doing)
        self._drop(tokens.access, issuer, debug)
        return self._checked(tokens.identity, doing)

    def _drive(
        self, steps: Generator[Step, Reply, Tokens], issuer: Issuer, show: Callable[[Show], None], doing: str
    ) -> Tokens:
        try:
            step = next(steps)
            while True:
                step = steps.send(self._done(step, issuer, show, doing))
        except StopIteration as end:
            tokens: Tokens = end.value
            return tokens

    def _done(self, step: Step, issuer: Issuer, show: Callable[[Show], None], doing: str) -> Reply:
        if isinstance(step, Begin):
            form = step.form
            return self._persistence.run(
                doing, lambda: self._ask(issuer.device_endpoint, form, self._persistence.remaining_s(doing), doing)
            )
        if isinstance(step, Poll):
            revealed = {name: one.reveal() if isinstance(one, Secret) else one for name, one in step.form.items()}
            try:
                return self._ask(issuer.token_endpoint, revealed, _POLL_S, doing)
            except Error as error:
                return Reply(self._time.monotonic(), error=error)
        if isinstance(step, Show):
            show(step)
        else:
            self._time.sleep(step.seconds)
        return Reply(self._time.monotonic())

    def _ask(self, url: str, form: Mapping[str, str], within_s: float, doing: str) -> Reply:
        response = self._post(url, form, within_s)
        busy = unavailable(response, doing, self._time.clock())
        if busy is not None:
            raise busy
        said = json_object(response.body)
        if said is None:
            _garbage(doing, "an answer in JSON", f"HTTP status {response.status} and something else")
        return Reply(self._time.monotonic(), response.status, said)

    def _post(self, url: str, form: Mapping[str, str], within_s: float) -> Response:
        headers = {"Accept": "application/json"}
        return self._http.post_form(url, urlencode(form).encode(), headers, within_s=within_s)

    def _drop(self, access: Secret | None, issuer: Issuer, debug: Callable[[str], None]) -> None:
        """Has Okta forget the access token (RFC 7009), which would be good for an hour. A courtesy: it may fail."""
        if access is None or not issuer.revocation_endpoint:
            return
        form = {"token": access.reveal(), "token_type_hint": "access_token", "client_id": self._login.client_id}
        try:
            status = self._post(issuer.revocation_endpoint, form, _REVOKE_S).status
            debug(f"revoking the access token: HTTP status {status}")
        except NetworkError as error:
            debug(f"revoking the access token: {error.reason()}")

    def _checked(self, text: Secret, doing: str) -> Token:
        token = parse(text.reveal())
        found = (token.issuer, token.audiences)
        if found != (self._login.issuer, (self._login.client_id,)):
            raise TokenError(
                "token-audience",
                doing,
                wanted=f"an ID token of {self._login.issuer} for {self._login.client_id}",
                found=f"one of {ascii(found[0])[:200]} for {ascii(', '.join(found[1]))[:200]}",
                fix="check okta-issuer and okta-client-id against the app in Okta",
            )
        return token
