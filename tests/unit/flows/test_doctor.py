# SPDX-License-Identifier: Apache-2.0
"""Each link of the chain, broken once on the wire: that one is named, and no other that does not need it."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from fakes.chain import AUDIENCE, World, policy, statuses, whole_chain
from fakes.loopback import Reply, http_server
from fakes.sts_answers import ACCOUNT, refused
from okta_aws.demo.signing import SigningKey
from okta_aws.flows.doctor.examination import LINKS

KEY, OTHER_KEY = SigningKey.new("RS256"), SigningKey.new("RS256")
DISCOVERY, KEYS, STS = "/idp/.well-known/openid-configuration", "/idp/keys", "/"
BROKEN, NOT, WARNING = "broken", "not-checkable", "warning"
WITHOUT_TOKEN = dict.fromkeys(("token", "algorithm", "signature", "audience", "trust-policy"), NOT)
WITHOUT_ISSUER = WITHOUT_TOKEN | dict.fromkeys(("discovery", "keys", "provider"), NOT)
WITHOUT_KEYS = {"keys": NOT, "signature": NOT}
WITHOUT_AWS = dict.fromkeys(("credentials", "provider", "audience", "trust-policy"), NOT)
HOSTILE = 'x"\n::error::y\x1b[2J\u202e'

Break = Callable[[World], object]


@pytest.fixture(autouse=True)
def no_credentials_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore looks into the process's own environment, and then for an instance."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")


@pytest.fixture
def world() -> Iterator[World]:
    with whole_chain(KEY) as made:
        yield made


def changed(part: str, **changes: object) -> Break:
    """Members of a part of the world with other values; ``None`` takes one away."""

    def act(world: World) -> None:
        values = getattr(world, part)
        values |= changes
        for name in [name for name, value in values.items() if value is None]:
            del values[name]

    return act


def answering(path: str, reply: Reply) -> Break:
    return lambda world: world.replies.update({path: reply})


def unset(*names: str) -> Break:
    def act(world: World) -> None:
        for name in names:
            world.environ.pop(name, None)
            world.flags.pop(name, None)

    return act


def no_keys(world: World) -> None:
    unset("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")(world)


def only(name: str, text: str) -> Break:
    """Of AWS's credentials this variable alone."""

    def act(world: World) -> None:
        no_keys(world)
        world.environ[name] = text

    return act


def no_permission(world: World) -> None:
    no_keys(world)
    world.flags["web-identity-token"] = ""


