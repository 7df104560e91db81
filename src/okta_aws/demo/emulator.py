# SPDX-License-Identifier: Apache-2.0
"""Makes, starts and stops the AWS emulator (ministack).

It has a virtual environment of its own, because it pins a version of botocore, made once from ``emulator.lock`` with
hashes. It runs with an empty environment, its state in a folder that goes away with it, and listens on the loopback
interface alone.

What it enforces with ``AUTH=true``, found by trying version 1.5.33: signatures; identity policies, permission
boundaries and session policies on sessions made by AssumeRole; trust policies, of a web identity the keys ``aud``,
``sub`` and ``amr``. Each account is a world of its own: its root user's key id is the account number, and one secret
serves them all.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from okta_aws.demo.web import LOOPBACK

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient
    from types_boto3_sts import STSClient

LOCK = Path(__file__).with_name("emulator.lock")
REGION: Final = "eu-west-1"
START_S = 30
HEALTH = "/_ministack/health"
_ONCE = Config(retries={"total_max_attempts": 1})


class EmulatorError(Exception):
    """The emulator could not be installed or started; the text says what it said itself."""


def install(cache: Path) -> Path:
    """The Python of the emulator's environment under ``cache``, made if it is not there yet.

    Two processes may call this at once: the second waits for the first. An interrupted installation is begun anew.
    """
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    home = cache / f"emulator-{wanted}"
    python = home / "bin" / "python"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "emulator.installing").open("w") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            _make_environment(home, python)
    return python


def _make_environment(home: Path, python: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    # Not compiled: of its thousands of modules a few are ever imported.
    pip = [str(python), "-I", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile"]
    for command in (
        [sys.executable, "-I", "-m", "venv", str(home)],
        [*pip, "--require-hashes", "--no-deps", "-r", str(LOCK)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - all of it is ours
        if done.returncode != 0:
            raise EmulatorError(f"installing the AWS emulator failed:\n{done.stdout}{done.stderr}")
    (home / "complete").touch()


class Emulator:
    """A running emulator. Use it as a context manager.

    An administrator signs with the account number as key id and ``admin_secret``; ``iam`` and ``sts`` are such clients.
    """

    def __init__(self, python: Path) -> None:
        """``python``: what ``install`` answered."""
        self._python = python
        self._state = Path(tempfile.mkdtemp(prefix="okta-aws-emulator-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._boto = boto3.session.Session(region_name=REGION)
        self._lock = threading.Lock()
        self._iam: dict[str, IAMClient] = {}
        self._sts: dict[str, STSClient] = {}
        self.admin_secret = secrets.token_urlsafe(30)
        self.port = 0

    def __enter__(self) -> Self:
        # The port is free when it is looked for and may be taken when it is used: then the next one.
        for _ in range(5):
            self.port = _free_port()
            self._process = self._started()
            if self._answers(self._process):
                return self
            self._stop()
        told = self._log().read_text(errors="replace")[-2000:]
        self.__exit__()
        raise EmulatorError(f"the AWS emulator did not start:\n{told}")

    def __exit__(self, *_: object) -> None:
        for client in (*self._iam.values(), *self._sts.values()):
            client.close()
        self._stop()
        shutil.rmtree(self._state, ignore_errors=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"

    def iam(self, account: str) -> IAMClient:
        """IAM as the root user of ``account``."""
        with self._lock:
            if account not in self._iam:
                self._iam[account] = self._boto.client(
                    "iam",
                    endpoint_url=self.url,
                    aws_access_key_id=account,
                    aws_secret_access_key=self.admin_secret,
                    config=_ONCE,
                )
            return self._iam[account]

    def sts(self, account: str) -> STSClient:
        """STS as the root user of ``account``."""
        return self._sts_client(account, _ONCE)

    def anonymous_sts(self) -> STSClient:
        """STS as nobody, for the operations that need no credentials."""
        return self._sts_client("anonymous", _ONCE.merge(Config(signature_version=UNSIGNED)))

    def _sts_client(self, key_id: str, config: Config) -> STSClient:
        with self._lock:
            if key_id not in self._sts:
                # Keys are given always, so that boto3 never looks for those of the person who runs this.
                self._sts[key_id] = self._boto.client(
                    "sts",
                    endpoint_url=self.url,
                    aws_access_key_id=key_id,
                    aws_secret_access_key=self.admin_secret,
                    config=config,
                )
            return self._sts[key_id]

    def _log(self) -> Path:
        return self._state / "emulator.log"

    def _started(self) -> subprocess.Popen[bytes]:
        environment = {
            "AUTH": "true",
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.port),
            "AWS_SECRET_ACCESS_KEY": self.admin_secret,
            "HOME": str(self._state),
            "TMPDIR": str(self._state),
            "S3_DATA_DIR": str(self._state / "s3"),
            "PATH": os.defpath,
            "LOG_LEVEL": "WARNING",
        }
        with self._log().open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - all of it is ours
                [str(self._python), "-I", "-m", "ministack"], env=environment, cwd=self._state, stdout=log, stderr=log
            )

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and process.poll() is None:
            connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=START_S)
            with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
                connection.request("GET", HEALTH)
                if connection.getresponse().status == 200:
                    return True
            time.sleep(0.05)
        return False

    def _stop(self) -> None:
        if self._process is not None:
            # Asked politely, it waits seconds for idle connections to end; it has nothing to save.
            self._process.kill()
            self._process.wait()
        self._process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
