# SPDX-License-Identifier: Apache-2.0
"""What Okta's refusals of the device flow mean, where they mean something else than in ``okta_refusals``.

Source of the texts: Okta's published catalogue of OAuth 2.0 errors, as there.
"""

from __future__ import annotations

from collections.abc import Mapping

from okta_aws.errors import Error, SourceError
from okta_aws.sources.okta_refusals import Case, Sent, refusal

_APP = "in Okta: Applications > Applications > the app"
_AGAIN = "run okta-aws login again"

_MAKE_ONE = (
    "Only native apps have it: Applications > Create App Integration > OIDC - OpenID Connect > Native Application"
)

_UNASSIGNED = Case(
    "okta-device-unassigned",
    "a person to whom the Okta app is assigned",
    (
        f"{_APP} > Assignments: assign the person, or a group of theirs; whoever was taken out of it has no access",
        f"signed in as somebody else? Sign out of Okta in the browser, then {_AGAIN}",
    ),
)
_DENIED = Case(
    "okta-device-denied",
    "the person's consent, and a sign-in that the app's policies allow",
    (
        f"{_AGAIN}, and confirm the code in the browser",
        "see why Okta said no: Reports > System Log",
    ),
)
_EXPIRED = Case("okta-device-expired", "a sign-in before the code ran out", (f"{_AGAIN}, and enter the new code",))
_WRONG_APP = Case(
    "okta-device-app",
    "a native app that may use device authorization",
    (
        f"{_APP} > General > General Settings > Edit > Grant type: tick Device Authorization",
        f"no such grant there? {_MAKE_ONE}",
    ),
)
_POLICY = Case(
    "okta-policy",
    "a policy rule for this app and grant",
    (
        "in Okta: Security > API > Authorization Servers > the server > Access Policies: a policy assigned to this app",
        "its rule must have IF Grant type is: Device Authorization, and AND Scopes requested: any, or openid",
    ),
)

# Okta's error, a part of its description in lower case, what it means. The first row that fits counts.
DEVICE_REFUSALS: tuple[tuple[str, str, Case], ...] = (
    ("access_denied", "not assigned", _UNASSIGNED),
    ("access_denied", "policy evaluation", _POLICY),
    ("access_denied", "requested scopes", _POLICY),
    ("access_denied", "denied the request", _DENIED),
    ("expired_token", "", _EXPIRED),
    ("invalid_grant", "device code", _EXPIRED),
    ("unauthorized_client", "", _WRONG_APP),
    ("unsupported_grant_type", "", _WRONG_APP),
    ("invalid_client", "no client credentials", _WRONG_APP),
)


def device_refusal(said: Mapping[str, object], status: int, doing: str, client_id: str) -> Error:
    """Our error for Okta's at either endpoint of the device flow: its parsed body and HTTP status."""
    error, words = _text(said, "error"), " ".join(_text(said, "error_description").lower().split())
    known = refusal(said, status, doing, Sent("", client_id, ("openid",), "", None))
    case = next((one for name, part, one in DEVICE_REFUSALS if name == error and part in words), None)
    if case is None and error == "access_denied" and known.code == "okta-refused" and "network zones" not in words:
        case = _DENIED
    if case is None:
        return known
    return SourceError(case.code, doing, wanted=case.wanted, found=known.found, fix=case.fix)


def _text(said: Mapping[str, object], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""
