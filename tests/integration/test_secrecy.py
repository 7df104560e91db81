# SPDX-License-Identifier: Apache-2.0
"""No secret shows anywhere but where it is meant to go: action and command line, with debug on, well or not.

The only lines that may hold one are the masks, by which the runner is told what to hide.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from xml.sax.saxutils import escape

import pytest

from fakes import faults
from fakes.job import GITHUB_AUDIENCE, Job, Step, asked
from fakes.leaks import CommandLines, Leak, files_below, forms, found, marked
from fakes.world import Account
from okta_aws.demo.emulator import REGION
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import StsFront
from okta_aws.demo.sts_rules import NAMESPACE
from okta_aws.demo.web import Response
from unit.runner.protocol import command_of, lines_of

DEBUG = {"RUNNER_DEBUG": "1", "ACTIONS_STEP_DEBUG": "true", "ACTIONS_RUNNER_DEBUG": "true"}
APP = "0oaPIPELINE"
ROLE = "arn:aws:iam::123456789012:role/deploy"
COMMAND_LINE = Path(sys.executable).with_name("okta-aws")
ENV, OUTPUT, SUMMARY = (f"temp/_runner_file_commands/{name}_" for name in ("env", "output", "step_summary"))
PROFILE = "home/.aws/credentials"

LEAKY = """
import os, pathlib, subprocess, sys, time
text = os.environ["LEAKED"]
print(text)
print(text, file=sys.stderr)
pathlib.Path(os.environ["GITHUB_STEP_SUMMARY"]).write_text(text)
pathlib.Path(os.environ["HOME"], "left-behind").write_text(text)
subprocess.run([sys.executable, "-I", "-c", "import time; time.sleep(1)", text])
"""


def places(job: Job, step: Step, commands: CommandLines, before: Mapping[str, bytes]) -> dict[str, bytes]:
    """Everything that shows what ``step`` knew: its output without the masks, files that it wrote, command lines."""
    written = {name: content for name, content in files_below(job.folder).items() if before.get(name) != content}
    printed = "\n".join(line for line in lines_of(step.stdout) if not line.startswith("::add-mask::"))
    return {
        "stdout": printed.encode(),
        "stderr": step.stderr.encode(),
        "command lines": commands.seen,
        **{name.rpartition("_")[0] + "_" if "file_commands/" in name else name: text for name, text in written.items()},
    }


def places_of(job: Job, inputs: Mapping[str, str], environ: Mapping[str, str]) -> tuple[Step, dict[str, bytes]]:
    """A step with debug on, and its places."""
    before = files_below(job.folder)
    commands = CommandLines()
    job.watch = commands.watch
    step = job.step(inputs, **environ, **DEBUG, TMPDIR=str(job.temp))
    return step, places(job, step, commands, before)


@pytest.mark.parametrize("form", forms(marked("any")))
def test_the_search_sees_a_leak_in_each_form_and_each_place(job: Job, form: str) -> None:
    secret = marked("leaked")
    for spelling in forms(secret)[form]:
        commands = CommandLines()
        job.watch = commands.watch
        step = job.run(sys.executable, "-I", "-c", LEAKY, LEAKED=f"x{spelling.decode()}x")
        everywhere = {"stdout", "stderr", "command lines", SUMMARY, "home/left-behind"}
        leaks = found({"it": secret}, places(job, step, commands, {}))
        seen = {form} if form.startswith("base64") else {form, "in part"}
        assert leaks == {Leak("it", one, place) for one in seen for place in everywhere}


def session() -> dict[str, str]:
    """Marked credentials, by STS's names."""
    return {name: marked(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}


def giving(keys: Mapping[str, str]) -> faults.Fault:
    """STS gives just these credentials."""
    fields = {
        **keys,
        "Expiration": f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        "Arn": "arn:aws:sts::123456789012:assumed-role/deploy/GitHubActions",
    }
    texts = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    document = f'<AssumeRoleWithWebIdentityResponse xmlns="{NAMESPACE}">{texts}</AssumeRoleWithWebIdentityResponse>'
    return faults.answering("marked credentials", Response(200, document.encode(), "text/xml"))


def jwt_parts(name: str, token: str) -> dict[str, str]:
    """A token, and the part of it that makes it one."""
    return {name: token, f"signature of {name}": token.rpartition(".")[2]}


def key_parts(pem: str) -> dict[str, str]:
    """A private key, and each line of it that is of the key."""
    lines = [line for line in pem.splitlines() if "-----" not in line]
    return {"private key": pem, **{f"line {number} of the private key": line for number, line in enumerate(lines)}}


def sent_tokens(aws: StsFront) -> dict[str, str]:
    """The web identity tokens that STS was shown."""
    tokens = [request.form().get("WebIdentityToken", "") for request in asked(aws)]
    return {k: v for number, token in enumerate(tokens) for k, v in jwt_parts(f"token {number}", token).items()}


def sent_assertions(okta: OktaIssuer) -> dict[str, str]:
    """The client assertions that Okta was shown."""
    assertions = [request.form().get("client_assertion", "") for request in asked(okta)]
    return {
        k: v for number, one in enumerate(assertions) if one for k, v in jwt_parts(f"assertion {number}", one).items()
    }


def elsewhere(leaks: set[Leak], meant: Mapping[str, Sequence[str]]) -> list[Leak]:
    """The leaks but those in a place where a secret is meant to be."""
    return sorted(leak for leak in leaks if leak.place not in meant.get(leak.secret, ()))


@pytest.fixture
def github(github_issuer: GithubIssuer) -> GithubIssuer:
    """GitHub's provider, its bearer token marked."""
    github_issuer.bearer = marked("bearer")
    return github_issuer


def test_keys_show_in_the_files_that_hand_them_over_and_nowhere_else(
    job: Job, aws: StsFront, github: GithubIssuer
) -> None:
    keys = session()
    aws.faults.append(giving(keys))
    inputs = {"role-to-assume": ROLE, "output-credentials": "true", "summary": "always"}
    step, shown = places_of(job, inputs, github.environment())
    assert (step.status, bool(step.summary)) == (0, True), step.log()
    hidden = {**keys, "bearer": github.bearer, **sent_tokens(aws)}
    meant = {name: [ENV, OUTPUT] for name in keys}
    leaks = found(hidden, shown)
    assert elsewhere(leaks, meant) == []
    assert {leak.secret for leak in leaks} == set(keys)


def test_keys_in_a_profile_show_in_the_credentials_file_alone(job: Job, aws: StsFront, github: GithubIssuer) -> None:
    keys = session()
    aws.faults.append(giving(keys))
    step, shown = places_of(job, {"role-to-assume": ROLE, "aws-profile": "deploy"}, github.environment())
    assert step.status == 0, step.log()
    hidden = {**keys, "bearer": github.bearer, **sent_tokens(aws)}
    # The post step knows its own profile again by the key id, which alone opens nothing.
    meant = {name: [PROFILE] for name in keys} | {"AccessKeyId": [PROFILE, "temp/_runner_file_commands/state_"]}
    assert elsewhere(found(hidden, shown), meant) == []
    before = files_below(job.folder)
    commands = CommandLines()
    job.watch = commands.watch
    post = job.post(**DEBUG)
    assert post.status == 0
    assert elsewhere(found(hidden, places(job, post, commands, before)), {}) == []


def test_a_client_secret_shows_nowhere(job: Job, aws: StsFront, issuer: OktaIssuer) -> None:
    keys = session()
    secret = marked("client-secret")
    issuer.clients[APP] = Client(APP, secret=secret)
    aws.faults.append(giving(keys))
    inputs = {"role-to-assume": ROLE, "okta-issuer": issuer.issuer, "okta-client-id": APP, "okta-client-secret": secret}
    step, shown = places_of(job, inputs, {})
    assert step.status == 0, step.log()
    hidden = {"client secret": secret, **sent_tokens(aws), **keys}
    assert elsewhere(found(hidden, shown), {name: [ENV] for name in keys}) == []


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_private_key_shows_nowhere_nor_does_what_it_signed(
    job: Job, aws: StsFront, issuer: OktaIssuer, algorithm: str
) -> None:
    key = SigningKey.new(algorithm)
    issuer.clients[APP] = Client(APP, jwks=[key.public_jwk()])
    aws.faults.append(giving(session()))
    inputs = {"okta-issuer": issuer.issuer, "okta-client-id": APP, "okta-private-key": key.pem()}
    step, shown = places_of(job, {"role-to-assume": ROLE, "okta-key-id": key.kid, **inputs}, {})
    assert step.status == 0, step.log()
    hidden = {**key_parts(key.pem()), **sent_assertions(issuer), **sent_tokens(aws)}
    assert len(hidden) > len(key_parts(key.pem())) + 2
    assert elsewhere(found(hidden, shown), {}) == []


def test_a_refused_client_secret_shows_nowhere_though_okta_repeats_it(job: Job, issuer: OktaIssuer) -> None:
    secret = token_urlsafe(48)  # what Okta makes: letters, digits, - and _
    body = {"error": "invalid_client", "error_description": f"No client with the secret {secret} is known."}
    issuer.faults.append(faults.answering("an echo", Response.of_json(401, body)))
    inputs = {"role-to-assume": ROLE, "okta-issuer": issuer.issuer, "okta-client-id": APP, "okta-client-secret": secret}
    step, shown = places_of(job, inputs, {})
    step.assert_refused(3, "okta-client")
    assert elsewhere(found({"client secret": secret}, shown), {}) == []


def test_a_key_that_cannot_be_read_shows_nowhere(job: Job, aws: StsFront, issuer: OktaIssuer) -> None:
    key = marked("private-key")
    broken = f"-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n"
    inputs = {"okta-issuer": issuer.issuer, "okta-client-id": APP, "okta-private-key": broken}
    step, shown = places_of(job, {"role-to-assume": ROLE, **inputs}, {})
    step.assert_refused(3, "okta-key-format")
    assert elsewhere(found({"private key": key}, shown), {}) == []
    assert not aws.requests


def test_a_refused_token_shows_nowhere(job: Job, account: Account, aws: StsFront, github: GithubIssuer) -> None:
    token = github.token_for(GITHUB_AUDIENCE)
    (job.workspace / "token.jwt").write_text(token)
    account.provider(github.issuer, [GITHUB_AUDIENCE])
    role = f"arn:aws:iam::{account.number}:role/deploy"
    for given in ({"web-identity-token": token}, {"web-identity-token-file": "token.jwt"}):
        step, shown = places_of(job, {"role-to-assume": role, **given}, {})
        step.assert_refused(5, "role-refused")
        assert elsewhere(found(jwt_parts("token", token), shown), {}) == []
    assert len(aws.requests) == 2


def test_a_token_that_is_none_shows_nowhere(job: Job, aws: StsFront) -> None:
    token = marked("token")
    step, shown = places_of(job, {"role-to-assume": ROLE, "web-identity-token": token}, {})
    step.assert_refused(4, "token-malformed")
    assert elsewhere(found({"token": token}, shown), {}) == []
    assert not aws.requests


def test_secrets_show_nowhere_where_the_settings_are_wrong(job: Job, aws: StsFront) -> None:
    hidden = {name: marked(name) for name in ("okta-private-key", "okta-client-secret", "web-identity-token")}
    step, shown = places_of(job, {"okta-issuer": "?", "role-to-assume": "deploy", **hidden}, {})
    step.assert_refused(2, "settings")
    assert elsewhere(found(hidden, shown), {}) == []
    assert not aws.requests


def test_a_secret_that_no_header_can_carry_shows_nowhere(job: Job, github: GithubIssuer) -> None:
    bearer = f"{marked('bearer')}\u20ac"
    environ = github.environment() | {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": bearer}
    step, shown = places_of(job, {"role-to-assume": ROLE}, environ)
    step.assert_refused(9, "network-garbage")
    assert elsewhere(found({"bearer": bearer[:-1]}, shown), {}) == []


def test_nothing_shows_where_the_connection_to_aws_breaks(job: Job, aws: StsFront, github: GithubIssuer) -> None:
    aws.faults.append(faults.reset().forever())
    inputs = {"role-to-assume": ROLE, "retry-max-attempts": "2"}
    step, shown = places_of(job, inputs, github.environment())
    step.assert_refused(9, "network-broken")
    hidden = {"bearer": github.bearer, **sent_tokens(aws)}
    assert len(aws.requests) == 2
    assert elsewhere(found(hidden, shown), {}) == []


def test_nothing_shows_where_the_account_is_wrong_or_the_files_cannot_be_written(
    job: Job, aws: StsFront, github: GithubIssuer
) -> None:
    keys = session()
    aws.faults += [giving(keys)] * 2
    inputs = {"role-to-assume": ROLE.replace("123456789012", ""), "allowed-account-ids": "999999999999"}
    wrong, shown = places_of(job, inputs, github.environment())
    wrong.assert_refused(6, "wrong-account")
    assert elsewhere(found(keys, shown), {}) == []
    unwritable = github.environment() | {"GITHUB_ENV": str(job.workspace)}
    failed, shown = places_of(job, {"role-to-assume": ROLE, "aws-profile": "deploy", **EVERYWHERE}, unwritable)
    failed.assert_refused(7, "unsafe-file")
    assert elsewhere(found(keys, shown), {}) == []


EVERYWHERE = {"output-env-credentials": "true", "output-credentials": "true"}


def masks(step: Step) -> set[str]:
    return {command.data for command in step.commands("add-mask")}


def test_what_the_user_gave_is_masked_before_anything_else_is_said(job: Job) -> None:
    hidden = {name: marked(name) for name in ("okta-private-key", "okta-client-secret", "web-identity-token")}
    step = job.step(hidden, **DEBUG)
    commands = [command_of(line) for line in lines_of(step.stdout)]
    first = [command.data for command in commands[: len(hidden)] if command is not None]
    assert sorted(first) == sorted(hidden.values())


def test_the_token_is_masked_before_aws_is_asked_and_keys_before_anything_is_written(
    job: Job, aws: StsFront, github: GithubIssuer
) -> None:
    aws.faults.append(faults.reset())
    unanswered = job.step({"role-to-assume": ROLE, "disable-retry": "true"}, **github.environment())
    assert {request.form()["WebIdentityToken"] for request in aws.requests} <= masks(unanswered)
    keys = session()
    aws.faults.append(giving(keys))
    # The state is the first thing that is written: where even that fails, nothing was.
    environ = github.environment() | {"GITHUB_STATE": str(job.workspace)}
    unwritten = job.step({"role-to-assume": ROLE, "aws-profile": "deploy", **EVERYWHERE}, **environ)
    unwritten.assert_refused(7, "unsafe-file")
    assert set(keys.values()) <= masks(unwritten)


def test_what_the_runner_shows_of_a_private_key_is_nothing(job: Job, issuer: OktaIssuer) -> None:
    pem = SigningKey.new("ES256").pem()
    inputs = {"okta-issuer": issuer.issuer, "okta-client-id": APP, "okta-private-key": pem}
    step = job.step({"role-to-assume": ROLE, **inputs}, **DEBUG)
    assert set(pem.splitlines()) <= masks(step)


def command(job: Job, arguments: Sequence[str], stdin: str = "", **environ: str) -> tuple[int, dict[str, bytes]]:
    """Exit status and places of ``okta-aws`` with ``arguments``."""
    before = files_below(job.folder)
    commands = CommandLines()
    process = subprocess.Popen(
        [COMMAND_LINE, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(job.home), "TMPDIR": str(job.temp), **environ},
        cwd=job.workspace,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        commands.watch(process)
        stdout, stderr = process.communicate(stdin.encode(), timeout=60)
    written = {name: content for name, content in files_below(job.folder).items() if before.get(name) != content}
    return process.returncode, {"stdout": stdout, "stderr": stderr, "command lines": commands.seen, **written}


def app(issuer: OktaIssuer) -> tuple[str, list[str]]:
    """A client secret that Okta knows, and the flags of its app."""
    secret = marked("client-secret")
    issuer.clients[APP] = Client(APP, secret=secret)
    return secret, ["--okta-issuer", issuer.issuer, "--okta-client-id", APP]


def test_the_command_line_shows_keys_on_standard_output_alone(job: Job, aws: StsFront, issuer: OktaIssuer) -> None:
    secret, flags = app(issuer)
    (job.workspace / "secret").write_text(secret)
    role = ["--role-to-assume", ROLE, "--aws-region", REGION, "--sts-endpoint", aws.url]
    ways: list[tuple[list[str], str, dict[str, str]]] = [
        (["--okta-client-secret-file", "secret"], "", {}),
        (["--okta-client-secret-file", "-"], secret, {}),
        ([], "", {"OKTA_AWS_OKTA_CLIENT_SECRET": secret}),
    ]
    for arguments, stdin, environ in ways:
        keys = session()
        aws.faults.append(giving(keys))
        status, shown = command(job, ["credentials", "--debug", *role, *flags, *arguments], stdin, **environ)
        assert status == 0, shown["stderr"].decode()
        assert b"debug: " in shown["stderr"]
        hidden = {"client secret": secret, **keys, **sent_tokens(aws)}
        leaks = found(hidden, shown)
        assert elsewhere(leaks, {name: ["stdout"] for name in keys}) == []
        assert {leak.secret for leak in leaks} == set(keys)


def test_the_command_line_shows_nothing_of_a_secret_that_is_refused(
    job: Job, aws: StsFront, issuer: OktaIssuer
) -> None:
    secret, flags = app(issuer)
    issuer.clients[APP] = Client(APP, secret="another")
    role = ["--role-to-assume", ROLE, "--aws-region", REGION, "--sts-endpoint", aws.url]
    status, shown = command(
        job, ["credentials", "--debug", *role, *flags], OKTA_AWS_OKTA_CLIENT_SECRET=secret, AWS_SESSION_TOKEN=secret
    )
    assert status == 3, shown["stderr"].decode()
    assert found({"client secret": secret}, shown) == set()


def test_a_fetched_token_shows_on_standard_output_alone(job: Job, issuer: OktaIssuer) -> None:
    key = SigningKey.new("ES256")
    issuer.clients[APP] = Client(APP, jwks=[key.public_jwk()])
    (job.workspace / "key.pem").write_text(key.pem())
    flags = ["--okta-issuer", issuer.issuer, "--okta-client-id", APP, "--okta-key-id", key.kid]
    status, shown = command(job, ["token", "fetch", "--debug", *flags, "--okta-private-key-file", "key.pem"])
    assert status == 0, shown["stderr"].decode()
    token = jwt_parts("token", shown["stdout"].decode().strip())
    hidden = {**token, **key_parts(key.pem()), **sent_assertions(issuer)}
    leaks = found(hidden, shown)
    assert elsewhere(leaks, {name: ["stdout"] for name in token}) == []
    assert {leak.secret for leak in leaks} == set(token)
