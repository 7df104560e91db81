# SPDX-License-Identifier: Apache-2.0
"""The socket between Atlantis's user and the helper: bounded, and each end knows whom it talks to."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from okta_aws.atlantis.helper_server import Answer, HelperServer, Limits, Place
from okta_aws.atlantis.helper_socket import MAX_ANSWER, MAX_REQUEST, ask
from okta_aws.errors import AtlantisError, NetworkError

ME = os.geteuid()
NOBODY = 65534


def echo(request: Mapping[str, Any], note: dict[str, Any]) -> Mapping[str, Any]:
    note["seen"] = True
    return {"got": request.get("text", "")}


@contextmanager
def helper(
    path: Path,
    answers: Mapping[str, Answer] | None = None,
    clients: frozenset[int] = frozenset({ME}),
    limits: Limits | None = None,
) -> Iterator[list[Mapping[str, Any]]]:
    audit: list[Mapping[str, Any]] = []
    server = HelperServer(Place(str(path), None), answers or {"echo": echo}, clients, audit.append, limits)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield audit
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def asked(path: Path, request: Mapping[str, Any], timeout_s: float = 5) -> Mapping[str, Any]:
    return ask(str(path), request, timeout_s=timeout_s, helper_uid=ME)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "helper.sock"


def audited(audit: list[Mapping[str, Any]], count: int) -> list[Mapping[str, Any]]:
    """The lines, once there are so many: they are written after the answer."""
    until = time.monotonic() + 5
    while len(audit) < count and time.monotonic() < until:
        time.sleep(0.01)
    assert len(audit) == count
    return audit


def test_a_request_gets_its_result_and_a_line_of_audit(path: Path) -> None:
    with helper(path) as audit:
        assert asked(path, {"request": "echo", "text": "hällo", "user": "octocat", "other": "x"}) == {"got": "hällo"}
        (line,) = audited(audit, 1)
    assert line == {
        "pid": os.getpid(),
        "uid": ME,
        "request": "echo",
        "user": "octocat",
        "seen": True,
        "outcome": "answered",
    }


def test_the_socket_is_for_owner_and_group_alone_and_gone_afterwards(path: Path) -> None:
    with helper(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert not path.exists()


def refusing(_request: Mapping[str, Any], _note: dict[str, Any]) -> Mapping[str, Any]:
    raise NetworkError("network-timeout", "asking Okta", wanted="a", found="b", fix=("c", "d"))


def broken(_request: Mapping[str, Any], _note: dict[str, Any]) -> Mapping[str, Any]:
    raise RuntimeError("hunter2")


def too_much(_request: Mapping[str, Any], _note: dict[str, Any]) -> Mapping[str, Any]:
    return {"text": "x" * MAX_ANSWER}


def test_a_refusal_arrives_with_all_its_parts(path: Path) -> None:
    with helper(path, {"ask": refusing}) as audit:
        with pytest.raises(AtlantisError) as refused:
            asked(path, {"request": "ask"})
        assert audited(audit, 1)[0]["code"] == "network-timeout"
    error = refused.value
    assert (error.code, error.doing, error.wanted, error.found) == ("network-timeout", "asking Okta", "a", "b")
    assert (error.fix, error.exit_status) == (("c", "d"), 8)


@pytest.mark.parametrize("answer", [broken, too_much])
def test_a_defect_and_too_long_an_answer_are_refusals_that_show_nothing(path: Path, answer: Answer) -> None:
    with helper(path, {"ask": answer, "echo": echo}) as audit:
        with pytest.raises(AtlantisError):
            asked(path, {"request": "ask"})
        assert asked(path, {"request": "echo"}) == {"got": ""}
        assert "hunter2" not in json.dumps(audited(audit, 2))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"nonsense\n",
        b"[]\n",
        b'"a"\n',
        b"[" * 10_000 + b"\n",
        b'{"request": "nonsense"}\n',
        b'{"request": ["echo"]}\n',
        b'{"request": "echo"',
        b"\xff\xfe\n",
    ],
)
def test_garbage_is_refused_and_the_next_request_is_answered(path: Path, line: bytes) -> None:
    with helper(path, limits=Limits(read_s=0.3)) as audit:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(line)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").readline()
        assert json.loads(answer)["error"]["code"] == "atlantis-helper"
        assert asked(path, {"request": "echo", "text": "x"}) == {"got": "x"}
        assert audited(audit, 2)[0]["outcome"] == "refused"


def test_too_long_a_request_is_refused(path: Path) -> None:
    with helper(path) as audit:
        with pytest.raises(AtlantisError) as refused:
            asked(path, {"request": "echo", "text": "x" * MAX_REQUEST})
        assert refused.value.code == "atlantis-helper"
        assert audited(audit, 1)[0]["reason"].endswith(f"found more than {MAX_REQUEST} bytes")


def test_who_drips_a_request_is_cut_off(path: Path) -> None:
    with helper(path, limits=Limits(read_s=0.3)), socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.settimeout(5)
        cut_off = False
        until = time.monotonic() + 5
        while not cut_off and time.monotonic() < until:
            time.sleep(0.02)
            try:
                connection.sendall(b"x")
            except OSError:
                cut_off = True
        assert cut_off


def test_more_at_once_than_it_works_on_wait_for_their_turn(path: Path) -> None:
    go, inside = threading.Event(), threading.Semaphore(0)
    got: list[str] = []

    def wait(_request: Mapping[str, Any], _note: dict[str, Any]) -> Mapping[str, Any]:
        inside.release()
        go.wait(10)
        return {}

    def late() -> None:
        got.append(asked(path, {"request": "echo", "text": "x"}, timeout_s=20)["got"])

    with helper(path, {"wait": wait, "echo": echo}, limits=Limits(at_once=2)):
        threads = [threading.Thread(target=asked, args=(path, {"request": "wait"}, 20)) for _ in range(2)]
        for thread in threads:
            thread.start()
            assert inside.acquire(timeout=10)
        with pytest.raises(AtlantisError, match="none within"):
            asked(path, {"request": "echo"}, timeout_s=0.2)
        waiting = threading.Thread(target=late)
        waiting.start()
        go.set()
        for thread in (*threads, waiting):
            thread.join(20)
    assert got == ["x"]


def test_without_a_log_nothing_is_given_and_the_next_request_is_answered(path: Path) -> None:
    lines: list[Mapping[str, Any]] = []

    def audit(note: Mapping[str, Any]) -> None:
        lines.append(note)
        if len(lines) == 1:
            raise OSError("no space left")

    server = HelperServer(Place(str(path), None), {"echo": echo}, frozenset({ME}), audit, Limits(at_once=1))
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        with pytest.raises(AtlantisError, match="ended early"):
            asked(path, {"request": "echo", "text": "x"})
        assert asked(path, {"request": "echo", "text": "x"}) == {"got": "x"}
    finally:
        server.stop()
        thread.join(10)


def test_who_does_not_take_the_answer_is_in_the_log(path: Path) -> None:
    def much(_request: Mapping[str, Any], _note: dict[str, Any]) -> Mapping[str, Any]:
        return {"text": "x" * (MAX_ANSWER - 100)}

    with helper(path, {"much": much}, limits=Limits(read_s=0.3)) as audit, socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(b'{"request": "much"}\n')
        assert [line["outcome"] for line in audited(audit, 2)] == ["answered", "unsent"]


CLIENT = """
import sys
from okta_aws.atlantis.helper_socket import ask
from okta_aws.errors import Error
try:
    print(ask(sys.argv[1], {"request": "echo", "text": "x"}, timeout_s=5))
