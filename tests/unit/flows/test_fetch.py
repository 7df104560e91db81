# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from fakes.clock import Clock
from fakes.tokens import unsigned_jwt
from okta_aws.errors import SourceError, TokenError
from okta_aws.flows.fetch import fetch_token
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.proxies import NO_PROXIES
from okta_aws.settings.settings import Network, Patience
from okta_aws.settings.source import Source
from okta_aws.tokens.token import Token


@dataclass
class _Report:
    masked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def mask(self, value: Secret | str) -> None:
        self.masked.append(value.reveal() if isinstance(value, Secret) else value)

    def debug(self, text: str) -> None:
        self.said.append(text)

    def warning(self, title: str, *lines: str) -> None:
        self.said.extend([title, *lines])


def _fetch(source: Source, report: _Report) -> Token:
    environ: dict[str, str] = {}
    return fetch_token(
        source,
        Patience(1, 10, 0),
        Network(NO_PROXIES, "", "not set"),
        environ,
        Context.from_environ(environ),
        Clock().time(),
        report,
    )


def test_a_token_that_is_good_is_masked_and_handed_on() -> None:
    report, text = _Report(), unsigned_jwt(sub="s", aud="a", exp=Clock().now + 60)
    assert _fetch(Source("value", "a", token=Secret(text)), report).text.reveal() == text
    assert report.masked == [text]


@pytest.mark.parametrize(
    ("claims", "code"), [({"aud": "b"}, "token-audience"), ({"aud": "a", "exp": 1}, "token-expired")]
)
def test_a_token_that_is_no_good_is_masked_and_refused(claims: dict[str, object], code: str) -> None:
    report, text = _Report(), unsigned_jwt(**claims)
    with pytest.raises(TokenError) as refused:
        _fetch(Source("value", "a", token=Secret(text)), report)
    assert refused.value.code == code
    assert report.masked == [text]


def test_no_source_is_an_error() -> None:
    with pytest.raises(SourceError) as refused:
        _fetch(Source("github", "a"), _Report())
    assert refused.value.code == "no-source"
