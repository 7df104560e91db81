# SPDX-License-Identifier: Apache-2.0
"""Which change would make a refusal a yes for this very subject; ``change`` says why it is never wider.

Every proposal is applied and evaluated here before anybody sees it.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.policies import operators
from okta_aws.policies.document import CURRENT, Condition, Statement
from okta_aws.policies.json_text import PolicyError
from okta_aws.trust import provider_keys, shown
from okta_aws.trust.cause import SERVICES, Case, Failure
from okta_aws.trust.change import (
    Json,
    PolicyChange,
    StatementChange,
    apply,
    as_json,
    literal,
    new_statement,
    with_value,
)
from okta_aws.trust.evaluate import evaluate
from okta_aws.trust.nearest import failures, nearest
from okta_aws.trust.verdict import StatementResult

# Where nothing tells the account; whoever applies the change has to write it.
_UNKNOWN_ACCOUNT = "ACCOUNT"
_NARROW = ("string", "like")


def propose(case: Case) -> PolicyChange | None:
    """The smallest change that makes the policy's answer "allow", or ``None`` where none is known to do so."""
    if case.verdict.answer != "deny" or not case.subject or not case.provider or len(case.audiences) != 1:
        return None
    exceptions = tuple(_exceptions(case))
    return next((one for part in _allows(case) if (one := _checked(case, (*exceptions, *part))) is not None), None)


def _checked(case: Case, statements: tuple[StatementChange, ...]) -> PolicyChange | None:
    change = PolicyChange(statements)
    try:
        changed = apply(case.document, change)
    except PolicyError:
        return None
    return change if statements and evaluate(changed, case.request).answer == "allow" else None


def _exceptions(case: Case) -> Iterator[StatementChange]:
    matching = {
        one.index
        for action in case.verdict.actions
        for one in action.statements
        if one.effect == "Deny" and one.matched
    }
    for index in sorted(matching):
        statement = case.document.statements[index]
        subject = literal(case.subject, case.document, pattern=False)
        after = with_value(statement, "StringNotEquals", f"{case.provider}:sub", subject)
        yield StatementChange(index, as_json(statement), after)


def _allows(case: Case) -> Iterator[tuple[StatementChange, ...]]:
    missing = [
        one.action
        for one in case.verdict.actions
        if not any(result.effect == "Allow" and result.matched for result in one.statements)
    ]
    if not missing:
        yield ()
        return
    repaired = _in_place(case, missing)
    if repaired is not None:
        yield (repaired,)
    own = _own_statement(case, missing)
    if own is not None:
        yield (StatementChange(None, None, own),)


def _nearest(case: Case, action: str) -> StatementResult | None:
    return nearest(case, next(one for one in case.verdict.actions if one.action == action).statements)


def _in_place(case: Case, missing: list[str]) -> StatementChange | None:
    """The nearest statement repaired, where that admits this subject alone."""
    result = _nearest(case, missing[0])
    if result is None:
        return None
    statement = case.document.statements[result.index]
    failed = list(failures(statement, result))
    if not _may_repair(case, statement, result, failed, missing):
        return None
    after = as_json(statement)
    for failure in failed:
        _repair(case, failure, after)
    if result.principal is False:
        after["Principal"] = _with_provider(case, statement, result)
    absent = [one for one in missing if one not in statement.actions]
    if absent:
        after["Action"] = [*statement.actions, *absent] if result.action else absent
    return StatementChange(result.index, as_json(statement), after)


def _may_repair(
    case: Case, statement: Statement, result: StatementResult, failed: list[Failure], missing: list[str]
) -> bool:
    if statement.not_actions or statement.resources or not _is_sound(case, statement):
        return False
    if not all(_is_narrow(case, one) for one in failed):
        return False
    of_subject_alone = all(_is_subject(case, one.condition.condition.key) for one in failed)
    nothing_else = bool(result.principal and result.action) and len(missing) == 1
    return (of_subject_alone and nothing_else) or _is_pinned(case, statement)


def _is_sound(case: Case, statement: Statement) -> bool:
    """Whether the statement has none of the holes that a further value in it would keep open for this subject: anybody
    as its principal, no audience, conditions that hold for a token without the claim."""
    if set(statement.principals) != {"Federated"}:
        return False
    asks = [operators.parse(one.operator) for one in statement.conditions if _is_key(case, one.key, "aud")]
    if not any(one is not None and not one.negated and one.kind in _NARROW for one in asks):
        return False
    read = [operators.parse(one.operator) for one in statement.conditions]
    return not any(one is None or one.if_exists or one.quantifier == "ForAllValues" for one in read)


