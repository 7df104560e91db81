# SPDX-License-Identifier: Apache-2.0
"""The last links: STS at the chosen endpoint, and this machine's clock beside those of the servers."""

from __future__ import annotations

from urllib.parse import urlencode

from okta_aws.aws.answer import texts
from okta_aws.aws.endpoints import sts_url
from okta_aws.aws.faults import error_of
from okta_aws.aws.sts import VERSION
from okta_aws.flows.doctor.chain import Chain
from okta_aws.flows.doctor.link import Finding, Link, broken, judged, not_checkable, warning

# Signatures last five minutes (Signature Version 4), GitHub's tokens as long; half a minute harms nobody.
_HARMLESS_S, _TOO_MUCH_S = 30, 300
_PASSING = frozenset({429, 500, 502, 503, 504})


def sts(chain: Chain) -> Link:
    """Whether STS answers where the settings look for it. Unsigned, so that it says no to everybody; that it does."""
    name, endpoint = "sts", chain.given.parts.endpoint
    if endpoint is None:
        return not_checkable(name, "no region is known", "set aws-region")
    url = sts_url(endpoint)
    form = urlencode({"Action": "GetCallerIdentity", "Version": VERSION}).encode()
    with chain.client() as client:
        within_s = client.persistence.remaining_s("asking STS")
        response = client.http.post_form(url, form, {"Accept": "text/xml"}, within_s=within_s)
    fix = "check aws-region and sts-endpoint, and any proxy on the way"
    try:
        said = texts(response.body)
    except ValueError:
        return judged(name, [broken(f"{url} answers, but it is not STS (HTTP status {response.status})", fix)], "")
    error = error_of(response.status, said.get("Code", ""), said.get("Message", ""), "asking STS")
    if response.status in _PASSING or error.code == "region-disabled":
        raise error
    if response.status != 200 and not said.get("Code"):
        return judged(name, [broken(f"{url} answers, but not as STS (HTTP status {response.status})", fix)], "")
    return judged(name, [], f"{url} answers")


def clock(chain: Chain) -> Link:
    """This machine's clock beside those of the servers that were asked."""
    name = "clock"
    if not chain.offsets:
        return not_checkable(name, "no server told the time", "see the links discovery and sts")
    findings: list[Finding] = []
    for host, ahead_s in sorted(chain.offsets.items()):
        if abs(ahead_s) < _HARMLESS_S:
            continue
        way = "behind" if ahead_s > 0 else "ahead of"
        found = f"this machine's clock is {abs(ahead_s):.0f} s {way} that of {host}"
        kind = broken if abs(ahead_s) >= _TOO_MUCH_S else warning
        findings.append(kind(found, "set this machine's clock by a time server (NTP)"))
    return judged(name, findings, f"as that of {', '.join(sorted(chain.offsets))}")
