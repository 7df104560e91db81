# SPDX-License-Identifier: Apache-2.0
"""The two processes of the soak test: ``python tests/long/soak.py servers`` and ``… harness URL COUNT FOLDER``.

``servers`` prints its address and answers until its input ends. ``harness`` makes exchanges one after the other, by
GitHub's and by Okta's way, some of them refused, and prints what it holds of the machine from time to time.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import sys
import threading
import time
from pathlib import Path

from fakes.loopback import Reply, Request, http_server
from fakes.sts_answers import ACCOUNT, granted, refused
from fakes.tokens import unsigned_jwt
from okta_aws.errors import Error
from okta_aws.flows.cleanup import clean_up
from okta_aws.flows.exchange import run
from okta_aws.flows.hand_over import hand_over, summarize_refusal
from okta_aws.retry import Time
from okta_aws.runner.commands import Commands
from okta_aws.runner.context import Context
from okta_aws.settings.raw import from_inputs
from okta_aws.settings.settings import read
from unit.runner.protocol import pairs_of

SAMPLES = 20
COMMAND_FILES = ("ENV", "OUTPUT", "STATE", "STEP_SUMMARY")


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """What the harness holds after ``exchanges``. Resident memory in bytes; ``files``: those in its folder."""

    exchanges: int
    refused: int
    resident: int
    descriptors: int
    threads: int
    files: int
    objects: int


def serve() -> None:
    """GitHub, Okta and STS at once; each fifth exchange is refused, each seventh throttled once."""
    token = unsigned_jwt(iss="https://issuer.invalid", sub="me", aud="sts.amazonaws.com")
    asked = 0

    def answer(request: Request) -> Reply:
        nonlocal asked
        host = f"http://{request.headers['host']}"
        if request.target.startswith("/github"):
            return Reply(200, json.dumps({"value": token}).encode())
        if request.target.endswith("/.well-known/openid-configuration"):
            issuer = f"{host}/okta"
            document = {"issuer": issuer, "token_endpoint": f"{issuer}/token", "jwks_uri": f"{issuer}/keys"}
            return Reply(200, json.dumps(document).encode())
        if request.target == "/okta/token":
            return Reply(200, json.dumps({"token_type": "Bearer", "access_token": token}).encode())
        asked += 1
        if asked % 5 == 0:
            return refused(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        return refused(400, "Throttling", "Rate exceeded") if asked % 7 == 0 else granted("key", "session")

    with http_server(answer) as server:
        print(server.url(), flush=True)
        sys.stdin.read()


def soak(url: str, count: int, folder: Path) -> None:
    """Prints a sample at the start of each of the parts into which ``count`` exchanges fall, and at the end."""
    refusals = 0
    for number in range(count):
        if number % (count // SAMPLES) == 0:
            print(json.dumps(dataclasses.asdict(_sample(number, refusals, folder))), flush=True)
        refusals += _exchange(url, number, folder)
    print(json.dumps(dataclasses.asdict(_sample(count, refusals, folder))), flush=True)


def _exchange(url: str, number: int, folder: Path) -> bool:
    environ = _environ(url, number, folder)
    context = Context.from_environ(environ)
    commands = Commands(lambda _: None, debug=True)
    # A wait takes no time: thousands of them would.
    quick = Time(time.time, time.monotonic, lambda _: None, lambda: 0.0)
    was_refused = False
    try:
        settings = read(from_inputs(environ), session_name="GitHubActions")
        hand_over(run(settings, environ, context, quick, commands), settings, environ, context, commands, quick.sleep)
    except Error as error:
        was_refused = True
        summarize_refusal(error, "on-refusal", context, commands)
    state = {f"STATE_{name}": text for name, text in pairs_of(Path(environ["GITHUB_STATE"]).read_text())}
    clean_up(environ | state, context, commands, quick.sleep)
    for name in COMMAND_FILES:
        Path(environ[f"GITHUB_{name}"]).unlink()
    return was_refused


def _environ(url: str, number: int, folder: Path) -> dict[str, str]:
    inputs = {"role-to-assume": f"arn:aws:iam::{ACCOUNT}:role/deploy", "aws-region": "eu-central-1"}
    inputs |= {"sts-endpoint": url, "aws-profile": "soak" if number % 3 == 0 else "", "output-credentials": "true"}
    if number % 2:
        inputs |= {
            "okta-issuer": f"{url}/okta",
            "okta-client-id": "0oaSOAK",
            "okta-client-secret": "a-secret-of-a-test",
        }
    files = {f"GITHUB_{name}": folder / name.lower() for name in COMMAND_FILES}
    for path in files.values():
        path.touch()
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(folder),
        "HOME": str(folder / "home"),
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/github?x=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-bearer",
        **{name: str(path) for name, path in files.items()},
        **{f"INPUT_{name.upper()}": text for name, text in inputs.items()},
    }


def _sample(exchanges: int, refusals: int, folder: Path) -> Sample:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Sample(
        exchanges,
        refusals,
        pages * os.sysconf("SC_PAGE_SIZE"),
        len(os.listdir("/proc/self/fd")),
        threading.active_count(),
        sum(1 for _ in folder.rglob("*")),
        len(gc.get_objects()),
    )


if __name__ == "__main__":
    if sys.argv[1] == "servers":
        serve()
    else:
        soak(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
