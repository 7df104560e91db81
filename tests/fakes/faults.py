# SPDX-License-Identifier: Apache-2.0
"""Ways for a stand-in to misbehave: ``stand_in.faults.append(hang())``.

A fault is used up by the first request it concerns; ``hang().forever()`` stays. By default every request but discovery
and keys is concerned (``not_metadata``), so that a fault at a token endpoint does not strike a client on its way there.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from okta_aws.demo.refusals import api_error, rate_headers
from okta_aws.demo.sts_front import NO_KEY
from okta_aws.demo.sts_rules import AwsRefusal
from okta_aws.demo.web import Request, Response, Wire


def not_metadata(request: Request) -> bool:
    """Every request but those for a discovery document or keys."""
    return "/.well-known/" not in request.path and not request.path.endswith("/v1/keys")


def metadata(request: Request) -> bool:
    """A request for a discovery document or keys."""
    return not not_metadata(request)


@dataclass(frozen=True, slots=True)
class Fault:
    """``strike`` does it; ``where`` tells to which requests."""

    name: str
    strike: Callable[[Wire], None]
    where: Callable[[Request], bool] = not_metadata
    lasting: bool = False

    def concerns(self, request: Request) -> bool:
        return self.where(request)

    def at(self, where: Callable[[Request], bool]) -> Fault:
        """The same for other requests."""
        return replace(self, where=where)

    def forever(self) -> Fault:
        """The same for every request it concerns."""
        return replace(self, lasting=True)


def answering(name: str, response: Response) -> Fault:
    """A well-formed answer that is not the wanted one."""
    return Fault(name, lambda wire: wire.reply(response))


def _aws(code: str, message: str, status: int) -> Fault:
    refusal = AwsRefusal(code, message, status)
    return answering(code, Response(status, refusal.xml(secrets.token_hex(16)), "text/xml"))


def throttled() -> Fault:
    """STS is asked too often."""
    return _aws("Throttling", "Rate exceeded", 400)


def idp_communication_error() -> Fault:
    """STS could not reach the identity provider (text: STS API model)."""
    return _aws(
        "IDPCommunicationError",
        "The request could not be fulfilled because the identity provider (IDP) that was asked to verify the incoming "
        "identity token could not be reached.",
        400,
    )


def verification_key() -> Fault:
    """STS could not get the issuer's keys."""
    return _aws("InvalidIdentityToken", NO_KEY, 400)


def expired() -> Fault:
    """STS finds the token expired."""
    now = int(time.time())
    message = f"Token expired: current date/time {now} must be before the expiration date/time{now - 1}"
    return _aws("ExpiredTokenException", message, 400)


def access_denied() -> Fault:
    """The role's trust policy refuses."""
    return _aws("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)


def internal_failure() -> Fault:
    """AWS's own 500."""
    return _aws("InternalFailure", "The request processing has failed because of an unknown error.", 500)


def unavailable(status: int = 503) -> Fault:
    """A gateway's error without a body that means anything."""
    return answering(str(status), Response(status, b"upstream connect error", "text/plain"))


def too_many(reset_in_s: float, *, concurrent: bool = False) -> Fault:
    """Okta's 429. Where too many requests run at once (``concurrent``), limit and remaining are 0."""
    limit = 0 if concurrent else 100
    headers = rate_headers(limit, 0, time.time() + reset_in_s)
    return _okta_429(headers)


def retry_after(seconds: float) -> Fault:
    """A 429 with the standard header alone."""
    return _okta_429({"Retry-After": str(math.ceil(seconds))})


def _okta_429(headers: Mapping[str, str]) -> Fault:
    summary = "API call exceeded rate limit due to too many requests."
    return answering("429", api_error(429, "E0000047", summary, headers))


def login_page() -> Fault:
    """200 with HTML: a proxy's or a portal's."""
    page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form></form></body></html>"
    return answering("html", Response(200, page, "text/html; charset=utf-8"))


def empty() -> Fault:
    """200 with nothing."""
    return answering("empty", Response(200))


def garbage() -> Fault:
    """Bytes that are no HTTP."""

    def strike(wire: Wire) -> None:
        wire.send(b"\x00\xff\x16\x03 not http at all\r\n\r\n")
        wire.close()

    return Fault("garbage", strike)


def redirect_loop() -> Fault:
    """A redirect to the same place, every time."""
    return answering("redirect", Response(302, headers={"Location": "/oauth2/again"})).forever()


def huge(size: int = 50 * 1024 * 1024) -> Fault:
    """An answer of ``size`` bytes."""

    def strike(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % size)
        chunk = b" " * 65536
        for _ in range(size // len(chunk)):
            wire.send(chunk)
        wire.send(chunk[: size % len(chunk)])

    return Fault("huge", strike)


def wrong_length() -> Fault:
    """Fewer bytes than promised, then the end."""

    def strike(wire: Wire) -> None:
        wire.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n{"access_')
        wire.close()

    return Fault("wrong length", strike)


def reset() -> Fault:
    """The connection breaks in the middle of the body."""

    def strike(wire: Wire) -> None:
        wire.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n{"access_')
        wire.reset()

    return Fault("reset", strike)


def hang(seconds: float = 3600, *, after: bytes = b"") -> Fault:
    """Silence after ``after`` (nothing, half of the headers, half of the body), then the end."""

    def strike(wire: Wire) -> None:
        wire.send(after)
        wire.wait(seconds)
        wire.close()

    return Fault("hang", strike)


HALF_HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: appli"
HALF_BODY = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n{"access_'


def drip(pause_s: float = 0.5) -> Fault:
    """One byte of the body each ``pause_s``: never silent for long, never done."""

    def strike(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(100000):
            wire.send(b" ")
            if wire.wait(pause_s):
                break
        wire.close()

    return Fault("drip", strike)
