# SPDX-License-Identifier: Apache-2.0
"""Wrong settings: all told at once and once each, secrets in the wrong place not repeated, names no paths."""

from __future__ import annotations

import json
import secrets
import string
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.job import Job
from fakes.leaks import files_below, found
from fakes.loopback import Server, http_server
from fakes.sts_answers import ACCOUNT, granted
from fakes.tokens import unsigned_jwt
from okta_aws.demo.signing import SigningKey
from okta_aws.settings.options import OPTIONS
from unit.runner.protocol import lines_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"

TWENTY = {
    "role-to-assume": "arn:aws:iam::123:role/deploy",
    "aws-region": "Frankfurt am Main",
    "role-session-name": "with blanks in it",
    "role-duration-seconds": "899",
    "inline-session-policy": "{",
    "managed-session-policies": "ReadOnlyAccess",
    "role-external-id": "?",
    "role-chaining": "yes",
    "role-skip-session-tagging": "on",
    "custom-tags": '{"Repository": "mine"}',
    "web-identity-token-file": "token.jwt",
    "verify-token": "1",
    "force-skip-oidc": "no",
    "okta-issuer": "http://acme.okta.com/oauth2/aus1",
    "allowed-account-ids": "12345",
    "mask-aws-account-id": "maybe",
    "aws-profile": "../credentials",
    "overwrite-aws-profile": "Yes",
    "output-credentials": "t",
    "sts-endpoint": "ftp://sts.invalid",
    "retry-max-attempts": "0",
    "disable-retry": "off",
    "action-timeout-s": "-1",
    "http-proxy": "socks5://127.0.0.1",
    "retry-access-denied-s": "601",
    "summary": "sometimes",
    "minimum-remaining-s": "soon",
}
# What is wrong with two inputs together is said of one that names both.
TOLD_TOGETHER = {"web-identity-token-file": "token-source"}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "job", {}, {"AWS_EC2_METADATA_DISABLED": "true"})


def test_every_wrong_input_has_one_line_and_all_come_at_once(job: Job) -> None:
    step = job.step(TWENTY)
    step.assert_refused(2, "settings")
    assert len(TWENTY) > 20
    lines = [line.strip() for line in step.log().splitlines() if " (input): wanted " in line or "(not set)" in line]
    told = Counter(line.split(" ")[0] for line in lines)
    missing = {TOLD_TOGETHER.get(name, name) for name in TWENTY} - told.keys()
    assert missing == set()
    assert {name: count for name, count in told.items() if count > 1} == {}
    assert f"{len(lines)} problems" in step.summary
    assert len(step.commands("error")) == 1


def of_letters(length: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


# Made here, since a text that looks like a secret has no place in a repository.
SECRETS: dict[str, Callable[[], str]] = {
    "a private key": lambda: SigningKey.new("ES256").pem(),
    "a private key on one line": lambda: SigningKey.new("ES256").pem().replace("\n", "\\n"),
    "a JWK": lambda: json.dumps({"kty": "EC", "crv": "P-256", "d": of_letters(43)}),
    "a token": lambda: unsigned_jwt(sub="me", key=of_letters(30)),
    "a secret access key": lambda: of_letters(40),
    "a secret access key with a slash": lambda: f"{of_letters(19)}/{of_letters(20)}",
    "an access key id": lambda: "AK" + "IA" + of_letters(16).upper(),
    "a token of GitHub": lambda: "gh" + "p_" + of_letters(36),
    "a client secret": lambda: of_letters(64),
    "a password in an address": lambda: f"https://user:{of_letters(20)}@proxy.invalid:8080",
}
WRONG_PLACES = [
    option.name
    for option in OPTIONS
    # Any text is right for these, and the step goes on with it.
    if not option.secret and option.name not in {"audience", "no-proxy", "okta-key-id", "okta-scope", "host-temp"}
]


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_in_all_the_wrong_inputs_is_repeated_by_none(job: Job, kind: str) -> None:
    hidden = {name: SECRETS[kind]() for name in WRONG_PLACES}
    step = job.step(hidden)
    assert step.status == 2, step.log()
    printed = "\n".join(line for line in lines_of(step.stdout) if not line.startswith("::add-mask::"))
    shown = {"stdout": printed, "stderr": step.stderr, **step.files}
    assert found(hidden, {name: text.encode() for name, text in shown.items()}) == set()


@pytest.mark.parametrize("name", ["role-to-assume", "aws-region", "okta-issuer", "sts-endpoint", "allowed-account-ids"])
@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_in_one_wrong_input_is_not_repeated(job: Job, kind: str, name: str) -> None:
    secret = SECRETS[kind]()
    honest = {"role-to-assume": ROLE, "aws-region": "eu-central-1", "web-identity-token": unsigned_jwt(sub="me")}
    step = job.step({**honest, name: secret})
    step.assert_refused(2, "settings")
    assert name in step.log()
    shown = {"stdout": step.stdout, "stderr": step.stderr, **step.files}
    parts = {"whole": secret, **{line: line for line in secret.splitlines() if "-----" not in line}}
    assert found(parts, {where: text.encode() for where, text in shown.items()}) == set()


@pytest.fixture
def sts() -> Iterator[Server]:
    with http_server(lambda _: granted("key", "session")) as server:
        yield server


@pytest.mark.parametrize(
    "name",
    [
        "..", ".", "../evil", "../../evil", "/etc/evil", "a/../../evil", "a\\..\\evil", "~/evil", "~", "$HOME", "a b",
        "a\nb", "a\rb", "a]\n[default", "[default]", "default]", "]", "#", ";", "=", "a=b", "a\u202eb", "\u00e4",
        "DEFAULT", "%(x)s", "'", '"', "a" * 129,
    ],
)  # fmt: skip
def test_a_profile_is_a_name_and_never_a_path(job: Job, sts: Server, name: str) -> None:
    inputs = {"role-to-assume": ROLE, "aws-region": "eu-central-1", "sts-endpoint": sts.url()}
    step = job.step({**inputs, "aws-profile": name, "web-identity-token": unsigned_jwt(sub="me")})
    runners = {path for path in files_below(job.folder) if path.startswith("temp/_runner_file_commands/")}
    written = {path: text.decode() for path, text in files_below(job.folder).items() if path not in runners}
    if step.status:
        assert step.status in (2, 7)
        assert (written, step.variables, step.outputs) == ({}, {}, {})
        return
    assert set(written) == {"home/.aws/credentials", "home/.aws/config"}
    assert written["home/.aws/credentials"].count("[") == 1
    assert written["home/.aws/credentials"].startswith(f"[{name}]\n")
    assert written["home/.aws/config"].startswith(f"[profile {name}]\n")


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/shadow", "/proc/self/environ", "/dev/zero", "x\n::debug::y"]
)
def test_a_token_file_that_holds_no_token_is_not_shown(job: Job, path: str) -> None:
    step = job.step(
        {"role-to-assume": ROLE, "aws-region": "eu-central-1", "web-identity-token-file": path}, CANARY="canary"
    )
    assert step.status in (3, 4)
    assert "root:" not in step.stdout
    assert "canary" not in step.stdout
    assert not step.commands("debug")
