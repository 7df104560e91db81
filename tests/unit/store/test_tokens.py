# SPDX-License-Identifier: Apache-2.0
"""Tokens of sign-ins: kept where nobody else reads them, found by issuer and app, all forgotten at once."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

import pytest

from fakes.keyring_backends import Locked, Working
from okta_aws.errors import ExportError
from okta_aws.secret import Secret
from okta_aws.store.keyring import Keyring, KeyringSilent
from okta_aws.store.tokens import LoginTokens, login_folder

ISSUER, APP = "https://acme.okta.com", "0oaAPP"
TOKEN = Secret("token-of-this-test")


@pytest.fixture(autouse=True)
def ring_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEST_KEYRING_FILE", str(tmp_path / "ring.json"))
    return tmp_path / "ring.json"


def tokens(folder: Path, ring: Keyring | None = None) -> LoginTokens:
    return LoginTokens(str(folder / "data" / "okta-aws" / "logins"), ring or Keyring(lambda: None), time.sleep)


def working() -> Keyring:
    return Keyring(Working)


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "data").rglob("*") if path.is_file()]


def test_without_a_keyring_the_token_is_in_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    kept = tokens(tmp_path).keep(ISSUER, APP, TOKEN, in_keyring=True)
    (file,) = files(tmp_path)
    assert (kept.place, kept.complaint) == (str(file), "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert tokens(tmp_path).find(ISSUER, APP) == TOKEN


def test_with_a_keyring_the_file_does_not_hold_it(tmp_path: Path, ring_file: Path) -> None:
    kept = tokens(tmp_path, working()).keep(ISSUER, APP, TOKEN, in_keyring=True)
    assert kept.place == "the system's keyring"
    assert all(TOKEN.reveal() not in file.read_text() for file in files(tmp_path))
    assert TOKEN.reveal() in ring_file.read_text()
    assert tokens(tmp_path, working()).find(ISSUER, APP) == TOKEN


def test_a_keyring_that_was_not_wanted_is_not_asked(tmp_path: Path, ring_file: Path) -> None:
    tokens(tmp_path, working()).keep(ISSUER, APP, TOKEN, in_keyring=False)
    assert not ring_file.exists()
    assert tokens(tmp_path).find(ISSUER, APP) == TOKEN


def test_a_keyring_that_is_locked_has_a_file_in_its_place_and_says_why(tmp_path: Path) -> None:
    kept = tokens(tmp_path, Keyring(Locked)).keep(ISSUER, APP, TOKEN, in_keyring=True)
    assert (kept.place, kept.complaint) == (str(files(tmp_path)[0]), "it failed (KeyringLocked)")
    assert tokens(tmp_path).find(ISSUER, APP) == TOKEN


def test_a_keyring_that_was_locked_since_is_told_apart_from_no_token(tmp_path: Path) -> None:
    tokens(tmp_path, working()).keep(ISSUER, APP, TOKEN, in_keyring=True)
    with pytest.raises(KeyringSilent):
        tokens(tmp_path, Keyring(Locked)).find(ISSUER, APP)


def test_the_newest_token_counts_wherever_it_went(tmp_path: Path) -> None:
    tokens(tmp_path, working()).keep(ISSUER, APP, Secret("old"), in_keyring=True)
    tokens(tmp_path, working()).keep(ISSUER, APP, TOKEN, in_keyring=False)
    assert tokens(tmp_path, working()).find(ISSUER, APP) == TOKEN


@pytest.mark.parametrize(("issuer", "app"), [(ISSUER, "0oaOTHER"), ("https://other.okta.com", APP)])
def test_another_issuer_or_app_has_another_token(tmp_path: Path, issuer: str, app: str) -> None:
    tokens(tmp_path).keep(ISSUER, APP, TOKEN, in_keyring=False)
    assert tokens(tmp_path).find(issuer, app) is None
    tokens(tmp_path).keep(issuer, app, Secret("another"), in_keyring=False)
    assert tokens(tmp_path).find(ISSUER, APP) == TOKEN


@pytest.mark.parametrize("content", [b"", b"no json", b"[]", b"\xff", b'{"token": 7}', b"[" * 100000, b"x" * 70000])
def test_a_file_that_is_damaged_counts_as_none_and_is_written_anew(tmp_path: Path, content: bytes) -> None:
    tokens(tmp_path).keep(ISSUER, APP, TOKEN, in_keyring=False)
    files(tmp_path)[0].write_bytes(content)
    assert tokens(tmp_path).find(ISSUER, APP) is None
    tokens(tmp_path).keep(ISSUER, APP, TOKEN, in_keyring=False)
    assert tokens(tmp_path).find(ISSUER, APP) == TOKEN


def test_a_file_moved_to_the_place_of_another_is_not_taken_for_it(tmp_path: Path) -> None:
    tokens(tmp_path).keep(ISSUER, "0oaOTHER", Secret("another"), in_keyring=False)
    (other,) = files(tmp_path)
    tokens(tmp_path).keep(ISSUER, APP, TOKEN, in_keyring=False)
    (mine,) = set(files(tmp_path)) - {other}
    os.replace(other, mine)
    assert tokens(tmp_path).find(ISSUER, APP) is None


def test_a_link_in_the_place_is_neither_read_nor_written_through(tmp_path: Path) -> None:
    tokens(tmp_path).keep(ISSUER, APP, TOKEN, in_keyring=False)
    (file,) = files(tmp_path)
    target = tmp_path / "target"
    target.write_text(file.read_text())
    file.unlink()
    file.symlink_to(target)
    assert tokens(tmp_path).find(ISSUER, APP) is None
    with pytest.raises(ExportError) as raised:
        tokens(tmp_path).keep(ISSUER, APP, Secret("new"), in_keyring=False)
    assert raised.value.code == "unsafe-file"
    assert "new" not in target.read_text()


def test_all_are_forgotten_in_files_and_keyring_with_what_a_killed_writer_left(tmp_path: Path, ring_file: Path) -> None:
    tokens(tmp_path, working()).keep(ISSUER, APP, TOKEN, in_keyring=True)
    tokens(tmp_path, working()).keep(ISSUER, "0oaOTHER", TOKEN, in_keyring=False)
    folder = files(tmp_path)[0].parent
    (folder / ".0123.json.okta-aws-deadbeef").write_text(TOKEN.reveal())
    (folder / "0123.json.lock").touch()
    assert tokens(tmp_path, working()).forget_all() == 2
    assert json.loads(ring_file.read_text()) == {}
    assert files(tmp_path) == []
    assert not folder.exists()
    assert not folder.parent.exists()


def test_there_may_be_nothing_to_forget(tmp_path: Path) -> None:
    assert tokens(tmp_path).forget_all() == 0
    assert list(tmp_path.iterdir()) == []


def test_what_a_locked_keyring_holds_is_not_forgotten_unseen(tmp_path: Path, ring_file: Path) -> None:
    tokens(tmp_path, working()).keep(ISSUER, APP, TOKEN, in_keyring=True)
    tokens(tmp_path, working()).keep(ISSUER, "0oaOTHER", TOKEN, in_keyring=False)
    with pytest.raises(ExportError) as raised:
        tokens(tmp_path, Keyring(Locked)).forget_all()
    assert "unlock the keyring" in raised.value.fix[0]
    assert len(files(tmp_path)) == 1
    assert tokens(tmp_path, working()).forget_all() == 1
    assert json.loads(ring_file.read_text()) == {}


def test_whether_a_token_can_be_kept_is_known_before_it_is_there(tmp_path: Path) -> None:
    tokens(tmp_path).prepare(ISSUER, APP)
    assert files(tmp_path) == []
    (tmp_path / "in the way").touch()
    blocked = LoginTokens(str(tmp_path / "in the way" / "okta-aws" / "logins"), Keyring(lambda: None), time.sleep)
    with pytest.raises(ExportError) as raised:
        blocked.prepare(ISSUER, APP)
    assert "--no-store" in raised.value.fix[-1]


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"HOME": "/home/me"}, "/home/me/.local/share/okta-aws/logins"),
        ("linux", {"HOME": "/home/me", "XDG_DATA_HOME": "/data"}, "/data/okta-aws/logins"),
        ("linux", {"HOME": "/home/me", "XDG_DATA_HOME": "data"}, "/home/me/.local/share/okta-aws/logins"),
        ("darwin", {"HOME": "/Users/me"}, "/Users/me/Library/Application Support/okta-aws/logins"),
        ("win32", {"HOME": "/me", "LOCALAPPDATA": "/local"}, "/local/okta-aws/logins"),
        ("win32", {"HOME": "/me"}, "/me/AppData/Local/okta-aws/logins"),
    ],
)
def test_the_folder_is_the_one_that_the_system_has_for_it(platform: str, environ: dict[str, str], folder: str) -> None:
    assert login_folder(environ, platform) == folder


def test_what_cannot_be_removed_is_told_and_keeps_nothing_else_from_going(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "okta-aws" / "logins"
    (folder / "0.json").mkdir(parents=True)
    (folder / "x.lock").mkdir()
    tokens(tmp_path).keep(ISSUER, APP, TOKEN, in_keyring=False)
    (folder / ".left-by-a-writer-that-was-killed").write_text("token")
    with pytest.raises(ExportError) as raised:
        tokens(tmp_path).forget_all()
    assert raised.value.doing == f"removing {folder / 'x.lock'}"
    assert {path.name for path in folder.iterdir()} == {"0.json", "x.lock"}
