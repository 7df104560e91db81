# SPDX-License-Identifier: Apache-2.0
"""Values by name from Secrets Manager and Systems Manager: what is asked, and what the answers mean."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fakes.loopback import Reply, Request, http_server
from okta_aws.aws.json_service import JsonService, Service
from okta_aws.aws.secrets_manager import SECRETS_MANAGER, secret_value
from okta_aws.aws.ssm import SSM, parameter_value
from okta_aws.credentials import AwsKeys
from okta_aws.errors import AtlantisError, NetworkError
from okta_aws.http import Http
from okta_aws.retry import Persistence, Time
from okta_aws.secret import Secret

KEYS = AwsKeys("key-id", Secret("secret-of-the-test"), Secret("token-of-the-test"), "the role of a test")


@contextmanager
def service(which: Service, *replies: Reply) -> Iterator[tuple[JsonService, list[Request]]]:
    """A client of a server with these answers, and what it was asked."""
    http = Http(monotonic=time.monotonic, debug=lambda _: None)
    clock = Time(time.time, time.monotonic, lambda _: None, lambda: 0.5)
    waiting = list(replies)
    with http_server(lambda _: waiting.pop(0)) as server:
        persistence = Persistence(clock, max_attempts=3, total_s=60, debug=lambda _: None)
        yield JsonService(which, http, persistence, KEYS, "eu-west-1", server.url()), server.requests
        http.close()


def said(status: int, **members: object) -> Reply:
    return Reply(status, json.dumps(members).encode())


def test_a_secret_is_asked_for_by_its_name() -> None:
    with service(SECRETS_MANAGER, said(200, SecretString="hidden")) as (client, asked):
        assert secret_value(client, "infra/db", "").reveal() == "hidden"
    assert json.loads(asked[0].body) == {"SecretId": "infra/db"}
    assert asked[0].headers["x-amz-target"] == "secretsmanager.GetSecretValue"
    assert "/eu-west-1/secretsmanager/aws4_request" in asked[0].headers["authorization"]
    assert asked[0].headers["x-amz-security-token"] == "token-of-the-test"


def test_a_parameter_is_asked_for_decrypted() -> None:
    with service(SSM, said(200, Parameter={"Value": "hidden"})) as (client, asked):
        assert parameter_value(client, "/infra/url").reveal() == "hidden"
    assert json.loads(asked[0].body) == {"Name": "/infra/url", "WithDecryption": True}
    assert asked[0].headers["x-amz-target"] == "AmazonSSM.GetParameter"
    assert "/eu-west-1/ssm/aws4_request" in asked[0].headers["authorization"]


@pytest.mark.parametrize(
    ("text", "value"), [('{"password": "a b"}', "a b"), ('{"password": 5432}', "5432"), ('{"password": ""}', "")]
)
def test_one_value_of_a_json_secret(text: str, value: str) -> None:
    with service(SECRETS_MANAGER, said(200, SecretString=text)) as (client, _):
        assert secret_value(client, "infra/db", "password").reveal() == value


@pytest.mark.parametrize(
    "reply",
    [
        *(
            said(200, SecretString=text)
            for text in ("hidden", "[]", "7", "{}", '{"password": null}', '{"Password": "x"}')
        ),
        *(said(200, SecretString=text) for text in ('{"password": true}', '{"password": ["hidden"]}', "[" * 100_000)),
        said(200, SecretBinary="aGlkZGVu"),
        said(200),
    ],
)
def test_a_secret_without_that_value_is_an_error_that_shows_none_of_it(reply: Reply) -> None:
    with service(SECRETS_MANAGER, reply) as (client, _), pytest.raises(AtlantisError) as refused:
        secret_value(client, "infra/db", "password")
    assert refused.value.code == "atlantis-value"
    assert "hidden" not in "\n".join(refused.value.lines())


@pytest.mark.parametrize("answer", [{}, {"Parameter": None}, {"Parameter": {"Value": 7}}, {"Parameter": ["x"]}])
def test_a_parameter_without_a_value_is_an_error(answer: dict[str, object]) -> None:
    with service(SSM, said(200, **answer)) as (client, _), pytest.raises(AtlantisError) as refused:
        parameter_value(client, "/infra/url")
    assert refused.value.code == "atlantis-value"


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ResourceNotFoundException", "com.amazonaws.x#DecryptionFailure"]
)
def test_a_refusal_names_the_right_and_repeats_no_secret(code: str) -> None:
    reply = said(400, __type=code, Message="no secret-of-the-test, no token-of-the-test")
    with service(SECRETS_MANAGER, reply) as (client, _), pytest.raises(AtlantisError) as refused:
        secret_value(client, "infra/db", "")
    said_all = "\n".join(refused.value.lines())
    assert code.rpartition("#")[2] in said_all
    assert "secretsmanager:GetSecretValue" in said_all
    assert "of-the-test" not in said_all


def test_what_may_pass_is_tried_again() -> None:
    replies = (
        said(400, __type="ThrottlingException", message="slow down"),
        Reply(503, b""),
        said(200, SecretString="x"),
    )
    with service(SECRETS_MANAGER, *replies) as (client, asked):
        assert secret_value(client, "infra/db", "").reveal() == "x"
    assert len(asked) == 3


@pytest.mark.parametrize("reply", [Reply(200, b"<html>"), Reply(200, b"[]"), Reply(403, b"no"), Reply(200, b"")])
def test_an_answer_of_somebody_else_is_none(reply: Reply) -> None:
    with service(SSM, reply) as (client, _), pytest.raises(NetworkError) as refused:
        parameter_value(client, "/infra/url")
    assert refused.value.code == "network-garbage"


def test_each_region_has_its_host() -> None:
    http = Http(monotonic=time.monotonic, debug=lambda _: None)
    clock = Time(time.time, time.monotonic, lambda _: None, lambda: 0.5)
    persistence = Persistence(clock, max_attempts=1, total_s=1, debug=lambda _: None)
    hosts = {region: JsonService(SSM, http, persistence, KEYS, region)._url for region in ("eu-west-1", "cn-north-1")}
    assert hosts == {
        "eu-west-1": "https://ssm.eu-west-1.amazonaws.com/",
        "cn-north-1": "https://ssm.cn-north-1.amazonaws.com.cn/",
    }
