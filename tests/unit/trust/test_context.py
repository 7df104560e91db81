# SPDX-License-Identifier: Apache-2.0
"""Keys of a request: there, absent, or not to be known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.trust import provider_keys
from okta_aws.trust.context import SOURCE_CLAIM, TAGS_CLAIM, Context, Request, session_tags, source_identity

OKTA = "acme.okta.com/oauth2/aus1"
ARN = f"arn:aws:iam::123456789012:oidc-provider/{OKTA}"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["iss", "sub", "aud", "azp", "amr", "email", TAGS_CLAIM, SOURCE_CLAIM])
NAMES |= st.sampled_from([f"{TAGS_CLAIM}/principal_tags/a", f"{TAGS_CLAIM}/transitive_tag_keys"])


def found(claims: dict[str, Any], key: str, **request: Any) -> tuple[str, ...] | None:  # noqa: ANN401 - any field
    return Context(Request({"iss": f"https://{OKTA}", **claims}, **request), "aws").find(key)


@pytest.mark.parametrize(
    ("request_of", "provider"),
    [
        (Request({"iss": "https://a.example/b"}), "a.example/b"),
        (Request({"iss": "https://a.example/"}), "a.example/"),
        (Request({"iss": "accounts.google.com"}), "accounts.google.com"),
        (Request({"iss": "https://a.example"}, provider_arn=ARN), OKTA),
        (Request({}, provider_arn="accounts.google.com"), "accounts.google.com"),
        (Request({"iss": 5}), None),
        (Request({"iss": ""}), None),
        (Request({}), None),
    ],
)
def test_the_provider_is_that_of_the_arn_or_else_of_the_issuer(request_of: Request, provider: str | None) -> None:
    assert request_of.provider == provider


@pytest.mark.parametrize(
    ("claims", "key", "wanted"),
    [
        ({"aud": "a"}, "aud", ("a",)),
        ({"aud": ["a", "b"]}, "aud", ("a", "b")),
        ({"aud": ["a"], "azp": "c"}, "aud", ("c",)),
        ({"aud": "a", "azp": 5}, "aud", None),
        ({"aud": "a", "azp": None}, "aud", ("a",)),
        ({"aud": [5]}, "aud", None),
        ({"aud": "a", "azp": "c"}, "oaud", ("a",)),
        ({"sub": "s"}, "sub", ("s",)),
        ({"sub": ["s"]}, "sub", None),
        ({"sub": True}, "sub", None),
        ({"amr": ["a", "b"]}, "amr", ("a", "b")),
        ({"amr": []}, "amr", ()),
        ({}, "amr", ()),
        ({"groups": ["g"]}, "groups", ()),
    ],
)
def test_keys_of_the_provider_come_from_claims(claims: dict[str, Any], key: str, wanted: object) -> None:
    assert found(claims, f"{OKTA}:{key}") == wanted
    assert found(claims, f"{OKTA}:{key}".upper()) == wanted


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("other.okta.com/oauth2/aus1:sub", ()),
        ("graph.facebook.com:id", ()),
        ("saml:aud", ()),
        ("aws:PrincipalArn", ()),
        ("aws:PrincipalTag/x", ()),
        ("aws:RequestTag/x", ()),
        ("aws:MultiFactorAuthPresent", ()),
        ("sts:ExternalId", ()),
        ("aws:SourceIp", None),
        ("aws:PrincipalOrgID", None),
        ("aws:something-new", None),
        ("sts:something-new", None),
        ("s3:prefix", None),
        ("sub", None),
        ("", None),
    ],
)
def test_other_keys_are_absent_or_cannot_be_known(key: str, wanted: object) -> None:
    assert found({}, key) == wanted


def test_without_a_provider_no_key_of_any_is_known() -> None:
    context = Context(Request({"sub": "s"}), "aws")
    assert context.find(f"{OKTA}:sub") is None
    assert context.find(":sub") is None


def test_the_time_is_told_in_both_forms_and_in_utc() -> None:
    time = datetime(2026, 3, 1, 13, 0, 0, tzinfo=timezone(timedelta(hours=1)))
    assert found({}, "aws:CurrentTime", time=time) == ("2026-03-01T12:00:00Z",)
    assert found({}, "aws:EpochTime", time=time) == (str(int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())),)
    assert found({}, "aws:CurrentTime") is None


def test_the_session_name_and_the_provider_are_known_if_told() -> None:
    assert found({}, "sts:RoleSessionName", session_name="x") == ("x",)
    assert found({}, "sts:RoleSessionName") is None
    assert found({}, "aws:FederatedProvider", provider_arn=ARN) == (ARN,)
    assert found({}, "aws:FederatedProvider") is None


@pytest.mark.parametrize(
    ("claims", "tags", "transitive", "known"),
    [
        ({}, {}, (), True),
        ({TAGS_CLAIM: {"principal_tags": {"a": ["b"]}}}, {"a": "b"}, (), True),
        ({TAGS_CLAIM: {"principal_tags": {"a": "b"}, "transitive_tag_keys": ["a"]}}, {"a": "b"}, ("a",), True),
        ({f"{TAGS_CLAIM}/principal_tags/a": "b"}, {"a": "b"}, (), True),
        ({f"{TAGS_CLAIM}/principal_tags/a": "b", f"{TAGS_CLAIM}/transitive_tag_keys": "a"}, {"a": "b"}, ("a",), True),
        ({TAGS_CLAIM: {"principal_tags": {"a": ["b", "c"]}}}, {}, (), False),
        ({TAGS_CLAIM: {"principal_tags": {"a": 5}}}, {}, (), False),
        ({TAGS_CLAIM: {"principal_tags": "a"}}, {}, (), False),
        ({TAGS_CLAIM: "a"}, {}, (), False),
        ({TAGS_CLAIM: {"transitive_tag_keys": 5}}, {}, (), False),
    ],
)
def test_session_tags_are_read_from_either_form(
    claims: dict[str, Any], tags: dict[str, str], transitive: tuple[str, ...], known: bool
) -> None:
    read = session_tags(claims)
    assert (read.tags, read.transitive, read.known) == (tags, transitive, known)
    assert read.asked == bool(tags or transitive or not known)


def test_tags_are_keys_of_their_own() -> None:
    claims = {TAGS_CLAIM: {"principal_tags": {"Team": ["blue"], "cost": ["1"]}, "transitive_tag_keys": ["cost"]}}
    assert found(claims, "aws:RequestTag/team") == ("blue",)
    assert found(claims, "aws:TagKeys") == ("Team", "cost")
    assert found(claims, "sts:TransitiveTagKeys") == ("cost",)
    assert found({TAGS_CLAIM: 5}, "aws:TagKeys") is None


def test_source_identity_is_a_claim() -> None:
    assert source_identity({SOURCE_CLAIM: "jo"}) == found({SOURCE_CLAIM: "jo"}, "sts:SourceIdentity") == ("jo",)
    assert source_identity({}) == ()
    assert source_identity({SOURCE_CLAIM: 5}) is None


@pytest.mark.parametrize("name", sorted(provider_keys.GITHUB_KEYS))
@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", None])
def test_githubs_own_keys_are_known_in_the_commercial_partition_alone(name: str, partition: str | None) -> None:
    context = Context(Request({"iss": f"https://{provider_keys.GITHUB}", name: "v"}), partition)
    assert context.find(f"{provider_keys.GITHUB}:{name}") == (("v",) if partition == "aws" else None)
    assert context.find(f"{provider_keys.GITHUB}:event_name") == ()


@pytest.mark.parametrize("name", sorted(provider_keys.GITHUB_KEYS))
def test_githubs_own_keys_are_nobody_elses(name: str) -> None:
    assert found({name: "v"}, f"{OKTA}:{name}") == ()


@given(st.dictionaries(NAMES | st.text(max_size=4), JSON, max_size=5), st.text(max_size=6))
def test_whatever_the_claims_are_each_key_has_an_answer(claims: dict[str, Any], key: str) -> None:
    context = Context(Request(claims), "aws")
    for name in (key, f"{OKTA}:sub", "aws:TagKeys", "aws:RequestTag/a", "sts:TransitiveTagKeys", "sts:SourceIdentity"):
        values = context.find(name)
        assert values is None or all(isinstance(one, str) for one in values)
