# SPDX-License-Identifier: Apache-2.0
"""Addresses without TLS."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.atlantis.checks.rule import Problem, Rule
from okta_aws.atlantis.setup_files.facts import Setup, is_true
from okta_aws.trust.finding import Severity

_LOOPBACK = ("http://localhost", "http://127.", "http://[::1]")
_FIX = "let TLS end at a proxy before it, or give ssl-cert-file and ssl-key-file"


def _check(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        address = server.setting("atlantis-url")
        own = server.setting("ssl-cert-file") is not None
        if address is not None and address.value.startswith("http://") and not address.value.startswith(_LOOPBACK):
            message = "its address is plain http: sign-ins and webhooks can be read and changed on the way"
            yield Problem(address.place, message, "give an https:// address", "address")
        elif server.published is not None and not own and not server.unseen:
            message = "its port is open to others and speaks plain http"
            yield Problem(server.published, message, _FIX, "port")
        elif not server.tls and not own and not server.unseen and address is None and server.image is not None:
            message = "nothing that ends TLS stands before it, and it has no certificate itself"
            yield Problem(server.place, message, _FIX, "server", Severity.WARNING)


def _redis(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        kind = server.known("locking-db-type")
        if kind is None or kind.value != "redis":
            continue
        tls, unchecked = server.known("redis-tls-enabled"), server.on("redis-insecure-skip-verify")
        off = server.lacks("redis-tls-enabled") or (tls is not None and not is_true(tls.value))
        if off or unchecked:
            at = server.place_of("redis-insecure-skip-verify" if unchecked else "redis-tls-enabled")
            message = "Redis is spoken to without TLS, or with whoever answers: locks and its password can be read"
            yield Problem(at, message, "turn redis-tls-enabled on, and redis-insecure-skip-verify off")


PLAIN_HTTP = Rule("plain-http", Severity.ERROR, "It is reached without TLS", _check)
PLAIN_REDIS = Rule("plain-redis", Severity.WARNING, "Redis is reached without TLS", _redis)
