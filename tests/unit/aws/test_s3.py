# SPDX-License-Identifier: Apache-2.0
"""Objects read in parts and written once, by servers that say what S3 says, or what it should not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from fakes.loopback import Reply, Request, http_server
from okta_aws.aws.s3 import S3, Stored
from okta_aws.credentials import AwsKeys
from okta_aws.errors import Error, NetworkError
from okta_aws.http import Http
from okta_aws.http.client import MAX_BODY
from okta_aws.retry import Persistence, Time
from okta_aws.secret import Secret

KEYS = AwsKeys("key-id", Secret("secret-of-the-test"), Secret("token-of-the-test"), "the credentials of a test")
WAITS: list[float] = []


@contextmanager
def s3(answer: Callable[[Request], Reply]) -> Iterator[S3]:
    """A client of a server that answers so."""
    http = Http(monotonic=time.monotonic, debug=lambda _: None)
    clock = Time(time.time, time.monotonic, WAITS.append, lambda: 0.5)
    with http_server(answer) as server:
        persistence = Persistence(clock, max_attempts=3, total_s=60, debug=lambda _: None)
        yield S3(http, persistence, KEYS, "eu-west-1", server.url())
        http.close()


def refused(status: int, code: str, message: str = "no") -> Reply:
    return Reply(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode())


def in_parts(body: bytes, version: str = "v1") -> Callable[[Request], Reply]:
    """An object as S3 gives it, by ranges."""

    def answer(request: Request) -> Reply:
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers["range"])
        assert found is not None
        begin, end = int(found[1]), min(int(found[2]), len(body) - 1)
        headers = {"x-amz-version-id": version, "Content-Range": f"bytes {begin}-{end}/{len(body)}"}
        return Reply(206, body[begin : end + 1], headers)

    return answer


@pytest.mark.parametrize("size", [1, MAX_BODY, MAX_BODY + 1, 3 * MAX_BODY - 1])
def test_an_object_of_any_size_is_read_whole(size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    with s3(in_parts(body[:size])) as client:
        assert client.get("bucket", "a/b c+ü", limit=4 * MAX_BODY) == Stored(body[:size], "v1")


def test_the_version_of_the_first_part_is_asked_for_by_name_afterwards() -> None:
    asked: list[str] = []

    def answer(request: Request) -> Reply:
        asked.append(request.target)
        return in_parts(b"x" * (MAX_BODY + 1))(request)

    with s3(answer) as client:
        client.get("bucket", "key", limit=4 * MAX_BODY)
    assert asked == ["/bucket/key", "/bucket/key?versionId=v1"]


def test_an_object_that_is_too_large_is_refused_after_its_first_part() -> None:
    with s3(in_parts(b"x" * 100)) as client, pytest.raises(Error, match="at most 99 bytes"):
        client.get("bucket", "key", limit=99)


def test_parts_of_two_versions_are_never_mixed() -> None:
    versions = iter(["v1", "v2"])
    answer = in_parts(b"x" * (MAX_BODY + 1))

    def mixed(request: Request) -> Reply:
        reply = answer(request)
        return Reply(reply.status, reply.body, {**reply.headers, "x-amz-version-id": next(versions)})

    with s3(mixed) as client, pytest.raises(NetworkError, match="another version"):
        client.get("bucket", "key", limit=4 * MAX_BODY)


@pytest.mark.parametrize("headers", [{}, {"x-amz-version-id": "null"}])
def test_a_bucket_without_versions_is_refused(headers: dict[str, str]) -> None:
    with s3(lambda _: Reply(200, b"x", headers)) as client:
        for act in (
            lambda: client.get("bucket", "key", limit=10),
            lambda: client.version("bucket", "key"),
            lambda: client.put("bucket", "key", b"x", "text/plain"),
        ):
            with pytest.raises(Error, match="a bucket with versions"):
                act()


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchVersion"])
def test_what_is_not_there_is_none(code: str) -> None:
    with s3(lambda request: Reply(404) if request.method == "HEAD" else refused(404, code)) as client:
        assert client.get("bucket", "key", limit=10) is None
        assert client.version("bucket", "key") is None


def test_a_bucket_that_is_not_there_is_an_error() -> None:
    with s3(lambda _: refused(404, "NoSuchBucket")) as client, pytest.raises(Error, match="NoSuchBucket"):
        client.get("bucket", "key", limit=10)


def test_403_is_never_taken_for_an_object_that_is_not_there() -> None:
    with s3(lambda _: Reply(403)) as client, pytest.raises(Error) as caught:
        client.version("bucket", "key")
    assert caught.value.code == "s3-refused"
    assert "s3:ListBucket" in caught.value.fix[0]


def test_a_second_object_where_there_is_one_is_none() -> None:
    with s3(lambda _: refused(412, "PreconditionFailed")) as client:
        assert client.put("bucket", "key", b"x", "text/plain", only_where_none=True) is None
        with pytest.raises(Error, match="PreconditionFailed"):
            client.put("bucket", "key", b"x", "text/plain")


def test_a_conflict_of_two_at_once_is_tried_again() -> None:
    answers = iter([refused(409, "ConditionalRequestConflict"), refused(412, "PreconditionFailed")])
    with s3(lambda _: next(answers)) as client:
        assert client.put("bucket", "key", b"x", "text/plain", only_where_none=True) is None


def test_the_secrets_are_in_no_message() -> None:
    with (
        s3(lambda _: refused(400, "Odd", "secret-of-the-test token-of-the-test")) as client,
        pytest.raises(Error) as caught,
    ):
        client.get("bucket", "key", limit=10)
    assert "of-the-test" not in str(caught.value)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(206, b"x", {"x-amz-version-id": "v"}),
        Reply(206, b"x", {"x-amz-version-id": "v", "Content-Range": "bytes */x"}),
        Reply(206, b"", {"x-amz-version-id": "v", "Content-Range": "bytes 0-0/1"}),
    ],
)
def test_an_answer_that_makes_no_sense_is_told(reply: Reply) -> None:
    with s3(lambda _: reply) as client, pytest.raises(NetworkError) as caught:
        client.get("bucket", "key", limit=10)
    assert caught.value.code == "network-garbage"


def test_an_endpoint_without_ranges_will_do() -> None:
    with s3(lambda _: Reply(200, b"all", {"x-amz-version-id": "v"})) as client:
        assert client.get("bucket", "key", limit=10) == Stored(b"all", "v")


def test_an_empty_object_is_empty() -> None:
    with s3(lambda _: Reply(416, b"", {"x-amz-version-id": "v"})) as client:
        assert client.get("bucket", "key", limit=10) == Stored(b"", "v")
