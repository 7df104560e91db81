# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: a clean environment, no connection but to loopback, in CI no skipping."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
# How long an example takes says how busy the machine is: a limit would fail a test by chance.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
OF_THE_MACHINE = re.compile(r"(AWS|OKTA|INPUT|GITHUB|ACTIONS|RUNNER)_|.*_PROXY$", re.IGNORECASE)


def pytest_configure() -> None:
    """Before any test or fixture: what a session-wide fixture starts has the clean environment too."""
    for name in [name for name in os.environ if OF_THE_MACHINE.match(name)]:
        del os.environ[name]
    os.environ["PATH"] = f"{ROOT / '.venv/bin'}:{ROOT / '.tools/bin'}:{os.environ['PATH']}"
    sys.addaudithook(refuse_the_network)


def refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook sees every connection of this process, whichever library makes it."""
    if event in ("socket.connect", "socket.sendto") and not is_local(arguments[1]):
        pytest.fail(f"a test reached for the network: {event} {arguments[1]!r}")
    if event == "socket.getaddrinfo" and not is_local(arguments):
        pytest.fail(f"a test asked for the address of {arguments[0]!r}; names of tests end in .invalid")


def is_local(address: object) -> bool:
    """An address of a Unix socket, of loopback, or a name that by RFC 6761 is never looked up outside."""
    if not isinstance(address, tuple) or not address[0]:
        return True
    host = address[0].decode() if isinstance(address[0], bytes) else str(address[0])
    if host == "localhost" or host.endswith((".localhost", ".invalid")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return without_skipping((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return without_skipping((yield))


def without_skipping(report: Report) -> Report:
    """A tool that is missing in CI is a failure of CI."""
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report
