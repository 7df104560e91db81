# SPDX-License-Identifier: Apache-2.0
"""What one run asks servers with: the client, its patience, and what it learned about the clock on the way."""

from __future__ import annotations

import os.path
from collections.abc import Callable

from okta_aws.errors import Error, NeedsHost
from okta_aws.http import Http
from okta_aws.http.tls import context as tls_context
from okta_aws.issuers import server_time
from okta_aws.retry import Persistence, Time
from okta_aws.runner.context import Context
from okta_aws.runner.paths import is_shared
from okta_aws.settings.settings import Network, Patience

# Tokens and signatures live for minutes; a clock that is off by less than this does no harm.
_HARMLESS_SKEW_S = 30


class Client:
    """The HTTP client, the attempts and the time of one run."""

    def __init__(
        self, patience: Patience, network: Network, context: Context, time: Time, debug: Callable[[str], None]
    ) -> None:
        bundle = network.ca_bundle
        if bundle and "-----BEGIN" not in bundle:
            # A relative path starts at the workspace, as that of a token file does.
            bundle = os.path.join(context.workspace, bundle)
            if not is_shared(bundle, docker_form=context.docker_form):
                wanted = "a file that a container can see, or PEM text"
                raise NeedsHost("ca-bundle", "input", wanted, ascii(network.ca_bundle))
        self.context = context
        self.time = time
        self.http = Http(
            monotonic=time.monotonic, debug=debug, proxies=network.proxies, tls=lambda: tls_context(bundle)
        )
        self.persistence = Persistence(time, max_attempts=patience.max_attempts, total_s=patience.total_s, debug=debug)
        self.new_role_until = time.monotonic() + patience.access_denied_s if patience.access_denied_s else None

    def close(self) -> None:
        """Closes the connections."""
        self.http.close()

    def explained(self, error: Error) -> Error:
        """``error`` with what only the whole run knows: a wrong clock, and a loopback address seen from a container."""
        skew = self._skew()
        if skew:
            error.fix = (skew, *error.fix)
        if self.context.docker_form and error.code == "network-connect" and self.http.failed_on_loopback:
            option = "sts-endpoint, okta-issuer or http-proxy"
            return NeedsHost(option, "input", "a host that a container can reach", "the runner's loopback address")
        return error

    def _skew(self) -> str:
        """How far this machine's clock is from the one that the newest answer showed; empty if it does no harm."""
        if self.http.dated is None:
            return ""
        host, date, then = self.http.dated
        theirs = server_time({"date": date})
        if theirs is None:
            return ""
        ahead_s = self.time.clock() - (self.time.monotonic() - then) - theirs
        if abs(ahead_s) < _HARMLESS_SKEW_S:
            return ""
        side = "ahead of" if ahead_s > 0 else "behind"
        return f"this machine's clock is {abs(ahead_s):.0f} s {side} that of {host}: set it right"
