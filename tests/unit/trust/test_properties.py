# SPDX-License-Identifier: Apache-2.0
"""What must hold of every policy and every token."""

from __future__ import annotations

import copy
import dataclasses
import json
import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from okta_aws.policies.conditions import judge
from okta_aws.policies.document import Condition, Document, document, parse_document
from okta_aws.policies.operators import NAMES, parse
from okta_aws.trust.context import ASSUME, SOURCE_CLAIM, TAGS_CLAIM, Request
from okta_aws.trust.evaluate import evaluate

HOST = "acme.okta.com/oauth2/aus1"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{HOST}"
KEYS = [f"{HOST}:{claim}" for claim in ("sub", "aud", "oaud", "amr", "email", "groups")]
KEYS += [
    "aws:RequestTag/team",
    "aws:TagKeys",
    "sts:RoleSessionName",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:SourceIp",
]
KEYS += ["sts:SourceIdentity", "aws:MultiFactorAuthPresent", "other.example.com:sub", "unheard-of"]
PLAIN = ["a", "ab", "A", "", "1", "20", "true", "2026-03-01T12:00:00Z", "1772366400", "10.0.0.1", "YQ==", "a:b:c:d:e:f"]
WITH_WILDCARDS = [*PLAIN, "*", "a*", "?", "a?*", "*b", "2*Z", "10.0.0.0/8", "a:*:c:d:e:?"]
WITH_VARIABLES = [*WITH_WILDCARDS, "${*}", "a${?}", f"${{{HOST}:sub}}", "${sts:RoleSessionName}*", "${aws:SourceIp}"]
WITH_VARIABLES += ["${aws:RequestTag/team}", "${aws:RequestTag/team, 'ab'}", "${", "${}"]

operators = st.sampled_from([name for name in NAMES if name != "Null"])
quantifiers = st.sampled_from(["", "ForAnyValue:", "ForAllValues:"])
suffixes = st.sampled_from(["", "IfExists"])
written = st.tuples(quantifiers, operators, suffixes).map("".join) | st.sampled_from(["Null", "StringMatches"])
values = st.lists(st.sampled_from(WITH_VARIABLES), min_size=1, max_size=3)
blocks = st.dictionaries(written, st.dictionaries(st.sampled_from(KEYS), values, min_size=1, max_size=2), max_size=2)
principals: st.SearchStrategy[Any] = st.sampled_from(
    [
        "*",
        {"AWS": "*"},
        {"Federated": PROVIDER},
        {"Federated": [PROVIDER + "x", PROVIDER]},
        {"Federated": "*"},
        {"Federated": PROVIDER + "x"},
        {"AWS": "123456789012"},
        {"Federated": PROVIDER.upper()},
    ]
)
actions: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"Action": ASSUME},
        {"Action": ["sts:*"]},
        {"Action": "sts:TagSession"},
        {"NotAction": "sts:Tag*"},
        {"Action": [ASSUME, "sts:TagSession", "sts:SetSourceIdentity"]},
    ]
)


