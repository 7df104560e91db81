# SPDX-License-Identifier: Apache-2.0
"""An Okta app's secret or key becomes an access token at a server that refuses what Okta refuses."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import get_default_algorithms

from fakes import faults
from fakes.loopback import Reply, Request, Server, http_server
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import ALGORITHMS, SigningKey
from okta_aws.errors import Error
from okta_aws.http import Http
from okta_aws.retry import Persistence, Time
from okta_aws.secret import Secret
from okta_aws.settings.source import OktaClient
from okta_aws.sources.okta_client import OktaClientSource
from okta_aws.tokens.token import Token

KEYS = {algorithm: SigningKey.new(algorithm, f"kid-{algorithm}") for algorithm in ALGORITHMS}
STRANGER = SigningKey.new("ES256", "kid-ES256")
SECRET = f"test:secret+/%ü {secrets.token_hex(16)}"
CLIENTS = (
    Client("0oaKEY", jwks=[key.public_jwk() for key in KEYS.values()]),
    Client("0oa:SECRET", secret=SECRET),
    Client("0oaNOPOLICY", secret=SECRET, scopes=()),
    Client("0oaDPOP", secret=SECRET, dpop=True),
    Client("0oaBOUND", secret=SECRET, claims={"cnf": {"jkt": secrets.token_urlsafe(32)}}),
)
BY_KEY = OktaClient("", "0oaKEY", Secret(KEYS["ES256"].pem()), "kid-ES256", None, ())
BY_SECRET = OktaClient("", "0oa:SECRET", None, "", Secret(SECRET), ())


class Watch:
    """A clock that is ``ahead_s`` of the issuer's and that sleeping moves on at once; ``slept`` keeps the seconds."""

    def __init__(self, ahead_s: float = 0) -> None:
        self.ahead_s = ahead_s
        self.slept: list[float] = []
        self.time = Time(lambda: self.right() + ahead_s, self.monotonic, self.slept.append, lambda: 0.0)

    def right(self) -> float:
        """The issuer's time."""
        return time.time() + sum(self.slept)

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)


@contextmanager
def source(client: OktaClient, watch: Watch | None = None, log: list[str] | None = None) -> Iterator[OktaClientSource]:
    watch = watch or Watch()
    debug = ([] if log is None else log).append
    http = Http(monotonic=time.monotonic, debug=debug)
    persistence = Persistence(watch.time, max_attempts=4, total_s=120, debug=debug)
    try:
        yield OktaClientSource(client, http, persistence, watch.time)
    finally:
        http.close()


def fetched(client: OktaClient, watch: Watch | None = None) -> Token:
    with source(client, watch) as okta:
        token = okta.fetch()
    assert token is not None
    return token


def refused(client: OktaClient, watch: Watch | None = None) -> Error:
    with source(client, watch) as okta, pytest.raises(Error) as caught:
        okta.fetch()
    return caught.value


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def okta(watch: Watch) -> Iterator[OktaIssuer]:
    with OktaIssuer(CLIENTS, scopes=("aws", "audit"), clock=watch.right) as running:
        yield running


def traditional(key: SigningKey) -> str:
    return key.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def private_jwk(key: SigningKey) -> str:
    members = get_default_algorithms()[key.algorithm].to_jwk(key.private, as_dict=True)
    return json.dumps({**members, "kid": key.kid, "alg": key.algorithm})


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: Mapping[str, Callable[[SigningKey], str]] = {
    "PKCS#8": SigningKey.pem,
    "PKCS#1 or SEC1": traditional,
    "JWK": private_jwk,
    "base64 of PEM": lambda key: in_base64(key.pem()),
    "base64 of JWK": lambda key: in_base64(private_jwk(key)),
    "literal backslash n": lambda key: key.pem().replace("\n", "\\n"),
}
# A PEM of an RSA key does not say which of the RSA algorithms is meant; a JWK does.
ACCEPTED = [
    (algorithm, form)
    for algorithm in ALGORITHMS
    for form in FORMS
    if algorithm not in ("RS384", "RS512") or "JWK" in form
]


