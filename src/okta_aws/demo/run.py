# SPDX-License-Identifier: Apache-2.0
"""``okta-aws demo``: the main job on this machine, with stand-ins for Okta, GitHub and AWS.

Every "ok" is something that was tried and turned out as it should; the first that does not ends the demo.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from okta_aws.demo.administrator import Wanted, prepared
from okta_aws.demo.emulator import REGION, Emulator, install
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.github import Job as GithubJob
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.job import Finished, Job, engine_answers
from okta_aws.demo.names import Names
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import StsFront
from okta_aws.demo.transcript import NotAsExpected, Transcript
from okta_aws.demo.web import LOOPBACK

ACCOUNT = "123456789012"
BUCKET = "acme-artifacts"
PREFIX = "builds/"
AUDIENCE = "api://aws"
IMAGE = "okta-aws-action:demo"
SOURCE_TREE = Path(__file__).resolve().parents[3]
BUILD_S = 900


@dataclass(frozen=True, slots=True)
class World:
    """All the parts, running."""

    okta: OktaIssuer
    github: GithubIssuer
    names: Names
    emulator: Emulator
    aws: StsFront
    key: SigningKey


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the demo; 0 only if every step did what it should."""
    options = _options(argv)
    # The default action would end this process and leave the emulator running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    out = Transcript()
    print("okta-aws demo: one exchange from end to end. Everything runs here and nothing leaves 127.0.0.1.")
    began = time.monotonic()
    with contextlib.suppress(NotAsExpected):
        _prepared_and_shown(out, options)
    if out.failed:
        print("\nNot everything did what it should: see FAILED above.")
        return 1
    print(f"\nEverything did what it should ({time.monotonic() - began:.0f} s).")
    print("Next: docs/tutorial/first-role-github.md, docs/tutorial/first-role-okta.md")
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="okta-aws demo", description=(__doc__ or "").splitlines()[0])
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--image", help="run this image of the action; unset, the source tree's Dockerfile is built")
    where.add_argument("--no-docker", action="store_true", help="run the entry point in a process, without an image")
    parser.add_argument(
        "--cache", type=Path, default=_cache(), help="where the AWS emulator is installed (%(default)s)"
    )
    return parser.parse_args(argv)


def _cache() -> Path:
    if (SOURCE_TREE / "pyproject.toml").exists():
        return SOURCE_TREE / ".cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "okta-aws-action"


def _prepared_and_shown(out: Transcript, options: argparse.Namespace) -> None:
    out.heading("Getting ready")
    with out.step("AWS emulator installed (the first time takes half a minute)"):
        python = install(options.cache.absolute())
    image = _image(out, options)
    key = SigningKey.new("ES256", kid="demo-key")
    clients = [
        Client("0oaDEPLOY", jwks=[key.public_jwk()]),
        Client("0oaPAYROLL", jwks=[key.public_jwk()], claims={"aud": "api://payroll"}),
    ]
    with contextlib.ExitStack() as running:
        with out.step("stand-ins started"):
            okta = running.enter_context(OktaIssuer(clients, audience=AUDIENCE, host="acme.okta.com"))
            job = GithubJob(immutable_subject=True)
            github = running.enter_context(GithubIssuer(job, host="token.actions.githubusercontent.com"))
            names = running.enter_context(Names(okta))
            emulator = running.enter_context(Emulator(python))
            aws = running.enter_context(StsFront(emulator, issuers=[okta, github]))
        out.line(f"Okta    {okta.issuer}  (here {okta.url}, by a proxy)")
        out.line(f"GitHub  {github.issuer}  (here {github.url})")
        out.line(f"AWS     {aws.url}  (in real life https://sts.{REGION}.amazonaws.com and S3)")
        _shown(out, World(okta, github, names, emulator, aws, key), image)


def _image(out: Transcript, options: argparse.Namespace) -> str | None:
    if options.image:
        return str(options.image)
    if options.no_docker or not (SOURCE_TREE / "Dockerfile").exists() or not engine_answers():
        out.line("no Docker engine, or no Dockerfile here: the action's entry point runs in a process instead")
        return None
    with out.step("image of the action built (the first time takes a minute or two)"):
        command = ["docker", "build", "--quiet", "--network", "host", "--tag", IMAGE, str(SOURCE_TREE)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=BUILD_S)  # noqa: S603
        if done.returncode != 0:
            last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
            raise NotAsExpected(f"{last}\nwithout an image: okta-aws demo --no-docker")
    return IMAGE


