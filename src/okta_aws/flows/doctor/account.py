# SPDX-License-Identifier: Apache-2.0
"""The links in the role's account: AWS credentials to look with, the identity provider, the trust policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from okta_aws.arn import RoleArn
from okta_aws.aws.iam import Iam, iam_endpoint
from okta_aws.aws.signed import caller_identity
from okta_aws.credentials import session_name_from
from okta_aws.errors import AssumeRoleError, Error, SettingsError, SourceError
from okta_aws.flows.doctor.chain import Chain
from okta_aws.flows.doctor.link import Link, Status, broken, judged, not_checkable, ok
from okta_aws.flows.doctor.token import NO_TOKEN
from okta_aws.policies.document import Document, parse_document
from okta_aws.policies.json_text import PolicyError
from okta_aws.sources.ambient import find
from okta_aws.trust.context import Request
from okta_aws.trust.explain import explain
from okta_aws.trust.facts import Facts
from okta_aws.trust.report import lines

T = TypeVar("T")

# AWS's own variables for another endpoint (AWS SDKs and tools reference guide, "Service-specific endpoints").
_PROVIDER = ":oidc-provider/"
_NO_KEYS = "there are no AWS credentials to look with"
_GIVE_KEYS = "run it with AWS credentials of the role's account that may read IAM"
_MAY_READ = "allow iam:GetRole, iam:ListOpenIDConnectProviders and iam:GetOpenIDConnectProvider to these credentials"


def credentials(chain: Chain) -> Link:
    """AWS credentials to look into the account with, and whose they are. The exchange of a token needs none."""
    name, given, source = "credentials", chain.given, chain.source
    keys = source.keys if source else None
    try:
        with chain.client() as client:
            keys = keys or find(given.environ, given.context, client.persistence.remaining_s("looking for credentials"))
    except (SourceError, SettingsError) as error:
        if error.code in {"aws-credentials-missing", "needs-host", "aws-library"}:
            return not_checkable(name, f"{_NO_KEYS}; the exchange of a token needs none", _GIVE_KEYS)
        raise
    for secret in filter(None, keys.secrets):
        chain.mask(secret)
    endpoint = given.parts.endpoint
    if endpoint is None or chain.statuses.get("sts") is Status.BROKEN:
        chain.keys = keys
        return not_checkable(name, f"{keys.origin}: whose they are only STS can tell", "see the link sts")
    with chain.client() as client:
        within_s = client.persistence.remaining_s("asking AWS whose credentials these are")
        try:
            identity = caller_identity(client.http, endpoint, keys, within_s=within_s)
        except AssumeRoleError as error:
            return judged(name, [broken(f"{keys.origin}: {error.reason()}", "renew or remove these credentials")], "")
    chain.keys, chain.account = keys, identity.account
    return ok(name, f"{keys.origin} are of {identity.arn or 'somebody whom the service does not name'}")


def provider(chain: Chain) -> Link:
    """Whether the account has an identity provider whose URL is the token's issuer."""
    name = "provider"
    if not chain.provider:
        return not_checkable(name, "no issuer is known without a token", "see the link source, or set okta-issuer")
    hindrance = _hindrance(name, chain)
    if hindrance is not None:
        return hindrance
    arns = _asked(chain, lambda iam: iam.providers())
    if isinstance(arns, Error):
        return _unread(name, arns)
    urls = [arn.partition(_PROVIDER)[2] for arn in arns]
    chain.has_provider = chain.provider in urls
    if chain.has_provider:
        return ok(name, f"{chain.provider} is one of the account's {len(arns)} identity providers")
    near = next((one for one in urls if _loosely(one) == _loosely(chain.provider)), "")
    found = f"none of the account's {len(arns)} identity providers has the URL https://{chain.provider}"
    if near:
        fix = "make a provider whose URL is the issuer to the letter, slash and case included"
        return judged(name, [broken(f"{found}; the nearest is {near}", fix)], "")
    return judged(
        name, [broken(found, f"create an IAM OIDC identity provider with the URL https://{chain.provider}")], ""
    )


def audience(chain: Chain) -> Link:
    """Whether the provider lists the token's audience."""
    name = "audience"
    if chain.token is None:
        return not_checkable(name, NO_TOKEN, "see the link source")
    hindrance = _hindrance(name, chain)
    if hindrance is not None:
        return hindrance
    if chain.has_provider is False:
        return not_checkable(name, "the account has no provider that could list it", "see the link provider")
    partition, account = _place(chain)
    arn = f"arn:{partition}:iam::{account}{_PROVIDER}{chain.provider}"
    found = _asked(chain, lambda iam: iam.provider(arn))
    if isinstance(found, Error):
        return _unread(name, found)
    listed, wanted = ", ".join(found.audiences[:10]) or "none", ", ".join(chain.token.audiences[:10]) or "nobody"
    if set(found.audiences) & set(chain.token.audiences):
        return ok(name, f"the provider lists {wanted}")
    fix = f"add {wanted} to the provider's client ids, or ask for a token with a listed audience"
    return judged(name, [broken(f"the provider lists {listed}, the token is for {wanted}", fix)], "")


