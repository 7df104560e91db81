# SPDX-License-Identifier: Apache-2.0
"""The one HTTP client of the hot path.

Small on purpose: no redirects, no cookies, no decompression, answers of at most 1 MiB. Every step has a time limit
that a slow or dripping server cannot stretch. Nothing of a request or an answer but host, path, status and duration
is ever logged.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from okta_aws import __version__
from okta_aws.errors import NetworkError, Retry
from okta_aws.http.proxy import refused, tunnel
from okta_aws.http.stream import Stream
from okta_aws.settings.proxies import NO_PROXIES, Proxies, Proxy
from okta_aws.settings.scalars import is_loopback

CONNECT_S = 5.0
ANSWER_S = 15.0
MAX_BODY = 1 << 20
USER_AGENT = f"okta-aws-action/{__version__} (+https://github.com/org/okta-aws-action)"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that arrived whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Sends requests; keeps a connection open for the next request to the same host."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        debug: Callable[[str], None],
        proxies: Proxies = NO_PROXIES,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        """``monotonic``: a clock in seconds. ``debug``: takes a line of log. ``tls``: makes the TLS context.

        ``dated`` then tells host, Date header and monotonic time of the newest answer that had such a header,
        ``failed_on_loopback`` whether the newest request could not even reach this machine itself, and ``may_be_sent``
        whether any of it can have reached the server.
        """
        self._monotonic = monotonic
        self.dated: tuple[str, str, float] | None = None
        self.failed_on_loopback = False
        self.may_be_sent = False
        self._reaching = ""
        self._debug = debug
        self._proxies = proxies
        self._make_tls = tls
        self._tls: ssl.SSLContext | None = None
        self._idle: dict[tuple[str, str, int], _Connection] = {}

    def get(self, url: str, headers: Mapping[str, str], *, within_s: float) -> Response:
        """The answer to a GET; see ``send``."""
        return self.send("GET", url, headers, None, within_s=within_s)

    def post_form(self, url: str, form: bytes, headers: Mapping[str, str], *, within_s: float) -> Response:
        """The answer to a POST of an encoded form; see ``send``."""
        return self.send(
            "POST", url, {"Content-Type": "application/x-www-form-urlencoded", **headers}, form, within_s=within_s
        )

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        within_s: float,
        answer_s: float = ANSWER_S,
        most: int = MAX_BODY,
    ) -> Response:
        """The answer of the server at ``url``, whatever its status.

        ``within_s``: seconds that are left for this attempt; connecting gets at most 5 of them, the answer
        ``answer_s``. ``most``: bytes of an answer. Raises ``NetworkError``, with ``retry`` set where another attempt
        may help.
        """
        self.may_be_sent = False
        try:
            parts = urlsplit(url)
            host, tls = parts.hostname or "", parts.scheme == "https"
            port = parts.port or (443 if tls else 80)
        except ValueError:
            raise _unspeakable(method) from None
        place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        started = self._monotonic()
        try:
            response = self._exchange((parts.scheme, host, port), method, url, headers, body, within_s, answer_s, most)
        except (OSError, http.client.HTTPException) as cause:
            error = network_error(cause, f"{method} {place}", self._reaching, self._monotonic() - started)
            proxy = self._proxies.for_host(host, port)
            self.failed_on_loopback = is_loopback(proxy.host if proxy else host)
            self._debug(f"{method} {place}: {error.reason()}")
            raise error from cause
        except ValueError:
            # http.client's refusal of a header quotes its value, which may be a bearer token: no chain, no text.
            raise _unspeakable(f"{method} {place}") from None
        self._debug(f"{method} {place}: {response.status} in {(self._monotonic() - started) * 1000:.0f} ms")
        if "date" in response.headers:
            self.dated = (host, response.headers["date"], self._monotonic())
        return response

    def close(self) -> None:
        """Closes the connections kept open."""
        for connection in self._idle.values():
            connection.end()
        self._idle.clear()

    def _exchange(
        self,
        address: tuple[str, str, int],
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        within_s: float,
        answer_s: float,
        most: int,
    ) -> Response:
        self._reaching = address[1]
        started = self._monotonic()
        connection = self._kept(address) or self._connect(address, min(CONNECT_S, within_s))
        self.may_be_sent = True
        try:
            connection.stream.deadline = min(self._monotonic() + answer_s, started + within_s)
            response = connection.ask(method, url, headers, body, most)
        except BaseException:
            connection.end()
            raise
        if connection.reusable:
            self._idle[address] = connection
        else:
            connection.end()
        return response

    def _kept(self, address: tuple[str, str, int]) -> _Connection | None:
        connection = self._idle.pop(address, None)
        if connection is not None and connection.stream.has_input():
            # Nothing was asked, so what there is to read is the server's good-bye.
            connection.end()
            return None
        return connection

    def _connect(self, address: tuple[str, str, int], within_s: float) -> _Connection:
        scheme, host, port = address
        proxy = self._proxies.for_host(host, port)
        if proxy:
            self._reaching = f"the proxy {proxy.host}:{proxy.port}"
        deadline = self._monotonic() + within_s
        sock = _open(
            resolve(proxy.host if proxy else host, proxy.port if proxy else port, within_s), deadline, self._monotonic
        )
        stream = Stream(sock, self._monotonic, deadline)
        try:
            if proxy and proxy.tls:
                stream.start_tls(self._tls_context(), proxy.host)
            if proxy and scheme == "https":
                tunnel(stream, proxy, host, port, USER_AGENT)
            self._reaching = host
            if scheme == "https":
                stream.start_tls(self._tls_context(), host)
        except BaseException:
            stream.end()
            raise
        return _Connection(
            stream, host, port, proxy if scheme == "http" else None, default_port=443 if scheme == "https" else 80
        )

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = self._make_tls()
        return self._tls


class _Connection(http.client.HTTPConnection):
    """A connection over a stream that is open already. ``proxy``: the one that plain requests are addressed to."""

    def __init__(self, stream: Stream, host: str, port: int, proxy: Proxy | None, *, default_port: int) -> None:
        super().__init__(host, port)
        # The port that the Host header leaves out; some issuers build their own name from that header.
        self.default_port = default_port
        self.sock = stream
        self.auto_open = 0
        self.stream = stream
        self.reusable = False
        self._proxy = proxy

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, most: int = MAX_BODY
    ) -> Response:
        """One request and its whole answer."""
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
        if self._proxy and self._proxy.authorization:
            headers["Proxy-Authorization"] = self._proxy.authorization.reveal()
        self.request(method, _absolute(url) if self._proxy else _target(url), body, headers)
        with self.getresponse() as answer:
            if self._proxy and answer.status == 407:
                raise refused(self._proxy, self.host, 407)
            if self.stream.ended:
                # `http.client` takes headers that break off for whole ones.
                raise http.client.IncompleteRead(b"")
            payload = answer.read(most + 1)
            if len(payload) > most:
                raise http.client.HTTPException(f"an answer of more than {most} bytes")
            if answer.length:
                raise http.client.IncompleteRead(payload, answer.length)
            self.reusable = not answer.will_close
            return Response(answer.status, _combined(answer.getheaders()), payload)

    def end(self) -> None:
        """Closes the connection for good."""
        self.close()
        self.stream.end()


def _combined(lines: list[tuple[str, str]]) -> dict[str, str]:
    """Headers by their lower-case names; what came on several lines, in one (RFC 9110, 5.3: Okta's ``Link``)."""
    headers: dict[str, str] = {}
    for name, value in lines:
        known = headers.get(name.lower())
        headers[name.lower()] = value if known is None else f"{known}, {value}"
    return headers


def resolve(host: str, port: int, within_s: float) -> list[tuple[Any, ...]]:
    """The addresses of ``host``, as ``getaddrinfo`` gives them.

    Asked in a thread, since the C library's resolver knows no deadline; one that hangs is left behind (daemon).
    Raises ``TimeoutError`` after ``within_s`` seconds, ``socket.gaierror`` where there is no such name.
    """
    answer: list[list[tuple[Any, ...]] | OSError] = []

    def ask() -> None:
        try:
            answer.append(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except OSError as cause:
            answer.append(cause)
        except UnicodeError as cause:  # a label that is empty or longer than 63 characters
            answer.append(socket.gaierror(socket.EAI_NONAME, str(cause)))

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(within_s)
    if not answer:
        raise TimeoutError
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]


def _open(addresses: list[tuple[Any, ...]], deadline: float, monotonic: Callable[[], float]) -> socket.socket:
    """A socket to the first address that answers. Each but the last gets half of the time that is left."""
    failure: OSError = TimeoutError()
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        remaining = deadline - monotonic()
        if remaining <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(remaining if index == len(addresses) - 1 else remaining / 2)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _keep_alive(sock)
        except OSError as cause:
            sock.close()
            failure = cause
        else:
            return sock
    raise failure


def _keep_alive(sock: socket.socket) -> None:
    """Has the system ask now and then whether the other side is still there.

    An answer that takes minutes is silence until it comes: address translators forget the connection (Azure's, behind
    which GitHub's runners are, after 4 minutes), and a server that vanished would be waited for to the end.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):  # macOS has another name for it, and asks every two hours
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _absolute(url: str) -> str:
    # RFC 9112, 3.2.2; a proxy need not take one without a path.
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{_target(url)}"


def _unspeakable(doing: str) -> NetworkError:
    return NetworkError(
        "network-garbage",
        doing,
        wanted="an address and headers that HTTP can carry",
        found="characters that it cannot",
        fix="look for blanks, line ends and letters beyond ASCII in the address, or in the secret that is sent",
    )


def network_error(cause: Exception, doing: str, host: str, after_s: float) -> NetworkError:
    """``cause`` in our words; ``after_s``: the seconds it took."""
    if isinstance(cause, socket.gaierror):
        again = Retry() if cause.errno == socket.EAI_AGAIN else None
        return NetworkError(
            "network-name",
            doing,
            found=f"no address for {host}",
            fix="check the host name, and that this machine can resolve it",
            retry=again,
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        return NetworkError(
            "network-tls",
            doing,
            found=f"the certificate of {host} is not trusted ({cause.verify_message})",
            fix="if a proxy re-signs TLS here, its CA must be trusted",
        )
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        return NetworkError(
            "network-tls",
            doing,
            found=f"no TLS with {host} ({cause.reason or 'refused'})",
            fix=f"check that {host} speaks TLS at that port, and any proxy on the way",
        )
    if isinstance(cause, TimeoutError) or (isinstance(cause, OSError) and cause.errno == errno.ETIMEDOUT):
        return NetworkError(
            "network-timeout",
            doing,
            found=f"no whole answer after {after_s:.1f} s",
            fix=f"check that {host} can be reached from here",
            retry=Retry(),
        )
    if isinstance(cause, (ConnectionRefusedError, socket.herror)) or (
        isinstance(cause, OSError) and cause.errno in _UNREACHABLE
    ):
        return NetworkError(
            "network-connect",
            doing,
            found=f"{host} refused or cannot be reached",
            fix=f"check that {host} can be reached from here",
            retry=Retry(),
        )
    if isinstance(cause, (OSError, http.client.IncompleteRead)):
        return NetworkError(
            "network-broken",
            doing,
            found="the connection ended early",
            fix=f"check what stands between here and {host}",
            retry=Retry(),
        )
    return NetworkError(
        "network-garbage",
        doing,
        found="something that is not HTTP, or too much of it",
        fix=f"check that {host} is the right host",
    )


_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM}
