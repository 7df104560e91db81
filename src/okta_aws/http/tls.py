# SPDX-License-Identifier: Apache-2.0
"""Which certificate authorities are trusted: the system's, and those the user adds."""

from __future__ import annotations

import re
import ssl

from okta_aws.errors import Problem, SettingsError

_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]+-----[A-Za-z0-9+/=\s]+-----END [A-Z0-9 ]+-----", re.ASCII)


def context(bundle: str) -> ssl.SSLContext:
    """The TLS context of all requests. ``bundle``: a path or PEM text of more authorities, empty for none.

    Raises ``SettingsError`` where it cannot be read or holds no certificate.
    """
    trusted = ssl.create_default_context()
    if not bundle:
        return trusted
    is_text = "-----BEGIN" in bundle
    try:
        if is_text:
            # Literal \\n: many ways lead a PEM text through one line. Comments between the blocks may say anything.
            blocks = _BLOCK.findall(bundle.replace("\\n", "\n"))
            trusted.load_verify_locations(cadata="\n".join(blocks) or "-")
        else:
            trusted.load_verify_locations(cafile=bundle)
    except ssl.SSLError:
        raise _unusable("text" if is_text else "a file", "no certificate in it") from None
    except OSError as cause:
        raise _unusable(bundle, (cause.strerror or "an error").lower()) from None
    return trusted


def _unusable(what: str, found: str) -> SettingsError:
    wanted = "a readable file, or PEM text, with certificates"
    return SettingsError([Problem("ca-bundle", "as it was set", wanted, f"{what}: {found}")])
