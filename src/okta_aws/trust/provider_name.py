# SPDX-License-Identifier: Apache-2.0
"""The name that an OIDC provider has in AWS: its issuer without ``https://``, and whose issuer that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["github", "github-server", "okta", "other", "unknown"]

# A piece of text that the source does not tell: a variable, a reference. A noncharacter of Unicode, so no text has it.
UNKNOWN = "\ufdd0"

OIDC_PROVIDER = ":oidc-provider/"
SAML_PROVIDER = ":saml-provider/"
_GITHUB = re.compile(r"token\.actions\.(?:githubusercontent|[a-z0-9-]+\.ghe)\.com", re.IGNORECASE)
# Okta's own domains (developer.okta.com, "Org URLs"), and the path that its custom authorization servers have
# everywhere.
_OKTA_HOST = re.compile(
    r".+\.(?:okta|oktapreview|okta-emea|okta-gov|trexcloud)\.com|.+\.okta\.mil|.+\.okta-miltest\.com", re.IGNORECASE
)
_OKTA_PATH = re.compile(r"oauth2/(?:default|aus\w+)/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ProviderName:
    """``text`` is the name as written, ``kind`` whose issuer it is, as far as the name shows."""

    text: str
    host: str
    path: str
    kind: Kind


@lru_cache(maxsize=4096)
def provider_name(text: str) -> ProviderName:
    """The parts of a provider's name, be it from a principal or from a condition key."""
    bare = text.partition("://")[2] or text
    host, _, path = bare.partition("/")
    return ProviderName(text, host, path, _kind(text, host, path))


def principal_name(principal: str) -> ProviderName | None:
    """The OIDC provider that a Federated principal names; ``None`` for SAML."""
    if OIDC_PROVIDER in principal:
        return provider_name(principal.partition(OIDC_PROVIDER)[2])
    if SAML_PROVIDER in principal:
        return None
    return provider_name(principal)


def _kind(text: str, host: str, path: str) -> Kind:
    if text == UNKNOWN or UNKNOWN in host:
        return "unknown"
    if _GITHUB.fullmatch(host):
        return "github"
    if path.rstrip("/") == "_services/token":
        return "github-server"
    if _OKTA_HOST.fullmatch(host) or _OKTA_PATH.fullmatch(path):
        return "okta"
    return "other"