except Error as error:
    print(error.code, error.found)
"""


def as_user(uid: int, *command: str) -> str:
    """What a process of another user says; only root can start one."""
    become_root = [] if ME == 0 else ["sudo", "-n", "--preserve-env=PATH,PYTHONPATH,PYTHONDONTWRITEBYTECODE"]
    done = subprocess.run(
        [*become_root, "setpriv", f"--reuid={uid}", "--regid=0", "--clear-groups", sys.executable, "-c", *command],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.stdout.strip()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can reach, which those of tests are not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def test_a_process_of_a_user_that_is_no_client_gets_nothing(open_folder: Path) -> None:
    path = open_folder / "helper.sock"
    with helper(path) as audit:
        assert as_user(NOBODY, CLIENT, str(path)) == f"atlantis-helper one of user {NOBODY}"
        assert audited(audit, 1)[0]["uid"] == NOBODY


def test_atlantis_and_a_helper_of_another_user_understand_each_other(open_folder: Path) -> None:
    path = open_folder / "helper.sock"
    with helper(path, clients=frozenset({NOBODY})):
        assert as_user(NOBODY, CLIENT, str(path)) == "{'got': 'x'}"


WITHOUT_THREADS = """
import os, resource, socket, tempfile, threading
from okta_aws.atlantis.helper_server import HelperServer, Place
from okta_aws.atlantis.helper_socket import ask
with tempfile.TemporaryDirectory(dir="/tmp") as folder:
    path, me = folder + "/helper.sock", os.geteuid()
    echo = {"echo": lambda request, note: {"got": request["text"]}}
    server = HelperServer(Place(path, None), echo, frozenset({me}), lambda note: None)
    serving = threading.Thread(target=server.serve)
    serving.start()
    _, most = resource.getrlimit(resource.RLIMIT_NPROC)
    resource.setrlimit(resource.RLIMIT_NPROC, (1, most))
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(path)
        print("without:", connection.recv(1))
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    print("with:", ask(path, {"request": "echo", "text": "x"}, timeout_s=5, helper_uid=me)["got"])
    server.stop()
    serving.join(10)
