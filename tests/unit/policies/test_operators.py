# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.policies import typed_values
from okta_aws.policies.operators import NAMES, ForeignType, Operator, compare, parse, spelling

NEGATED = {name for name in NAMES if "Not" in name}


def test_there_are_all_operators_of_the_guide() -> None:
    order = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
    assert set(NAMES) == {
        *(f"String{kind}" for kind in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase")),
        *(f"{kind}{how}" for kind in ("String", "Arn") for how in ("Like", "NotLike")),
        *(f"{kind}{how}" for kind in ("Numeric", "Date") for how in order),
        *("ArnEquals", "ArnNotEquals", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"),
    }


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"Null"}))
@pytest.mark.parametrize("quantifier", ["", "ForAnyValue", "ForAllValues"])
@pytest.mark.parametrize("suffix", ["", "IfExists"])
def test_an_operator_is_read_with_its_modifiers(name: str, quantifier: str, suffix: str) -> None:
    written = (f"{quantifier}:" if quantifier else "") + name + suffix
    operator = parse(written)
    assert operator is not None
    assert (operator.name, operator.quantifier, operator.if_exists) == (name, quantifier, bool(suffix))
    assert operator.negated == (name in NEGATED)
    assert spelling(written.swapcase()) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "stringequals",
        "StringMatches",
        "StringEqualsIfExistsIfExists",
        "ifexists",
        "StringEqualsifexists",
        "forAnyValue:StringEquals",
        "ForAnyValue:",
        "ForAnyValue:ForAllValues:StringEquals",
        "ForSomeValue:StringEquals",
        ":StringEquals",
        "NullIfExists",
        "ForAllValues:Null",
        " StringEquals",
    ],
)
def test_what_the_guide_does_not_have_is_no_operator(written: str) -> None:
    assert parse(written) is None


@pytest.mark.parametrize("written", ["StringMatches", "ForSomeValue:StringEquals", "", ":StringEquals"])
def test_what_is_no_operator_has_no_spelling(written: str) -> None:
    assert spelling(written) is None


def test_variables_go_with_text_and_arns_alone() -> None:
    takers = {name for name in NAMES if _of(name).takes_variables}
    assert takers == {name for name in NAMES if name.startswith(("String", "Arn"))}


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("Numeric", "Date"))])
@pytest.mark.parametrize(("wanted", "found"), [("10000", "20000"), ("20000", "10000"), ("10000", "10000")])
def test_numbers_and_dates_are_compared_with_the_negation_left_out(name: str, wanted: str, found: str) -> None:
    limit, value = int(wanted), int(found)
    answers = {
        "Equals": value == limit,
        "NotEquals": value == limit,
        "LessThan": value < limit,
        "LessThanEquals": value <= limit,
        "GreaterThan": value > limit,
        "GreaterThanEquals": value >= limit,
    }
    assert compare(_of(name), wanted, found) == answers[name.removeprefix("Numeric").removeprefix("Date")]


@pytest.mark.parametrize(("name", "wanted"), [("NumericEquals", "1"), ("DateEquals", "2020"), ("Bool", "true")])
def test_a_value_of_another_type_is_told(name: str, wanted: str) -> None:
    with pytest.raises(ForeignType):
        compare(_of(name), wanted, "something")


@given(st.integers(0, 2**40), st.integers(-14 * 60, 14 * 60))
def test_a_date_is_the_same_in_every_zone(seconds: int, minutes: int) -> None:
    from datetime import UTC, datetime, timedelta, timezone

    moment = datetime.fromtimestamp(seconds % 253402300799, UTC)
    shifted = (moment + timedelta(days=1)).astimezone(timezone(timedelta(minutes=minutes))) - timedelta(days=1)
    assert typed_values.date(shifted.isoformat()) == int(moment.timestamp())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1970", Decimal(0)),
        ("1970-02", Decimal(31 * 86400)),
        ("1970-01-02", Decimal(86400)),
        ("1970-01-01T00:01Z", Decimal(60)),
        ("1970-01-01T00:00:00.25Z", Decimal("0.25")),
        ("1970-01-01T01:00:00+01:00", Decimal(0)),
        ("1969-12-31T23:00:00-01:00", Decimal(0)),
        ("12345", Decimal(12345)),
        ("1970-1-1", None),
        ("1970-01-01T00:00", None),
        ("1970-01-01 00:00:00Z", None),
        ("1970-13", None),
        ("2026-02-30", None),
        ("1970-01-01T24:00:00Z", None),
        ("1970-01-01T00:00:00+99:00", None),
        ("٢٠٢٦", None),
        ("", None),
    ],
)
def test_dates_have_the_forms_of_the_w3c_or_are_seconds(text: str, wanted: Decimal | None) -> None:
    assert typed_values.date(text) == wanted


@pytest.mark.parametrize("text", ["", "x", "1e3", "1.", ".5", "0x10", "\uff11", "9" * 41, "1 ", "NaN", "--1"])
def test_what_is_no_plain_number_is_none(text: str) -> None:
    assert typed_values.number(text) is None


@pytest.mark.parametrize("text", ["", "x", "203.0.113.0/255.255.255.0", "203.0.113.0/33", "203.0.113.0/", "5/8/8"])
def test_what_is_no_cidr_block_is_none(text: str) -> None:
    assert typed_values.block(text) is None


def _of(name: str) -> Operator:
    operator = parse(name)
    assert operator is not None
    return operator
