# SPDX-License-Identifier: Apache-2.0
"""A real Atlantis on loopback with the settings of our composition, and our helper beside it as another user.

Its way to GitHub is a proxy that knows one name; git takes the repository from this machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from fakes.atlantis_github import AtlantisGithub, deliver
from fakes.github_api import Object, Pull
from fakes.leaks import marked
from okta_aws.demo.names import Names

ROOT = Path(__file__).resolve().parents[2]
COMPOSITION = ROOT / "docker/atlantis/compose.yaml"
ATLANTIS, HELPER, GROUP = 100, 101, 1000
BOT = "acme-bot"
PERMISSIONS = frozenset({"contents", "pull-requests:write", "members"})
YAML_FILE = "gh-user: {}\ngh-token: {}\ngh-webhook-secret: {}\n"
START_S, ANSWER_S = 60, 60


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def owned(path: Path, uid: int, mode: int, text: str | None = None) -> Path:
    """A folder, or a file with ``text``, of that user."""
    if text is None:
        path.mkdir()
    else:
        path.write_text(text)
    path.chmod(mode)
    os.chown(path, uid, GROUP)
    return path


@dataclass(frozen=True)
class Place:
    """The folders of one run; all may be walked through by every user, as the image's."""

    folder: Path

    @property
    def programs(self) -> Path:
        return self.folder / "bin"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def socket(self) -> Path:
        return self.folder / "run" / "helper.sock"

    @classmethod
    def made(cls, folder: Path) -> Place:
        """New ones: the image's users, owners and modes."""
        if os.geteuid() != 0:
            pytest.fail("wanted root, to run Atlantis and the helper as two users, found another user")
        place = cls(folder)
        folder.chmod(0o755)
        for path, uid, mode in ((place.home, ATLANTIS, 0o700), (place.data, ATLANTIS, 0o700)):
            owned(path, uid, mode)
        owned(place.socket.parent, HELPER, 0o750)
        owned(folder / "helper-home", HELPER, 0o700)
        place.programs.mkdir()
        program = place.programs / "okta-aws"
        program.write_text(
            _PROGRAM.format(python=interpreter(), paths=[str(ROOT / "src"), sysconfig.get_path("purelib")])
        )
        program.chmod(0o755)
        return place


_PROGRAM = """#!{python} -I
import sys
sys.path[1:1] = {paths}
from okta_aws.cli.start import main
main()
"""


def interpreter() -> str:
    """A Python of this version that every user may start; that of the tests may be below somebody's home."""
    wanted = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for program in (os.path.realpath(sys.executable), shutil.which(wanted, path="/usr/local/bin:/usr/bin")):
        with contextlib.suppress(PermissionError, TypeError):
            subprocess.run([program, "-I", "-c", ""], user=HELPER, group=GROUP, extra_groups=[], cwd="/", check=True)  # type: ignore[list-item]
            return str(program)
    return pytest.fail(f"wanted a {wanted} that every user may start, found none")


def terraform_configuration() -> str:
    """The CLI configuration of scripts/terraform: the mirror of providers of this machine, where it has one."""
    spec = spec_from_loader("terraform_script", SourceFileLoader("terraform_script", str(ROOT / "scripts/terraform")))
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    found: Path = script.configuration(script.provider_mirror(os.environ.get("TERRAFORM_PROVIDER_MIRROR", "")))
    return found.read_text()


@contextmanager
def process(
    arguments: Sequence[str | Path], uid: int, environ: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of that user while it is needed; what it says goes to ``log``."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            arguments,
            env=environ,
            cwd="/",
            user=uid,
            group=GROUP,
            extra_groups=[],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        ) as running,
    ):
        try:
            yield running
        finally:
            running.terminate()


def wait_until(happened: Callable[[], bool], what: str, log: Path, limit_s: float = ANSWER_S) -> None:
    """Waits; fails with the end of the log."""
    until = time.monotonic() + limit_s
    while not happened():
        if time.monotonic() > until:
            pytest.fail(f"{what}: not within {limit_s} s\n{told(log)[-8000:]}")
        time.sleep(0.1)


def told(log: Path) -> str:
    """The log, without the numbers that Atlantis writes there each second."""
    return "\n".join(line for line in log.read_text().splitlines() if "metrics/debug" not in line)