"""


def test_a_helper_that_gets_no_thread_for_a_request_answers_the_next() -> None:
    own = 60_000 + os.getpid() % 5_000  # the kernel counts the threads of a user: one that has no others
    assert as_user(own, WITHOUT_THREADS) == "without: b''\nwith: x"


def test_a_helper_of_the_own_user_is_not_believed(path: Path) -> None:
    with helper(path):
        with pytest.raises(AtlantisError, match="another user"):
            ask(str(path), {"request": "echo"}, timeout_s=5)
        with pytest.raises(AtlantisError, match=f"wanted user {ME + 1}, found a helper of user {ME}"):
            ask(str(path), {"request": "echo"}, timeout_s=5, helper_uid=ME + 1)


@contextmanager
def impostor(path: Path, answer: bytes, pause_s: float = 0) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                time.sleep(pause_s)
                with suppress(OSError):
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        thread.join(5)


@pytest.mark.parametrize(
    "answer",
    [b"", b"\n", b"{}\n", b"[]\n", b'{"result": "pass"}\n', b'{"result": {}', b"HTTP/1.1 200 OK\r\n\r\n", b"\xff\n"],
)
def test_an_answer_that_makes_no_sense_is_none(path: Path, answer: bytes) -> None:
    with impostor(path, answer), pytest.raises(AtlantisError) as refused:
        asked(path, {"request": "echo"})
    assert refused.value.code == "atlantis-helper"


def test_a_refusal_of_an_unknown_kind_is_still_one(path: Path) -> None:
    answer = {"error": {"code": ["x"], "doing": 7, "fix": "no list", "found": "z" * 10_000}}
    with impostor(path, json.dumps(answer).encode() + b"\n"), pytest.raises(AtlantisError) as refused:
        asked(path, {"request": "echo"})
    assert refused.value.code == "atlantis-helper"
    assert len(refused.value.found) == 2000


def test_a_helper_that_is_too_slow_is_not_waited_for(path: Path) -> None:
    with impostor(path, b"{}\n", pause_s=1), pytest.raises(AtlantisError, match=r"none within 0\.2 s"):
        asked(path, {"request": "echo"}, timeout_s=0.2)


@pytest.mark.parametrize("what", ["nothing", "a file", "a socket that nobody listens on"])
def test_where_no_helper_is_there_is_no_answer(path: Path, what: str) -> None:
    if what == "a file":
        path.write_text("")
    elif what != "nothing":
        with socket.socket(socket.AF_UNIX) as deaf:
            deaf.bind(str(path))
    with pytest.raises(AtlantisError) as refused:
        asked(path, {"request": "echo"})
    assert refused.value.code == "atlantis-helper"


def test_what_a_killed_helper_left_is_replaced(path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    with helper(path):
        assert asked(path, {"request": "echo", "text": "x"}) == {"got": "x"}


def test_a_helper_that_listens_is_not_pushed_aside(path: Path) -> None:
    with helper(path):
        with pytest.raises(AtlantisError, match="another helper"):
            HelperServer(Place(str(path), None), {}, frozenset(), print)
        assert asked(path, {"request": "echo", "text": "x"}) == {"got": "x"}


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_a_folder_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(AtlantisError, match="others can write to its folder"):
        HelperServer(Place(str(folder / "helper.sock"), None), {}, frozenset(), print)
    assert list(folder.iterdir()) == []


IN_THE_FOLDER_OF_ANOTHER = """
import sys
from okta_aws.atlantis.helper_server import HelperServer, Place
from okta_aws.errors import Error
try:
    HelperServer(Place(sys.argv[1], None), {}, frozenset(), print)
except Error as error:
    print(error.found)
"""


def test_a_folder_of_another_user_is_refused() -> None:
    mine = as_user(NOBODY, "import tempfile; print(tempfile.mkdtemp(dir='/tmp'))")
    try:
        said = as_user(0, IN_THE_FOLDER_OF_ANOTHER, f"{mine}/helper.sock")
        assert said == f"{mine}/helper.sock: its folder belongs to user {NOBODY}"
    finally:
        as_user(0, f"import shutil; shutil.rmtree({mine!r})")


def test_a_link_in_its_place_is_not_followed(path: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(outside))
    path.symlink_to(outside)
    with pytest.raises(AtlantisError, match="something else"):
        HelperServer(Place(str(path), None), {}, frozenset(), print)
    assert outside.exists()
    assert path.is_symlink()


def test_something_else_in_its_place_is_left_alone(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(AtlantisError, match="something else"):
        HelperServer(Place(str(path), None), {}, frozenset(), print)
    assert path.read_text() == "mine"
