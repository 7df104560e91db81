# SPDX-License-Identifier: Apache-2.0
"""What the links share: settings, clients with little patience, and what earlier links found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from okta_aws.credentials import AwsKeys
from okta_aws.errors import Error, NetworkError
from okta_aws.flows.client import Client
from okta_aws.flows.doctor.link import Status
from okta_aws.issuers import server_time
from okta_aws.retry import Time
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.settings import Parts, Patience
from okta_aws.settings.source import Source
from okta_aws.tokens.token import Token

# A link gets one attempt and this long, in seconds; all of them together what action-timeout-s says.
_LINK_S = 10


@dataclass(frozen=True, slots=True)
class Given:
    """What the command was given. ``policy``: text of the role's trust policy, empty where none was named."""

    parts: Parts
    environ: Mapping[str, str]
    context: Context
    policy: str | bytes = ""


class Chain:
    """One examination. What a link finds out is left here for those that come after it."""

    def __init__(
        self, given: Given, time: Time, mask: Callable[[Secret | str], None], debug: Callable[[str], None]
    ) -> None:
        self.given, self.time, self.debug = given, time, debug
        self._mask = mask
        self._hidden: set[str] = set()
        self._ends = time.monotonic() + given.parts.patience.total_s
        self.source: Source | None = None
        self.token: Token | None = None
        self.refused_token: Error | None = None
        self.document: Mapping[str, Any] | None = None
        self.key: Mapping[str, Any] | None = None
        self.key_set: Mapping[str, Any] | None = None
        self.keys: AwsKeys | None = None
        self.account = ""
        self.has_provider: bool | None = None
        self.offsets: dict[str, float] = {}
        self.statuses: dict[str, Status] = {}

    def mask(self, value: Secret | str) -> None:
        """Hides a value in all that is said of any link."""
        self._mask(value)
        text = value.reveal() if isinstance(value, Secret) else value
        self._hidden.update(line for line in text.splitlines() if line)

    def without_secrets(self, text: str) -> str:
        """``text`` with what was masked taken out."""
        for hidden in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(hidden, "***")
        return text

    @property
    def issuer(self) -> str:
        """The token's issuer, or else that of the settings; empty if unknown."""
        if self.token is not None:
            return self.token.issuer
        source = self.source
        if source is None:
            return ""
        chosen = source.okta or source.login
        return chosen.issuer if chosen else ""

    @property
    def provider(self) -> str:
        """The issuer as IAM names a provider: without its scheme."""
        return self.issuer.partition("://")[2] or self.issuer

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A client for one link. Raises ``NetworkError`` (deadline) where the time for all of them is over."""
        left_s = self._ends - self.time.monotonic()
        if left_s <= 0:
            total_s = self.given.parts.patience.total_s
            fix = "raise action-timeout-s"
            raise NetworkError("deadline", "looking at this link", wanted=f"an end within {total_s} s", fix=fix)
        patience = Patience(max_attempts=1, total_s=max(1, int(min(_LINK_S, left_s))), access_denied_s=0)
        client = Client(patience, self.given.parts.network, self.given.context, self.time, self.debug)
        try:
            yield client
        finally:
            self._note_the_time(client)
            client.close()

    def _note_the_time(self, client: Client) -> None:
        if client.http.dated is None:
            return
        host, date, at = client.http.dated
        theirs = server_time({"date": date})
        if theirs is not None:
            ours = self.time.clock() - (self.time.monotonic() - at)
            self.offsets[host] = max(theirs - ours, self.offsets.get(host, 0.0), key=abs)
