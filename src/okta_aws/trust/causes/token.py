# SPDX-License-Identifier: Apache-2.0
"""What makes STS refuse a token before it looks at a policy (STS API reference, AssumeRoleWithWebIdentity)."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.cause import Case, Cause, quoted
from okta_aws.trust.facts import Facts


def find(case: Case) -> Iterator[Cause]:
    """The causes that lie in the token and the account's providers."""
    yield from _times(case, case.facts)
    yield from of_claims(case)
    yield from _provider(case)


def of_claims(case: Case) -> Iterator[Cause]:
    """Whether this is a token that AWS can take at all: not the org server's, with subject and audience."""
    kind = _of_kind(case)
    if kind is not None:
        yield kind
    elif case.facts.whole:
        yield from _missing(case)


def _of_kind(case: Case) -> Cause | None:
    claims = case.request.claims
    is_oktas_access_token = case.claim("jti").startswith("AT.") and "cid" in claims
    if is_oktas_access_token and "/oauth2/" not in case.issuer:
        what = f"{quoted((case.issuer,))} is an org server: the keys that sign its access tokens are not published"
        fix = "get the token from a custom authorization server (issuer https://DOMAIN/oauth2/ID), or use the ID token"
        return Cause("org-server-token", what, fix)
    if claims.get("token_use") == "access" and not case.audiences:
        what = "the token says of itself that it is an access token (token_use), and has no audience"
        return Cause("access-token-for-id-token", what, "give the ID token of the same sign-in")
    return None


def _times(case: Case, facts: Facts) -> Iterator[Cause]:
    if facts.now is None:
        return
    expires = _number(case, "exp")
    if expires is not None and expires <= facts.now:
        ago = f"{facts.now - expires:.0f} s ago"
        yield Cause("token-expired", f"the token expired {ago}", "issue a new token right before the exchange")
    for name in ("nbf", "iat"):
        begins = _number(case, name)
        if begins is not None and begins > facts.now:
            what = f"the token's {name} is {begins - facts.now:.0f} s ahead of this clock"
            yield Cause("clock-skew", what, "set the clocks of the issuer and of this machine right, or wait as long")
            return


def _missing(case: Case) -> Iterator[Cause]:
    for name, present in (("sub", case.subject), ("aud", case.audiences)):
        if not present:
            fix = "give the issued token itself; ACTIONS_ID_TOKEN_REQUEST_TOKEN only asks for one"
            if name == "aud":
                fix = "have the issuer put an audience into the token (for Kubernetes, a projected token with audience)"
            yield Cause("missing-claim", f"the token has no {name}, without which AWS takes none", fix)


def _provider(case: Case) -> Iterator[Cause]:
    provider, facts = case.provider, case.facts
    if facts.providers is not None and provider not in {url.removeprefix("https://") for url in facts.providers}:
        fix = f"create an IAM OIDC identity provider with the URL https://{provider} in the role's account"
        what = f"of the account's {len(facts.providers)} identity providers none has the URL of the token's issuer"
        yield Cause("provider-missing", what, fix)
        return
    issuer = case.issuer.removeprefix("https://")
    if issuer and provider and issuer != provider:
        what = f"the provider's URL is {quoted((provider,))}, the token's issuer {quoted((issuer,))}"
        yield Cause(
            "provider-url", what, "use a provider whose URL is the issuer to the letter, path and slash included"
        )
    yield from _audience(case)


def _audience(case: Case) -> Iterator[Cause]:
    listed = case.facts.provider_audiences
    if listed is None or not case.audiences or set(listed) & set(case.audiences):
        return
    if case.claim("azp") and set(case.texts("aud")) & set(listed):
        what = f"the provider lists aud, {quoted(case.texts('aud'))}, but the token has azp, {quoted(case.audiences)}"
        yield Cause("azp", what, "add the value of azp to the identity provider's client ids")
        return
    what = f"the provider lists {quoted(listed)}, the token is for {quoted(case.audiences)}"
    fix = (
        f"add {quoted(case.audiences)} to the identity provider's client ids, or ask for a token with a listed audience"
    )
    yield Cause("audience-not-listed", what, fix)


def _number(case: Case, name: str) -> float | None:
    value = case.request.claims.get(name)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < 1e15 else None  # type: ignore[arg-type]
