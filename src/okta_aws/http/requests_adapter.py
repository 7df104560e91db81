# SPDX-License-Identifier: Apache-2.0
"""Our proxies and certificate authorities for a library that speaks HTTP through ``requests``.

Left to itself ``requests`` takes proxies from the environment alone and trusts the authorities that it brings along,
not the system's; so a setting of ours would serve AWS and Okta, and not the library. It is imported when a session is
led: a route can be named where neither of the two is installed.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from okta_aws.settings.proxies import Proxies, Proxy

if TYPE_CHECKING:
    from requests import Session
    from requests.adapters import HTTPAdapter


@dataclass(frozen=True, slots=True)
class Route:
    """The way to every host: ``proxies``, and the context whose authorities are trusted, made when it is needed."""

    proxies: Proxies
    tls: Callable[[], ssl.SSLContext]

    def serve(self, session: Session, host: str, port: int, **options: Any) -> None:  # noqa: ANN401 - requests' own
        """Leads all requests of ``session``, which is for that host alone. ``options``: of requests' adapter."""
        proxy = self.proxies.for_host(host, port)
        session.trust_env = False
        if proxy is not None:
            address = f"{'https' if proxy.tls else 'http'}://{f'[{proxy.host}]' if ':' in proxy.host else proxy.host}"
            session.proxies = dict.fromkeys(("http", "https"), f"{address}:{proxy.port}")
        adapter = _adapter(self.tls(), proxy, options)
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)


def _adapter(tls: ssl.SSLContext, by: Proxy | None, options: dict[str, Any]) -> HTTPAdapter:
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
            super().init_poolmanager(*arguments, **options, ssl_context=tls)

        def proxy_manager_for(self, proxy: str, **options: Any) -> Any:  # noqa: ANN401
            return super().proxy_manager_for(proxy, **options, ssl_context=tls, proxy_ssl_context=tls)

        def proxy_headers(self, proxy: str) -> dict[str, str]:  # noqa: ARG002 - the one that it was made for
            known = by.authorization if by else None
            return {"Proxy-Authorization": known.reveal()} if known else {}

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ANN401
            """The context says whom to trust; requests would add its own authorities to it."""

    return Adapter(**options)