@pytest.mark.parametrize(("algorithm", "form"), ACCEPTED)
def test_a_key_in_this_form_gets_a_token(okta: OktaIssuer, algorithm: str, form: str) -> None:
    key = KEYS[algorithm]
    key_id = "" if "JWK" in form else key.kid
    token = fetched(replace(BY_KEY, issuer=okta.issuer, private_key=Secret(FORMS[form](key)), key_id=key_id))
    assert (token.issuer, token.subject, token.audiences) == (okta.issuer, "0oaKEY", ("api://aws",))
    assert jwt.get_unverified_header(assertions(okta)[0])["alg"] == algorithm


def test_a_secret_with_every_awkward_character_gets_a_token(okta: OktaIssuer) -> None:
    assert fetched(replace(BY_SECRET, issuer=okta.issuer)).subject == "0oa:SECRET"
    assert "client_secret" not in okta.requests[-1].form()


def test_the_scopes_asked_for_are_those_of_the_settings(okta: OktaIssuer) -> None:
    okta.clients["0oaTWO"] = Client("0oaTWO", secret=SECRET, scopes=("aws", "audit"))
    two = replace(BY_SECRET, issuer=okta.issuer, client_id="0oaTWO")
    assert fetched(replace(two, scopes=("audit", "aws"))).claims["scp"] == ["audit", "aws"]
    assert fetched(two).claims["scp"] == ["aws"]
    assert "scope" not in okta.requests[-1].form()


def paths(okta: OktaIssuer) -> list[str]:
    return [request.path.removeprefix(f"/oauth2/{okta.server_id}") for request in okta.requests]


def assertions(okta: OktaIssuer) -> list[str]:
    return [request.form()["client_assertion"] for request in okta.requests if request.method == "POST"]


def claims(assertion: str) -> dict[str, Any]:
    return jwt.decode(assertion, options={"verify_signature": False})


def test_discovery_is_read_once_and_each_token_is_one_request(okta: OktaIssuer) -> None:
    with source(replace(BY_KEY, issuer=okta.issuer)) as app:
        first, second = app.fetch(), app.fetch()
    assert first is not None
    assert second is not None
    assert first.text != second.text
    assert paths(okta) == ["/.well-known/openid-configuration", "/v1/token", "/v1/token"]


def test_an_assertion_is_back_dated_short_and_never_sent_twice(okta: OktaIssuer, watch: Watch) -> None:
    okta.faults += [faults.unavailable(), faults.reset()]
    before = int(watch.right())
    with source(replace(BY_KEY, issuer=okta.issuer), watch) as app:
        app.fetch()
        app.fetch()
    sent = [claims(assertion) for assertion in assertions(okta)]
    assert len(sent) == 4
    assert len({one["jti"] for one in sent}) == 4
    for one in sent:
        assert (one["iss"], one["sub"], one["aud"]) == ("0oaKEY", "0oaKEY", f"{okta.issuer}/v1/token")
        assert one["exp"] - one["iat"] == 360
        assert before - 60 <= one["iat"] <= int(watch.right()) - 60


@pytest.mark.parametrize("ahead_s", [-250, -60, 59])
def test_a_clock_that_is_a_little_wrong_does_not_matter(okta: OktaIssuer, ahead_s: float) -> None:
    assert fetched(replace(BY_KEY, issuer=okta.issuer), Watch(ahead_s)).subject == "0oaKEY"


@pytest.mark.parametrize(
    ("ahead_s", "said"), [(120, "120 s ahead of"), (-400, "400 s behind"), (7200, "7200 s ahead of")]
)
def test_a_clock_that_is_too_wrong_is_measured(okta: OktaIssuer, ahead_s: float, said: str) -> None:
    error = refused(replace(BY_KEY, issuer=okta.issuer), Watch(ahead_s))
    assert error.code == "okta-assertion-clock"
    number, _, direction = said.partition(" s ")
    measured, _, rest = error.found.rpartition("clock is ")[2].partition(" s ")
    # The header has whole seconds.
    assert abs(int(measured) - int(number)) <= 1
    assert rest == f"{direction} Okta's"
    assert paths(okta)[1:] == ["/v1/token"]


