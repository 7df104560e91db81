# SPDX-License-Identifier: Apache-2.0
"""The links that AWS looks at by itself: the issuer's discovery document, its keys, the token's signature.

What AWS demands of both: IAM user guide, "Create an OpenID Connect (OIDC) identity provider in IAM"; IAM API reference,
CreateOpenIDConnectProvider; OpenID Connect Discovery 1.0, section 4.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from okta_aws.flows.doctor.chain import Chain
from okta_aws.flows.doctor.link import Finding, Link, broken, judged, not_checkable, warning
from okta_aws.flows.doctor.token import NO_TOKEN
from okta_aws.http import Response
from okta_aws.issuers import excerpt, json_object, origin
from okta_aws.settings.scalars import is_loopback

_DOCUMENT = "/.well-known/openid-configuration"
_JSON = {"Accept": "application/json"}
_LONGEST_URL = 255
# IAM user guide: a key set may hold that many RSA keys, and as many EC keys.
_MOST_KEYS = 100
_LISTS = {
    "response_types_supported": "id_token",
    "subject_types_supported": "public",
    "id_token_signing_alg_values_supported": "",
}


def discovery(chain: Chain) -> Link:
    """The document from which AWS learns where the keys are."""
    name, issuer = "discovery", chain.issuer
    if not issuer:
        return not_checkable(name, "no issuer is known without a token", "see the link source, or set okta-issuer")
    findings = list(_of_url(chain, issuer))
    if origin(issuer) is None:
        return judged(name, findings, "")
    with chain.client() as client:
        url = issuer + _DOCUMENT
        response = client.http.get(url, _JSON, within_s=client.persistence.remaining_s("reading the document"))
    document, unusable = _json(response, "the discovery document")
    if document is None:
        return judged(name, [*findings, *unusable], "")
    chain.document = document
    findings += [*_of_names(chain, document, issuer), *_of_lists(document)]
    return judged(name, findings, f"{excerpt(issuer)} describes itself as AWS demands")


def keys(chain: Chain) -> Link:
    """The issuer's key set, and the token's key in it."""
    name, url = "keys", (chain.document or {}).get("jwks_uri")
    if origin(url) is None:
        return not_checkable(name, "no key set is known without a discovery document", "see the link discovery")
    with chain.client() as client:
        response = client.http.get(str(url), _JSON, within_s=client.persistence.remaining_s("reading the keys"))
    key_set, unusable = _json(response, "the key set")
    if key_set is None:
        return judged(name, unusable, "")
    published = key_set.get("keys")
    known = [one for one in published if isinstance(one, dict)] if isinstance(published, list) else []
    if not known:
        return judged(name, [broken("the key set holds no key", "publish the issuer's keys at jwks_uri")], "")
    chain.key_set = key_set
    findings = [*_too_many(known), *_of_token(chain, known)]
    return judged(name, findings, f"{len(known)} published{', with the key of the token' if chain.token else ''}")


def signature(chain: Chain) -> Link:
    """Whether the token's signature is by one of the issuer's keys, as AWS will find out."""
    name = "signature"
    if chain.token is None:
        return not_checkable(name, NO_TOKEN, "see the link source")
    if chain.key_set is None or chain.key is None:
        return not_checkable(name, "the token's key is not known", "see the link keys")
    try:
        from okta_aws.tokens.verify import fits
    except ImportError:
        return not_checkable(name, "cryptography and PyJWT are not installed", 'pip install "okta-aws-action[key]"')
    if fits(chain.token.text, json.dumps(chain.key_set)):
        return judged(name, [], "by a key of the issuer")
    fix = "fetch a new token and pass it on unchanged"
    return judged(name, [broken("it does not fit the key that the token names", fix)], "")


def _of_url(chain: Chain, issuer: str) -> Iterator[Finding]:
    parts = _split(issuer)
    fix = "AWS takes an issuer at https, on a public host, with no port, query or fragment; give it such a name"
    if parts is None or not parts.hostname:
        yield broken(f'the issuer "{excerpt(issuer)}" is no address', fix)
        return
    if is_loopback(parts.hostname) and _asks_a_stand_in(chain):
        return
    if parts.scheme != "https":
        yield broken(f'the issuer "{excerpt(issuer)}" is not at https', fix)
    if is_loopback(parts.hostname):
        yield broken("the issuer is this machine itself, which AWS cannot reach", fix)
    elif parts.netloc != parts.hostname:
        yield broken("the issuer has a port, a user or capital letters in its host", fix)
    if parts.query or parts.fragment:
        yield broken("the issuer has a query or a fragment", fix)
    if len(issuer) > _LONGEST_URL:
        yield broken(f"the issuer has {len(issuer)} characters, IAM takes {_LONGEST_URL}", fix)


def _asks_a_stand_in(chain: Chain) -> bool:
    """Whether STS is this machine too: a stand-in may have an issuer that AWS would not take."""
    endpoint = chain.given.parts.endpoint
    parts = _split(endpoint.url) if endpoint and endpoint.url else None
    return parts is not None and is_loopback(parts.hostname or "")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises on one that is none
    except ValueError:
        return None
    return parts


def _json(response: Response, what: str) -> tuple[Mapping[str, Any] | None, list[Finding]]:
    fix = "check the issuer, and any proxy, firewall or network zone before it; AWS reads it from the internet"
    if 300 <= response.status < 400:
        target = _split(response.headers.get("location", ""))
        host = f" to {excerpt(target.hostname, 80)}" if target and target.hostname else ""
        return None, [broken(f"{what} is a redirect{host}, which AWS does not follow", fix)]
    if response.status != 200:
        return None, [broken(f"{what} answers with HTTP status {response.status}", fix)]
    document = json_object(response.body)
    if document is None:
        kind = "a web page" if response.body.lstrip()[:1] == b"<" else "no JSON object"
        return None, [broken(f"{what} is {kind}", fix)]
    return document, []


def _of_names(chain: Chain, document: Mapping[str, Any], issuer: str) -> Iterator[Finding]:
    named, keys_at = document.get("issuer"), document.get("jwks_uri")
    if named != issuer:
        found = f'"{excerpt(named)}"' if isinstance(named, str) else "nothing"
        fix = "AWS compares byte for byte: make the token's iss, the document's issuer and the provider's URL the same"
        yield broken(f'the document is of the issuer {found}, the token of "{excerpt(issuer)}"', fix)
    where = origin(keys_at)
    if where is None or (where[0] != "https" and not _asks_a_stand_in(chain)):
        found = f'"{excerpt(keys_at)}"' if isinstance(keys_at, str) else "nothing"
        yield broken(f"jwks_uri is {found}, not an address at https", "correct jwks_uri at the issuer")


def _of_lists(document: Mapping[str, Any]) -> Iterator[Finding]:
    for name, wanted in _LISTS.items():
        values = document.get(name)
        fix = f"have the issuer publish {name}{f' with {wanted}' if wanted else ''}"
        if not isinstance(values, list) or not values:
            # GitLab's documentation has seen AWS refuse such an issuer ("Couldn't retrieve verification key").
            yield broken(f"the document has no {name}", fix)
        elif wanted and not any(isinstance(one, str) and wanted in one.split() for one in values):
            yield warning(f"{name} does not name {wanted}", fix)


def _too_many(known: list[dict[str, Any]]) -> Iterator[Finding]:
    for kind in ("RSA", "EC"):
        count = sum(one.get("kty") == kind for one in known)
        if count > _MOST_KEYS:
            yield broken(f"{count} {kind} keys are published, AWS takes {_MOST_KEYS}", "retire old keys")


def _of_token(chain: Chain, known: list[dict[str, Any]]) -> Iterator[Finding]:
    if chain.token is None:
        return
    key_id = chain.token.header.get("kid")
    if not isinstance(key_id, str):
        yield broken("the token names no key (kid)", "have the issuer name the key in the token's header")
        return
    same = [one for one in known if one.get("kid") == key_id]
    if not same:
        fix = "publish the key that signs; if keys were just changed, fetch a new token"
        yield broken(f'none of the {len(known)} keys is the one that the token names ("{excerpt(key_id, 80)}")', fix)
        return
    chain.key = same[0]
    if len(same) > 1:
        yield warning("two keys have the id that the token names", "give each key an id of its own")
