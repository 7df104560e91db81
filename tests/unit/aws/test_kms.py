# SPDX-License-Identifier: Apache-2.0
"""What is asked of KMS, and what its answers mean."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fakes.loopback import Reply, Request, http_server
from okta_aws.aws.kms import KEY_ARN, Kms
from okta_aws.credentials import AwsKeys
from okta_aws.errors import Error, NetworkError
from okta_aws.http import Http
from okta_aws.retry import Persistence, Time
from okta_aws.secret import Secret

KEYS = AwsKeys("key-id", Secret("secret-of-the-test"), Secret(""), "the credentials of a test")
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@contextmanager
def kms(*replies: Reply) -> Iterator[tuple[Kms, list[Request]]]:
    """A client of a server with these answers, and what it was asked."""
    http = Http(monotonic=time.monotonic, debug=lambda _: None)
    clock = Time(time.time, time.monotonic, lambda _: None, lambda: 0.5)
    waiting = list(replies)
    with http_server(lambda _: waiting.pop(0)) as server:
        persistence = Persistence(clock, max_attempts=3, total_s=60, debug=lambda _: None)
        yield Kms(http, persistence, KEYS, server.url()), server.requests
        http.close()


def said(status: int, **members: object) -> Reply:
    return Reply(status, json.dumps(members).encode())


def test_a_digest_is_signed_as_a_digest_by_the_key_that_is_named() -> None:
    with kms(said(200, Signature=base64.b64encode(b"made").decode())) as (client, asked):
        assert client.sign(KEY, b"\0" * 32) == b"made"
    body = json.loads(asked[0].body)
    assert body["KeyId"] == KEY
    assert (body["MessageType"], body["SigningAlgorithm"]) == ("DIGEST", "ECDSA_SHA_256")
    assert asked[0].headers["x-amz-target"] == "TrentService.Sign"
    assert "/eu-west-1/kms/aws4_request" in asked[0].headers["authorization"]


@pytest.mark.parametrize(
    ("reply", "valid"),
    [
        (said(200, SignatureValid=True), True),
        (said(200, SignatureValid=False), False),
        (said(200, SignatureValid="true"), False),
        (said(200, KeyId=KEY), False),
        (said(400, __type="KMSInvalidSignatureException"), False),
        (said(400, __type="com.amazonaws.kms#KMSInvalidSignatureException", message=""), False),
    ],
)
def test_only_a_plain_yes_is_a_valid_signature(reply: Reply, *, valid: bool) -> None:
    with kms(reply) as (client, _):
        assert client.verify(KEY, b"\0" * 32, b"x") is valid


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "NotFoundException", "DisabledException", "InvalidKeyUsageException"]
)
def test_a_refusal_is_an_error_and_no_answer(code: str) -> None:
    with kms(said(400, __type=code, message="no secret-of-the-test")) as (client, _), pytest.raises(Error) as caught:
        client.verify(KEY, b"\0" * 32, b"x")
    assert caught.value.code == "kms-refused"
    assert code in caught.value.found
    assert "secret-of-the-test" not in str(caught.value)


def test_throttling_is_tried_again() -> None:
    with kms(said(400, __type="ThrottlingException"), said(200, SignatureValid=True)) as (client, asked):
        assert client.verify(KEY, b"\0" * 32, b"x")
    assert len(asked) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b"[" * 100_000, b'{"Signature": "%"}'])
def test_an_answer_that_makes_no_sense_is_told(body: bytes) -> None:
    with kms(Reply(200, body)) as (client, _), pytest.raises(NetworkError) as caught:
        client.sign(KEY, b"\0" * 32)
    assert caught.value.code == "network-garbage"


@pytest.mark.parametrize(
    "text",
    [
        "alias/seal",
        "arn:aws:kms:eu-west-1:123456789012:alias/seal",
        f"{KEY}\n",
        KEY.replace("eu-west-1", "eu-west-1.attacker.example/"),
        KEY.replace("123456789012", "1"),
    ],
)
def test_a_key_is_named_by_its_arn_alone(text: str) -> None:
    assert KEY_ARN.fullmatch(KEY)
    assert not KEY_ARN.fullmatch(text)