def _is_narrow(case: Case, failure: Failure) -> bool:
    """Whether a further value under this operator admits that value alone, and may be shown. A condition that no token
    can meet may go; of how somebody signs in (amr) nothing is ever given away."""
    operator = operators.parse(failure.condition.condition.operator)
    if not shown.may_be_shown(failure.condition) or (not failure.found and _has_values(case, failure)):
        return False
    if failure.name == "amr" and _has_values(case, failure):
        return False
    if operator is None or operator.negated or operator.kind not in _NARROW:
        return False
    return operator.kind == "string" or case.document.version == CURRENT or not set("*?") & set(case.subject)


def _is_pinned(case: Case, statement: Statement) -> bool:
    """Whether a condition of the statement holds for this very subject and no other."""
    for condition in statement.conditions:
        operator = operators.parse(condition.operator)
        if operator is None or operator.negated or operator.kind not in _NARROW or operator.if_exists:
            continue
        value = literal(case.subject, case.document, pattern=operator.kind == "like")
        is_plain = operator.kind == "string" or not set("*?") & set(value.replace("${*}", "").replace("${?}", ""))
        if _is_subject(case, condition.key) and condition.values == (value,) and not operator.quantifier and is_plain:
            return True
    return False


def _is_subject(case: Case, key: str) -> bool:
    return _is_key(case, key, "sub")


def _is_key(case: Case, key: str, name: str) -> bool:
    return key.lower() == f"{case.provider}:{name}".lower()


def _has_values(case: Case, failure: Failure) -> bool:
    """Whether some token of this provider has a value for the key; one of AWS's own may have one in any request."""
    if failure.condition.condition.key.lower().startswith(SERVICES):
        return True
    return failure.prefix.lower() == case.provider.lower() and failure.name in provider_keys.of(case.provider)


def _repair(case: Case, failure: Failure, after: Json) -> None:
    condition = failure.condition.condition
    operator = operators.parse(condition.operator)
    values = (case.subject,) if _is_subject(case, condition.key) else failure.found[:1]
    under = after["Condition"][condition.operator]
    if values:
        is_pattern = operator is not None and operator.kind == "like"
        under[condition.key] = [*condition.values, literal(values[0], case.document, pattern=is_pattern)]
        return
    # The key can have no value here: no further value would help, and the pinned subject stays.
    del under[condition.key]
    if not under:
        del after["Condition"][condition.operator]


def _with_provider(case: Case, statement: Statement, result: StatementResult) -> Json:
    named = list(statement.principals.get("Federated", ()))
    if result.reason in ("wrong-account", "wrong-partition"):
        named = [one for one in named if not one.endswith(f":oidc-provider/{case.provider}")]
    kept = {kind: list(texts) for kind, texts in statement.principals.items() if kind != "Federated"}
    federated = [*named, _provider_arn(case)]
    return kept | {"Federated": federated[0] if len(federated) == 1 else federated}


def _own_statement(case: Case, actions: list[str]) -> Json | None:
    """A statement for this audience and subject, with all else that the nearest one asks for; ``None`` where the token
    lacks something of that which is not to be given away."""
    keys = {
        f"{case.provider}:aud": literal(case.audiences[0], case.document, pattern=False),
        f"{case.provider}:sub": literal(case.subject, case.document, pattern=False),
    }
    kept: list[Condition] = []
    result = _nearest(case, actions[0])
    if result is not None and result.reason not in ("other-provider", "no-federated-principal"):
        for one in _besides(case, result):
            if one.condition.holds is not False:
                kept.append(one.condition.condition)
            elif _has_values(case, one):
                if not _may_be_pinned(case, one):
                    return None
                keys[one.condition.condition.key] = literal(one.found[0], case.document, pattern=False)
    return new_statement(_provider_arn(case), actions, keys, kept)


def _besides(case: Case, result: StatementResult) -> Iterator[Failure]:
    """What a statement asks for besides audience and subject."""
    statement = case.document.statements[result.index]
    for one in result.conditions:
        if not any(_is_key(case, one.condition.key, name) for name in ("aud", "sub")):
            yield Failure(statement, result, one)


def _may_be_pinned(case: Case, failure: Failure) -> bool:
    """Whether a statement may name the very value that the token has: a claim that may be shown, with one value, and
    not how somebody signed in (amr), which would give away what the policy asks for."""
    is_claim = failure.prefix.lower() == case.provider.lower() and failure.name != "amr"
    return is_claim and len(failure.found) == 1 and shown.may_be_shown(failure.condition)


def _provider_arn(case: Case) -> str:
    if case.request.provider_arn:
        return case.request.provider_arn
    if case.provider in provider_keys.BUILT_IN:
        return case.provider
    named = [name for one in case.document.statements for name in one.principals.get("Federated", ())]
    same = [name for name in named if name.endswith(f":oidc-provider/{case.provider}")]
    if same:
        return same[0]
    start = next((name.partition("oidc-provider/")[0] for name in named if ":oidc-provider/" in name), "")
    partition = case.request.partition or "aws"
    return f"{start or f'arn:{partition}:iam::{case.facts.account or _UNKNOWN_ACCOUNT}:'}oidc-provider/{case.provider}"
