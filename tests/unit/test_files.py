# SPDX-License-Identifier: Apache-2.0
"""The one writer of secret files trusts nothing that it finds in the way."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from okta_aws.errors import ExportError
from okta_aws.files import Owner, Rules, missing, owner_of, read_small, remove_empty_folder, rewrite, take_back

STRANGER = 54321


def can_give_away() -> bool:
    """Whether files can be given to other users: root can, but not in a user namespace."""
    with tempfile.NamedTemporaryFile() as file:
        try:
            os.chown(file.name, STRANGER, STRANGER)
        except OSError:
            return False
    return True


needs_root = pytest.mark.skipif(not can_give_away(), reason="only root can give files away")


def no_waiting(_seconds: float) -> None:
    raise AssertionError("waited for a lock that nobody should hold")


def rules(
    root: Path, *, owner: Owner | None = None, wait_s: float = 1.0, sleep: Callable[[float], None] = no_waiting
) -> Rules:
    return Rules(root=str(root), owner=owner, wait_s=wait_s, sleep=sleep)


def write(path: Path, content: bytes = b"new", root: Path | None = None) -> None:
    rewrite(str(path), lambda _before: content, rules(root or path.parent))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_and_its_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write(tmp_path / "a" / "b" / "file", root=tmp_path)
    finally:
        os.umask(before)
    modes = [
        path.stat().st_mode & 0o777 for path in (tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "file")
    ]
    assert modes == [0o700, 0o700, 0o600]


def test_a_umask_that_takes_everything_does_not_make_the_file_unreadable(tmp_path: Path) -> None:
    before = os.umask(0o777)
    try:
        write(tmp_path / "file")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o666)
    write(tmp_path / "file")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_the_editor_gets_the_old_content_and_gives_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "file"
    seen: list[bytes | None] = []

    def edit(before: bytes | None) -> bytes:
        seen.append(before)
        return (before or b"") + b"x"

    rewrite(str(file), edit, rules(tmp_path))
    rewrite(str(file), edit, rules(tmp_path))
    assert (seen, file.read_bytes(), names(tmp_path)) == ([None, b"x"], b"xx", ["file"])


def test_a_reader_that_has_the_old_file_open_keeps_it_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with (tmp_path / "file").open("rb") as reader:
        write(tmp_path / "file")
        assert reader.read() == b"old"


def test_nothing_instead_of_content_removes_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    take_back(str(tmp_path / "file"), lambda _before: None, rules(tmp_path))
    assert names(tmp_path) == []


def test_taking_back_from_what_is_not_there_makes_nothing(tmp_path: Path) -> None:
    for path in (tmp_path / "file", tmp_path / "gone" / "file"):
        take_back(str(path), lambda _before: b"new", rules(tmp_path))
    assert names(tmp_path) == []


def test_an_editor_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")

    def edit(_before: bytes | None) -> bytes:
        raise ExportError("profile-exists", "editing")

    with pytest.raises(ExportError, match="editing"):
        rewrite(str(tmp_path / "file"), edit, rules(tmp_path))
    assert (names(tmp_path), (tmp_path / "file").read_bytes()) == (["file"], b"old")


def plant(kind: str, place: Path, outside: Path) -> None:
    if kind == "link":
        place.symlink_to(outside)
    elif kind == "dangling link":
        place.symlink_to(outside.with_name("nowhere"))
    elif kind == "directory":
        place.mkdir()
    elif kind == "fifo":
        os.mkfifo(place)
    elif kind == "hard link":
        place.hardlink_to(outside)
    else:
        place.touch()
        os.truncate(place, 5 * 1024 * 1024)


@pytest.mark.parametrize("kind", ["link", "dangling link", "directory", "fifo", "hard link", "huge"])
def test_what_is_no_plain_file_in_the_place_is_refused_and_kept(tmp_path: Path, kind: str) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"kept")
    folder = tmp_path / "folder"
    folder.mkdir()
    place = folder / "file"
    plant(kind, place, outside)
    before = place.lstat()
    with pytest.raises(ExportError) as caught:
        write(place)
    assert caught.value.code == "unsafe-file"
    assert caught.value.fix
    assert str(place) in caught.value.headline()
    assert place.lstat().st_ino == before.st_ino
    assert outside.read_bytes() == b"kept"
    assert (names(folder), (tmp_path / "nowhere").exists()) == (["file"], False)


@pytest.mark.parametrize("kind", ["link", "file"])
def test_below_the_trusted_root_a_folder_is_a_folder(tmp_path: Path, kind: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    if kind == "link":
        (root / "folder").symlink_to(outside)
    else:
        (root / "folder").touch()
    with pytest.raises(ExportError) as caught:
        write(root / "folder" / "deep" / "file", root=root)
    assert (caught.value.code, names(outside)) == ("unsafe-file", [])


def test_the_trusted_root_itself_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "real")
    write(tmp_path / "home" / "folder" / "file", root=tmp_path / "home")
    assert (tmp_path / "real" / "folder" / "file").read_bytes() == b"new"


def test_a_folder_that_was_named_elsewhere_is_trusted_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    write(tmp_path / "other" / "deep" / "file", root=tmp_path / "home")
    assert (tmp_path / "other" / "deep" / "file").read_bytes() == b"new"


@needs_root
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_belongs_to_a_stranger_is_refused(tmp_path: Path, what: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"theirs")
    os.chown(tmp_path / "folder" / "file" if what == "file" else tmp_path / "folder", STRANGER, STRANGER)
    with pytest.raises(ExportError) as caught:
        write(tmp_path / "folder" / "file", root=tmp_path)
    assert caught.value.code == "unsafe-file"
    assert str(STRANGER) in caught.value.found
    assert (tmp_path / "folder" / "file").read_bytes() == b"theirs"


@needs_root
def test_everything_new_is_given_to_the_owner_and_the_owners_files_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "file"
    to_runner = rules(tmp_path, owner=Owner(STRANGER, STRANGER + 1))
    for _ in range(2):
        rewrite(str(file), lambda _before: b"x", to_runner)
        for path in (file, file.parent):
            assert (path.stat().st_uid, path.stat().st_gid) == (STRANGER, STRANGER + 1)


@needs_root
def test_root_gives_files_to_the_owner_of_a_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, STRANGER, STRANGER + 1)
    assert owner_of(str(tmp_path)) == Owner(STRANGER, STRANGER + 1)
    assert owner_of(str(tmp_path / "gone")) is None


GIVER = f"""
import sys
from okta_aws.errors import ExportError
from okta_aws.files import Owner, Rules, rewrite
try:
    rewrite(sys.argv[1] + "/file", lambda _: b"x", Rules(sys.argv[1], Owner({STRANGER}, {STRANGER}), 1, print))
