# SPDX-License-Identifier: Apache-2.0
"""A keyring that works is used, one that does not is given up within two seconds."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend

from fakes.keyring_backends import Hanging, Locked, Working
from okta_aws.secret import Secret
from okta_aws.store.keyring import WAIT_S, Keyring, KeyringSilent

TOKEN = Secret("token-of-this-test")


@pytest.fixture(autouse=True)
def ring_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEST_KEYRING_FILE", str(tmp_path / "ring.json"))
    return tmp_path / "ring.json"


def ring(backend: KeyringBackend) -> Keyring:
    return Keyring(lambda: backend)


def test_what_was_put_is_found_and_removed(ring_file: Path) -> None:
    keyring = ring(Working())
    assert keyring.put("a b", TOKEN)
    assert (keyring.get("a b"), keyring.get("other")) == (TOKEN, None)
    keyring.remove("a b")
    keyring.remove("a b")
    assert keyring.get("a b") is None
    assert ring_file.read_text() == "{}"


def test_without_a_keyring_nothing_is_kept_and_that_is_no_fault() -> None:
    keyring = Keyring(lambda: None)
    assert (keyring.put("a", TOKEN), keyring.get("a")) == (False, None)


def test_what_was_kept_cannot_be_removed_where_the_keyring_is_gone() -> None:
    with pytest.raises(KeyringSilent, match="no keyring"):
        Keyring(lambda: None).remove("a")


def test_one_that_never_answers_costs_two_seconds_once() -> None:
    asked: list[str] = []

    class Counted(Hanging):
        def set_password(self, service: str, username: str, password: str) -> None:
            asked.append(username)
            super().set_password(service, username, password)

    keyring = ring(Counted())
    started = time.monotonic()
    for _ in range(3):
        with pytest.raises(KeyringSilent, match="no answer within 2 s"):
            keyring.put("a", TOKEN)
    assert time.monotonic() - started >= WAIT_S
    # Who is not asked again is not waited for again, however slow the machine.
    assert asked == ["a"]


def test_one_that_hangs_while_it_is_loaded_is_given_up_too() -> None:
    def load() -> None:
        time.sleep(3600)

    with pytest.raises(KeyringSilent, match="no answer"):
        Keyring(load).get("a")


def test_one_that_is_locked_is_named_by_its_error_and_quoted_nowhere() -> None:
    with pytest.raises(KeyringSilent) as raised:
        ring(Locked()).put("a", TOKEN)
    assert str(raised.value) == "it failed (KeyringLocked)"
    assert TOKEN.reveal() not in repr(raised.value)
    assert raised.value.__context__ is None
