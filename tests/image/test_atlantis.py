# SPDX-License-Identifier: Apache-2.0
"""Atlantis on a Docker host: the image with our command, the composition, and who gets which request.

Atlantis's own image may be out of reach, so the recipe is built on the Debian that our image is built on, and what the
base would bring (the server, its user's name) is not looked at. The composition is not started.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fakes.command import okta_aws
from image.engine import ROOT, configuration, docker
from okta_aws.demo.signing import SigningKey

RECIPE = ROOT / "docker/atlantis"
BASE = "debian:trixie-slim"
START_S = 20


@pytest.fixture(scope="session")
def atlantis_image() -> str:
    subprocess.run([ROOT / "scripts/images", "base"], check=True)
    tag = "okta-aws-atlantis:tests"
    options = ["--network=host", "--build-arg", f"BASE={BASE}", "--tag", tag]
    subprocess.run([RECIPE / "build", *options], check=True, stdout=subprocess.DEVNULL)
    return tag


def run(image: str, *command: str) -> str:
    return docker("run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL", image, *command).stdout


def test_the_image_has_our_command(atlantis_image: str) -> None:
    assert run(atlantis_image, "okta-aws", "--version").startswith("okta-aws")
    assert "Usage" in run(atlantis_image, "okta-aws", "credentials", "--help")


def test_it_runs_as_the_official_image_s_user(atlantis_image: str) -> None:
    assert configuration(atlantis_image)["User"] == "100:1000"
    assert run(atlantis_image, "id").startswith("uid=100")
    assert run(atlantis_image, "stat", "--format=%u:%g %a", "/atlantis-data").strip() == "100:1000 700"


def test_nothing_of_the_working_directory_runs_in_our_command(atlantis_image: str) -> None:
    """The working directory of a step is the checkout of a pull request."""
    trap = "mkdir -p /tmp/okta_aws && echo 'print(\"trapped\")' | tee /tmp/json.py /tmp/okta_aws/__init__.py >/tmp/out"
    program = f"{trap}; cd /tmp && PYTHONPATH=/tmp okta-aws --version"
    said = docker("run", "--rm", "--network=none", "--tmpfs=/tmp:mode=1777", atlantis_image, "sh", "-c", program)
    assert said.stdout.startswith("okta-aws"), said.stderr


def test_no_setting_of_the_machine_that_built_it_is_new_in_the_image(atlantis_image: str) -> None:
    """A proxy's password or an index with a token in its address would be for all who pull it."""
    new = set(configuration(atlantis_image)["Env"]) - set(configuration(BASE)["Env"])
    assert [setting for setting in new if not setting.startswith("PATH=")] == []


def test_a_build_step_shows_no_secret(atlantis_image: str) -> None:
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", atlantis_image).stdout
    assert "requirement" in history or "okta-aws" in history
    assert not [word for word in ("SECRET", "TOKEN", "PASSWORD") if word in history.upper().replace("SECRETS", "")]


@pytest.fixture(scope="module")
def composition() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((RECIPE / "compose.yaml").read_text())
    return found


