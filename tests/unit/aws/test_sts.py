# SPDX-License-Identifier: Apache-2.0
"""One request to a small server in the place of STS, and what comes of each answer."""

from __future__ import annotations

import secrets
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from fakes.loopback import Reply, Request, http_server
from fakes.sts_answers import ACCOUNT, KEY_ID, granted, refused, session_arn
from okta_aws.arn import RoleArn
from okta_aws.aws.sts import assume_with_token
from okta_aws.credentials import Credentials
from okta_aws.errors import Error, NetworkError, Retry
from okta_aws.http import Http
from okta_aws.secret import Secret
from okta_aws.settings.session_tags import Tag
from okta_aws.settings.settings import Endpoint, Session

TOKEN = f"token+/={secrets.token_urlsafe(16)}"
KEY, SESSION_TOKEN = (
    f"key+/{secrets.token_urlsafe(12)}",
    f"session+/={secrets.token_urlsafe(24)}",
)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/a/path/deploy"

Answer = Callable[[Request], Reply | None]


def _given(arn: str | None = None, **parts: str | None) -> Reply:
    return granted(KEY, SESSION_TOKEN, arn, **parts)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def http(said: list[str]) -> Iterator[Http]:
    http = Http(monotonic=time.monotonic, debug=said.append)
    yield http
    http.close()


def _session(*, inline: str = "", managed: tuple[str, ...] = ()) -> Session:
    return Session(
        "",
        900,
        inline,
        managed,
        "an-external-id",
        tagging=True,
        custom_tags=(Tag("k", "v"),),
        transitive_tag_keys=("k",),
    )


def _assume(
    http: Http, answer: Answer, session: Session | None = None, role: str = ROLE
) -> tuple[Credentials, Request]:
    arn = RoleArn.parse(role)
    assert arn is not None
    with http_server(answer) as server:
        endpoint = Endpoint("eu-central-1", server.url(), fips=False, dualstack=False)
        credentials = assume_with_token(
            http, endpoint, arn, session or _session(), "me@here", Secret(TOKEN), within_s=5
        )
    (request,) = server.requests
    return credentials, request


def _error(http: Http, said: list[str], answer: Reply | None) -> Error:
    with pytest.raises(Error) as failed:
        _assume(http, lambda _: answer)
    shown = "".join([*traceback.format_exception(failed.value), *failed.value.lines(), *said])
    assert not [secret for secret in (TOKEN, KEY, SESSION_TOKEN) if secret in shown]
    assert failed.value.fix
    return failed.value


def test_the_request_is_one_unsigned_form_with_exactly_these_parameters(http: Http) -> None:
    _, request = _assume(http, lambda _: _given())
    assert (request.method, request.target) == ("POST", "/")
    assert request.form == {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": "me@here",
        "DurationSeconds": "900",
        "WebIdentityToken": TOKEN,
    }
    assert set(request.headers) == {"host", "user-agent", "accept-encoding", "accept", "content-type", "content-length"}
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


def test_credentials_of_the_environment_do_not_get_into_the_request(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    ambient = secrets.token_hex(12)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
        monkeypatch.setenv(name, ambient)
    _, request = _assume(http, lambda _: _given())
    assert ambient not in f"{request}"
    assert not [name for name in request.headers if name == "authorization" or name.startswith("x-amz-")]


def test_session_policies_are_sent_as_they_are(http: Http) -> None:
    policy, managed = '{ "Version": "2012-10-17" }', ("arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B")
    _, request = _assume(http, lambda _: _given(), _session(inline=policy, managed=managed))
    assert request.form["Policy"] == policy
    assert {name: text for name, text in request.form.items() if "PolicyArns" in name} == {
        "PolicyArns.member.1.arn": managed[0],
        "PolicyArns.member.2.arn": managed[1],
    }


def test_the_answer_becomes_credentials(http: Http) -> None:
    credentials, _ = _assume(http, lambda _: _given())
    assert credentials == Credentials(
        access_key_id=KEY_ID,
        secret_access_key=Secret(KEY),
        session_token=Secret(SESSION_TOKEN),
        expiration=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        account=ACCOUNT,
        arn=session_arn(),
        role_arn=ROLE,
        session_name="me@here",
    )


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-02T03:04:05Z",
        "2030-01-02T03:04:05",
        "2030-01-02T04:04:05+01:00",
        "2030-01-02T03:04:05.000Z",
        " 2030-01-02T03:04:05Z\n",
    ],
)
def test_an_expiry_is_read_in_each_form_of_iso_8601_that_services_send(http: Http, text: str) -> None:
    credentials, _ = _assume(http, lambda _: _given(Expiration=text))
    assert credentials.expiration_text() == "2030-01-02T03:04:05Z"


@pytest.mark.parametrize(("role", "account"), [("arn:minio:iam:::role/idmp", ""), (ROLE, ACCOUNT)])
def test_a_service_that_names_no_user_leaves_the_account_to_the_role(http: Http, role: str, account: str) -> None:
    credentials, _ = _assume(http, lambda _: _given(arn=""), role=role)
    assert (credentials.arn, credentials.account) == ("", account)