@st.composite
def statements(draw: st.DrawFn, effect: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"])), **draw(actions)}
    made[draw(st.sampled_from((*["Principal"] * 5, "NotPrincipal")))] = draw(principals)
    if block := draw(blocks):
        made["Condition"] = block
    return made


policies = st.builds(
    lambda version, several: {"Version": version, "Statement": several},
    st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
    st.lists(statements(), min_size=1, max_size=3),
)
texts = st.sampled_from(PLAIN)
claims = st.fixed_dictionaries(
    {"iss": st.just(f"https://{HOST}")},
    optional={
        "sub": texts | st.just(5),
        "aud": texts | st.lists(texts, max_size=2),
        "azp": texts,
        "amr": st.lists(texts, max_size=3),
        "email": texts,
        "groups": st.lists(texts, max_size=2),
        TAGS_CLAIM: st.builds(lambda value: {"principal_tags": {"team": [value]}}, texts) | st.just("odd"),
        SOURCE_CLAIM: texts,
    },
)
times = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
requests = st.builds(
    Request,
    claims,
    provider_arn=st.sampled_from([PROVIDER, PROVIDER, None]),
    session_name=st.none() | texts,
    time=st.none() | times,
)


def answer(policy: Mapping[str, Any], request: Request) -> str:
    return evaluate(document(policy), request).answer


@given(policies, statements(effect="Deny"), requests, st.integers(0, 3))
def test_a_deny_more_never_makes_a_yes(
    policy: dict[str, Any], deny: dict[str, Any], request: Request, place: int
) -> None:
    before = answer(policy, request)
    after = answer({**policy, "Statement": _inserted(policy["Statement"], deny, place)}, request)
    assert after in {"deny": ("deny",), "unknown": ("deny", "unknown"), "allow": ("deny", "unknown", "allow")}[before]


@given(policies, statements(effect="Allow"), requests, st.integers(0, 3))
def test_an_allow_more_never_makes_a_no(
    policy: dict[str, Any], allow: dict[str, Any], request: Request, place: int
) -> None:
    before = answer(policy, request)
    if request.provider_arn is None:
        return  # then the policy's own principals say which partition it is in
    after = answer({**policy, "Statement": _inserted(policy["Statement"], allow, place)}, request)
    assert after in {"allow": ("allow",), "unknown": ("allow", "unknown"), "deny": ("deny", "unknown", "allow")}[before]


@given(policies, requests, st.randoms(use_true_random=False))
def test_order_is_of_no_account(policy: dict[str, Any], request: Request, chance: random.Random) -> None:
    assert answer(_shuffled(policy, chance), request) == answer(policy, request)


@given(policies, requests)
def test_letter_case_of_keys_is_of_no_account(policy: dict[str, Any], request: Request) -> None:
    changed = copy.deepcopy(policy)
    for statement in changed["Statement"]:
        for operator, keys in statement.get("Condition", {}).items():
            statement["Condition"][operator] = {key.swapcase(): wanted for key, wanted in keys.items()}
    assert answer(changed, request) == answer(policy, request)


@given(policies, requests, times, texts)
def test_what_is_certain_stays_whatever_the_unknown_turns_out_to_be(
    policy: dict[str, Any], request: Request, time: datetime, name: str
) -> None:
    little = dataclasses.replace(request, session_name=None, time=None)
    certain = answer(policy, little)
    told = [
        dataclasses.replace(little, session_name=name),
        dataclasses.replace(little, time=time),
        dataclasses.replace(little, session_name=name, time=time),
    ]
    if certain != "unknown":
        assert {answer(policy, one) for one in told} == {certain}


@given(policies, requests)
def test_every_answer_follows_from_its_trace(policy: dict[str, Any], request: Request) -> None:
    verdict = evaluate(document(policy), request)
    for one in verdict.actions:
        allowed = {part.matched for part in one.statements if part.effect == "Allow"}
        denied = {part.matched for part in one.statements if part.effect == "Deny"}
        assert (one.answer == "allow") == (True in allowed and denied <= {False})
        assert (one.answer == "deny") == (True in denied or allowed <= {False})
        assert (one.denied_by is not None) == (True in denied)
        for part in one.statements:
            parts = [part.principal, part.action, *(condition.holds for condition in part.conditions)]
            assert part.matched == (False if False in parts else None if None in parts else True)
    worst = {one.answer for one in verdict.actions}
    assert verdict.answer == ("deny" if "deny" in worst else "unknown" if "unknown" in worst else "allow")
    assert verdict.missing == tuple(one.action for one in verdict.actions if one.answer == "deny")


found_values = st.lists(texts, max_size=3).map(tuple) | st.none()


def holds(operator: str, wanted: list[str], found: tuple[str, ...] | None) -> bool | None:
    return judge(Condition(operator, "k", tuple(wanted), 0), lambda _: found).holds


@given(quantifiers, operators, values, found_values)
def test_if_exists_is_never_stricter(
    quantifier: str, operator: str, wanted: list[str], found: tuple[str, ...] | None
) -> None:
    without, within = (holds(f"{quantifier}{operator}{suffix}", wanted, found) for suffix in ("", "IfExists"))
    undocumented = quantifier.startswith("ForAnyValue") and without is False and within is None
    assert within == without or (not found and (within is True or undocumented))


@given(quantifiers, operators, suffixes, st.lists(st.sampled_from(WITH_WILDCARDS)), texts, found_values)
def test_a_value_more_never_narrows_a_positive_operator_nor_widens_a_negated_one(
    quantifier: str, operator: str, suffix: str, wanted: list[str], more: str, found: tuple[str, ...] | None
) -> None:
    name = quantifier + operator + suffix
    parsed = parse(name)
    before, after = holds(name, wanted, found), holds(name, [*wanted, more], found)
    if parsed is not None and parsed.negated:
        assert before is not False or after is False
        assert after is not True or before is not False
    else:
        assert before is not True or after is True
        assert after is not False or before is not True


@given(operators, values, st.sampled_from(PLAIN))
def test_set_operators_of_one_value_are_the_plain_operator(operator: str, wanted: list[str], value: str) -> None:
    if value:
        answers = {holds(f"{quantifier}{operator}", wanted, (value,)) for quantifier in ("", "ForAnyValue:")}
        assert answers == {holds(f"ForAllValues:{operator}", wanted, (value,))}


PAIRS = [(name, name.replace("Not", "")) for name in NAMES if "Not" in name]


@given(st.sampled_from(PAIRS), st.lists(st.sampled_from(WITH_WILDCARDS), min_size=1, max_size=3), texts)
def test_a_negated_operator_is_the_opposite_where_the_key_is_there(
    pair: tuple[str, str], wanted: list[str], value: str
) -> None:
    negated, positive = (holds(name, wanted, (value,)) for name in pair)
    if negated is not None and positive is not None:
        assert negated is not positive


@given(policies)
def test_a_policy_written_from_what_was_read_is_the_same_policy(policy: dict[str, Any]) -> None:
    read = document(policy)
    again = document(_written(read))
    assert (again.version, again.statements) == (read.version, read.statements)
    located = parse_document(json.dumps(_written(read), indent=1))
    assert [_bare(one) for one in located.statements] == [_bare(one) for one in read.statements]
    assert located.length == again.length


def _bare(statement: Any) -> str:  # noqa: ANN401 - only what repr shows, without lines
    return re.sub(r"line=\d+", "", repr(statement))


def _written(read: Document) -> dict[str, Any]:
    several = []
    for one in read.statements:
        made: dict[str, Any] = {"Effect": one.effect}
        for name, texts_of in (("Action", one.actions), ("NotAction", one.not_actions)):
            if texts_of:
                made[name] = list(texts_of) if len(texts_of) > 1 else texts_of[0]
        for name, named in (("Principal", one.principals), ("NotPrincipal", one.not_principals)):
            if named:
                made[name] = "*" if "*" in named else {kind: list(each) for kind, each in named.items()}
        for condition in one.conditions:
            keys = made.setdefault("Condition", {}).setdefault(condition.operator, {})
            keys[condition.key] = list(condition.values)
        several.append(made)
    return {"Version": read.version, "Statement": several}


def _inserted(several: list[Any], one: object, place: int) -> list[Any]:
    return [*several[:place], one, *several[place:]]


def _shuffled(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - whatever JSON has
    if isinstance(value, dict):
        items = [(name, _shuffled(one, chance)) for name, one in value.items()]
        return dict(chance.sample(items, len(items)))
    if isinstance(value, list):
        items = [_shuffled(one, chance) for one in value]
        return chance.sample(items, len(items))
    return value
