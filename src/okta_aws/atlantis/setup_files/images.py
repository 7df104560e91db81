# SPDX-License-Identifier: Apache-2.0
"""What the name of an image tells: that it is Atlantis, which version, or what stands before it."""

from __future__ import annotations

import re
from dataclasses import replace

from okta_aws.atlantis.setup_files.facts import Setting

# Programs that let only those through who have signed in.
_SIGN_IN = ("oauth2-proxy", "oauth2_proxy", "vouch-proxy", "pomerium", "authelia", "authentik")
_TLS = ("tls", "caddy", "nginx", "traefik", "haproxy", "envoy", "pomerium", "cloudflared")
_VERSION = re.compile(r":v?(\d+\.\d+\.\d+)(?![^@/]*/)")
_NAME = re.compile(r"(^|/)[^/:@]*atlantis[^/:@]*([:@]|$)", re.IGNORECASE)


def is_atlantis(image: str) -> bool:
    """That it is Atlantis, or built from it, by its name."""
    return _NAME.search(image) is not None


def signs_in(told: str) -> bool:
    """That an image, or what else is told of a program, is a proxy that signs people in."""
    return any(name in told.lower() for name in _SIGN_IN)


def terminates_tls(told: str) -> bool:
    """The same for a server that TLS can end at."""
    return any(name in told.lower() for name in _TLS)


def version_of(image: Setting | None) -> Setting | None:
    """The version in the tag of an image of Atlantis's own name."""
    found = _VERSION.search(image.value) if image is not None and is_atlantis(image.value) else None
    return replace(image, name="version", value=found[1]) if image is not None and found else None
