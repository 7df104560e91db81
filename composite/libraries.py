# SPDX-License-Identifier: Apache-2.0
"""The libraries of the forms without Docker, from lock files with hashes, in the runner's tool cache.

The action's own are those of the Docker image: for private keys and for signed requests. They are installed when the
first of them is imported, not before; whoever needs neither, as with a GitHub token or a client secret, installs
nothing. The next job finds what is there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from okta_aws.errors import SourceError

LOCKS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "requirements")
OF_THE_IMAGE = "image.lock"
OF_THE_COMMAND_LINE = "cli.lock"
OURS = frozenset({"cryptography", "jwt", "botocore"})
INSTALL_LIMIT_S = 300
WAIT_STEP_S = 0.2
_DOING = "installing the libraries that this needs"
# What pip may know of the runner: where packages come from, and how to get there. No inputs, no tokens; nothing that
# would put the files elsewhere.
_PASSED_ON = frozenset(
    {"PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE"}
    | {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_TRUSTED_HOST"}
)


class Libraries:
    """An import hook. ``environ``: the step's."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002  (the hook's signature)
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Where ``name`` is, for those libraries alone. Raises ``SourceError`` where they cannot be installed."""
        if name not in OURS:
            return None
        folder = installed(self._environ, OF_THE_IMAGE)
        sys.meta_path.remove(self)  # what they need in turn is found by the path
        sys.path.insert(0, folder)
        return PathFinder.find_spec(name, [folder], target)


def installed(environ: Mapping[str, str], lock_name: str) -> str:
    """The folder with the libraries of that lock file, for this Python; made when it is not there."""
    lock_file = os.path.join(LOCKS, lock_name)
    with open(lock_file, "rb") as file:
        digest = hashlib.sha256(file.read())
    digest.update(f"{sys.implementation.cache_tag} {sysconfig.get_platform()}".encode())
    root = _root(environ)
    folder = os.path.join(root, digest.hexdigest()[:16])
    if not os.path.isdir(folder):
        with _lock(f"{folder}.lock"):
            if not os.path.isdir(folder):  # nobody made it while we waited
                _install(folder, lock_file, environ)
    return folder


def _root(environ: Mapping[str, str]) -> str:
    """A folder of ours alone: in the tool cache, which outlives the job, else in the job's temporary one."""
    for name in ("RUNNER_TOOL_CACHE", "AGENT_TOOLSDIRECTORY", "RUNNER_TEMP"):
        if not os.path.isabs(environ.get(name, "")):
            continue
        root = os.path.join(environ[name], "okta-aws-action")
        try:
            os.makedirs(root, 0o700, exist_ok=True)
        except OSError:
            continue
        if _is_ours(root):
            return root
    raise _failed("no folder that can be written to", "set RUNNER_TEMP to a folder of the runner's user")


def _is_ours(folder: str) -> bool:
    # Code is loaded from here: nobody else may have put it there. Windows has no such owner and mode; there the tool
    # cache's own access list holds.
    found = os.lstat(folder)
    if not hasattr(os, "geteuid"):
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & 0o022 and os.access(folder, os.W_OK)


def _install(folder: str, lock_file: str, environ: Mapping[str, str]) -> None:
    _sweep(folder)
    # A name that nobody had before: pip leaves what it finds in its target, and in a container process ids recur.
    fresh = f"{folder}.{os.urandom(8).hex()}"
    print(f"installing the libraries of {os.path.basename(lock_file)}, once for this runner", flush=True)
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries=2"]
    exact = ["--require-hashes", "--only-binary=:all:", "--no-deps", "--requirement", lock_file]
    try:
        pip = subprocess.run(
            [sys.executable, "-I", "-m", "pip", "install", *quiet, *exact, "--target", fresh],
            env={name: value for name, value in environ.items() if name.upper() in _PASSED_ON},
            cwd=os.path.dirname(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=INSTALL_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        shutil.rmtree(fresh, ignore_errors=True)
        raise _failed(
            f"pip still at it after {INSTALL_LIMIT_S} s", "check the runner's way to its package index"
        ) from None
    if pip.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise _failed(_last_words(pip.stderr), "check that this Python has pip, and the runner's package index")
    os.rename(fresh, folder)


def _sweep(folder: str) -> None:
    """Removes what jobs that were killed in the middle left. Safe under the lock: no other is at it."""
    beginning = f"{os.path.basename(folder)}."
    with os.scandir(os.path.dirname(folder)) as entries:
        for entry in entries:
            if entry.name.startswith(beginning) and entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)


def _last_words(output: bytes) -> str:
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "an end without a word"


@contextmanager
def _lock(path: str) -> Iterator[None]:
    """Held by one process at a time; the system lets it go when that process ends, however it does."""
    with open(path, "ab") as file:
        deadline = time.monotonic() + INSTALL_LIMIT_S
        while not _taken(file.fileno()):
            if time.monotonic() > deadline:
                raise _failed(f"another job still at it after {INSTALL_LIMIT_S} s", f"end that job, or remove {path}")
            time.sleep(WAIT_STEP_S)
        yield


def _taken(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _failed(found: str, fix: str) -> SourceError:
    fixes = (fix, "put a step with actions/setup-python before this one, or use the Docker form, which brings them")
    return SourceError("python-packages", _DOING, wanted="the hash-locked libraries", found=found, fix=fixes)
