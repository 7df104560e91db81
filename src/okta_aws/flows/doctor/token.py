# SPDX-License-Identifier: Apache-2.0
"""The links of the token itself: where it comes from, its claims and lifetime, how it is signed."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.errors import TokenError
from okta_aws.flows.doctor.chain import Chain
from okta_aws.flows.doctor.link import Finding, Link, broken, judged, not_checkable, ok, warning
from okta_aws.flows.with_token import token_source
from okta_aws.settings.source import OF_AWS
from okta_aws.sources.ambient import from_variables
from okta_aws.sources.select import choose, fetch
from okta_aws.tokens.token import ALGORITHMS, Token
from okta_aws.trust import claims as of_token

NO_TOKEN = "there is no token"
_FADING_S = 60
_HOW = "set the okta-* options, web-identity-token-file, or run in a GitHub job with id-token: write"
# STS API reference and its refusals ("Missing a required claim"): without these no token is taken.
_NEEDED = ("iss", "aud", "sub", "exp")


def source(chain: Chain) -> Link:
    """Which source serves, and whether it gives a token."""
    name, given = "source", chain.given
    if given.parts.source is None:
        return not_checkable(name, "the settings of the source contradict each other", "see the link environment")
    chosen = choose(given.parts.source, True, given.environ, given.context)
    if given.parts.source.name is None and given.context.on_github and from_variables(given.environ) is None:
        # A job without the permission has nothing to begin with, and that is what it has to be told.
        chosen = given.parts.source
    chain.source = chosen
    if chosen.name in OF_AWS:
        return not_checkable(name, "no source of tokens is set; it would begin with AWS credentials", _HOW)
    with chain.client() as client:
        try:
            source = token_source(chosen, given.environ, client)
            chain.token = fetch(source)
        except TokenError as error:
            chain.refused_token = error
            raise
    chain.mask(chain.token.text)
    return ok(name, f"a token of the source {source.name}")


def token(chain: Chain) -> Link:
    """The claims that AWS needs, and how long the token lasts by this machine's clock."""
    if chain.token is None or chain.source is None:
        return not_checkable("token", NO_TOKEN, "see the link source")
    now = chain.time.clock()
    audience = chain.source.audience
    findings = [*_claims(chain.token), *_times(chain.token, now)]
    if audience and audience not in chain.token.audiences:
        found = f"it is for {', '.join(chain.token.audiences) or 'nobody'}, the option audience says {audience}"
        findings.append(broken(found, "correct the option audience, or the audience at the issuer"))
    details = [f"{name}  {value}" for name, value in of_token.shown(chain.token.claims)]
    hidden = of_token.hidden(chain.token.claims)
    if hidden:
        details.append(f"and, not shown here: {', '.join(hidden)}")
    left = f"it lasts {(chain.token.expires or now) - now:.0f} s more"
    return judged("token", findings, left, tuple(details))


def algorithm(chain: Chain) -> Link:
    """Whether AWS takes the algorithm, and the issuer says that it signs so."""
    name, error = "algorithm", chain.refused_token
    if error is not None and error.code == "token-algorithm":
        raise error
    if chain.token is None:
        return not_checkable(name, NO_TOKEN, "see the link source")
    used = str(chain.token.header.get("alg"))
    findings = [*_not_announced(chain, used), *_other_key(chain, used)]
    return judged(name, findings, f"{used}, one of {', '.join(sorted(ALGORITHMS))}")


def _claims(token: Token) -> Iterator[Finding]:
    for name in _NEEDED:
        present = {"aud": bool(token.audiences), "exp": token.expires is not None}.get(name)
        if present is None:
            present = bool(token.issuer if name == "iss" else token.subject)
        if not present:
            yield broken(f"the token has no {name}, without which AWS takes none", "correct it at the issuer")
    if "iat" not in token.claims:
        yield warning("the token does not say when it was issued (iat)", "have the issuer add iat")


def _times(token: Token, now: float) -> Iterator[Finding]:
    left_s = float("inf") if token.expires is None else token.expires - now
    fix = "issue a new token right before the exchange, and see the link clock"
    if left_s <= 0:
        yield broken(f"the token expired {-left_s:.0f} s ago by this machine's clock", fix)
    elif left_s < _FADING_S:
        yield warning(f"the token lasts {left_s:.0f} s more", fix)
    for name in ("nbf", "iat"):
        begins = token.claims.get(name)
        # Bounded first: JSON has whole numbers that no clock reaches, and floats neither.
        ahead_s = min(begins, 1e15) - now if isinstance(begins, (int, float)) else 0
        if ahead_s > _FADING_S:
            found = f"the token's {name} is {ahead_s:.0f} s ahead of this machine's clock"
            yield broken(found, "see the link clock, and the clock of the issuer")


def _not_announced(chain: Chain, used: str) -> Iterator[Finding]:
    announced = (chain.document or {}).get("id_token_signing_alg_values_supported")
    if isinstance(announced, list) and used not in announced:
        fix = "have the issuer name it in id_token_signing_alg_values_supported"
        yield warning(f"the token is signed with {used}, which the discovery document does not name", fix)


def _other_key(chain: Chain, used: str) -> Iterator[Finding]:
    key = chain.key or {}
    kind = {"R": "RSA", "E": "EC"}[used[0]]
    if key and key.get("kty") != kind:
        yield broken(f"the token is signed with {used}, its key is no {kind} key", "correct the key set of the issuer")
    elif key and key.get("alg") not in (None, used):
        yield broken(f"the token is signed with {used}, its key is for another algorithm", "correct the issuer's keys")
