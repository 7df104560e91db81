# SPDX-License-Identifier: Apache-2.0
"""``okta-aws login`` and ``logout`` as processes, against an Okta that paces, refuses and forgets as Okta does."""

from __future__ import annotations

import json
import os
import pty
import signal
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fakes import faults
from fakes.command import PROGRAM, environment, okta_aws
from fakes.keyring_backends import chosen
from fakes.leaks import marked
from fakes.login import Login, login
from fakes.world import Account, may_write, trust
from okta_aws.demo.device import NativeApp, Person
from okta_aws.demo.emulator import REGION
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.sts_front import StsFront
from okta_aws.demo.web import Request

APP = NativeApp("0oaPEOPLE", frozenset({"00uME"}))
ME, OTHER = Person("00uME"), Person("00uOTHER", ("pwd",))


@pytest.fixture
def okta(issuer: OktaIssuer) -> OktaIssuer:
    """An org with one native app that is assigned to one person; it wants to be asked each second."""
    issuer.device.apps[APP.id] = APP
    issuer.device.interval_s = 1
    return issuer


@pytest.fixture
def environ(tmp_path: Path, okta: OktaIssuer) -> Mapping[str, str]:
    (tmp_path / "home").mkdir()
    return {
        "HOME": str(tmp_path / "home"),
        "OKTA_AWS_OKTA_ISSUER": okta.org_issuer,
        "OKTA_AWS_OKTA_CLIENT_ID": APP.id,
    }


def files(home: str) -> list[Path]:
    return [path for path in Path(home).rglob("*") if path.is_file()]


@contextmanager
def begun(okta: OktaIssuer, environ: Mapping[str, str], *arguments: str, person: Person = ME) -> Iterator[Login]:
    """A login that ``person`` agreed to."""
    with login(*arguments, environ=environ) as running:
        okta.device.approve(running.shown()[1], person)
        yield running


def signed_in(okta: OktaIssuer, environ: Mapping[str, str], *arguments: str) -> str:
    """What a login said that went well."""
    with begun(okta, environ, *arguments) as running:
        outcome = running.end()
    assert (outcome.status, outcome.out) == (0, ""), outcome.err
    return outcome.err


def kept(environ: Mapping[str, str]) -> str:
    """The token that a later command begins with."""
    outcome = okta_aws("token", "fetch", "--token-source", "device", environ=environ)
    assert outcome.status == 0, outcome.err
    return outcome.out.strip()


@pytest.mark.parametrize("server", ["org", "custom"])
def test_a_person_gets_a_role_at_either_kind_of_server(
    okta: OktaIssuer, environ: Mapping[str, str], server: str, aws: StsFront, account: Account
) -> None:
    issuer = okta.org_issuer if server == "org" else okta.issuer
    environ = {**environ, "OKTA_AWS_OKTA_ISSUER": issuer}
    role = account.role(trust(account.provider(issuer, [APP.id]), sub=ME.id, aud=APP.id))
    bucket = account.bucket()
    said = signed_in(okta, environ)
    assert "Signed in as 00uME (mfa, otp, pwd) for 60 minutes" in said
    place = {"OKTA_AWS_STS_ENDPOINT": aws.url, "AWS_REGION": REGION, "OKTA_AWS_ROLE_TO_ASSUME": role}
    given = okta_aws("credentials", "--token-source", "device", environ={**environ, **place})
    assert given.status == 0, given.err
    assert may_write(aws, json.loads(given.out), bucket, "allowed/x")


def test_an_aws_tool_is_served_from_the_sign_in_until_the_logout(
    okta: OktaIssuer, environ: Mapping[str, str], aws: StsFront, account: Account
) -> None:
    role = account.role(trust(account.provider(okta.org_issuer, [APP.id]), sub=ME.id, aud=APP.id))
    place = {"OKTA_AWS_STS_ENDPOINT": aws.url, "AWS_REGION": REGION, "OKTA_AWS_ROLE_TO_ASSUME": role}
    place = {**environ, **place, "OKTA_AWS_TOKEN_SOURCE": "device"}
    before = okta_aws("credential-process", environ=place)
    assert (before.status, before.out) == (3, "")
    assert "run okta-aws login" in before.err
    signed_in(okta, environ)
    answers = [okta_aws("credential-process", environ=place) for _ in range(2)]
    assert [answer.status for answer in answers] == [0, 0], answers[0].err
    assert answers[0].out == answers[1].out
    assert aws.exchanges == 1
    assert okta_aws("logout", environ=environ).status == 0
    assert okta_aws("credential-process", environ=place).status == 3


