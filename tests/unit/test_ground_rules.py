# SPDX-License-Identifier: Apache-2.0
"""What tests/ground_rules.py and scripts/offline promise of every test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_a_connection_to_anywhere_but_loopback_fails_the_test() -> None:
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match="reached for the network"):
        client.connect(("192.0.2.1", 9))


def test_a_name_of_the_world_is_not_looked_up() -> None:
    with pytest.raises(pytest.fail.Exception, match="asked for the address"):
        socket.getaddrinfo("example.com", 443)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_the_environment_of_the_machine_does_not_reach_a_test(tmp_path: Path) -> None:
    machine = {"AWS_REGION": "x", "INPUT_ROLE-TO-ASSUME": "x", "GITHUB_ENV": "x", "https_proxy": "x", "OKTA_AWS_A": "x"}
    probe = f"import os\ndef test_probe(): assert not {set(machine)!r} & set(os.environ)"
    assert run_probe(tmp_path, probe, machine) == pytest.ExitCode.OK


@pytest.mark.parametrize(
    "probe",
    [
        "import pytest\ndef test_probe(): pytest.skip('a tool is missing')",
        "import pytest\npytest.skip('a tool is missing', allow_module_level=True)",
    ],
)
def test_skipping_is_a_failure_in_ci_and_nowhere_else(tmp_path: Path, probe: str) -> None:
    assert run_probe(tmp_path, probe, {"CI": "true"}) not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert run_probe(tmp_path, probe, {"CI": ""}) in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def run_probe(folder: Path, probe: str, environ: dict[str, str]) -> int:
    """Exit status of pytest on one file under the ground rules."""
    (folder / "test_probe.py").write_text(probe)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "ground_rules", "--rootdir", str(folder)]
    environ = os.environ | environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT / "tests")}
    return subprocess.run(command, cwd=folder, env=environ, check=False, capture_output=True).returncode


def test_offline_leaves_nothing_but_loopback() -> None:
    probe = "import socket; socket.create_server(('127.0.0.1', 0)); print(socket.if_nameindex())"
    command = [str(ROOT / "scripts/offline"), sys.executable, "-c", probe]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "[(1, 'lo')]\n"