def test_the_composition_is_one_by_its_schema(tmp_path: Path) -> None:
    program = [str(ROOT / ".tools/bin/check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    assert subprocess.run([*program, str(RECIPE / "compose.yaml")], check=False).returncode == 0
    wrong = tmp_path / "compose.yaml"
    wrong.write_text((RECIPE / "compose.yaml").read_text().replace("read_only:", "readonly:"))
    assert subprocess.run([*program, str(wrong)], check=False, capture_output=True).returncode == 1


def test_every_service_is_hardened_and_asked_for_its_health(composition: dict[str, Any]) -> None:
    for name, service in composition["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service["privileged"], name
        assert service["healthcheck"]["test"], name
        assert "docker.sock" not in json.dumps(service), name
    assert [name for name, service in composition["services"].items() if service.get("cap_add")] == ["tls"]


def test_only_tls_is_reached_from_outside(composition: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in composition["services"].items() if "ports" in service}
    assert published == {"tls": ["443:443"]}


def test_no_secret_is_in_the_environment_and_each_service_has_its_own(composition: dict[str, Any]) -> None:
    names = [name for service in composition["services"].values() for name in service["environment"]]
    assert not [name for name in names if name.endswith(("_SECRET", "_TOKEN", "_KEY", "_PASSWORD"))]
    given = {name: service["secrets"] for name, service in composition["services"].items()}
    assert given == {
        "tls": ["tls-certificate", "tls-key"],
        "oauth2-proxy": ["oauth2-proxy"],
        "atlantis": ["atlantis", "github-app-key"],
        "credentials": ["okta-key", "okta-groups-key", "github-token"],
    }


def test_what_sessions_come_from_is_with_another_user_and_shares_the_socket_alone(composition: dict[str, Any]) -> None:
    atlantis, helper = composition["services"]["atlantis"], composition["services"]["credentials"]
    assert (atlantis["user"], helper["user"]) == ("100:1000", "101:1000")
    assert atlantis["depends_on"] == {"credentials": {"condition": "service_healthy"}}
    assert set(atlantis["networks"]).isdisjoint(helper["networks"])
    shared = {one.partition(":")[0] for one in atlantis["volumes"]} & {
        one.partition(":")[0] for one in helper["volumes"]
    }
    assert shared == {"socket"}
    assert "socket:/run/okta-aws:ro" in atlantis["volumes"]
    assert not [name for name in atlantis["environment"] if name.startswith("OKTA_AWS_")]


def test_the_helper_listens_as_its_own_user_and_atlantis_s_user_reaches_nothing_but_the_socket(
    atlantis_image: str, composition: dict[str, Any], tmp_path: Path
) -> None:
    """The composition's command, users and volume; Okta is out of reach, so what is asked for is refused."""
    helper = composition["services"]["credentials"]
    secrets = {name: tmp_path / name for name in ("okta-key", "okta-groups-key", "github-token")}
    for name, file in secrets.items():
        file.write_text(SigningKey.new("ES256", kid="atlantis").pem() if name.endswith("key") else "")
        os.chown(file, 101, 1000)
        file.chmod(0o400)
    shutil.copy(RECIPE / "example-map.yaml", tmp_path / "atlantis-map.yaml")
    (tmp_path / "atlantis-map.yaml").chmod(0o444)
    tmp_path.chmod(0o755)
    given = {**helper["environment"], "OKTA_AWS_OKTA_ISSUER": "https://acme.okta.com/oauth2/aus123"}
    given |= {
        "OKTA_AWS_OKTA_CLIENT_ID": "0oa1",
        "OKTA_AWS_OKTA_KEY_ID": "atlantis",
        "OKTA_AWS_OKTA_ORG": "https://acme.okta.com",
    }
    given |= {"OKTA_AWS_OKTA_GROUPS_KEY_ID": "atlantis"}
    name, volume = f"credentials-{tmp_path.name}", f"socket-{os.getpid()}"
    mounts = [
        f"--volume={volume}:/run/okta-aws",
        f"--volume={tmp_path}/atlantis-map.yaml:/etc/okta-aws/atlantis-map.yaml:ro",
    ]
    mounts += [f"--volume={file}:/run/secrets/{secret}:ro" for secret, file in secrets.items()]
    variables = [f"--env={variable}={value}" for variable, value in given.items()]
    hardened = ["--read-only", "--cap-drop=ALL", "--network=none", f"--tmpfs={helper['tmpfs'][0]}"]
    options = [f"--name={name}", f"--user={helper['user']}", f"--entrypoint={helper['entrypoint'][0]}"]
    try:
        docker(
            "run",
            "--detach",
            *hardened,
            *options,
            *mounts,
            *variables,
            atlantis_image,
            *helper["entrypoint"][1:],
            *helper["command"],
        )
        test = helper["healthcheck"]["test"][1:]
        until = time.monotonic() + START_S
        while docker("exec", name, *test, check=False).returncode != 0:
            assert time.monotonic() < until, docker("logs", name).stderr
            time.sleep(0.2)
        as_atlantis = [
            "run",
            "--rm",
            "--network=none",
            "--read-only",
            "--cap-drop=ALL",
            f"--volume={volume}:/run/okta-aws:ro",
        ]
        asked = docker(
            *as_atlantis,
            atlantis_image,
            "okta-aws",
            "atlantis",
            "authorize",
            "plan",
            "acme/infrastructure",
            "acme/developers",
            check=False,
        )
        assert "fail" in asked.stdout.splitlines(), asked.stderr
        placed = docker(
            *as_atlantis[:-1],
            f"--volume={volume}:/run/okta-aws",
            atlantis_image,
            "sh",
            "-c",
            "rm -f /run/okta-aws/helper.sock; touch /run/okta-aws/other",
            check=False,
        )
        assert placed.returncode != 0
        assert placed.stderr.count("Permission denied") == 2
    finally:
        docker("rm", "--force", "--volumes", name, check=False)
        docker("volume", "rm", volume, check=False)


def test_the_server_is_hardened_as_the_module_s_is(composition: dict[str, Any]) -> None:
    """Two recipes of one server: what is literal in both has to be the same."""
    module = (ROOT / "terraform/modules/atlantis/containers.tf").read_text()
    both = composition["services"]["atlantis"]["environment"] | composition["services"]["oauth2-proxy"]["environment"]
    literal = {name: value for name, value in both.items() if value in {"true", "false", "merge", "S256", "lax", "8h"}}
    assert len(literal) > 12
    for name, value in literal.items():
        assert any(line.split() == [name, "=", f'"{value}"'] for line in module.splitlines()), name


def test_the_example_of_a_map_is_one(tmp_path: Path) -> None:
    done = okta_aws("atlantis", "init", "--map", str(RECIPE / "example-map.yaml"), "--output", str(tmp_path))
    assert done.status == 0, done.err
    repos = YAML(typ="safe").load((tmp_path / "repos.yaml").read_text())
    assert repos["team_authz"]["command"] == "/usr/local/bin/okta-aws"


class Upstream(BaseHTTPRequestHandler):
    """Says who it is, and which request reached it."""

    def answer(self) -> None:
        body = f"{self.server.name} {self.command} {self.path}".encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = do_PUT = answer  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real Caddy with our Caddyfile, its two upstreams stand-ins."""
    folder = tmp_path_factory.mktemp("caddy")
    upstreams = {name: ThreadingHTTPServer(("127.0.0.1", 0), Upstream) for name in ("atlantis", "proxy")}
    for name, server in upstreams.items():
        server.name = name  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / "key"), "-out", str(folder / "crt")]
    subprocess.run(["openssl", "req", "-x509", "-days", "1", *key, *subject], check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = (RECIPE / "Caddyfile").read_text()
    for name, file in (("tls-certificate", "crt"), ("tls-key", "key")):
        text = text.replace(f"/run/secrets/{name}", str(folder / file))
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + text)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ATLANTIS_HOSTNAME": f"localhost:{port}",
        "ATLANTIS_UPSTREAM": f"127.0.0.1:{upstreams['atlantis'].server_port}",
        "PROXY_UPSTREAM": f"127.0.0.1:{upstreams['proxy'].server_port}",
    }
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, env=environ, stdout=log, stderr=log) as process:
        try:
            wait_for(port, folder / "log")
            yield f"{port} {folder / 'crt'}"
        finally:
            process.terminate()
            for server in upstreams.values():
                server.shutdown()
                server.server_close()


def wait_for(port: int, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"Caddy did not start: {log.read_text()}")


def asked(door: str, method: str, path: str) -> str:
    """Which upstream got which request."""
    port, certificate = door.split()
    context = ssl.create_default_context(cafile=certificate)
    with contextlib.closing(HTTPSConnection("localhost", int(port), context=context, timeout=START_S)) as connection:
        connection.request(method, path)
        return connection.getresponse().read().decode()


def test_github_s_webhook_reaches_atlantis_itself(door: str) -> None:
    assert asked(door, "POST", "/events") == "atlantis POST /events"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/events"),
        ("POST", "/events/"),
        ("POST", "/api/apply"),
        ("GET", "/api/locks"),
        ("DELETE", "/locks?id=1"),
        ("POST", "/apply/lock"),
        ("GET", "/jobs/1"),
        ("PUT", "/events"),
    ],
)
def test_everything_else_goes_to_the_sign_in(door: str, method: str, path: str) -> None:
    assert asked(door, method, path) == f"proxy {method} {path}"


@pytest.mark.parametrize(
    "path", ["/api/apply/../../events", "/locks%2f..%2fevents", "//events", "/events?x=/api/apply"]
)
def test_no_way_of_writing_the_path_brings_another_one_to_atlantis(door: str, path: str) -> None:
    said = asked(door, "POST", path)
    assert said.startswith("proxy ") or said.partition("?")[0] == "atlantis POST /events"
