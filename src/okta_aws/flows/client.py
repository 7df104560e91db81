# SPDX-License-Identifier: Apache-2.0
"""What one run asks servers with: the client, its patience, and what it learned about the clock on the way."""

from __future__ import annotations

import os.path
from collections.abc import Callable

from okta_aws.credentials import Credentials
from okta_aws.errors import AssumeRoleError, Error, NeedsHost
from okta_aws.http import Http
from okta_aws.http.tls import context as tls_context
from okta_aws.issuers import server_time
from okta_aws.retry import Persistence, Time
from okta_aws.runner.context import Context
from okta_aws.runner.paths import is_shared
from okta_aws.secret import Secret
from okta_aws.settings.settings import Network, Patience

# Tokens and signatures live for minutes; a clock that is off by less than this does no harm.
_HARMLESS_SKEW_S = 30
# With a chance of 28 % for one secret key to have neither + nor /, 30 attempts fail once in 20,000 runs.
_PLAIN_ATTEMPTS = 30


class Client:
    """The HTTP client, the attempts and the time of one run."""

    def __init__(
        self, patience: Patience, network: Network, context: Context, time: Time, debug: Callable[[str], None]
    ) -> None:
        bundle = _bundle(network, context)
        self.context = context
        self.time = time
        self.proxies = network.proxies
        self.tls = lambda: tls_context(bundle)
        self.http = Http(monotonic=time.monotonic, debug=debug, proxies=self.proxies, tls=self.tls)
        self.persistence = Persistence(time, max_attempts=patience.max_attempts, total_s=patience.total_s, debug=debug)
        self.new_role_until = time.monotonic() + patience.access_denied_s if patience.access_denied_s else None

    def close(self) -> None:
        """Closes the connections."""
        self.http.close()

    def ask(
        self, doing: str, operation: Callable[[], Credentials], mask: Callable[[Secret | str], None], *, plain: bool
    ) -> Credentials:
        """The credentials that ``operation`` gets, tried again as ``retry`` has it, and masked.

        ``plain``: and asked for again until their secret key holds letters and digits alone.
        """
        for _ in range(_PLAIN_ATTEMPTS):
            credentials = self.persistence.run(doing, operation)
            for secret in (credentials.secret_access_key, credentials.session_token, credentials.access_key_id):
                mask(secret)
            if not plain or credentials.secret_access_key.reveal().isalnum():
                return credentials
        raise AssumeRoleError(
            "special-characters",
            "asking for a secret access key of letters and digits",
            found=f"none in {_PLAIN_ATTEMPTS} attempts",
            fix="unset special-characters-workaround and quote the variable where it is used",
        )

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


def _bundle(network: Network, context: Context) -> str:
    bundle = network.ca_bundle
    if not bundle or "-----BEGIN" in bundle:
        return bundle
    # A relative path starts at the workspace, as that of a token file does.
    path = os.path.join(context.workspace, bundle)
    if is_shared(path, docker_form=context.docker_form):
        return path
    if network.ca_bundle_origin.startswith("environment"):
        return ""  # the runner's own variable for other tools; its file is not here, and nobody asked us for it
    wanted = "a file that a container can see, or PEM text"
    raise NeedsHost("ca-bundle", network.ca_bundle_origin, wanted, ascii(bundle))
