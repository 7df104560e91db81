# SPDX-License-Identifier: Apache-2.0
"""Two jobs that write profiles into one file at once both get theirs in, and out again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROFILES = 50
JOB = """
import sys, time
from datetime import UTC, datetime
from okta_aws.credentials import Credentials
from okta_aws.exporters.base import apply_all
from okta_aws.exporters.profile import ProfileExporter, locate, remove_profile, rules_for
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
home, job, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
environ = {"HOME": home}
context = Context.from_environ(environ)
print("ready", flush=True)
sys.stdin.readline()
written = []
for number in range(count):
    name = f"{job}-{number}"
    keys = Credentials(f"TESTKEY{name}", Secret("TESTSECRET"), Secret("TESTTOKEN"), datetime.now(UTC), "", "", "", "")
    exporter = ProfileExporter(name, "eu-central-1", False, locate(environ, context, ""), home, None, time.sleep)
    written.append(exporter.written(keys))
    apply_all(exporter.plan(keys))
print("written", flush=True)
sys.stdin.readline()
for one in reversed(written):
    remove_profile(one, rules_for(home, None, time.sleep))
"""


def test_no_profile_of_two_jobs_gets_lost(tmp_path: Path) -> None:
    aws = tmp_path / ".aws"
    aws.mkdir()
    for name in ("credentials", "config"):
        (aws / name).write_text("# kept\n[mine]\nk = v\n")
    jobs = [start(tmp_path, name) for name in ("a", "b")]
    say(jobs, "ready\n")
    say(jobs, "written\n")
    expected = {f"{name}-{number}" for name in ("a", "b") for number in range(PROFILES)} | {"mine"}
    assert sections(aws / "credentials") == expected
    assert {name.removeprefix("profile ") for name in sections(aws / "config")} == expected
    assert [finish(job) for job in jobs] == [0, 0]
    assert {path.name: path.read_text() for path in aws.iterdir()} == {
        "credentials": "# kept\n[mine]\nk = v\n",
        "config": "# kept\n[mine]\nk = v\n",
    }


def start(home: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-c", JOB, str(home), name, str(PROFILES)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def say(jobs: list[subprocess.Popen[str]], awaited: str) -> None:
    """Waits until both are as far, then lets both go on at once."""
    for job in jobs:
        assert job.stdout is not None
        assert job.stdout.readline() == awaited
    for job in jobs:
        assert job.stdin is not None
        if awaited == "ready\n":
            job.stdin.write("\n")
            job.stdin.flush()


def finish(job: subprocess.Popen[str]) -> int:
    job.communicate("\n")
    return job.returncode


def sections(file: Path) -> set[str]:
    lines = file.read_text().splitlines()
    names = [line[1:-1] for line in lines if line.startswith("[")]
    assert len(names) == len(set(names))
    return set(names)
