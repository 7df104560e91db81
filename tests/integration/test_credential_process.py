# SPDX-License-Identifier: Apache-2.0
"""``okta-aws credential-process`` and its cache: real processes, files and sockets."""

from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from fakes import faults
from fakes.command import PROGRAM, Outcome, environment
from fakes.laptop import Laptop
from fakes.world import may_write
from okta_aws.demo.issuer import Client

COMMAND = "credential-process"


def folder(laptop: Laptop) -> Path:
    return laptop.home / ".cache/okta-aws/sessions"


def kept(laptop: Laptop) -> list[Path]:
    """The files of the cache."""
    return sorted(folder(laptop).iterdir()) if folder(laptop).exists() else []


def keys(outcome: Outcome) -> dict[str, str]:
    """The credentials that a call printed."""
    assert outcome.status == 0, outcome.err
    document: dict[str, str] = json.loads(outcome.out)
    return document


def call(laptop: Laptop, *more: str, **options: object) -> Outcome:
    return laptop.run(COMMAND, *laptop.flags, *more, **options)  # type: ignore[arg-type]


def test_a_second_call_gets_the_same_session_and_asks_nobody(laptop: Laptop) -> None:
    bucket = laptop.account.bucket()
    first = keys(call(laptop))
    asked = len(laptop.issuer.requests), len(laptop.aws.requests)
    assert keys(call(laptop)) == first
    assert (len(laptop.issuer.requests), len(laptop.aws.requests)) == asked
    assert laptop.aws.exchanges == 1
    assert may_write(laptop.aws, first, bucket, "allowed/key")


def test_what_is_kept_is_for_its_owner_alone_and_holds_no_secret_of_okta(laptop: Laptop) -> None:
    call(laptop)
    (file,) = kept(laptop)
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder(laptop).stat().st_mode & 0o777 == 0o700
    assert laptop.secret not in file.read_text() + file.name


def test_a_cached_call_loads_neither_click_nor_the_settings(laptop: Laptop) -> None:
    call(laptop)
    python = PROGRAM.with_name("python")
    command: list[str | Path] = [python, "-I", "-X", "importtime", PROGRAM, COMMAND, *laptop.flags]
    done = subprocess.run(
        command, env=environment(laptop.environ), capture_output=True, text=True, check=True, cwd=laptop.home
    )
    assert "okta_aws.store.sessions" in done.stderr
    assert not [
        name for name in ("click", "json", "okta_aws.settings", "dataclasses", "ssl") if f"| {name}\n" in done.stderr
    ]