except ExportError as error:
    print(error.headline())
"""


def test_where_a_file_cannot_be_given_away_the_error_says_to_whom(tmp_path: Path) -> None:
    # In a user namespace even root cannot; whoever is not root cannot anyway.
    namespace = ["unshare", "--map-root-user"] if can_give_away() else []
    command = [*namespace, sys.executable, "-I", "-c", GIVER, str(tmp_path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.startswith(f"handing a file to the runner's user: wanted to give it to user {STRANGER}, found ")
    assert names(tmp_path) == []


def test_left_over_temporary_files_go_with_the_next_write_and_others_stay(tmp_path: Path) -> None:
    for name in (".file.okta-aws-0123", ".other.okta-aws-0123", ".file.swp"):
        (tmp_path / name).write_bytes(b"x")
    write(tmp_path / "file")
    assert names(tmp_path) == [".file.swp", ".other.okta-aws-0123", "file"]


def test_a_lock_file_that_nobody_holds_does_not_stop_a_write(tmp_path: Path) -> None:
    (tmp_path / "file.lock").touch()
    write(tmp_path / "file")
    assert names(tmp_path) == ["file"]


@contextmanager
def held(lock: Path) -> Iterator[int]:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield descriptor
    os.close(descriptor)


def test_a_lock_that_stays_held_ends_in_an_error_after_the_wait(tmp_path: Path) -> None:
    waited: list[float] = []
    with held(tmp_path / "file.lock"), pytest.raises(ExportError) as caught:
        rewrite(str(tmp_path / "file"), lambda _before: b"x", rules(tmp_path, wait_s=0.5, sleep=waited.append))
    assert sum(waited) == pytest.approx(0.5, abs=0.05)
    assert "file.lock" in caught.value.wanted
    assert names(tmp_path) == ["file.lock"]


def test_a_lock_that_is_let_go_is_taken(tmp_path: Path) -> None:
    with held(tmp_path / "file.lock") as descriptor:

        def sleep(_seconds: float) -> None:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

        rewrite(str(tmp_path / "file"), lambda _before: b"x", rules(tmp_path, sleep=sleep))
    assert names(tmp_path) == ["file"]


def test_a_lock_that_was_replaced_between_opening_and_locking_counts_for_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "file.lock"
    lock.touch()
    others: list[int] = []
    armed = [True]

    def replace_once(event: str, _arguments: object) -> None:
        # Python tells of each flock before it makes it. A hook stays for good; after its first act this one is idle.
        if event == "fcntl.flock" and armed:
            armed.clear()
            lock.unlink()
            others.append(os.open(lock, os.O_RDWR | os.O_CREAT))
            fcntl.flock(others[0], fcntl.LOCK_EX)

    def let_go(_seconds: float) -> None:
        os.close(others.pop())

    sys.addaudithook(replace_once)
    rewrite(str(tmp_path / "file"), lambda _before: b"x", rules(tmp_path, sleep=let_go))
    assert (others, names(tmp_path)) == ([], ["file"])


@pytest.mark.parametrize("kind", ["link", "directory"])
def test_a_lock_that_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    lock = tmp_path / "file.lock"
    if kind == "link":
        lock.symlink_to(tmp_path / "elsewhere")
    else:
        lock.mkdir()
    with pytest.raises(ExportError) as caught:
        write(tmp_path / "file")
    assert (caught.value.code, names(tmp_path)) == ("unsafe-file", ["file.lock"])


@needs_root
def test_a_lock_that_is_another_name_of_a_file_does_not_give_that_file_away(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.touch()
    (tmp_path / "file.lock").hardlink_to(victim)
    rewrite(str(tmp_path / "file"), lambda _before: b"x", rules(tmp_path, owner=Owner(STRANGER, STRANGER)))
    assert victim.stat().st_uid == os.geteuid()


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The kernel writes what fits and refuses the rest, as on a disk that fills up."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_was_cut_short_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with files_of_at_most(1000), pytest.raises(ExportError) as caught:
        write(tmp_path / "file", b"x" * 2000)
    assert caught.value.code == "export-failed"
    assert caught.value.found == os.strerror(errno.EFBIG).lower()
    assert (names(tmp_path), (tmp_path / "file").read_bytes()) == (["file"], b"old")


def test_reading_takes_small_regular_files_only(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_small(str(file), 5) == b"12345"
    link, fifo = tmp_path / "link", tmp_path / "fifo"
    link.symlink_to(file)
    os.mkfifo(fifo)
    reasons = {}
    for path, limit in ((file, 4), (link, 5), (fifo, 5), (tmp_path, 5), (tmp_path / "gone", 5)):
        with pytest.raises(OSError, match="Errno") as caught:
            read_small(str(path), limit)
        reasons[path.name] = caught.value.errno
    assert reasons == {
        "file": errno.EINVAL,
        "link": errno.ELOOP,
        "fifo": errno.EINVAL,
        tmp_path.name: errno.EINVAL,
        "gone": errno.ENOENT,
    }


def test_what_would_be_made_is_told_from_the_inside_out(tmp_path: Path) -> None:
    wanted = tmp_path / "a" / "b" / "file"
    assert missing(str(wanted)) == [str(wanted), str(wanted.parent), str(tmp_path / "a")]
    write(wanted, root=tmp_path)
    assert missing(str(wanted)) == []


def test_only_an_empty_folder_is_removed(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    removed = {
        name: remove_empty_folder(str(tmp_path / name), rules(tmp_path)) for name in ("link", "full", "empty", "gone")
    }
    assert removed == {"link": False, "full": False, "empty": True, "gone": False}
    assert names(tmp_path) == ["full", "link"]


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    write(tmp_path / "file")
    before = len(os.listdir("/proc/self/fd"))
    (tmp_path / "link").symlink_to("file")
    for _ in range(20):
        write(tmp_path / "file")
        with pytest.raises(ExportError):
            write(tmp_path / "link")
        with pytest.raises(ExportError):
            write(tmp_path / "file" / "deep" / "file", root=tmp_path)
    assert len(os.listdir("/proc/self/fd")) == before
