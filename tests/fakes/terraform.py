# SPDX-License-Identifier: Apache-2.0
"""Terraform in a private copy of the modules, with the stand-in for AWS behind it."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fakes.world import Account
from okta_aws.demo.emulator import REGION

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "terraform"
TERRAFORM = ROOT / "scripts" / "terraform"
LONGEST_S = 200
NO_CHANGES, CHANGES = 0, 2
# Of the environment: where Terraform and its providers are.
_KEPT = ("PATH", "HOME", "TERRAFORM_PROVIDER_MIRROR")
# A fifth less time for each start of the AWS provider, which makes its schema and ends: nothing to collect below 1 GiB.
SHORT_LIVED = {"GOGC": "off", "GOMEMLIMIT": "1GiB"}
_AWS = "registry.terraform.io/hashicorp/aws"
# Buckets of the stand-in have no host names of their own.
PROVIDER = 'provider "aws" {\n  s3_use_path_style = true\n}\n'


def copied(to: Path) -> Path:
    """A private copy of all modules below ``to``, without what Terraform left in them."""
    leave = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    return Path(shutil.copytree(MODULES, to / "terraform", ignore=leave))


@functools.cache
def okta_provider() -> bool:
    """Whether the Okta provider can be had here: a mirror may have the AWS provider alone."""
    wanted = 'terraform {\n  required_providers {\n    okta = { source = "okta/okta" }\n  }\n}\n'
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.tf").write_text(wanted)
        return Configuration(Path(folder)).tried("init", "-input=false").returncode == 0


@dataclass(frozen=True, slots=True)
class Configuration:
    """A root module in ``folder``. ``environ``: what its provider is told; ``variables``: its inputs."""

    folder: Path
    variables: Mapping[str, object] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def against(cls, account: Account, folder: Path, variables: Mapping[str, object]) -> Configuration:
        """One that makes things in ``account``, as its administrator."""
        environ = {
            "AWS_ENDPOINT_URL": account.front.url,
            "AWS_ACCESS_KEY_ID": account.number,
            "AWS_SECRET_ACCESS_KEY": account.emulator.admin_secret,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        (folder / "stand_in_override.tf").write_text(PROVIDER)
        return cls(folder, variables, environ)

    def run(self, *arguments: str, status: int = 0) -> str:
        """What a command says; its exit status has to be ``status``."""
        done = self.tried(*arguments)
        assert done.returncode == status, f"terraform {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def tried(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same with any exit status."""
        if self.variables:
            (self.folder / "test.auto.tfvars.json").write_text(json.dumps(dict(self.variables)))
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return subprocess.run(
            [TERRAFORM, f"-chdir={self.folder}", *arguments],
            env={**kept, **SHORT_LIVED, "TF_IN_AUTOMATION": "1", **self.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_S,
        )

    def apply(self) -> None:
        """Plans into a file and applies that."""
        self.initialise()
        self.run("plan", "-input=false", "-no-color", "-out=plan.out", "-detailed-exitcode", status=CHANGES)
        self.run("apply", "-input=false", "-no-color", "plan.out")

    def initialise(self) -> None:
        """Once in each folder."""
        if not (self.folder / ".terraform").exists():
            self.run("init", "-input=false", "-no-color")

    def assert_nothing_to_change(self) -> None:
        """That a second plan is empty."""
        self.run("plan", "-input=false", "-no-color", "-detailed-exitcode", status=NO_CHANGES)

    def destroy(self) -> None:
        """Takes all of it away again."""
        self.run("destroy", "-auto-approve", "-input=false", "-no-color")
        assert json.loads((self.folder / "terraform.tfstate").read_text())["resources"] == []

    @property
    def outputs(self) -> dict[str, Any]:
        """The values of its outputs."""
        return {name: output["value"] for name, output in json.loads(self.run("output", "-json")).items()}

    @property
    def providers(self) -> dict[str, str]:
        """The versions of the providers that run."""
        selected: dict[str, str] = json.loads(self.run("version", "-json"))["provider_selections"]
        return selected

    def wanted_providers(self) -> set[str]:
        """The providers that it and the modules it calls need, as their sources say."""
        waiting, seen, wanted = [self.folder.resolve()], set[Path](), set[str]()
        while waiting:
            folder = waiting.pop()
            seen.add(folder)
            texts = [file.read_text() for file in folder.glob("*.tf")]
            sources = [match for text in texts for match in re.findall(r'source\s*=\s*"([^"]+)"', text)]
            wanted |= {source.partition("/")[2] for source in sources if re.fullmatch(r"\w+/\w+", source)}
            waiting += {(folder / source).resolve() for source in sources if source.startswith(".")} - seen
        return wanted

    @contextmanager
    def with_running_provider(self) -> Iterator[Configuration]:
        """The same, with its AWS provider started once for all runs: a start takes most of a run's time.

        https://developer.hashicorp.com/terraform/plugin/debugging
        """
        self.initialise()
        (program,) = self.folder.glob(f".terraform/providers/{_AWS}/*/*/terraform-provider-aws*")
        environ = {"PATH": os.environ["PATH"], "TMPDIR": tempfile.gettempdir(), **self.environ}
        with subprocess.Popen(
            [program, "-debug"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as running:
            try:
                said = (line.strip() for line in running.stdout or [])
                value = next(line for line in said if line.startswith("TF_REATTACH_PROVIDERS="))
                attached = {"TF_REATTACH_PROVIDERS": value.partition("=")[2].strip("'")}
                yield replace(self, environ={**self.environ, **attached})
            finally:
                running.terminate()

    def written(self) -> dict[str, bytes]:
        """All that Terraform keeps of a run: state, its backup, and what is packed in the plan."""
        kept = {file.name: file.read_bytes() for file in self.folder.glob("*.tfstate*")}
        with zipfile.ZipFile(self.folder / "plan.out") as plan:
            return kept | {f"plan.out: {name}": plan.read(name) for name in plan.namelist()}
