# SPDX-License-Identifier: Apache-2.0
"""The runner reads back exactly what was written to its files."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from okta_aws.errors import ExportError
from okta_aws.runner.files import append, entry
from unit.runner.protocol import pairs_of

values = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(values, values)
@example("x\nend_00000000000000000000000000000000\nPATH=/tmp/evil", "a=b<<c")
@example("", "\r")
def test_any_value_is_read_back_as_it_was(first: str, second: str) -> None:
    assert pairs_of(entry("FIRST", first) + entry("second-one", second)) == [("FIRST", first), ("second-one", second)]


@pytest.mark.parametrize("name", ["", "A B", "A=B", "A<<B", "A\n", "\nA", "Ä", "1A", "A" * 129])
def test_a_name_that_could_be_more_than_a_name_is_refused(name: str) -> None:
    with pytest.raises(ExportError) as caught:
        entry(name, "value")
    assert caught.value.code == "export-failed"


@pytest.mark.parametrize("value", ["marked-secret\0", "marked-secret\ud800"])
def test_a_value_that_no_variable_can_hold_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(ExportError) as caught:
        entry("NAME", value)
    assert "marked-secret" not in "".join(caught.value.lines())
    assert "NAME" in caught.value.headline()


def test_two_entries_never_share_a_delimiter() -> None:
    delimiters = {entry("A", "x").splitlines()[0] for _ in range(100)}
    assert len(delimiters) == 100


def test_what_was_appended_can_be_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("BEFORE=1\n")
    take_back = append(str(file), [entry("A", "1"), entry("B", "2")])
    assert pairs_of(file.read_text()) == [("BEFORE", "1"), ("A", "1"), ("B", "2")]
    take_back()
    assert file.read_text() == "BEFORE=1\n"


def test_what_somebody_else_wrote_since_is_not_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "env"
    take_back = append(str(file), [entry("A", "1")])
    with file.open("a") as other:
        other.write("B=2\n")
    take_back()
    assert ("B", "2") in pairs_of(file.read_text())


def test_a_file_that_is_missing_is_made_for_us_alone(tmp_path: Path) -> None:
    file = tmp_path / "env"
    append(str(file), [entry("A", "1")])
    assert file.stat().st_mode & 0o777 == 0o600


def test_without_a_file_the_error_says_so() -> None:
    with pytest.raises(ExportError) as caught:
        append("", [entry("A", "1")])
    assert caught.value.found == "no path"


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("kept")
    link = tmp_path / "env"
    link.symlink_to(target)
    with pytest.raises(ExportError) as caught:
        append(str(link), [entry("A", "1")])
    assert (caught.value.code, target.read_text()) == ("unsafe-file", "kept")


@pytest.mark.parametrize("kind", ["directory", "fifo", "fifo with a reader", "device"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "env"
    readers = []
    if kind == "directory":
        path.mkdir()
    elif kind.startswith("fifo"):
        os.mkfifo(path)
        readers = [os.open(path, os.O_RDONLY | os.O_NONBLOCK)] if "reader" in kind else []
    with pytest.raises(ExportError) as caught:
        append("/dev/full" if kind == "device" else str(path), [entry("A", "1")])
    assert caught.value.code == "unsafe-file"
    for reader in readers:
        os.close(reader)


def test_a_missing_folder_is_an_error_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        append(str(tmp_path / "gone" / "env"), [entry("A", "1")])
    assert (caught.value.code, caught.value.found) == ("export-failed", "no such file or directory")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The kernel writes what fits and refuses the rest, as on a disk that fills up."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_was_cut_short_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("BEFORE=1\n")
    with files_of_at_most(200), pytest.raises(ExportError) as caught:
        append(str(file), [entry("A", "x" * 1000)])
    assert (caught.value.code, file.read_text()) == ("export-failed", "BEFORE=1\n")
    assert str(file) in caught.value.headline()