def test_fifty_processes_at_once_make_one_exchange(laptop: Laptop) -> None:
    command: list[str | Path] = [PROGRAM, COMMAND, *laptop.flags]
    started = [
        subprocess.Popen(
            command, env=environment(laptop.environ), cwd=laptop.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(50)
    ]
    told = [process.communicate(timeout=120) for process in started]
    assert {process.returncode for process in started} == {0}, told
    assert len({out for out, _ in told}) == 1
    assert {err for _, err in told} == {b""}
    assert laptop.aws.exchanges == 1


def test_no_cache_neither_reads_nor_writes(laptop: Laptop) -> None:
    keys(call(laptop, "--no-cache"))
    assert kept(laptop) == []
    first = keys(call(laptop))
    assert keys(call(laptop, "--no-cache")) != first
    assert laptop.aws.exchanges == 3


POLICY = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
CHANGES: dict[str, list[str]] = {
    "duration": ["--role-duration-seconds", "1800"],
    "session name": ["--role-session-name", "other"],
    "policy": ["--inline-session-policy", POLICY],
    "managed policy": ["--managed-session-policies", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
    "scope": ["--okta-scope", "aws"],
    "audience": ["--audience", "api://aws"],
    "region": ["--aws-region", "eu-central-1"],
    "retries": ["--retry-max-attempts", "3"],
    "guard": ["--allowed-account-ids", "111111111111"],
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_shapes_the_session_makes_it_another_one(laptop: Laptop, change: str) -> None:
    call(laptop)
    again = call(laptop, *CHANGES[change])
    if change == "guard":
        assert (again.status, again.out) == (6, "")
    else:
        keys(again)
        assert laptop.aws.exchanges == 2


def test_a_variable_of_ours_makes_it_another_one(laptop: Laptop) -> None:
    call(laptop)
    keys(call(laptop, environ={"OKTA_AWS_ROLE_SESSION_NAME": "other"}))
    assert laptop.aws.exchanges == 2


def test_a_variable_of_others_does_not(laptop: Laptop) -> None:
    call(laptop)
    keys(call(laptop, environ={"AWS_PROFILE": "deploy", "TERM": "dumb"}))
    assert laptop.aws.exchanges == 1


def test_a_changed_profile_makes_it_another_one(laptop: Laptop) -> None:
    path = laptop.toml("deploy")
    keys(laptop.run(COMMAND, "--profile", "deploy"))
    keys(laptop.run(COMMAND, "--profile", "deploy"))
    assert laptop.aws.exchanges == 1
    path.write_text(path.read_text() + 'role-session-name = "other"\n')
    keys(laptop.run(COMMAND, "--profile", "deploy"))
    assert laptop.aws.exchanges == 2


def test_a_settings_file_that_is_new_counts_at_once(laptop: Laptop) -> None:
    call(laptop)
    laptop.toml("default").write_text("[default]\nretry-max-atempts = 3\n")
    outcome = call(laptop)
    assert outcome.status == 2
    assert "did you mean retry-max-attempts?" in outcome.err


def test_a_changed_secret_file_makes_it_another_one(laptop: Laptop) -> None:
    call(laptop)
    laptop.secret_file.write_text("something else\n")
    assert call(laptop).status == 3


def test_a_relative_path_means_another_file_in_another_folder(laptop: Laptop, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "token").write_text("no token at all")
    claims = laptop.issuer.token_for(Client("0oaLAPTOP", secret=laptop.secret), ["aws"])
    (laptop.home / "token").write_text(claims)
    flags = [*laptop.flags[6:], "--web-identity-token-file", "token"]
    keys(laptop.run(COMMAND, *flags))
    assert laptop.run(COMMAND, *flags, cwd=other).status == 4
    keys(laptop.run(COMMAND, *flags))
    assert laptop.aws.exchanges == 1


def test_a_secret_from_standard_input_is_asked_for_each_time(laptop: Laptop) -> None:
    flags = [word if word != str(laptop.secret_file) else "-" for word in laptop.flags]
    keys(laptop.run(COMMAND, *flags, given=laptop.secret))
    assert kept(laptop) == []


def test_five_minutes_before_its_end_a_session_is_renewed(laptop: Laptop) -> None:
    first = keys(call(laptop, "--role-duration-seconds", "900"))
    (file,) = kept(laptop)
    # A minute of room for the processes: AWS tells the end in whole seconds, and it is counted from the answer.
    backdate(file, 540)
    assert keys(call(laptop, "--role-duration-seconds", "900")) == first
    backdate(file, 601)
    assert keys(call(laptop, "--role-duration-seconds", "900")) != first
    assert laptop.aws.exchanges == 2


def backdate(file: Path, seconds: float) -> None:
    """Makes the session one that began ``seconds`` ago."""
    from okta_aws.store import sessions

    body = file.read_bytes().split(b"\n", 2)[2].decode().split("\n")
    answer, files = body[-1], body[1:-1]
    known = {os.fsdecode(bytes.fromhex(line.split(" ")[1])): line.split(" ")[0] for line in files}
    lasts = float(body[0].split(" ")[2])
    file.write_bytes(sessions.entry(answer, lasts, known, "", time.time() - seconds, time.monotonic() - seconds))


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_by_an_hour_costs_one_exchange(laptop: Laptop, hours: int) -> None:
    call(laptop)
    (file,) = kept(laptop)
    backdate(file, hours * 3600)
    keys(call(laptop))
    assert laptop.aws.exchanges == 2
    keys(call(laptop))
    assert laptop.aws.exchanges == 2


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "half": lambda data: data[: len(data) // 2],
    "one byte": lambda data: data[:-40] + bytes([data[-40] ^ 1]) + data[-39:],
    "another format": lambda data: data.replace(b"session ", b"session 9", 1),
    "noise": lambda data: os.urandom(len(data)),
    "huge": lambda data: data * 300,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_replaced(laptop: Laptop, damage: str) -> None:
    call(laptop)
    (file,) = kept(laptop)
    file.write_bytes(DAMAGE[damage](file.read_bytes()))
    second = call(laptop)
    assert second.err == ""
    keys(second)
    assert keys(call(laptop)) == keys(second)
    assert laptop.aws.exchanges == 2


@pytest.mark.parametrize("moment", [0.02, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.4])
def test_a_process_that_is_killed_leaves_nothing_that_troubles_the_next(laptop: Laptop, moment: float) -> None:
    started = subprocess.Popen(
        [PROGRAM, COMMAND, *laptop.flags], env=environment(laptop.environ), cwd=laptop.home, stdout=subprocess.DEVNULL
    )
    time.sleep(moment)
    started.send_signal(signal.SIGKILL)
    started.wait()
    outcome = call(laptop)
    assert outcome.err == ""
    assert keys(call(laptop)) == keys(outcome)
    assert len([path for path in kept(laptop) if path.name.endswith(".lock")]) == 0


def give_away(path: Path) -> None:
    os.chown(path, 12345, 12345)


# What is done to the file or to its folder, and the words that say so.
DOUBTS: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a file that others may read": ("file", lambda path: path.chmod(0o644), "mode 0644"),
    "a file that others may write": ("file", lambda path: path.chmod(0o602), "mode 0602"),
    "a folder that others may enter": ("folder", lambda path: path.chmod(0o755), "mode 0755"),
}
if os.geteuid() == 0:
    DOUBTS["somebody else's folder"] = ("folder", give_away, "belongs to user 12345")
    DOUBTS["somebody else's file"] = ("file", give_away, "belongs to user 12345")


@pytest.mark.parametrize("doubt", DOUBTS)
def test_what_is_not_ours_alone_is_refused(laptop: Laptop, doubt: str) -> None:
    call(laptop)
    (file,) = kept(laptop)
    place, change, words = DOUBTS[doubt]
    change(file if place == "file" else file.parent)
    outcome = call(laptop)
    assert (outcome.status, outcome.out) == (7, "")
    assert outcome.err.startswith("error[unsafe-file]")
    assert words in outcome.err
    assert keys(call(laptop, "--no-cache"))


@pytest.mark.parametrize("kind", ["symbolic link", "hard link", "FIFO", "folder"])
def test_something_else_in_the_place_of_a_file_is_refused(laptop: Laptop, kind: str, tmp_path: Path) -> None:
    call(laptop)
    (file,) = kept(laptop)
    content = file.read_bytes()
    file.unlink()
    bait = tmp_path / "bait"
    bait.write_bytes(content)
    bait.chmod(0o600)
    makers: dict[str, Callable[[], object]] = {
        "symbolic link": lambda: file.symlink_to(bait),
        "hard link": lambda: file.hardlink_to(bait),
        "FIFO": lambda: os.mkfifo(file, 0o600),
        "folder": file.mkdir,
    }
    makers[kind]()
    outcome = call(laptop)
    assert (outcome.status, outcome.out) == (7, "")
    assert outcome.err.startswith("error[unsafe-file]")
    assert bait.read_bytes() == content


def test_a_link_in_the_place_of_the_folder_is_refused(laptop: Laptop, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    folder(laptop).parent.mkdir(parents=True, mode=0o700)
    folder(laptop).symlink_to(elsewhere)
    outcome = call(laptop)
    assert (outcome.status, outcome.out) == (7, "")
    assert list(elsewhere.iterdir()) == []


def test_a_cache_folder_that_is_a_link_by_the_users_own_choice_is_fine(laptop: Laptop, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (laptop.home / ".cache").symlink_to(scratch)
    assert keys(call(laptop)) == keys(call(laptop))
    assert laptop.aws.exchanges == 1


@contextmanager
def unwritable(home: Path, kind: str) -> Iterator[None]:
    """A disk under the cache that takes nothing; ``kind`` says why."""
    cache = home / ".cache"
    cache.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0700,size=4k,nr_inodes=9", "tmpfs", cache], check=True)
    try:
        if kind == "full disk":
            (cache / "ballast").write_bytes(b"x" * 4096)
        else:
            subprocess.run(["mount", "-o", "remount,ro", cache], check=True)
        yield
    finally:
        subprocess.run(["umount", cache], check=True)


@contextmanager
def limited(home: Path, kind: str) -> Iterator[None]:  # noqa: ARG001
    """No file may grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# Only root may mount.
TROUBLES = {"file size": (limited, "file too large")} | (
    {"full disk": (unwritable, "no space left on device"), "read-only disk": (unwritable, "read-only file system")}
    if os.geteuid() == 0
    else {}
)


@pytest.mark.parametrize("kind", TROUBLES)
def test_without_room_for_a_cache_it_works_and_says_so(laptop: Laptop, kind: str) -> None:
    trouble, words = TROUBLES[kind]
    with trouble(laptop.home, kind):
        outcome = call(laptop)
    keys(outcome)
    assert outcome.err.startswith("warning: nothing was kept in the cache of sessions; ")
    assert words in outcome.err
    assert laptop.aws.exchanges == 1


@pytest.mark.parametrize("home", ["", "/dev/null", "relative"])
def test_without_a_home_it_works_and_says_so(laptop: Laptop, home: str) -> None:
    outcome = call(laptop, environ={"HOME": home})
    keys(outcome)
    assert outcome.err == "warning: nothing is kept; there is no folder for caches: set HOME, or say --no-cache\n"


def test_a_refusal_is_not_kept(laptop: Laptop) -> None:
    laptop.aws.faults.append(faults.access_denied())
    outcome = call(laptop)
    assert (outcome.status, outcome.out) == (5, "")
    assert kept(laptop) == []
    keys(call(laptop))


def test_sessions_that_ended_long_ago_are_swept_out(laptop: Laptop) -> None:
    call(laptop)
    (old,) = kept(laptop)
    os.utime(old, (time.time() - 50_000,) * 2)
    call(laptop, "--role-session-name", "other")
    assert len(kept(laptop)) == 1
    assert kept(laptop) != [old]


def run_with(stdout: int, laptop: Laptop) -> subprocess.CompletedProcess[bytes]:
    command: Sequence[str | Path] = [PROGRAM, COMMAND, *laptop.flags]
    return subprocess.run(
        command, env=environment(laptop.environ), cwd=laptop.home, stdout=stdout, stderr=subprocess.PIPE, check=False
    )


def test_a_reader_that_left_is_no_defect_cached_or_not(laptop: Laptop) -> None:
    for _ in range(2):
        reader, writer = os.pipe()
        os.close(reader)
        done = run_with(writer, laptop)
        os.close(writer)
        assert (done.returncode, done.stderr) == (1, b"")


def test_a_closed_output_is_said_cached_or_not(laptop: Laptop) -> None:
    script = f"{shlex.join([str(PROGRAM), COMMAND, *laptop.flags])} >&-"
    for _ in range(2):
        done = subprocess.run(
            ["sh", "-c", script], env=environment(laptop.environ), cwd=laptop.home, capture_output=True, check=False
        )
        assert done.returncode == 7
        assert done.stderr.startswith(b"error[export-failed]: writing the result: bad file descriptor")


def test_a_full_disk_under_the_output_is_said_cached_or_not(laptop: Laptop) -> None:
    for _ in range(2):
        with Path("/dev/full").open("w") as full:
            done = run_with(full.fileno(), laptop)
        assert done.returncode == 7
        assert done.stderr.startswith(b"error[export-failed]: writing the result: no space left on device")
