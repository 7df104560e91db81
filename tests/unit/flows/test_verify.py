# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest

from fakes import faults
from fakes.clock import Clock
from fakes.loopback import Reply, http_server
from fakes.tokens import unsigned_jwt
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import Client as OktaApp
from okta_aws.demo.issuer import OktaIssuer
from okta_aws.demo.signing import SigningKey
from okta_aws.errors import Error, SourceError, TokenError
from okta_aws.flows.client import Client
from okta_aws.flows.verify import verifier
from okta_aws.retry import Time
from okta_aws.runner.context import Context
from okta_aws.settings.proxies import NO_PROXIES
from okta_aws.settings.settings import Network, Patience
from okta_aws.tokens.token import parse


@pytest.fixture
def client() -> Iterator[Client]:
    clock = Clock()
    timing = Time(time.time, time.monotonic, clock.sleep, lambda: 0.0)
    made = Client(
        Patience(2, 30, 0), Network(NO_PROXIES, "", "not set"), Context.from_environ({}), timing, clock.said.append
    )
    yield made
    made.close()


def _check(client: Client, text: str) -> None:
    verifier(client)(parse(text))


def _refusal(client: Client, text: str) -> TokenError:
    with pytest.raises(TokenError) as failed:
        _check(client, text)
    assert text not in "".join([*failed.value.lines(), repr(failed.value)])
    return failed.value


def test_what_the_issuer_signed_is_let_through(client: Client, github_issuer: GithubIssuer, issuer: OktaIssuer) -> None:
    _check(client, github_issuer.token_for("a"))
    issuer.clients["0oa1"] = OktaApp("0oa1", secret="not-a-secret")
    _check(client, issuer.token_for(issuer.clients["0oa1"], ["aws"]))


def test_times_and_audience_are_looked_at_elsewhere(client: Client, github_issuer: GithubIssuer) -> None:
    now = int(time.time())
    _check(client, github_issuer.token_for("anybody", exp=now - 3600, iat=now + 3600, nbf=now + 3600))


def test_a_claim_that_was_changed_is_seen(client: Client, github_issuer: GithubIssuer) -> None:
    good, other = (github_issuer.token_for("a", sub=sub) for sub in ("me", "you"))
    forged = ".".join([good.split(".")[0], other.split(".")[1], good.split(".")[2]])
    error = _refusal(client, forged)
    assert (error.code, error.exit_status) == ("token-signature", 4)
    assert github_issuer.issuer in error.wanted


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_key_of_the_same_name_is_not_the_same_key(
    client: Client, github_issuer: GithubIssuer, algorithm: str
) -> None:
    own = SigningKey.new(algorithm, kid=github_issuer.key.kid)
    now = int(time.time())
    claims = {"iss": github_issuer.issuer, "sub": "me", "aud": "a", "iat": now, "exp": now + 60}
    assert _refusal(client, own.sign(claims, {})).code == "token-signature"


def test_a_name_that_nobody_published_is_told_and_escaped(client: Client, github_issuer: GithubIssuer) -> None:
    own = SigningKey.new("RS256", kid="of\nnobody" + "x" * 200)
    now = int(time.time())
    claims = {"iss": github_issuer.issuer, "sub": "me", "aud": "a", "iat": now, "exp": now + 60}
    error = _refusal(client, own.sign(claims, {}))
    assert r"of\nnobody" in error.found
    assert len(error.found) < 200


def test_an_issuer_without_keys_is_no_fault_of_the_token(client: Client, github_issuer: GithubIssuer) -> None:
    github_issuer.faults.append(faults.empty().at(faults.metadata).forever())
    with pytest.raises(Error) as failed:
        _check(client, github_issuer.token_for("a"))
    assert not isinstance(failed.value, TokenError)


def test_without_the_library_it_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "okta_aws.tokens.verify", raising=False)
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(SourceError) as failed:
        verifier(client)
    assert failed.value.code == "okta-key-library"


@pytest.mark.parametrize("issuer_claim", ["", "accounts.example", "http://elsewhere.invalid/x", "https://"])
def test_an_issuer_that_is_no_address_is_not_asked(client: Client, issuer_claim: str) -> None:
    error = _refusal(client, unsigned_jwt(iss=issuer_claim, sub="s", aud="a"))
    assert (error.code, client.http.dated) == ("token-signature", None)


def test_an_issuer_without_keys_is_told_without_a_word_of_okta(client: Client) -> None:
    with http_server(lambda _: Reply(404)) as server, pytest.raises(SourceError) as failed:
        _check(client, unsigned_jwt(iss=server.url("/issuer"), sub="s", aud="a"))
    assert failed.value.code == "issuer-keys"
    assert "okta" not in "".join(failed.value.lines()).lower().replace("okta-aws-action", "")
