# SPDX-License-Identifier: Apache-2.0
"""A connection on which every operation ends by one deadline, TLS on it, and TLS within the TLS of a proxy."""

from __future__ import annotations

import io
import select
import socket
import ssl
from collections.abc import Callable
from typing import Any


class Stream:
    """A socket as ``http.client`` uses one.

    A socket's own time-out starts anew with every byte that drips in; here the time that is left is set before each
    operation. ``close`` does nothing, since ``http.client`` closes its socket while the answer is still being read;
    ``end`` closes. ``ended``: whether the other side's end was read.
    """

    def __init__(self, sock: socket.socket, monotonic: Callable[[], float], deadline: float) -> None:
        self._sock = sock
        self._monotonic = monotonic
        self._inner: _TlsInMemory | None = None
        self.deadline = deadline
        self.ended = False

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """From here on, TLS to ``host``; on a connection that is TLS already (a proxy's), a second one within it."""
        self._set_time()
        if isinstance(self._sock, ssl.SSLSocket):
            self._inner = _TlsInMemory(context, host, self._send_outer, self._recv_outer)
        else:
            self._sock = context.wrap_socket(self._sock, server_hostname=host)

    def sendall(self, data: bytes) -> None:
        """Sends all of ``data``."""
        (self._inner.send if self._inner else self._send_outer)(data)

    def recv(self, size: int) -> bytes:
        """At most ``size`` bytes, none at the end."""
        data = (self._inner.recv if self._inner else self._recv_outer)(size)
        self.ended = not data
        return data

    def makefile(self, _mode: str) -> io.BufferedReader:
        """A reader of this stream, for ``HTTPResponse``."""
        return io.BufferedReader(_Reader(self))

    def has_input(self) -> bool:
        """Whether there is something to read at once; of a connection on which nothing was asked: its end."""
        return bool(select.select([self._sock], [], [], 0)[0])

    def close(self) -> None:
        """Nothing; see the class."""

    def end(self) -> None:
        """Closes the socket."""
        self._sock.close()

    def _send_outer(self, data: bytes) -> None:
        self._set_time()
        self._sock.sendall(data)

    def _recv_outer(self, size: int) -> bytes:
        self._set_time()
        return self._sock.recv(size)

    def _set_time(self) -> None:
        remaining = self.deadline - self._monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._sock.settimeout(remaining)


class _Reader(io.RawIOBase):
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  (a writable buffer; it has no name before Python 3.12)
        data = self._stream.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _TlsInMemory:
    """TLS whose records travel through memory: ``ssl`` cannot wrap a socket that is TLS already."""

    def __init__(
        self, context: ssl.SSLContext, host: str, send: Callable[[bytes], None], recv: Callable[[int], bytes]
    ) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._send = send
        self._recv = recv
        self._pump(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        self._pump(lambda: self._tls.write(data))

    def recv(self, size: int) -> bytes:
        received: list[bytes] = []
        try:
            self._pump(lambda: received.append(self._tls.read(size)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        return received[0]

    def _pump(self, operation: Callable[[], object]) -> None:
        while True:
            try:
                operation()
            except ssl.SSLWantReadError:
                self._flush()
                data = self._recv(1 << 16)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            else:
                self._flush()
                return

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            self._send(data)
