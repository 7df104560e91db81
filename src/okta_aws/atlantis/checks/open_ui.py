# SPDX-License-Identifier: Apache-2.0
"""Atlantis's pages without a sign-in."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.atlantis.checks.rule import Problem, Rule
from okta_aws.atlantis.setup_files.facts import Server, Setup
from okta_aws.trust.finding import Severity

_FIX = "put oauth2-proxy before it and let only POST /events past, or set web-basic-auth with a password of your own"
# Whoever has this password has had it from Atlantis's documentation.
_DEFAULT = "atlantis"
_SHORTEST = 16


def _check(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        if server.published is not None and not _asks(server):
            message = (
                "Atlantis's port is open here, and it asks nobody who they are: locks, plans and logs are everybody's"
            )
            yield Problem(server.published, message, _FIX, "published")
        elif not server.sign_in and not _asks(server) and _is_off(server):
            message = "nothing that signs people in stands before it: whoever reaches it reads plans and drops locks"
            yield Problem(server.place_of("web-basic-auth"), message, _FIX, "no sign-in")


def _passwords(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        password = server.setting("web-password")
        if not server.on("web-basic-auth") or (password is not None and not password.known):
            continue
        if password is None and server.unseen:
            continue
        if password is None or password.value == _DEFAULT:
            message = "the password of its pages is the one that every Atlantis begins with"
        elif len(password.value) < _SHORTEST:
            message = (
                f"the password of its pages has fewer than {_SHORTEST} characters, and nothing slows guessing down"
            )
        else:
            continue
        yield Problem(server.place_of("web-password"), message, "set web-password to 32 random characters")


def _asks(server: Server) -> bool:
    return server.on("web-basic-auth") is not None


def _is_off(server: Server) -> bool:
    return server.lacks("web-basic-auth") or server.known("web-basic-auth") is not None


OPEN_UI = Rule("open-ui", Severity.ERROR, "Its pages and locks are open to everybody who reaches it", _check)
DEFAULT_PASSWORD = Rule("default-password", Severity.ERROR, "The password of its pages can be guessed", _passwords)
