# SPDX-License-Identifier: Apache-2.0
"""Which proxy serves a host.

``HTTPS_PROXY`` counts before ``HTTP_PROXY`` and serves every request, as configure-aws-credentials has it; the
conventions of ``NO_PROXY`` are those that curl and Go share.
"""

from __future__ import annotations

import base64
import ipaddress
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


def exceptions_of(no_proxy: str) -> tuple[str, ...]:
    """The entries of a ``NO_PROXY`` list (commas or blanks), lower case."""
    return tuple(one.strip().lower() for one in no_proxy.replace(" ", ",").split(",") if one.strip())


def passwords_in(text: str) -> tuple[str, ...]:
    """The password in a proxy's URL, as it is written and as it is meant; for masking."""
    credentials, at, _ = text.rpartition("://")[2].rpartition("@")
    password = credentials.partition(":")[2] if at else ""
    return tuple(dict.fromkeys(one for one in (password, unquote(password)) if one))


def _basic(user: str | None, password: str | None) -> Secret | None:
    if user is None:
        return None
    pair = f"{unquote(user)}:{unquote(password or '')}"
    return Secret("Basic " + base64.b64encode(pair.encode()).decode())


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    network = _network(entry)
    if network is not None:
        address = _address(host)
        return address is not None and address in network
    name, colon, entry_port = entry.rpartition(":")
    if colon and entry_port.isdigit():
        if entry_port != str(port):
            return False
        entry = name
    entry = entry.removeprefix("*").strip("[]").removeprefix(".").rstrip(".")
    return bool(entry) and (host == entry or host.endswith("." + entry))


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def read_proxies(reader: Reader) -> Proxies:
    """The proxy and its exceptions that were set."""
    text = reader.text("http-proxy")
    proxy = Proxy.parse(text) if text else None
    if text and proxy is None:
        reader.refuse("http-proxy", "a proxy, http://[USER:PASSWORD@]HOST:PORT")
    return Proxies(proxy, exceptions_of(reader.text("no-proxy")))