def test_the_account_of_the_answer_counts_before_that_of_the_role(http: Http) -> None:
    credentials, _ = _assume(http, lambda _: _given(arn=session_arn("210987654321")))
    assert credentials.account == "210987654321"


@pytest.mark.parametrize("missing", ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"])
def test_an_answer_that_lacks_a_part_is_named_by_it(http: Http, said: list[str], missing: str) -> None:
    error = _error(http, said, _given(**{missing: None}))
    assert (error.code, error.exit_status) == ("network-garbage", 9)
    assert f"an answer without {missing}" in error.found


@pytest.mark.parametrize("part", ["AccessKeyId", "SecretAccessKey", "SessionToken"])
@pytest.mark.parametrize("text", ["", " ", "a b", "a\nb", "ü", "a\u202eb", "a\tb"])
def test_credentials_that_could_break_out_of_a_line_are_not_taken(
    http: Http, said: list[str], part: str, text: str
) -> None:
    assert _error(http, said, _given(**{part: text})).code == "network-garbage"


@pytest.mark.parametrize(
    "text", ["", "soon", "2030-13-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1893553445"]
)
def test_an_expiry_that_is_none_is_garbage(http: Http, said: list[str], text: str) -> None:
    assert _error(http, said, _given(Expiration=text)).code == "network-garbage"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(200, b""), id="empty"),
        pytest.param(Reply(200, b"<html><form>please log in</form><br></html>"), id="a login page"),
        pytest.param(Reply(200, b"<html><p>well formed</p></html>"), id="a login page in XHTML"),
        pytest.param(Reply(200, b'{"Credentials": {}}'), id="JSON"),
        pytest.param(Reply(200, b"\xff\xfe" * 1000), id="bytes"),
        pytest.param(Reply(204, b""), id="no content"),
        pytest.param(Reply(302, b"", {"Location": "http://127.0.0.1:9/"}), id="a redirect"),
        pytest.param(Reply(403, b"<html>blocked</html>"), id="a proxy's refusal"),
        pytest.param(Reply(400, b""), id="an empty refusal"),
        pytest.param(Reply(404, b"not here"), id="not found"),
        pytest.param(
            Reply(400, b"<ErrorResponse><Error><Code/></Error></ErrorResponse>"), id="a refusal without a code"
        ),
    ],
)
def test_what_sts_would_not_say_is_garbage_and_not_tried_again(http: Http, said: list[str], reply: Reply) -> None:
    error = _error(http, said, reply)
    assert isinstance(error, NetworkError)
    assert (error.code, error.retry) == ("network-garbage", None)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"\xff"])
def test_a_server_error_is_passing_whatever_its_body(http: Http, said: list[str], status: int, body: bytes) -> None:
    error = _error(http, said, Reply(status, body))
    assert (error.code, error.retry) == ("aws-unavailable", Retry())
    assert f"HTTP status {status}" in error.found


def test_a_refusal_keeps_the_words_and_the_request_id_of_aws(http: Http, said: list[str]) -> None:
    error = _error(http, said, refused(403, "AccessDenied", 'Not "authorized" <here>'))
    assert (error.code, error.exit_status, error.doing) == ("role-refused", 5, f"assuming role {ROLE}")
    assert 'AccessDenied: "Not "authorized" <here>"' in error.found
    assert (getattr(error, "aws_code", ""), getattr(error, "request_id", "")) == ("AccessDenied", "the-id")


def test_a_request_id_in_the_headers_will_do(http: Http, said: list[str]) -> None:
    reply = Reply(403, b"<E><Code>AccessDenied</Code></E>", {"x-amzn-RequestId": "from-the-header"})
    assert getattr(_error(http, said, reply), "request_id", "") == "from-the-header"


@pytest.mark.parametrize(
    ("headers", "after_s"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3.0),
        ({"x-amz-retry-after": "1500"}, 1.5),
        ({"Retry-After": "2", "x-amz-retry-after": "1500"}, 2.0),
        ({"Retry-After": "99999999"}, 99999999.0),
        ({"Retry-After": "9" * 4000}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, None),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:55 GMT"}, 4.0),
        ({"Retry-After": "\u00b2"}, None),
    ],
)
def test_the_wait_that_aws_advises_is_taken_from_either_header(
    http: Http, said: list[str], headers: dict[str, str], after_s: float | None
) -> None:
    assert _error(http, said, refused(400, "Throttling", "Rate exceeded", headers)).retry == Retry(after_s=after_s)


def test_a_connection_that_breaks_is_the_networks_error(http: Http, said: list[str]) -> None:
    assert _error(http, said, None).code == "network-broken"


def test_a_token_that_aws_repeats_is_not_shown_not_even_in_part(http: Http, said: list[str]) -> None:
    # Cut at 300 characters, half of a token would stand there, which no mask of the whole one hides.
    error = _error(http, said, refused(400, "InvalidIdentityToken", "x" * 290 + TOKEN))
    assert "***" in error.found
    assert TOKEN[:9] not in "".join(error.lines())
