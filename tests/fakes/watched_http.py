# SPDX-License-Identifier: Apache-2.0
"""The HTTP client with its debug log, and the failures of it that a test waits for."""

from __future__ import annotations

import ssl
import time
import traceback
from collections.abc import Callable

import pytest

from okta_aws.errors import NetworkError
from okta_aws.http import Http

SECRET = "marked-secret-of-a-test"
# What a stuck test may take; the client itself gets a fraction of a second.
TOO_LONG_S = 5.0


class WatchedHttp:
    """``http`` says in ``said`` what it does."""

    def __init__(self, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        self.said: list[str] = []
        self.http = Http(monotonic=time.monotonic, debug=self.said.append, tls=tls)


def failure_of(client: WatchedHttp, url: str, within_s: float = 0.3) -> NetworkError:
    """How a request with a secret in header and body fails: in time, with something to do, and without showing it."""
    started = time.monotonic()
    with pytest.raises(NetworkError) as failed:
        client.http.post_form(url, f"token={SECRET}".encode(), {"Authorization": f"Bearer {SECRET}"}, within_s=within_s)
    assert time.monotonic() - started < TOO_LONG_S
    shown = "".join(
        [*traceback.format_exception(failed.value), *client.said, *failed.value.lines(), repr(failed.value)]
    )
    assert SECRET not in shown
    assert failed.value.fix
    return failed.value
