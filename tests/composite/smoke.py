# SPDX-License-Identifier: Apache-2.0
"""The form without Docker once through, on any system: `python tests/composite/smoke.py NODE`.

Needs Node.js and the package with its extra `demo`. GitHub and AWS are small servers on loopback; this AWS believes
every token. Ends with status 0 when a profile was written, read back, and was gone after the end of the job.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.sts_rules import NAMESPACE
from okta_aws.demo.web import Request, Response, StandIn

FORM = Path(__file__).resolve().parents[2] / "composite"
ROLE = "arn:aws:iam::123456789012:role/deploy"


class Sts(StandIn):
    """Gives everybody a session with the keys of a test."""

    def answer(self, _: Request) -> Response:
        user = f"<AssumedRoleUser><AssumedRoleId>TEST:job</AssumedRoleId><Arn>{ROLE}</Arn></AssumedRoleUser>"
        user = user.replace(":iam:", ":sts:").replace(":role/deploy", ":assumed-role/deploy/job")
        keys = "<AccessKeyId>TESTKEY</AccessKeyId><SecretAccessKey>test</SecretAccessKey><SessionToken>test"
        result = f"{user}<Credentials>{keys}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
        name = "AssumeRoleWithWebIdentity"
        body = f'<{name}Response xmlns="{NAMESPACE}"><{name}Result>{result}</{name}Result></{name}Response>'
        return Response(200, body.encode(), "text/xml")


def main(node: str) -> int:
    with tempfile.TemporaryDirectory() as folder, GithubIssuer() as github, Sts() as sts:
        home = Path(folder) / "home"
        home.mkdir()
        inputs = {"role-to-assume": ROLE, "aws-region": "eu-central-1", "sts-endpoint": sts.url, "aws-profile": "job"}
        given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        environ = {**os.environ, **github.environment(), **given, **runner(Path(folder), home)}
        credentials = home / ".aws" / "credentials"
        step(node, "main.js", environ)
        assert "aws_access_key_id = TESTKEY" in credentials.read_text(), "the profile is not there"
        state = dict(entries(Path(environ["GITHUB_STATE"]).read_text()))
        assert Path(state["python"]).is_absolute()
        step(node, "post.js", environ | {f"STATE_{name}": value for name, value in state.items()})
        assert not credentials.exists(), "the profile is still there"
    print("the form without Docker works here")
    return 0


def runner(folder: Path, home: Path) -> dict[str, str]:
    """What the runner sets; the home folder has another variable on Windows."""
    files = {}
    for name in ("ENV", "OUTPUT", "STATE", "STEP_SUMMARY"):
        file = folder / name.lower()
        file.touch()
        files[f"GITHUB_{name}"] = str(file)
    workspace = folder / "workspace"
    workspace.mkdir()
    files["GITHUB_ACTIONS"] = "true"
    return {**files, "HOME": str(home), "USERPROFILE": str(home), "GITHUB_WORKSPACE": str(workspace)}


def entries(text: str) -> list[tuple[str, str]]:
    """The pairs of a command file, in both of its forms."""
    lines = iter(text.splitlines())
    found = []
    for line in lines:
        name, mark, delimiter = line.partition("<<")
        if mark:
            found.append((name, "\n".join(iter(lambda: next(lines), delimiter))))
        else:
            name, _, value = line.partition("=")
            found.append((name, value))
    return found


def step(node: str, script: str, environ: Mapping[str, str]) -> None:
    subprocess.run([node, FORM / script], env=dict(environ), check=True, timeout=120)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
