# SPDX-License-Identifier: Apache-2.0
"""Signed requests, their signatures computed anew by the small STS that gets them."""

from __future__ import annotations

import builtins
import sys
import time
import traceback
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.signed_sts import Keys, SignedSts, is_signed_by, tags_of, transitive_in
from fakes.sts_answers import ACCOUNT, refused
from okta_aws.arn import RoleArn
from okta_aws.aws.signed import Identity, assume_with_keys, caller_identity
from okta_aws.credentials import AwsKeys, Credentials
from okta_aws.errors import AssumeRoleError, Error, NetworkError, SourceError
from okta_aws.http import Http
from okta_aws.secret import Secret
from okta_aws.settings.session_tags import Tag
from okta_aws.settings.settings import Endpoint, Session

ROLE = RoleArn.parse(f"arn:aws:iam::{ACCOUNT}:role/a/path/deploy")


@pytest.fixture
def http() -> Iterator[Http]:
    http = Http(monotonic=time.monotonic, debug=lambda _: None)
    yield http
    http.close()


@pytest.fixture(params=["long-lived", "temporary"])
def sts(request: pytest.FixtureRequest) -> Iterator[SignedSts]:
    with SignedSts(Keys() if request.param == "long-lived" else Keys.temporary()).running() as running:
        yield running


def _keys(keys: Keys) -> AwsKeys:
    return AwsKeys(keys.key_id, Secret(keys.secret), Secret(keys.token), "a test's keys")


def _endpoint(sts: SignedSts, path: str = "", region: str = "eu-central-1") -> Endpoint:
    return Endpoint(region, sts.url + path, fips=False, dualstack=False)


def _assume(
    http: Http, sts: SignedSts, *tags: Tag, path: str = "", keys: Keys | None = None, **parts: str
) -> Credentials:
    transitive = tuple(parts.pop("transitive", "").split())
    session = Session("", 900, parts.pop("policy", ""), (), parts.pop("external_id", ""), True, (), transitive)
    assert ROLE is not None
    return assume_with_keys(
        http, _endpoint(sts, path), ROLE, session, "me@here", _keys(keys or sts.keys), tags, within_s=5
    )


def test_the_request_says_what_was_asked_for_and_no_more(http: Http, sts: SignedSts) -> None:
    credentials = _assume(http, sts)
    assert sts.forms() == [
        {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/a/path/deploy",
            "RoleSessionName": "me@here",
            "DurationSeconds": "900",
        }
    ]
    assert sts.refusals == []
    assert (credentials.secret_access_key.reveal(), credentials.session_token.reveal()) == sts.given[0]
    assert (credentials.account, credentials.session_name) == (ACCOUNT, "me@here")
    assert sts.keys.secret.encode() not in sts.asked[0].body


def test_identity_is_what_aws_says(http: Http, sts: SignedSts) -> None:
    assert caller_identity(http, _endpoint(sts), _keys(sts.keys), within_s=5) == Identity(ACCOUNT, sts.caller)
    assert sts.refusals == []


@pytest.mark.parametrize("path", ["", "/", "/sts", "/a/b%20c/"])
def test_an_endpoint_with_a_path_is_signed_with_it(http: Http, sts: SignedSts, path: str) -> None:
    _assume(http, sts, path=path)
    assert sts.refusals == []
    assert sts.asked[0].target == (path or "/")


@pytest.mark.parametrize(("region", "signed"), [("aws-global", "us-east-1"), ("cn-north-1", "cn-north-1")])
def test_the_signature_is_of_the_region(http: Http, sts: SignedSts, region: str, signed: str) -> None:
    caller_identity(http, _endpoint(sts, region=region), _keys(sts.keys), within_s=5)
    assert f"/{signed}/sts/aws4_request" in sts.asked[0].headers["authorization"]


@pytest.mark.parametrize("changed", ["key_id", "secret", "token"])
def test_the_small_sts_itself_sees_other_keys_and_another_body(http: Http, sts: SignedSts, changed: str) -> None:
    _assume(http, sts)
    (request,) = sts.asked
    parts = {"key_id": sts.keys.key_id, "secret": sts.keys.secret, "token": sts.keys.token}
    assert is_signed_by(Keys(**parts), request)
    assert not is_signed_by(Keys(**parts | {changed: parts[changed] + "x"}), request)
    altered = type(request)(request.method, request.target, request.headers, request.body + b"&a=b", 1)
    assert not is_signed_by(sts.keys, altered)


def test_wrong_keys_are_refused_and_never_said(http: Http, sts: SignedSts) -> None:
    wrong = Keys(sts.keys.key_id, "a-wrong-secret", sts.keys.token)
    with pytest.raises(AssumeRoleError) as failed:
        _assume(http, sts, keys=wrong)
    assert (failed.value.code, failed.value.aws_code) == ("credentials-refused", "SignatureDoesNotMatch")
    shown = "".join([*traceback.format_exception(failed.value), *failed.value.lines()])
    assert wrong.secret not in shown


def test_tags_and_the_transitive_ones_among_them_are_numbered(http: Http, sts: SignedSts) -> None:
    _assume(http, sts, Tag("A", "1"), Tag("b/é", "x y"), Tag("c", ""), transitive="c A missing a", external_id="e/1")
    (form,) = sts.forms()
    assert (tags_of(form), transitive_in(form)) == ({"A": "1", "b/é": "x y", "c": ""}, ["c", "A"])
    assert form["ExternalId"] == "e/1"
    assert sts.refusals == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_whatever_a_tag_says_the_signature_fits_what_is_sent(http: Http, sts: SignedSts, value: str) -> None:
    _assume(http, sts, Tag("k", value))
    assert tags_of(sts.forms()[-1]) == {"k": value}
    assert sts.refusals == []


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (refused(403, "InvalidClientTokenId"), AssumeRoleError, "credentials-refused"),
        (refused(403, "ExpiredToken"), AssumeRoleError, "credentials-refused"),
        (refused(403, "AccessDenied"), AssumeRoleError, "role-refused"),
        (refused(400, "PackedPolicyTooLarge"), AssumeRoleError, "session-policy"),
        (refused(400, "Throttling"), NetworkError, "throttled"),
        (refused(400, "ValidationError", "roles assumed by role chaining"), AssumeRoleError, "session-duration"),
    ],
)
def test_a_refusal_means_what_it_means_for_tokens(
    http: Http, sts: SignedSts, reply: object, kind: type[Error], code: str
) -> None:
    sts.replies = [reply]  # type: ignore[list-item]
    with pytest.raises(kind) as failed:
        _assume(http, sts)
    assert failed.value.code == code
    assert failed.value.fix


def test_without_botocore_the_library_is_named(http: Http, sts: SignedSts, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def without(name: str, *arguments: object, **more: object) -> object:
        if name.partition(".")[0] == "botocore":
            raise ImportError(name)
        return real(name, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SourceError) as failed:
        caller_identity(http, _endpoint(sts), _keys(sts.keys), within_s=5)
    assert failed.value.code == "aws-library"
    assert not sts.asked
