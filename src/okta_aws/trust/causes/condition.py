# SPDX-License-Identifier: Apache-2.0
"""Why a condition does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import unquote

from okta_aws.policies import operators
from okta_aws.tokens.subject import GithubSubject
from okta_aws.trust import provider_keys, shown, subjects
from okta_aws.trust.cause import SERVICES, Case, Cause, Failure, federated, quoted
from okta_aws.trust.causes import token

Found = tuple[str, str, str]


def find(case: Case, failure: Failure) -> Iterator[Cause]:
    """Each cause of one condition; at least one, unless a cause of the token is why the claim is absent."""
    if not failure.found and failure.name in ("aud", "sub") and any(token.of_claims(case)):
        return
    found = _of_key(case, failure) or _of_value(case, failure) or [_not_met(failure)]
    for code, what, fix in found:
        yield Cause(code, what, fix, failure.statement.index)


def _of_key(case: Case, failure: Failure) -> list[Found]:
    key, name = failure.condition.condition.key, failure.name
    if key.lower().startswith(SERVICES):
        return []
    if failure.prefix.lower() != case.provider.lower():
        return _of_other_provider(case, failure)
    if name == "iss":
        what = f"{key} never has a value: the principal alone decides about the issuer"
        return [("iss-is-no-key", what, "take this condition out of the policy")]
    if name not in provider_keys.of(case.provider):
        what = f"AWS makes no condition key of the claim {name}, so {key} never has a value"
        return [("unsupported-key", what, _in_its_place(case))]
    if not failure.found and failure.condition.reason in ("", "absent"):
        what = f"the token has no {name}, and {failure.condition.condition.operator} wants one"
        return [("absent-claim", what, f"have the issuer put {name} into the token, or take the condition out")]
    return []


def _in_its_place(case: Case) -> str:
    if GithubSubject.parse(case.subject) is not None:
        return "compare sub in its place, which can carry the claim (customized subject)"
    return "compare sub or aud in its place, and have the issuer decide who gets a token with them"


def _of_other_provider(case: Case, failure: Failure) -> list[Found]:
    key, own = failure.condition.condition.key, f"{case.provider}:{failure.name}"
    ours = [one for one in failure.statement.conditions if one.key.lower().startswith(f"{case.provider}:".lower())]
    if ours and failure.prefix in federated(failure.statement):
        what = f"{key} has no value in a token of {case.provider}, and all conditions have to be met at once"
        return [("two-providers", what, "write one statement for each provider")]
    return [("other-providers-key", f"{key} is no key of this provider; {own} is", f"write the key as {own}")]


def _of_value(case: Case, failure: Failure) -> list[Found]:
    by_name: dict[str, Callable[[Case, Failure], list[Found]]] = {"aud": _of_audience, "sub": _of_subject}
    found = by_name[failure.name](case, failure) if failure.name in by_name and not _negated(failure) else []
    return found or _of_all_values(failure) or _of_letter_case(failure)


def _of_audience(case: Case, failure: Failure) -> list[Found]:
    wanted, found = set(failure.wanted), quoted(failure.found)
    if case.claim("azp") and wanted & set(case.texts("aud")):
        what = f"the policy wants aud, {quoted(case.texts('aud'))}, and AWS compares azp, {found}"
        return [("azp", what, f"write {found} in the policy, or compare :oaud, which is aud")]
    if wanted & {case.claim("cid"), case.claim("client_id")} - {""}:
        what = f"the policy wants the client's id, as ID tokens have it; the token is an access token for {found}"
        return [("access-token-for-id-token", what, "give the ID token of the same client")]
    if _is_id_token(case) and any("://" in one for one in wanted):
        what = f"the policy wants {quoted(failure.wanted)}; the token is an ID token for the client {found}"
        return [("id-token-for-access-token", what, "give the access token")]
    if case.subject in wanted:
        return [("swapped-keys", f"{quoted((case.subject,))} is the token's sub", "write it under the key :sub")]
    if letter_case := _of_letter_case(failure):
        return letter_case
    what = f"the policy wants {quoted(failure.wanted)}, the token is for {found}"
    return [
        ("audience-mismatch", what, f"ask for a token for {quoted(failure.wanted)}, or write {found} in the policy")
    ]


def _of_subject(case: Case, failure: Failure) -> list[Found]:
    if set(failure.wanted) & set(case.audiences):
        return [("swapped-keys", f"{quoted(failure.wanted)} is the token's audience", "write it under the key :aud")]
    if case.claim("email") in failure.wanted:
        fix = "write the token's sub, which does not change when the address does, or write the address under :email"
        return [("swapped-keys", f"{quoted((case.claim('email'),))} is the token's email, not its sub", fix)]
    operator = operators.parse(failure.condition.condition.operator)
    exact = operator is not None and operator.kind == "string"
    found = failure.found[0] if failure.found else ""
    pattern, codes = subjects.nearest(failure.wanted, found, exact=exact)
    what = f"the policy wants {quoted((pattern,))}, the token has {quoted((found,))}"
    if unquote(found) == pattern:
        what = f"{what}: GitHub writes a colon in a name, and some other characters, as % and their code"
    return [(code, what, shown.SUBJECT_FIXES[code]) for code in subjects.ORDER if code in codes]


def _of_all_values(failure: Failure) -> list[Found]:
    operator = operators.parse(failure.condition.condition.operator)
    if operator is None or operator.quantifier != "ForAllValues" or not set(failure.found) & set(failure.wanted):
        return []
    what = f"{failure.name} has {len(failure.found)} values, of which every one has to be allowed"
    return [("for-all-values", what, "use ForAnyValue, which asks for one of them")]


def _of_letter_case(failure: Failure) -> list[Found]:
    folded = {one.lower() for one in failure.wanted}
    if _negated(failure) or not folded & {one.lower() for one in failure.found}:
        return []
    what = f"the policy wants {quoted(failure.wanted)}, the token has {shown.values(failure)}"
    return [("letter-case", what, "write it as the token has it; values are compared with their letter case")]


def _not_met(failure: Failure) -> Found:
    condition = failure.condition.condition
    what = f"{condition.operator} {condition.key}: wanted {quoted(failure.wanted)}, found {shown.values(failure)}"
    fix = "change the request, or the condition"
    if failure.name == "amr":
        fix = "sign in again as the policy asks for (amr says how somebody signed in)"
    return ("condition-not-met", what, fix)


def _negated(failure: Failure) -> bool:
    operator = operators.parse(failure.condition.condition.operator)
    return operator is None or operator.negated or operator.kind == "null"


def _is_id_token(case: Case) -> bool:
    claims = case.request.claims
    return case.claim("jti").startswith("ID.") or ("scp" not in claims and bool({"nonce", "at_hash"} & set(claims)))
