# SPDX-License-Identifier: Apache-2.0
"""Which proxy serves a host.

``HTTPS_PROXY`` counts before ``HTTP_PROXY`` and serves every request, as configure-aws-credentials has it; the
conventions of ``NO_PROXY`` are those that curl and Go share.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from okta_aws.secret import Secret
from okta_aws.settings.scalars import Reader


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy server. ``authorization``: the value of the Proxy-Authorization header."""

    host: str
    port: int
    tls: bool
    authorization: Secret | None

    @classmethod
    def parse(cls, text: str) -> Proxy | None:
        """The proxy that ``[http[s]://][user:password@]host[:port]`` names, ``None`` where that is no proxy."""
        try:
            parts = urlsplit(text if "://" in text else f"http://{text}")
            port = parts.port
        except ValueError:
            return None
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.path not in {"", "/"}
            or parts.query
            or parts.fragment
        ):
            return None
        tls = parts.scheme == "https"
        return cls(parts.hostname, port or (443 if tls else 80), tls, _basic(parts.username, parts.password))


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxy of a run and the hosts that are reached without it."""

    proxy: Proxy | None = None
    exceptions: tuple[str, ...] = ()

    def for_host(self, host: str, port: int) -> Proxy | None:
        """The proxy for ``host``, ``None`` for a direct connection."""
        if self.proxy is None or any(_matches(one, host.lower().rstrip("."), port) for one in self.exceptions):
            return None
        return self.proxy


NO_PROXIES = Proxies()


def passwords_in(text: str) -> tuple[str, ...]:
    """The password in a proxy's URL, as it is written and as it is meant; for masking."""
    credentials, at, _ = text.rpartition("://")[2].rpartition("@")
    password = credentials.partition(":")[2] if at else ""
    return tuple(dict.fromkeys(one for one in (password, unquote(password)) if one))


def _basic(user: str | None, password: str | None) -> Secret | None:
    if user is None:
        return None
    pair = f"{unquote(user)}:{unquote(password or '')}"
    return Secret("Basic " + base64.b64encode(pair.encode("utf-8", "surrogateescape")).decode())


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    holds = _holds(entry, host)
    if holds is not None:
        return holds
    name, colon, entry_port = entry.rpartition(":")
    if colon and entry_port.isdigit():
        if entry_port != str(port):
            return False
        entry = name
    entry = entry.removeprefix("*").strip("[]").removeprefix(".").rstrip(".")
    return bool(entry) and (host == entry or host.endswith("." + entry))


def _holds(entry: str, host: str) -> bool | None:
    """Whether the address or network ``entry`` holds ``host``; ``None`` where it is neither, but a name."""
    import ipaddress  # late: most runs have no proxy

    try:
        network = ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return None
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False


def read_proxies(reader: Reader) -> Proxies:
    """The proxy and its exceptions that were set."""
    text = reader.text("http-proxy")
    proxy = Proxy.parse(text) if text else None
    if text and proxy is None:
        reader.refuse("http-proxy", "a proxy, http://[USER:PASSWORD@]HOST:PORT")
    return Proxies(proxy, tuple(one.lower() for one in reader.items("no-proxy")))