def trust_policy(chain: Chain) -> Link:
    """What the role's trust policy says to this token."""
    name = "trust-policy"
    if chain.token is None:
        return not_checkable(name, NO_TOKEN, "see the link source")
    try:
        policy = _policy(chain)
    except PolicyError as error:
        found = f"the trust policy: {error.place}: wanted {error.wanted}, found {error.found}"
        return judged(name, [broken(found, "correct the policy")], "")
    if isinstance(policy, Link):
        return policy
    request, facts = _question(chain)
    answer = explain(policy, request, facts)
    details = tuple(lines(answer, request))
    if answer.answer == "allow":
        return ok(name, "it accepts this token")
    if answer.answer == "unknown":
        return Link(name, Status.WARNING, "it depends on what cannot be known from here", (answer.fix,), details)
    causes = ", ".join(dict.fromkeys(cause.code for cause in answer.causes))
    return Link(name, Status.BROKEN, f"it refuses this token ({causes})", tuple(_fixes(answer.fix)), details)


def _fixes(fix: str) -> Iterator[str]:
    if fix:
        yield fix


def _question(chain: Chain) -> tuple[Request, Facts]:
    claims = dict(chain.token.claims) if chain.token else {}
    role = chain.given.parts.role
    partition, account = _place(chain)
    arn = f"arn:{partition}:iam::{account}{_PROVIDER}{chain.provider}" if account else None
    if chain.issuer.startswith("http://"):
        claims["iss"] = f"https://{chain.provider}"  # of a stand-in; IAM's names have no scheme
    subject = chain.token.subject if chain.token else ""
    now = datetime.fromtimestamp(chain.time.clock(), UTC)
    request = Request(claims, arn, session_name=session_name_from(subject), time=now)
    # Lifetime, provider and audiences have links of their own.
    facts = Facts(whole=True, account=role.account if role else "")
    return request, facts


def _policy(chain: Chain) -> Document | Link:
    name, role = "trust-policy", chain.given.parts.role
    if chain.given.policy:
        return parse_document(chain.given.policy, "the trust policy")
    if role is None:
        return not_checkable(name, "no role is named", "set role-to-assume, or give the policy: --trust-policy FILE")
    hindrance = _hindrance(name, chain)
    if hindrance is not None:
        return hindrance
    found = _asked(chain, lambda iam: iam.role(role.name))
    if isinstance(found, Error):
        return _unread(name, found)
    if found.arn != role.text:
        fix = "give the role's ARN with its path"
        return judged(name, [broken(f"the role of that name is {found.arn}, not {role.text}", fix)], "")
    return parse_document(found.trust_policy, "the trust policy")


def _hindrance(name: str, chain: Chain) -> Link | None:
    """Why the account cannot be looked into, if so."""
    role: RoleArn | None = chain.given.parts.role
    if chain.keys is None:
        fix = "give the policy as a file: --trust-policy FILE" if name == "trust-policy" else _GIVE_KEYS
        return not_checkable(name, _NO_KEYS, fix)
    if role is not None and role.account and chain.account and role.account != chain.account:
        found = f"the AWS credentials are of the account {chain.account}, the role of {role.account}"
        return not_checkable(name, found, _GIVE_KEYS)
    return None


def _asked(chain: Chain, question: Callable[[Iam], T]) -> T | Error:
    """IAM's answer, or its refusal. Raises what kept it from answering."""
    assert chain.keys is not None  # noqa: S101  (_hindrance)
    endpoint = iam_endpoint(_place(chain)[0], chain.given.environ)
    with chain.client() as client:
        try:
            return question(Iam(client.http, endpoint, chain.keys, within_s=client.persistence.remaining_s))
        except Error as error:
            if error.code in {"iam-refused", "iam-missing"}:
                return error
            raise


def _unread(name: str, error: Error) -> Link:
    if error.code == "iam-refused":
        return not_checkable(name, f"IAM may not be asked: {error.found}", _MAY_READ)
    return judged(name, [broken(f"{error.doing}: {error.found}", "check the name and the account of the role")], "")


def _place(chain: Chain) -> tuple[str, str]:
    """Partition and account to look into: the role's, else the credentials'."""
    role = chain.given.parts.role
    return (role.partition, role.account) if role else ("aws", chain.account)


def _loosely(url: str) -> str:
    return url.rstrip("/").lower()