def test_the_token_is_kept_for_its_owner_alone_and_shown_to_nobody(
    okta: OktaIssuer, environ: Mapping[str, str]
) -> None:
    said = signed_in(okta, environ, "--debug")
    (file,) = files(environ["HOME"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = kept(environ)
    assert token in file.read_text()
    assert token not in said
    device_codes = [request.form().get("device_code", "-") for request in okta.requests]
    assert not any(code in said for code in device_codes if code != "-")


def test_the_access_token_that_comes_along_is_given_back(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    signed_in(okta, environ)
    (revoked,) = okta.device.revoked
    assert revoked.startswith("not-a-jwt-")


def test_a_revocation_that_fails_is_no_reason_to_fail(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    def at_revocation(request: Request) -> bool:
        return request.path.endswith("/revoke")

    okta.faults.append(faults.reset().at(at_revocation))
    signed_in(okta, environ)
    assert okta.device.revoked == []


def test_who_was_taken_out_of_the_group_is_refused_and_told_so(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    signed_in(okta, environ)
    okta.device.apps[APP.id] = replace(APP, people=frozenset())
    with begun(okta, environ) as running:
        outcome = running.end()
    assert (outcome.status, outcome.out) == (3, "")
    assert "error[okta-device-unassigned]: The Okta app is not assigned to this person" in outcome.err
    assert "Assignments" in outcome.err


def test_somebody_whom_the_app_was_never_assigned_to_is_refused(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    with begun(okta, environ, person=OTHER) as running:
        outcome = running.end()
    assert (outcome.status, files(environ["HOME"])) == (3, [])
    assert "okta-device-unassigned" in outcome.err


def test_a_sign_in_that_the_person_refuses_ends_it(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    with login(environ=environ) as running:
        okta.device.deny(running.shown()[1], ME)
        outcome = running.end()
    assert outcome.status == 3
    assert "error[okta-device-denied]" in outcome.err


def test_a_code_that_nobody_enters_runs_out(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    okta.device.lifetime_s = 3
    outcome = okta_aws("login", environ=environ)
    assert (outcome.status, outcome.out) == (3, "")
    assert "error[okta-device-expired]" in outcome.err


@pytest.mark.parametrize(
    ("app", "code"),
    [("0oaUNKNOWN", "okta-client"), ("0oaSERVICE", "okta-device-app"), ("0oaNOPOLICY", "okta-policy")],
)
def test_an_app_that_will_not_do_is_told_with_the_way_out(
    okta: OktaIssuer, environ: Mapping[str, str], app: str, code: str
) -> None:
    okta.clients["0oaSERVICE"] = Client("0oaSERVICE", secret=marked("secret"))
    okta.device.apps["0oaNOPOLICY"] = NativeApp("0oaNOPOLICY", frozenset({ME.id}), allowed=False)
    with login("--okta-client-id", app, environ=environ) as running:
        if app == "0oaNOPOLICY":
            okta.device.approve(running.shown()[1], ME)
        outcome = running.end()
    assert outcome.status == 3
    assert f"error[{code}]" in outcome.err
    assert "  fix: " in outcome.err


def test_an_issuer_without_the_grant_is_told(github_issuer: object, environ: Mapping[str, str]) -> None:
    issuer = str(getattr(github_issuer, "issuer", ""))
    outcome = okta_aws("login", "--okta-issuer", issuer, environ=environ)
    assert outcome.status == 3
    assert "device_authorization_endpoint" in outcome.err


def test_a_missing_app_is_a_problem_of_the_settings(environ: Mapping[str, str]) -> None:
    outcome = okta_aws("login", environ={"HOME": environ["HOME"]})
    assert outcome.status == 2
    assert all(f"{name} (" in outcome.err for name in ("okta-issuer", "okta-client-id"))


def test_without_storing_the_token_goes_down_the_pipe_and_nowhere_else(
    okta: OktaIssuer, environ: Mapping[str, str]
) -> None:
    with begun(okta, environ, "--no-store") as running:
        outcome = running.end()
    assert outcome.status == 0
    claims = okta_aws("token", "inspect", "--format", "json", given=outcome.out)
    assert json.loads(claims.out)["claims"]["sub"] == ME.id
    assert outcome.out.strip() not in outcome.err
    assert files(environ["HOME"]) == []


def test_without_storing_a_terminal_gets_no_token(environ: Mapping[str, str], okta: OktaIssuer) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [PROGRAM, "login", "--no-store"], check=False, stdout=theirs, stderr=-1, env=environment(environ), timeout=60
    )
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2
    assert b"--force prints it" in done.stderr
    assert okta.requests == []


def test_a_keyring_that_works_holds_the_token_until_the_logout(
    okta: OktaIssuer, environ: Mapping[str, str], tmp_path: Path
) -> None:
    environ = {**environ, **chosen("Working", tmp_path / "config")}
    assert "the token is in the system's keyring" in signed_in(okta, environ)
    token, ring = kept(environ), Path(environ["TEST_KEYRING_FILE"])
    assert token in ring.read_text()
    assert all(token not in file.read_text() for file in files(environ["HOME"]))
    outcome = okta_aws("logout", environ=environ)
    assert (outcome.status, outcome.out, ring.read_text()) == (0, "", "{}")
    assert files(environ["HOME"]) == []


@pytest.mark.parametrize(
    ("backend", "reason"), [("Hanging", "no answer within 2 s"), ("Locked", "it failed (KeyringLocked)")]
)
def test_a_keyring_that_does_not_take_it_costs_a_warning_and_no_token(
    okta: OktaIssuer, environ: Mapping[str, str], tmp_path: Path, backend: str, reason: str
) -> None:
    environ = {**environ, **chosen(backend, tmp_path / "config")}
    said = signed_in(okta, environ)
    assert f"warning: the system's keyring did not take the token; {reason}; it is kept in a file instead" in said
    token = kept(environ)
    assert token in files(environ["HOME"])[0].read_text()
    assert token not in said


def test_a_keyring_that_hangs_is_waited_for_two_seconds(
    okta: OktaIssuer, environ: Mapping[str, str], tmp_path: Path
) -> None:
    signed_in(okta, {**environ, **chosen("Working", tmp_path / "config")})
    started = time.monotonic()
    outcome = okta_aws(
        "token", "fetch", "--token-source", "device", environ={**environ, **chosen("Hanging", tmp_path / "config")}
    )
    # Python's own start comes on top of the two seconds; the backend would sleep for an hour.
    assert 2 < time.monotonic() - started < 20
    assert outcome.status == 3
    assert "in the system's keyring, but no answer within 2 s" in outcome.err


@pytest.mark.parametrize("how", ["--no-keyring", "plain text"])
def test_a_keyring_that_was_not_wanted_or_is_none_is_left_alone(
    okta: OktaIssuer, environ: Mapping[str, str], tmp_path: Path, how: str
) -> None:
    environ = {**environ, **chosen("PlainText" if how == "plain text" else "Working", tmp_path / "config")}
    said = signed_in(okta, environ, *([how] if how.startswith("--") else []))
    assert "warning" not in said
    assert not Path(environ["TEST_KEYRING_FILE"]).exists()
    assert kept(environ) in files(environ["HOME"])[0].read_text()


def test_a_logout_leaves_nothing_of_several_sign_ins(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    okta.device.apps["0oaSECOND"] = replace(APP, id="0oaSECOND")
    signed_in(okta, environ)
    signed_in(okta, environ, "--okta-client-id", "0oaSECOND")
    sessions = Path(environ["HOME"]) / ".cache/okta-aws/sessions"
    sessions.mkdir(parents=True, mode=0o700)
    (sessions / "0123").write_text("a session")
    outcome = okta_aws("logout", environ=environ)
    assert (outcome.status, outcome.out) == (0, "")
    assert "tokens 2, role sessions 1" in outcome.err
    assert files(environ["HOME"]) == []
    again = okta_aws("logout", environ=environ)
    assert (again.status, "tokens 0" in again.err) == (0, True)


def test_a_new_sign_in_forgets_the_sessions_of_whoever_was_there_before(
    okta: OktaIssuer, environ: Mapping[str, str]
) -> None:
    sessions = Path(environ["HOME"]) / ".cache/okta-aws/sessions"
    sessions.mkdir(parents=True, mode=0o700)
    (sessions / "0123").write_text("a session")
    signed_in(okta, environ)
    assert list(sessions.iterdir()) == []


def test_no_command_but_login_asks_anybody_to_sign_in(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    outcome = okta_aws("token", "fetch", "--token-source", "device", environ=environ)
    assert (outcome.status, outcome.out) == (3, "")
    assert "error[login-needed]" in outcome.err
    assert "run okta-aws login" in outcome.err
    assert okta.requests == []


def test_a_sign_in_that_has_ended_is_told_apart(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    # A login on a busy machine has to end before its token does.
    okta.device.apps[APP.id] = replace(APP, lifetime_s=5)
    signed_in(okta, environ)
    time.sleep(5.5)
    outcome = okta_aws("token", "fetch", "--token-source", "device", environ=environ)
    assert outcome.status == 3
    assert "found one that ended" in outcome.err
    assert "error[login-needed]" in outcome.err


@pytest.mark.parametrize("where", ["read-only", "no folder", "a link to another's place"])
def test_a_home_that_cannot_be_written_is_told_before_anybody_signs_in(
    okta: OktaIssuer, environ: Mapping[str, str], where: str, tmp_path: Path
) -> None:
    home = Path(environ["HOME"])
    data = home / ".local" / "share"
    data.mkdir(parents=True)
    if where == "no folder":
        (data / "okta-aws").write_text("in the way")
    elif where == "a link to another's place":
        (data / "okta-aws").symlink_to(tmp_path)
    with read_only(home, is_meant=where == "read-only"):
        outcome = okta_aws("login", environ=environ)
    assert (outcome.status, outcome.out) == (7, "")
    assert "--no-store" in outcome.err
    assert okta.requests == []


@contextmanager
def read_only(folder: Path, *, is_meant: bool) -> Iterator[None]:
    """Takes the right to write away: from root by a mount, as modes mean nothing to it."""
    if not is_meant:
        yield
    elif os.geteuid() == 0:
        subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", folder], check=True)
    else:
        places = [folder / ".local/share", folder / ".local", folder]
        for place in places:
            place.chmod(0o500)
        yield
        for place in places:
            place.chmod(0o700)


def test_the_browser_is_opened_with_the_code_in_the_address_and_writes_on_no_stream(
    okta: OktaIssuer, environ: Mapping[str, str], tmp_path: Path
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho a browser talks; echo loudly >&2\necho "$1" > {tmp_path}/asked\n')
    browser.chmod(0o755)
    with begun(okta, {**environ, "BROWSER": str(browser)}, "--browser") as running:
        outcome = running.end()
    wait_for(tmp_path / "asked")
    asked = (tmp_path / "asked").read_text().strip()
    assert asked.startswith(f"{okta.org_issuer}/activate?user_code=")
    assert "loudly" not in outcome.err
    assert outcome.out == ""


def wait_for(file: Path) -> None:
    for _ in range(200):
        if file.exists() and file.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(f"no {file.name} within 10 s")


@pytest.mark.parametrize("extra", [{}, {"BROWSER": "/no/such/browser"}])
def test_no_browser_is_no_reason_to_fail(okta: OktaIssuer, environ: Mapping[str, str], extra: dict[str, str]) -> None:
    assert "Signed in" in signed_in(okta, {**environ, **extra}, "--browser")


def test_a_qr_code_is_shown_on_standard_error(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    # The top of the marks in two of its corners.
    assert signed_in(okta, environ, "--qr").count("█ ▄▄▄▄▄ █") >= 2


def test_a_terminal_that_knows_no_blocks_gets_a_warning_for_a_qr_code(
    okta: OktaIssuer, environ: Mapping[str, str]
) -> None:
    said = signed_in(okta, {**environ, "PYTHONIOENCODING": "ascii:strict"}, "--qr")
    assert "warning: no QR code here" in said


def test_ctrl_c_ends_it_without_a_trace(environ: Mapping[str, str]) -> None:
    with login(environ=environ) as running:
        running.shown()
        running.process.send_signal(signal.SIGINT)
        outcome = running.end()
    assert (outcome.status, outcome.out) == (130, "")
    assert "Traceback" not in outcome.err
    assert files(environ["HOME"]) == []


def test_standard_error_that_nobody_reads_ends_it(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [PROGRAM, "login"], stdout=subprocess.PIPE, stderr=write, env=environment(environ), timeout=60, check=False
    )
    os.close(write)
    assert (done.returncode, done.stdout) == (1, b"")
    assert okta.device.codes != []


def test_standard_error_that_is_closed_ends_it_before_anybody_is_asked(
    okta: OktaIssuer, environ: Mapping[str, str]
) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec {PROGRAM} login 2>&-"], stdout=-1, env=environment(environ), timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert okta.requests == []


def test_a_pipe_that_nobody_reads_loses_the_token_and_says_so(okta: OktaIssuer, environ: Mapping[str, str]) -> None:
    with begun(okta, environ, "--no-store") as running:
        assert running.process.stdout is not None
        running.process.stdout.close()
        running.process.wait(60)
    assert running.process.returncode == 1
    assert files(environ["HOME"]) == []