REFUSED = {
    "a wrong secret": (replace(BY_SECRET, client_secret=Secret("wrong")), "okta-client"),
    "an unknown client with a secret": (replace(BY_SECRET, client_id="0oaNOBODY"), "okta-client"),
    "a secret of an app with keys": (replace(BY_SECRET, client_id="0oaKEY"), "okta-client"),
    "an unknown client with a key": (replace(BY_KEY, client_id="0oaNOBODY"), "okta-assertion-subject"),
    "an unknown kid": (replace(BY_KEY, key_id="kid-other"), "okta-assertion-key"),
    "no kid": (replace(BY_KEY, key_id=""), "okta-assertion-key"),
    "another key under the same kid": (replace(BY_KEY, private_key=Secret(STRANGER.pem())), "okta-assertion-signature"),
    "a key of an app without keys": (replace(BY_KEY, client_id="0oaNOPOLICY"), "okta-assertion-key"),
    "no policy": (replace(BY_SECRET, client_id="0oaNOPOLICY"), "okta-policy"),
    "an OpenID scope": (replace(BY_SECRET, scopes=("openid",)), "okta-scope"),
    "an unknown scope": (replace(BY_SECRET, scopes=("aws", "nonsense")), "okta-scope"),
    "a scope the policy does not allow": (replace(BY_SECRET, scopes=("audit",)), "okta-policy"),
    "an app that demands DPoP": (replace(BY_SECRET, client_id="0oaDPOP"), "okta-dpop"),
    "a token bound to a key": (replace(BY_SECRET, client_id="0oaBOUND"), "okta-dpop"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_is_final_and_has_its_own_code(okta: OktaIssuer, watch: Watch, case: str) -> None:
    client, code = REFUSED[case]
    error = refused(replace(client, issuer=okta.issuer), watch)
    assert (error.code, error.exit_status, error.attempts) == (code, 3, 1)
    assert error.fix
    assert paths(okta) == ["/.well-known/openid-configuration", "/v1/token"]
    assert watch.slept == []


def test_a_server_without_default_scopes_asks_for_one(watch: Watch) -> None:
    with OktaIssuer(CLIENTS, default_scopes=(), clock=watch.right) as okta:
        error = refused(replace(BY_SECRET, issuer=okta.issuer))
        assert error.code == "okta-scope"
        assert error.wanted == "a scope, as the server has no default one"


@pytest.mark.parametrize("client", [BY_KEY, BY_SECRET])
def test_the_org_server_is_known_before_it_is_asked_for_a_token(okta: OktaIssuer, client: OktaClient) -> None:
    assert refused(replace(client, issuer=okta.org_issuer)).code == "okta-org-server"
    assert paths(okta) == ["/.well-known/openid-configuration"]


def test_a_key_that_cannot_be_read_stops_before_any_request(okta: OktaIssuer) -> None:
    error = refused(replace(BY_KEY, issuer=okta.issuer, private_key=Secret("no key")))
    assert error.code == "okta-key-format"
    assert okta.requests == []


def test_a_rate_limit_is_waited_out_by_its_reset(watch: Watch) -> None:
    with OktaIssuer(CLIENTS, rate_limit=1, clock=watch.right) as okta:
        for _ in range(3):
            assert fetched(replace(BY_KEY, issuer=okta.issuer), watch).subject == "0oaKEY"
        assert len(watch.slept) == 2
        assert all(58 <= slept <= 62 for slept in watch.slept)
        assert len({claims(assertion)["jti"] for assertion in assertions(okta)}) == 5


def test_a_limit_on_concurrency_is_tried_again_soon(okta: OktaIssuer, watch: Watch) -> None:
    okta.faults += [faults.too_many(60, concurrent=True)] * 3
    fetched(replace(BY_SECRET, issuer=okta.issuer), watch)
    assert len(watch.slept) == 3
    assert sum(watch.slept) < 5


def test_the_standard_header_is_honoured_too(okta: OktaIssuer, watch: Watch) -> None:
    okta.faults.append(faults.retry_after(7))
    fetched(replace(BY_SECRET, issuer=okta.issuer), watch)
    assert watch.slept == [7.0]


def test_a_reset_beyond_the_run_fails_at_once(okta: OktaIssuer, watch: Watch) -> None:
    okta.faults.append(faults.too_many(86400))
    error = refused(replace(BY_SECRET, issuer=okta.issuer), watch)
    assert (error.code, error.attempts, watch.slept) == ("okta-rate-limit", 1, [])


PASSING = {
    "503": faults.unavailable(),
    "500": faults.unavailable(500),
    "a reset in the body": faults.reset(),
    "fewer bytes than promised": faults.wrong_length(),
}


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_tried_again(okta: OktaIssuer, watch: Watch, fault: str) -> None:
    okta.faults += [PASSING[fault]] * 2
    assert fetched(replace(BY_KEY, issuer=okta.issuer), watch).subject == "0oaKEY"
    assert len(watch.slept) == 2


LASTING = {
    "a login page": faults.login_page(),
    "nothing": faults.empty(),
    "no HTTP": faults.garbage(),
    "a redirect": faults.redirect_loop(),
}


@pytest.mark.parametrize("fault", LASTING)
def test_what_is_no_answer_of_a_token_endpoint_fails_at_once(okta: OktaIssuer, watch: Watch, fault: str) -> None:
    okta.faults.append(LASTING[fault].forever())
    error = refused(replace(BY_KEY, issuer=okta.issuer), watch)
    assert (error.code, error.exit_status, watch.slept) == ("network-garbage", 9, [])


@contextmanager
def speaking(answer: Callable[[Request], Reply], **metadata: object) -> Iterator[Server]:
    """An authorization server that answers token requests with ``answer``."""

    def route(request: Request) -> Reply:
        if request.method == "POST":
            return answer(request)
        issuer = f"http://{request.headers['host']}/oauth2/aus1"
        members = {"issuer": issuer, "token_endpoint": f"{issuer}/v1/token", "jwks_uri": f"{issuer}/v1/keys"}
        return json_reply(200, {**members, **metadata})

    with http_server(route) as server:
        yield server


def json_reply(status: int, value: object) -> Reply:
    return Reply(status, json.dumps(value).encode())


def bearer(token: str, kind: str = "Bearer") -> Reply:
    return json_reply(200, {"token_type": kind, "expires_in": 3600, "access_token": token})


TOKEN = SigningKey.new().sign({"sub": "0oa:SECRET"})


@pytest.mark.parametrize(
    ("methods", "in_form"),
    [
        (["client_secret_post", "client_secret_basic"], False),
        (["client_secret_post", "private_key_jwt"], True),
        (["private_key_jwt"], False),
        ([], False),
    ],
)
def test_the_secret_goes_into_the_form_only_where_basic_is_not_offered(methods: list[str], *, in_form: bool) -> None:
    with speaking(lambda _: bearer(TOKEN), token_endpoint_auth_methods_supported=methods) as server:
        fetched(replace(BY_SECRET, issuer=server.url("/oauth2/aus1")))
        request = server.requests[-1]
    assert ("authorization" in request.headers) is not in_form
    assert request.form.get("client_secret") == (SECRET if in_form else None)


@pytest.mark.parametrize(
    ("reply", "code", "exit_status", "fix"),
    [
        (bearer(".".join(["e30"] * 5)), "token-encrypted", 4, "encryption key"),
        (bearer(TOKEN, "DPoP"), "okta-dpop", 3, "Demonstrating Proof of Possession"),
        (bearer("not-a-jwt"), "token-malformed", 4, ""),
        (bearer(jwt.encode({}, secrets.token_bytes(32))), "token-algorithm", 4, ""),
        (json_reply(200, {"access_token": TOKEN}), "network-garbage", 9, "proxy"),
        (json_reply(200, {"token_type": "Bearer", "access_token": 1}), "network-garbage", 9, "proxy"),
        (json_reply(200, [TOKEN]), "network-garbage", 9, "proxy"),
        (Reply(403, b"<html>"), "network-garbage", 9, "proxy"),
    ],
)
def test_a_token_that_aws_could_not_use_is_refused(reply: Reply, code: str, exit_status: int, fix: str) -> None:
    with speaking(lambda _: reply) as server:
        error = refused(replace(BY_SECRET, issuer=server.url("/oauth2/aus1")))
    assert (error.code, error.exit_status) == (code, exit_status)
    assert fix in " ".join(error.fix)


def test_an_issuer_without_a_token_endpoint_is_no_authorization_server() -> None:
    with speaking(lambda _: bearer(TOKEN), token_endpoint="") as server:
        assert refused(replace(BY_SECRET, issuer=server.url("/oauth2/aus1"))).code == "okta-discovery"


def test_an_assertion_that_was_replayed_on_the_way_is_made_anew_once(watch: Watch) -> None:
    used = {"error": "invalid_client", "error_description": "The client_assertion token has already been used."}
    with speaking(lambda _: json_reply(401, used)) as server:
        error = refused(replace(BY_KEY, issuer=server.url("/oauth2/aus1")), watch)
        sent = [claims(request.form["client_assertion"])["jti"] for request in server.requests if request.body]
    assert error.code == "okta-assertion-replayed"
    assert len(sent) == len(set(sent)) == 2


@pytest.mark.parametrize("client", [BY_KEY, BY_SECRET])
def test_a_server_that_echoes_everything_learns_nothing_into_the_log(client: OktaClient) -> None:
    hidden: list[str] = [SECRET, SECRET[-32:]]

    def echo(request: Request) -> Reply:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        sent = [credentials, *request.form.get("client_assertion", "").split(".")]
        hidden.extend(part for part in sent if part)
        said = f"{scheme} {credentials} {request.body.decode()} {SECRET}"
        return json_reply(400, {"error": said, "error_description": said})

    log: list[str] = []
    with speaking(echo) as server, source(replace(client, issuer=server.url("/oauth2/aus1")), log=log) as okta:
        with pytest.raises(Error) as caught:
            okta.fetch()
        assert f"{server.url('/oauth2/aus1')}/v1/token: 400" in log[-1]
    shown = "\n".join([*log, *caught.value.lines(), repr(caught.value)])
    assert len(hidden) > 2
    assert [secret for secret in hidden if secret in shown] == []


def test_a_secret_of_unusual_characters_that_okta_repeats_is_not_shown_by_halves() -> None:
    odd = f"first half: {SECRET[:12]} | second half: {SECRET[12:]}"

    def echo(_: Request) -> Reply:
        return json_reply(400, {"error": "odd", "error_description": f"not <{odd}>"})

    with speaking(echo) as server:
        client = replace(BY_SECRET, client_secret=Secret(odd), issuer=server.url("/oauth2/aus1"))
        with source(client) as okta, pytest.raises(Error) as caught:
            okta.fetch()
    assert "not <***>" in "".join(caught.value.lines())
    assert "first half" not in "".join(caught.value.lines())


@pytest.mark.parametrize("missing", ["jwt", "cryptography"])
def test_without_the_library_a_key_is_refused_with_the_command_that_installs_it(missing: str) -> None:
    probe = f"""
import sys
sys.modules[{missing!r}] = None
from okta_aws.errors import SourceError
from okta_aws.secret import Secret
from okta_aws.settings.source import OktaClient
from okta_aws.sources.okta_client import OktaClientSource
client = OktaClient("https://acme.invalid/oauth2/aus1", "0oa", Secret("key"), "", None, ())
try:
    OktaClientSource(client, None, None, None).fetch()
except SourceError as error:
    print(error.code, error.fix[0])
"""
    result = subprocess.run([sys.executable, "-I", "-c", probe], check=True, capture_output=True, text=True)
    assert result.stdout == 'okta-key-library pip install "okta-aws-action[key]"\n'


def test_a_secret_needs_no_library_but_the_standard_one(okta: OktaIssuer) -> None:
    client = f"OktaClient({okta.issuer!r}, '0oa:SECRET', None, '', Secret({SECRET!r}), ())"
    probe = f"""
import sys
for name in ("jwt", "cryptography", "boto3", "requests", "urllib.request", "logging", "tempfile", "subprocess"):
    assert name not in sys.modules, name
    sys.modules[name] = None
import random, time
from okta_aws.http import Http
from okta_aws.retry import Persistence, Time
from okta_aws.secret import Secret
from okta_aws.settings.source import OktaClient
from okta_aws.sources.okta_client import OktaClientSource
clock = Time(time.time, time.monotonic, time.sleep, random.random)
http = Http(monotonic=time.monotonic, debug=print)
persistence = Persistence(clock, max_attempts=1, total_s=20, debug=print)
print(OktaClientSource({client}, http, persistence, clock).fetch().subject)
"""
    result = subprocess.run([sys.executable, "-I", "-c", probe], check=True, capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "0oa:SECRET"