def no_port_listens(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        world.flags["sts-endpoint"] = f"http://127.0.0.1:{free.getsockname()[1]}/"


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def set_flag(name: str, text: str) -> Break:
    return lambda world: world.flags.update({name: text})


def other_signature(world: World) -> None:
    world.keys = [OTHER_KEY.public_jwk() | {"kid": KEY.kid}]


def other_kind(world: World) -> None:
    world.keys = [SigningKey.new("ES256", KEY.kid).public_jwk()]


def with_slash(world: World) -> None:
    world.iam.providers = {f"{url}/": audiences for url, audiences in world.iam.providers.items()}


def role_of_another_account(world: World) -> None:
    world.flags["role-to-assume"] = "arn:aws:iam::999999999999:role/deploy"


def policy_for(sub: str) -> Break:
    def act(world: World) -> None:
        world.iam.roles = {"deploy": json.dumps(policy(world.issuer.partition("://")[2], sub))}

    return act


def expired(world: World) -> None:
    world.claims |= {"exp": int(time.time()) - 100}


CASES: dict[str, tuple[Break, dict[str, str], str, str]] = {
    # what is broken: how, the links that do not hold, the one that names it, and how
    "an option that makes no sense": (
        set_flag("retry-max-attempts", "many"),
        {"environment": BROKEN},
        "environment",
        "retry-max-attempts",
    ),
    "a region that is none": (
        set_flag("aws-region", "Frankfurt"),
        {"environment": BROKEN, "sts": NOT, "credentials": NOT, "discovery": BROKEN},
        "environment",
        "aws-region",
    ),
    "a variable that is misspelt": (
        changed("environ", OKTA_AWS_TOKEN_SORCE="x"),
        {"environment": WARNING},
        "environment",
        "OKTA_AWS_TOKEN_SORCE",
    ),
    "a variable of the action": (
        changed("environ", OKTA_AWS_SUMMARY="never"),
        {"environment": WARNING},
        "environment",
        "for the action alone",
    ),
    "two kinds of AWS credentials": (
        changed("environ", AWS_PROFILE="x"),
        {"environment": WARNING},
        "environment",
        "AWS_ACCESS_KEY_ID and AWS_PROFILE",
    ),
    "two regions": (
        changed("environ", AWS_REGION="eu-west-1", AWS_DEFAULT_REGION="eu-west-2"),
        {"environment": WARNING},
        "environment",
        "differ",
    ),
    "half of an access key": (
        only("AWS_ACCESS_KEY_ID", "TESTKEY"),
        {"environment": BROKEN, **WITHOUT_AWS},
        "environment",
        "one half",
    ),
    "a session token alone": (
        only("AWS_SESSION_TOKEN", "test"),
        {"environment": WARNING, **WITHOUT_AWS},
        "environment",
        "AWS_SESSION_TOKEN",
    ),
    "no permission": (
        no_permission,
        {"permissions": BROKEN, "source": BROKEN, **WITHOUT_ISSUER, **WITHOUT_AWS},
        "permissions",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
    ),
    "no permission, but AWS credentials": (
        set_flag("web-identity-token", ""),
        {"permissions": WARNING, "source": NOT, **WITHOUT_ISSUER},
        "permissions",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
    ),
    "a token file that is missing": (
        lambda world: world.flags.update({"web-identity-token": "", "web-identity-token-file": "/nowhere/token"}),
        {"source": BROKEN, **WITHOUT_ISSUER},
        "source",
        "[token-file]",
    ),
    "an algorithm that AWS does not take": (
        set_flag("web-identity-token", f"{encoded({'alg': 'HS256'})}.{encoded({})}.x"),
        {"source": BROKEN, **WITHOUT_ISSUER, "algorithm": BROKEN},
        "algorithm",
        "HS256",
    ),
    "an expired token": (expired, {"token": BROKEN}, "token", "the token expired 10"),
    "a token that is about to expire": (
        lambda world: world.claims.update(exp=int(time.time()) + 30),
        {"token": WARNING},
        "token",
        "s more",
    ),
    "a token of the future": (
        lambda world: world.claims.update(iat=int(time.time()) + 4000),
        {"token": BROKEN},
        "token",
        "s ahead of this machine's clock",
    ),
    "no expiry": (changed("claims", exp=None), {"token": BROKEN}, "token", "no exp"),
    "no moment of issue": (changed("claims", iat=None), {"token": WARNING}, "token", "iat"),
    "no subject": (changed("claims", sub=None), {"token": BROKEN, "trust-policy": BROKEN}, "token", "no sub"),
    "no issuer": (
        changed("claims", iss=None),
        {
            "token": BROKEN,
            "discovery": NOT,
            **WITHOUT_KEYS,
            "provider": NOT,
            "audience": BROKEN,
            "trust-policy": BROKEN,
        },
        "token",
        "no iss",
    ),
    "another audience than asked for": (
        set_flag("audience", "api://other"),
        {"token": BROKEN},
        "token",
        "api://other",
    ),
    "an issuer at http": (
        changed("claims", iss="http://idp.invalid"),
        {"discovery": BROKEN, **WITHOUT_KEYS, "provider": BROKEN, "audience": NOT, "trust-policy": BROKEN},
        "discovery",
        "not at https",
    ),
    "an issuer on this machine, for AWS itself": (
        unset("sts-endpoint", "aws-region"),
        {"discovery": BROKEN, "sts": NOT, "credentials": NOT},
        "discovery",
        "this machine itself",
    ),
    "no discovery document": (
        answering(DISCOVERY, Reply(404)),
        {"discovery": BROKEN, **WITHOUT_KEYS},
        "discovery",
        "HTTP status 404",
    ),
    "a redirect": (
        answering(DISCOVERY, Reply(302, b"", {"Location": "https://login.invalid/x"})),
        {"discovery": BROKEN, **WITHOUT_KEYS},
        "discovery",
        "redirect to login.invalid",
    ),
    "a sign-in page": (
        answering(DISCOVERY, Reply(200, b"<html>")),
        {"discovery": BROKEN, **WITHOUT_KEYS},
        "discovery",
        "a web page",
    ),
    "a document without end": (
        answering(DISCOVERY, Reply(200, b'{"a": "' + b"x" * (2 << 20) + b'"}')),
        {"discovery": BROKEN, **WITHOUT_KEYS},
        "discovery",
        "too much of it",
    ),
    "a document of another issuer": (
        changed("document", issuer=f"https://other.invalid/{HOSTILE}"),
        {"discovery": BROKEN},
        "discovery",
        "https://other.invalid/",
    ),
    "a slash more": (
        lambda world: world.document.update(issuer=f"{world.issuer}/"),
        {"discovery": BROKEN},
        "discovery",
        "byte for byte",
    ),
    "a key set at http": (
        changed("document", jwks_uri="http://idp.invalid/keys"),
        {"discovery": BROKEN, **WITHOUT_KEYS},
        "discovery",
        "jwks_uri",
    ),
    "no place of the keys": (
        changed("document", jwks_uri=None),
        {"discovery": BROKEN, **WITHOUT_KEYS},
        "discovery",
        "jwks_uri is nothing",
    ),
    "no response types": (
        changed("document", response_types_supported=None),
        {"discovery": BROKEN},
        "discovery",
        "response_types_supported",
    ),
    "no subject types": (
        changed("document", subject_types_supported=[]),
        {"discovery": BROKEN},
        "discovery",
        "subject_types_supported",
    ),
    "other response types": (
        changed("document", response_types_supported=["code"]),
        {"discovery": WARNING},
        "discovery",
        "id_token",
    ),
    "another algorithm announced": (
        changed("document", id_token_signing_alg_values_supported=["ES256"]),
        {"algorithm": WARNING},
        "algorithm",
        "does not name",
    ),
    "no key set": (
        answering(KEYS, Reply(500)),
        {"keys": BROKEN, "signature": NOT},
        "keys",
        "HTTP status 500",
    ),
    "an empty key set": (
        lambda world: world.keys.clear(),
        {"keys": BROKEN, "signature": NOT},
        "keys",
        "no key",
    ),
    "a key that is not published": (
        lambda world: world.keys.__setitem__(0, OTHER_KEY.public_jwk()),
        {"keys": BROKEN, "signature": NOT},
        "keys",
        KEY.kid,
    ),
    "a token that names no key": (
        lambda world: world.header.update(kid=None),
        {"keys": BROKEN, "signature": NOT},
        "keys",
        "names no key",
    ),
    "two keys of one name": (
        lambda world: world.keys.append(OTHER_KEY.public_jwk() | {"kid": KEY.kid}),
        {"keys": WARNING},
        "keys",
        "two keys",
    ),
    "too many keys": (
        lambda world: world.keys.extend([KEY.public_jwk() | {"kid": str(i)} for i in range(100)]),
        {"keys": BROKEN},
        "keys",
        "101 RSA keys",
    ),
    "a key of another kind": (
        other_kind,
        {"algorithm": BROKEN, "signature": BROKEN},
        "algorithm",
        "no RSA key",
    ),
    "another signature": (other_signature, {"signature": BROKEN}, "signature", "does not fit"),
    "no STS at the endpoint": (
        no_port_listens,
        {"sts": BROKEN, "credentials": NOT},
        "sts",
        "[network-connect]",
    ),
    "a region whose STS is off": (
        answering(STS, refused(403, "RegionDisabledException", "STS is not activated in this region")),
        {"sts": BROKEN, "credentials": NOT},
        "sts",
        "[region-disabled]",
    ),
    "something else than STS": (
        answering(STS, Reply(200, b"<html>welcome")),
        {"sts": BROKEN, "credentials": NOT},
        "sts",
        "not STS",
    ),
    "no AWS credentials": (no_keys, WITHOUT_AWS, "credentials", "needs none"),
    "AWS credentials that are not accepted": (
        lambda world: world.iam.replies.extend([refused(403, "InvalidClientTokenId", "invalid")] * 3),
        dict.fromkeys(("provider", "audience", "trust-policy"), BROKEN),
        "provider",
        "[credentials-refused]",
    ),
    "IAM that may not be asked for its providers": (
        lambda world: setattr(world.iam, "refused", ["ListOpenIDConnectProviders"]),
        {"provider": NOT},
        "provider",
        "not authorized",
    ),
    "IAM that may not be asked for the provider": (
        lambda world: setattr(world.iam, "refused", ["GetOpenIDConnectProvider"]),
        {"audience": NOT},
        "audience",
        "not authorized",
    ),
    "IAM that may not be asked for the role": (
        lambda world: setattr(world.iam, "refused", ["GetRole"]),
        {"trust-policy": NOT},
        "trust-policy",
        "not authorized",
    ),
    "a role of another account": (
        role_of_another_account,
        dict.fromkeys(("provider", "audience", "trust-policy"), NOT),
        "provider",
        "999999999999",
    ),
    "no provider": (
        lambda world: setattr(world.iam, "providers", {}),
        {"provider": BROKEN, "audience": NOT},
        "provider",
        "none of the account's 0",
    ),
    "a provider with a slash more": (
        with_slash,
        {"provider": BROKEN, "audience": NOT},
        "provider",
        "the nearest is",
    ),
    "an audience that is not listed": (
        lambda world: setattr(world.iam, "providers", {url: ["api://other"] for url in world.iam.providers}),
        {"audience": BROKEN},
        "audience",
        f"lists api://other, the token is for {AUDIENCE}",
    ),
    "no such role": (
        lambda world: setattr(world.iam, "roles", {}),
        {"trust-policy": BROKEN},
        "trust-policy",
        "NoSuchEntity",
    ),
    "a role with a path": (
        set_flag("role-to-assume", f"arn:aws:iam::{ACCOUNT}:role/path/deploy"),
        {"trust-policy": BROKEN},
        "trust-policy",
        "role/deploy, not",
    ),
    "a policy for somebody else": (
        policy_for("repo:acme/infrastructure:ref:refs/heads/main"),
        {"trust-policy": BROKEN},
        "trust-policy",
        "environment-changes-sub",
    ),
    "a policy file that is no policy": (
        lambda world: setattr(world, "policy", "{"),
        {"trust-policy": BROKEN},
        "trust-policy",
        "line 1",
    ),
    "no role": (
        unset("role-to-assume"),
        {"trust-policy": NOT},
        "trust-policy",
        "no role is named",
    ),
    "a clock an hour off": (
        lambda world: setattr(world, "ahead_s", 3600),
        {"clock": BROKEN},
        "clock",
        "s behind that of 127.0.0.1",
    ),
    "a clock a minute off": (
        lambda world: setattr(world, "ahead_s", -60),
        {"clock": WARNING},
        "clock",
        "s ahead of that of 127.0.0.1",
    ),
}


def test_where_nothing_is_broken_every_link_is_ok(world: World) -> None:
    links = world.examine()
    assert statuses(links) == {}
    assert list(links) == list(LINKS)


@pytest.mark.parametrize("name", CASES)
def test_what_is_broken_is_named_and_the_rest_is_looked_at(world: World, name: str) -> None:
    act, expected, link, found = CASES[name]
    act(world)
    links = world.examine()
    assert statuses(links) == expected
    assert found in " ".join([links[link].found, *links[link].fix])
    assert links[link].fix


def test_no_link_shows_a_secret() -> None:
    shown = []
    for act in [act for act, *_ in CASES.values()]:
        with whole_chain(KEY) as other:
            act(other)
            secrets = [other.token(), other.iam.keys.secret, other.iam.keys.token]
            shown += [secret for secret in secrets if secret in repr(other.examine())]
    assert shown == []


def test_a_server_that_repeats_the_token_does_not_have_it_shown(world: World) -> None:
    token = world.token()
    world.flags["web-identity-token"] = token
    world.document["issuer"] = token
    secret = world.iam.keys.token
    world.iam.providers = {url: [secret] for url in world.iam.providers}
    links = world.examine()
    assert token not in repr(links)
    assert secret not in repr(links)
    assert "lists ***" in links["audience"].found


def test_a_server_that_says_nothing_is_not_waited_for_without_end(world: World) -> None:
    world.flags["action-timeout-s"] = "1"
    done = threading.Event()

    def silent(_: object) -> Reply:
        done.wait(60)
        return Reply(200)

    with http_server(silent) as server:
        world.flags["sts-endpoint"] = server.url("/")
        # On a busy machine the links before this one can take the second.
        tries = (world.examine() for _ in range(3))
        links = next(links for links in tries if not links["sts"].found.endswith("[deadline]"))
        done.set()
    assert links["sts"].found.endswith("[network-timeout]")
    assert {links[name].found.rpartition(" ")[2] for name in ("provider", "audience")} <= {"[deadline]", "with"}
    assert links["clock"].status.value == "ok"


def test_a_token_of_more_than_text_is_survived(world: World) -> None:
    world.claims |= {"iat": 10**400, "nbf": True, "amr": [[]] * 50, "email": "someone@acme.invalid"}
    links = world.examine()
    assert links["token"].status.value == "broken"
    assert "someone@acme.invalid" not in repr(links)
    assert any("email" in line for line in links["token"].details)
