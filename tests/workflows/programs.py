# SPDX-License-Identifier: Apache-2.0
"""Terraform, its providers and AWS's command line, for people at their machines and for jobs in their containers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

from fakes.aws_cli import install
from fakes.terraform import SHORT_LIVED, TERRAFORM
from image.engine import ROOT

# `providers lock` asks the registry unless it is told of a mirror.
_TERRAFORM = """#!/bin/sh
case "$*" in *"providers lock"*) set -- "$@" {mirror} ;; esac
exec {terraform} "$@"
"""


@dataclass(frozen=True)
class Programs:
    """``mounts``: what containers need to have them at the same places. ``mirror``: an option of `providers lock`."""

    terraform: str
    cli_config: str
    mirror: str
    mounts: list[str]

    @property
    def settings(self) -> dict[str, str]:
        """Variables that Terraform reads."""
        return {"TF_CLI_CONFIG_FILE": self.cli_config, "CHECKPOINT_DISABLE": "1", **SHORT_LIVED}

    def link(self, shared: Path) -> None:
        """What the stand-ins for setup-terraform and setup-opentofu put on a job's path."""
        for name in ("terraform/terraform", "opentofu/tofu"):
            (shared / name).parent.mkdir()
            (shared / name).symlink_to(self.terraform)

    def on_a_desk(self, folder: Path) -> dict[str, str]:
        """Variables of a shell that finds ``terraform`` and ``aws``, and settings of nobody's."""
        folder.mkdir()
        (folder / "terraform").write_text(_TERRAFORM.format(mirror=self.mirror, terraform=self.terraform))
        (folder / "terraform").chmod(0o755)
        (folder / "aws").symlink_to(install(ROOT / ".cache"))
        path = f"{folder}:{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(folder)} | self.settings


def programs() -> Programs:
    """What scripts/terraform runs, and with which configuration."""
    script = _script()
    program = script.terraform(json.loads(script.RELEASE.read_text()))
    mirror = script.provider_mirror(os.environ.get("TERRAFORM_PROVIDER_MIRROR", ""))
    folders = {str(ROOT / ".cache/terraform"), *([mirror] if mirror.startswith("/") else [])}
    option = f"-{'fs' if mirror.startswith('/') else 'net'}-mirror={mirror}" if mirror else ""
    mounts = [f"{program}:{program}:ro", *(f"{one}:{one}" for one in sorted(folders))]
    return Programs(program, str(script.configuration(mirror)), option, mounts)


def _script() -> ModuleType:
    spec = spec_from_loader("terraform_script", SourceFileLoader("terraform_script", str(TERRAFORM)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
