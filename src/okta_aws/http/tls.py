# SPDX-License-Identifier: Apache-2.0
"""Which certificate authorities are trusted: the system's, and those the user adds."""

from __future__ import annotations

import ssl

from okta_aws.errors import Problem, SettingsError


def context(bundle: str) -> ssl.SSLContext:
    """The TLS context of all requests. ``bundle``: a path or PEM text of more authorities, empty for none.

    Raises ``SettingsError`` where it cannot be read or holds no certificate.
    """
    trusted = ssl.create_default_context()
    if not bundle:
        return trusted
    is_text = "-----BEGIN" in bundle
    try:
        # Literal \\n: many ways lead a PEM text through one line.
        trusted.load_verify_locations(**{"cadata": bundle.replace("\\n", "\n")} if is_text else {"cafile": bundle})
    except ssl.SSLError:
        raise _unusable("text" if is_text else "a file", "no certificate in it") from None
    except OSError as cause:
        raise _unusable(bundle, (cause.strerror or "an error").lower()) from None
    return trusted


def _unusable(what: str, found: str) -> SettingsError:
    wanted = "a readable file, or PEM text, with certificates"
    return SettingsError([Problem("ca-bundle", "as it was set", wanted, f"{what}: {found}")])
