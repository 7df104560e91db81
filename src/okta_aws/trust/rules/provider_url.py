# SPDX-License-Identifier: Apache-2.0
"""A provider's name is its issuer without ``https://``, byte for byte: no port, no query, no slash that the issuer
does not have.

Source: IAM API reference, CreateOpenIDConnectProvider, parameter Url.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import shown, tests_of
from okta_aws.trust.provider_name import OIDC_PROVIDER, UNKNOWN
from okta_aws.trust.role import ProviderUrl, Role

_METADATA = "/.well-known/openid-configuration"


def check(role: Role) -> Iterator[Problem]:
    """One problem for each name, in a principal or at the start of a key."""
    for statement in role.document.statements:
        names = [
            one.partition(OIDC_PROVIDER)[2] for one in statement.principals.get("Federated", ()) if OIDC_PROVIDER in one
        ]
        places = dict.fromkeys(names, statement.line)
        for test in tests_of(statement):
            if test.provider:
                places.setdefault(test.provider, test.line)
        for name, line in places.items():
            mistake = _mistake(name)
            if mistake:
                yield Problem(f"the provider's name {shown(name)} {mistake[0]}", mistake[1], line, name)


def check_provider(provider: ProviderUrl) -> Iterator[Problem]:
    """At most one problem."""
    scheme, separator, name = provider.url.partition("://")
    if UNKNOWN in scheme or (UNKNOWN in provider.url and not separator):
        return
    if not separator or scheme != "https":
        mistake: tuple[str, str] | None = ("does not begin with https://", "write https:// and the issuer's host")
    else:
        mistake = _mistake(name)
    if mistake:
        yield Problem(f"the URL {shown(provider.url)} {mistake[0]}", mistake[1], 0, provider.url)


@lru_cache(maxsize=1024)
def _mistake(name: str) -> tuple[str, str] | None:
    host, _, path = name.partition("/")
    if "://" in name:
        return "has a scheme, so it is nobody's", "leave out https://"
    if ":" in host:
        return "has a port; AWS takes issuers on port 443 only", "use an issuer without a port"
    if name.endswith(_METADATA):
        return "is the address of the metadata, not the issuer", f"leave out {_METADATA}"
    if name.endswith("/"):
        return "ends with a slash, and tokens have to have it in iss too", "leave the slash out, unless iss has it"
    if "?" in path or "#" in path:
        return "has a query, which no issuer has", "leave it out"
    if host != host.lower():
        return "has capitals in the host, and is compared byte for byte", f"write {shown(host.lower())}"
    if host.partition(".")[0].endswith("-admin") and ".okta" in host:
        return "is Okta's admin console, which issues no tokens", "leave out -admin"
    return None


RULE = Rule(
    "provider-url", Severity.ERROR, "The provider's name is not its issuer without https://", check, check_provider
)