@dataclass(frozen=True)
class Server:
    """Atlantis, as GitHub's webhooks and people's comments reach it."""

    url: str
    github: AtlantisGithub
    webhook_secret: str
    log: Path

    def opened(self, pull: Pull, action: str = "opened") -> str:
        """What Atlantis says to a pull request that was opened or changed."""
        return self._answer("pull_request", self.github.opened(pull, action), pull)

    def asked(self, pull: Pull, login: str, text: str) -> str:
        """What Atlantis says to somebody's comment."""
        return self._answer("issue_comment", self.github.said(pull, login, text), pull)

    def close(self, pull: Pull) -> None:
        """Closes a pull request: Atlantis forgets its plans and locks."""
        pull.state = "closed"
        assert deliver(self.url, "pull_request", self.github.opened(pull, "closed"), self.webhook_secret) == 200
        wait_until(lambda: f"/pull/{pull.number}" not in self._locks(), "the end of its locks", self.log)

    def _locks(self) -> str:
        with urllib.request.urlopen(f"{self.url}/api/locks", timeout=5) as answer:  # noqa: S310 - http://127.0.0.1
            return str(answer.read(), "utf-8")

    def _answer(self, event: str, payload: Object, pull: Pull) -> str:
        before = len(self._said(pull))
        assert deliver(self.url, event, payload, self.webhook_secret) == 200
        wait_until(lambda: len(self._said(pull)) > before, f"an answer to {event}", self.log)
        return "\n".join(self._said(pull)[before:])

    def _said(self, pull: Pull) -> list[str]:
        return [str(one["body"]) for one in pull.comments if one["user"]["login"] == BOT]


def settings(place: Place, github: AtlantisGithub, port: int) -> dict[str, str]:
    """Our composition's settings; only places and names are of this run."""
    given = YAML(typ="safe").load(COMPOSITION.read_text())["services"]["atlantis"]["environment"]
    ours = {name: str(value) for name, value in given.items() if name.startswith("ATLANTIS_") and "$" not in str(value)}
    return ours | {
        "ATLANTIS_PORT": str(port),
        "ATLANTIS_ATLANTIS_URL": f"http://127.0.0.1:{port}",
        "ATLANTIS_DATA_DIR": str(place.data),
        "ATLANTIS_REPO_CONFIG": str(place.folder / "repos.yaml"),
        "ATLANTIS_REPO_ALLOWLIST": f"github.com/{github.repository}",
        "ATLANTIS_DEFAULT_TF_VERSION": terraform_version(),
        "ATLANTIS_LOG_LEVEL": "debug",
        "ATLANTIS_DISABLE_USAGE_REPORTING": "true",
    }


def terraform_version() -> str:
    """That of the Terraform on PATH, so that Atlantis downloads none."""
    said = subprocess.run(["terraform", "version", "-json"], check=True, capture_output=True, text=True)
    return str(json.loads(said.stdout)["terraform_version"])


@contextmanager
def running(
    place: Place, github: AtlantisGithub, names: Names, repos: str, more: Mapping[str, str]
) -> Iterator[Server]:
    """The server. ``repos``: text of repos.yaml. ``more``: variables for it, such as where AWS is."""
    program = shutil.which("atlantis") or pytest.fail("wanted an atlantis on PATH, found none")
    folder, token, webhook_secret = place.folder, github.token(BOT, PERMISSIONS), marked("webhook")
    owned(folder / "server.yaml", ATLANTIS, 0o400, YAML_FILE.format(BOT, token, json.dumps(webhook_secret)))
    owned(folder / "repos.yaml", 0, 0o444, repos)
    owned(folder / "names.pem", 0, 0o444, names.certificate)
    owned(folder / "terraform.tfrc", 0, 0o444, terraform_configuration())
    address = f"https://{BOT}:{token}@github.com/{github.repository}.git"
    git_settings = f'[safe]\n\tdirectory = *\n[url "file://{github.bare}"]\n\tinsteadOf = {address}\n'
    owned(place.home / ".gitconfig", ATLANTIS, 0o600, git_settings)
    port = free_port()
    environ = {
        "PATH": f"{place.programs}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(place.home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "SSL_CERT_FILE": str(folder / "names.pem"),
        "HTTPS_PROXY": names.url,
        "NO_PROXY": "127.0.0.1",
        "TF_CLI_CONFIG_FILE": str(folder / "terraform.tfrc"),
        "CHECKPOINT_DISABLE": "1",
        **settings(place, github, port),
        **more,
    }
    log = folder / "atlantis.log"
    command = [program, "server", f"--config={folder / 'server.yaml'}"]
    with process(command, ATLANTIS, environ, log) as started:
        server = Server(f"http://127.0.0.1:{port}", github, webhook_secret, log)
        wait_until(lambda: started.poll() is not None or healthy(server.url), "Atlantis", log, START_S)
        assert started.poll() is None, log.read_text()
        yield server


def healthy(url: str) -> bool:
    """Whether the server says so."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 - http://127.0.0.1
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
