# SPDX-License-Identifier: Apache-2.0
"""The cache's files: what they are named by, when what is in them is good, and what is never believed."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.settings.options import OPTIONS
from okta_aws.store import sessions

NOW = 1_700_000_000.0
HOUR_S = 3600.0
ARGUMENTS = ["credential-process", "--profile", "deploy"]


def kept(lasts_s: float = HOUR_S, files: dict[str, str] | None = None, here: str = "") -> bytes:
    return sessions.entry('{"Version": 1}', lasts_s, files or {}, here, NOW, 100.0)


def good(data: bytes, later_s: float, ran_s: float | None = None) -> bool:
    return sessions.answer_in(data, NOW + later_s, 100.0 + (later_s if ran_s is None else ran_s)) is not None


def test_an_answer_comes_back_as_it_was() -> None:
    assert sessions.answer_in(kept(), NOW, 100.0) == '{"Version": 1}'


@pytest.mark.parametrize(
    ("later_s", "ran_s", "is_good"),
    [
        (0, 0, True),
        (3299, 3299, True),
        (3300, 3300, False),
        (-1, 1, False),
        (-3600, 10, False),
        (3600, 10, False),
        # The clock was set back by 45 minutes while 55 went by: only the other clock knows.
        (600, 3300, False),
        # Started anew: the other clock began again and says nothing.
        (600, -90, True),
        (3300, -90, False),
    ],
)
def test_a_session_is_given_out_until_five_minutes_before_its_end_whatever_the_clock_does(
    later_s: float, ran_s: float, is_good: bool
) -> None:
    assert good(kept(), later_s, ran_s) is is_good


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
def test_no_changed_byte_is_believed(at: int, value: int) -> None:
    data = bytearray(kept(files={"/a": sessions.fingerprint("/a")}))
    at %= len(data)
    changed = data[at] != value
    data[at] = value
    assert (sessions.answer_in(bytes(data), NOW, 100.0) is None) is changed


@given(st.binary())
def test_no_noise_is_believed(data: bytes) -> None:
    assert sessions.answer_in(data, NOW, 100.0) is None


def test_it_ends_with_any_file_that_it_came_from(tmp_path: Path) -> None:
    file, absent = tmp_path / "a b\nc", tmp_path / "absent"
    file.write_text("1")
    data = kept(files={str(path): sessions.fingerprint(str(path)) for path in (file, absent)})
    assert good(data, 1)
    absent.write_text("now it is there")
    assert not good(data, 1)
    absent.unlink()
    assert good(data, 1)
    file.write_text("2")
    assert not good(data, 1)


@pytest.mark.parametrize("change", ["mode", "replaced", "gone"])
def test_a_file_that_was_replaced_or_opened_to_others_counts_as_changed(tmp_path: Path, change: str) -> None:
    file = tmp_path / "file"
    file.write_text("same")
    before = sessions.fingerprint(str(file))
    if change == "mode":
        file.chmod(0o666)
    elif change == "gone":
        file.unlink()
    else:
        (tmp_path / "new").write_text("same")
        (tmp_path / "new").replace(file)
    assert sessions.fingerprint(str(file)) != before


def test_one_that_depends_on_the_folder_is_good_there_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert good(kept(here=str(tmp_path)), 1)
    monkeypatch.chdir("/")
    assert not good(kept(here=str(tmp_path)), 1)


def path(environ: dict[str, str], arguments: list[str] = ARGUMENTS) -> str:
    return sessions.path_of(arguments, environ)


def test_each_variable_that_an_option_is_read_from_shapes_the_session(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    names = {name for option in OPTIONS for name in (option.cli_variable, *option.environment)}
    names |= {"OKTA_AWSCLI_IAM_ROLE", "OKTA_AWS_PROFILE", "OKTA_AWS_CONFIG", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"}
    assert not {name for name in names if path(home | {name: "x"}) == path(home)}


def test_no_other_variable_does(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert path(home | {"AWS_PROFILE": "x", "TERM": "x", "OKTA_AWS_INSIDE": "1"}) == path(home)


@given(st.lists(st.text()), st.lists(st.text()))
def test_two_command_lines_share_a_session_only_if_they_are_the_same(one: list[str], other: list[str]) -> None:
    environ = {"XDG_CACHE_HOME": "/cache"}
    assert (path(environ, one) == path(environ, other)) is (one == other)


def test_bytes_that_are_no_text_are_no_trouble() -> None:
    assert path({"XDG_CACHE_HOME": "/cache", "OKTA_AWS_X": "\udcff"}, ["\udcfe"])


def test_the_place_holds_no_word_of_what_it_is_for(tmp_path: Path) -> None:
    found = path({"HOME": str(tmp_path), "OKTA_AWS_OKTA_PRIVATE_KEY": "hush"})
    assert Path(found).parent == tmp_path / ".cache/okta-aws/sessions"
    assert len(Path(found).name) == 64
    assert "hush" not in found


@pytest.mark.parametrize(
    "environ", [{}, {"HOME": ""}, {"HOME": "/nowhere/at/all"}, {"XDG_CACHE_HOME": "cache"}, {"HOME": "/dev/null"}]
)
def test_without_a_folder_of_the_users_there_is_no_place(environ: dict[str, str]) -> None:
    assert path(environ) == ""


def test_all_are_forgotten_at_once(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    assert sessions.forget_all(environ) == 0
    folder = Path(sessions.folder_of(environ))
    folder.mkdir(parents=True)
    for name in ("a" * 64, "b" * 64, f".{'c' * 64}.okta-aws-0"):
        (folder / name).write_text("x")
    assert sessions.forget_all(environ) == 3
    assert list(folder.iterdir()) == []


def test_what_a_link_leads_to_is_not_forgotten(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter").write_text("x")
    folder = Path(sessions.folder_of(environ))
    folder.parent.mkdir(parents=True)
    folder.symlink_to(tmp_path / "mine")
    assert sessions.forget_all(environ) == 0
    assert (tmp_path / "mine/letter").exists()


def test_only_what_is_ours_alone_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir(mode=0o700)
    file = folder / "s"
    file.write_bytes(kept())
    file.chmod(0o600)
    assert sessions.cached(str(file), NOW, 100.0)
    assert sessions.doubt_about(str(file)) == ""
    for place, mode in ((file, 0o640), (folder, 0o710)):
        before = place.stat().st_mode
        place.chmod(mode)
        assert sessions.cached(str(file), NOW, 100.0) is None
        assert "others may" in sessions.doubt_about(str(file))
        place.chmod(before)
    assert os.listdir(folder) == ["s"]


def test_one_that_cannot_be_forgotten_keeps_no_other_from_it(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    folder = Path(sessions.folder_of(environ))
    for number in range(20):
        (folder / f"{number}-folder").mkdir(parents=True)
        (folder / f"{number}-session").write_text("x")
    with pytest.raises(OSError, match="folder"):
        sessions.forget_all(environ)
    assert not list(folder.glob("*-session"))


def test_one_that_is_replaced_while_it_is_read_is_no_cause_for_doubt(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir(mode=0o700)
    file, done = folder / "s", threading.Event()

    def replace() -> None:
        while not done.is_set():
            with open(os.open(folder / "new", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as new:
                new.write(kept())
            (folder / "new").replace(file)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        assert {sessions.doubt_about(str(file)) for _ in range(5000)} == {""}
    finally:
        done.set()
        writer.join()