def _shown(out: Transcript, world: World, image: str | None) -> None:
    with Job(image, world.github.environment()) as job:
        out.heading("An administrator prepares AWS")
        okta_role, github_role = _administered(out, world)
        out.heading("A job takes a role with its Okta app's private key")
        finished = _exchanged(out, world, job, "0oaDEPLOY", okta_role)
        _used(out, world, finished.variables)
        out.heading("The same with the job's own GitHub token: no secret is stored anywhere")
        _exchanged_with_github(out, world, job, github_role)
        out.heading("A token that was issued for somebody else")
        _refused(out, world, job, okta_role)
        out.heading("The job ends")
        _cleaned_up(out, job, finished)


def _administered(out: Transcript, world: World) -> tuple[str, str]:
    with out.step(f"bucket {BUCKET}"):
        s3 = _s3(world, ACCOUNT, world.emulator.admin_secret)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.close()
    wanted = Wanted(ACCOUNT, BUCKET, PREFIX, world.okta.issuer, AUDIENCE, "0oaDEPLOY", world.github.job)
    return prepared(out, wanted, world.emulator, world.aws.url, SOURCE_TREE)


def _inputs(world: World, role: str, **more: str) -> dict[str, str]:
    return {"role-to-assume": role, "aws-region": REGION, "sts-endpoint": world.aws.url, **more}


def _okta_inputs(world: World, client: str, role: str) -> dict[str, str]:
    return {
        **_inputs(world, role),
        "okta-issuer": world.okta.issuer,
        "okta-client-id": client,
        "okta-private-key": world.key.pem(),
        "okta-key-id": world.key.kid,
        # The way to a name that is known here alone; in real life none of these is needed.
        "http-proxy": world.names.url,
        "no-proxy": LOOPBACK,
        "ca-bundle": world.names.certificate,
    }


def _succeeded(finished: Finished) -> None:
    if finished.status != 0:
        log = "\n".join(finished.log)
        raise NotAsExpected(f"the action ended with exit status {finished.status}, wanted 0\n{log}")
    missing = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} - finished.variables.keys()
    if missing:
        raise NotAsExpected(f"not in GITHUB_ENV: {', '.join(sorted(missing))}")


def _exchanged(out: Transcript, world: World, job: Job, client: str, role: str) -> Finished:
    with out.step("the action: signed assertion -> Okta's access token -> AWS's role credentials -> GITHUB_ENV"):
        finished = job.step(_okta_inputs(world, client, role))
        _succeeded(finished)
    out.quoted(finished.log)
    return finished


def _exchanged_with_github(out: Transcript, world: World, job: Job, role: str) -> None:
    with out.step("the action: GitHub's OIDC token -> AWS's role credentials -> GITHUB_ENV"):
        finished = job.step(_inputs(world, role))
        _succeeded(finished)
    _used(out, world, finished.variables)


def _used(out: Transcript, world: World, variables: Mapping[str, str]) -> None:
    keys = [variables[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")]
    with contextlib.closing(_s3(world, *keys)) as s3:
        with out.step(f"the next step writes s3://{BUCKET}/{PREFIX}app.tar with what was exported"):
            s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}app.tar", Body=b"an artifact")
        with out.step(f"it may not write s3://{BUCKET}/secrets/app.tar: AccessDenied, as the policy says"):
            try:
                s3.put_object(Bucket=BUCKET, Key="secrets/app.tar", Body=b"an artifact")
            except ClientError as error:
                if error.response["Error"]["Code"] != "AccessDenied":
                    raise
            else:
                raise NotAsExpected("the write was allowed")


def _s3(world: World, key_id: str, secret: str, token: str | None = None) -> Any:  # noqa: ANN401 - boto3 makes the class
    session = boto3.session.Session(key_id, secret, token, region_name=REGION)
    return session.client("s3", endpoint_url=world.aws.url, config=Config(s3={"addressing_style": "path"}))


def _refused(out: Transcript, world: World, job: Job, role: str) -> None:
    given = world.aws.exchanges
    with out.step("the action with the app 0oaPAYROLL, whose tokens are for api://payroll: refused, nothing exported"):
        finished = job.step(_okta_inputs(world, "0oaPAYROLL", role))
        if finished.status not in (4, 5) or finished.variables or world.aws.exchanges != given:
            log = "\n".join(finished.log)
            raise NotAsExpected(f"wanted exit status 4 or 5 and no credentials, found {finished.status}\n{log}")
    out.line(f"exit status {finished.status}, and this is what the job's log says:")
    out.quoted(finished.log)


def _cleaned_up(out: Transcript, job: Job, finished: Finished) -> None:
    with out.step("the post step blanks what was exported"):
        done = job.post(finished)
        left = [name for name in finished.variables if done.variables.get(name) != ""]
        if done.status != 0 or left:
            log = "\n".join(done.log)
            raise NotAsExpected(f"exit status {done.status}, still set: {', '.join(left) or 'nothing'}\n{log}")


if __name__ == "__main__":
    sys.exit(main())
