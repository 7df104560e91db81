# SPDX-License-Identifier: Apache-2.0
"""What is read from IAM, by a small one that computes each signature anew."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from fakes.loopback import Reply
from fakes.signed_iam import SignedIam
from fakes.signed_sts import Keys
from fakes.sts_answers import ACCOUNT, refused
from okta_aws.aws.iam import Iam, OidcProvider, Role, iam_url, region_of
from okta_aws.credentials import AwsKeys
from okta_aws.errors import Error, NetworkError
from okta_aws.http import Http
from okta_aws.secret import Secret
from okta_aws.settings.settings import Endpoint

POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Sid": "ü % + &"}]}'
HOST = "acme.okta.com/oauth2/aus1"


@pytest.fixture(params=["long-lived", "temporary"])
def server(request: pytest.FixtureRequest) -> Iterator[SignedIam]:
    keys = Keys() if request.param == "long-lived" else Keys.temporary()
    roles = dict.fromkeys(("a", "b", "c", "d", "e"), POLICY)
    with SignedIam(keys, roles, {HOST: ["api://aws", "0oa<&>"]}).running() as running:
        yield running


@pytest.fixture
def http() -> Iterator[Http]:
    http = Http(monotonic=time.monotonic, debug=lambda _: None)
    yield http
    http.close()


def client(http: Http, server: SignedIam, region: str = "eu-central-1", keys: Keys | None = None) -> Iam:
    used = keys or server.keys
    ours = AwsKeys(used.key_id, Secret(used.secret), Secret(used.token), "a test's keys")
    return Iam(http, Endpoint(region, server.url, fips=False, dualstack=False), ours, within_s=lambda _: 5.0)


def test_a_role_has_its_policy_as_it_was_written(http: Http, server: SignedIam) -> None:
    assert client(http, server).role("a") == Role(f"arn:aws:iam::{ACCOUNT}:role/a", "a", POLICY, 7200)


def test_all_pages_of_roles_are_read(http: Http, server: SignedIam) -> None:
    assert [role.name for role in client(http, server).roles()] == ["a", "b", "c", "d", "e"]
    assert [form.get("Marker", "") for form in server.asked] == ["", "2", "4"]


def test_an_account_without_roles_has_none(http: Http, server: SignedIam) -> None:
    server.roles = {}
    assert list(client(http, server).roles()) == []


def test_pages_that_never_end_end(http: Http, server: SignedIam) -> None:
    page = (
        b"<ListRolesResponse><ListRolesResult><IsTruncated>true</IsTruncated><Marker>x</Marker><Roles/>"
        b"</ListRolesResult></ListRolesResponse>"
    )
    server.replies = [Reply(200, page)] * 5
    with pytest.raises(NetworkError) as raised:
        list(client(http, server).roles())
    assert raised.value.code == "network-garbage"
    assert len(server.asked) == 2


def test_a_provider_has_its_audiences(http: Http, server: SignedIam) -> None:
    arn = server.provider_arn(HOST)
    assert client(http, server).providers() == (arn,)
    assert client(http, server).provider(arn) == OidcProvider(arn, HOST, ("api://aws", "0oa<&>"))


@pytest.mark.parametrize(
    ("region", "signed_for"),
    [("eu-central-1", "us-east-1"), ("cn-northwest-1", "cn-north-1"), ("us-gov-east-1", "us-gov-west-1")],
)
def test_requests_are_signed_for_the_region_of_the_partition(
    http: Http, server: SignedIam, region: str, signed_for: str
) -> None:
    client(http, server, region).role("a")
    assert server.regions == {signed_for}


def test_the_endpoint_of_each_region_is_botocores() -> None:
    loader = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
    partitions = loader.load_data("partitions")
    rules = EndpointProvider(loader.load_service_model("iam", "endpoint-rule-set-1"), partitions)
    for partition in partitions["partitions"]:
        for region in partition["regions"]:
            theirs = rules.resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False)
            assert iam_url(region) == theirs.url
            assert region_of(partition["id"]) == theirs.properties["authSchemes"][0]["signingRegion"]


def failed(http: Http, server: SignedIam, keys: Keys | None = None) -> Error:
    with pytest.raises(Error) as raised:
        client(http, server, keys=keys).role("nobody")
    assert server.keys.secret not in str(raised.value) + repr(raised.value) + "".join(raised.value.lines())
    return raised.value


def test_a_role_that_is_not_there_is_missing(http: Http, server: SignedIam) -> None:
    error = failed(http, server)
    assert (error.code, error.exit_status) == ("iam-missing", 1)


def test_what_may_not_be_read_names_the_permission(http: Http, server: SignedIam) -> None:
    server.refused = ["GetRole"]
    error = failed(http, server)
    assert (error.code, error.exit_status) == ("iam-refused", 1)
    assert error.wanted == "the permission iam:GetRole"


def test_bad_credentials_are_no_refusal_of_the_role(http: Http, server: SignedIam) -> None:
    error = failed(http, server, keys=Keys())
    assert (error.code, error.exit_status) == ("credentials-refused", 1)


def test_throttling_may_be_tried_again(http: Http, server: SignedIam) -> None:
    server.replies = [refused(400, "Throttling", "Rate exceeded")]
    error = failed(http, server)
    assert error.code == "throttled"
    assert error.retry is not None


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>log in</html>"),
        Reply(200, b""),
        Reply(200, b'<!DOCTYPE x [<!ENTITY a "b">]><GetRoleResponse/>'),
        Reply(302, b"", {"Location": "http://127.0.0.1/"}),
        Reply(403, b"Forbidden by the proxy"),
    ],
)
def test_what_is_no_answer_of_iam_is_said_to_be_none(http: Http, server: SignedIam, reply: Reply) -> None:
    server.replies = [reply]
    assert failed(http, server).code == "network-garbage"


def test_a_secret_that_comes_back_is_not_shown(http: Http, server: SignedIam) -> None:
    server.replies = [refused(403, "AccessDenied", f"not with {server.keys.secret}")]
    assert "***" in failed(http, server).found
