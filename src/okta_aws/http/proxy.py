# SPDX-License-Identifier: Apache-2.0
"""How to get through a proxy."""

from __future__ import annotations

from okta_aws.errors import NetworkError, Retry
from okta_aws.http.stream import Stream
from okta_aws.settings.proxies import Proxy

_MAX_HEAD = 1 << 16
_PASSING = frozenset({429, 500, 502, 503, 504})


def tunnel(stream: Stream, proxy: Proxy, host: str, port: int, user_agent: str) -> None:
    """Asks ``proxy`` over ``stream`` for a tunnel to ``host`` (CONNECT, RFC 9110 9.3.6).

    Raises ``NetworkError`` (network-proxy) where it refuses; its words are not repeated. ``OSError`` where it goes.
    """
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", f"User-Agent: {user_agent}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization.reveal()}")
    stream.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    head = b""
    while b"\r\n\r\n" not in head:
        piece = stream.recv(1)
        if not piece:
            raise ConnectionResetError
        if len(head) > _MAX_HEAD:
            raise refused(proxy, host, None)
        head += piece
    words = head.split(b"\r\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise refused(proxy, host, None)
    if not 200 <= int(words[1]) < 300:
        raise refused(proxy, host, int(words[1]))


def refused(proxy: Proxy, host: str, status: int | None) -> NetworkError:
    """The error for a proxy that leads no way to ``host``; ``status``: of HTTP, ``None`` for what is no HTTP."""
    fix = (
        "check the proxy's user and password"
        if status == 407
        else "check that the proxy lets connections to this host through, or add the host to no-proxy"
    )
    return NetworkError(
        "network-proxy",
        f"asking the proxy {proxy.host}:{proxy.port} for a way to {host}",
        wanted="a tunnel",
        found="an answer that is not HTTP" if status is None else f"HTTP status {status}",
        fix=fix,
        retry=Retry() if status in _PASSING else None,
    )
