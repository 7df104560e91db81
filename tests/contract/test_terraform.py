# SPDX-License-Identifier: Apache-2.0
"""What holds for every Terraform module, and what scripts/terraform does on a machine that is not like this one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = ROOT / "terraform"
SOURCES = sorted(
    file for end in ("*.tf", "*.tftest.hcl") for file in TERRAFORM.rglob(end) if ".terraform" not in file.parts
)
MODULES = sorted({TERRAFORM, *(file.parent for file in TERRAFORM.glob("modules/*/main.tf"))})
EXAMPLES = sorted({file.parent for file in TERRAFORM.glob("examples/*/*.tf")})
FILES = ("main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_tables_of_the_modules_are_current() -> None:
    command = [sys.executable, str(ROOT / "scripts/terraform-docs"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("folder", [*MODULES, *EXAMPLES], ids=name_of)
def test_a_module_has_tables_in_its_readme(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    assert re.search(r"<!-- BEGIN_TF_DOCS -->\n## Requirements\n.*\n<!-- END_TF_DOCS -->", text, re.DOTALL)


@pytest.mark.parametrize("folder", MODULES, ids=name_of)
def test_a_module_has_the_files_of_a_module(folder: Path) -> None:
    assert not [name for name in FILES if not (folder / name).is_file()]


@pytest.mark.parametrize("file", SOURCES, ids=name_of)
def test_a_file_of_terraform_names_its_licence(file: Path) -> None:
    assert file.read_text().startswith("# SPDX-License-Identifier: Apache-2.0\n")


@pytest.mark.parametrize("file", SOURCES, ids=name_of)
def test_an_exception_of_the_linter_has_its_reason(file: Path) -> None:
    for line in re.findall(r".*checkov:skip.*", file.read_text()):
        assert re.search(r"checkov:skip=CKV\w+: ?\S.{20,}", line)


@pytest.mark.parametrize("file", [file for file in SOURCES if file.suffix == ".tf"], ids=name_of)
def test_no_module_quantifies_over_all_values_or_needs_a_provider_for_thumbprints(file: Path) -> None:
    assert not re.search(r"ForAllValues|hashicorp/tls", re.sub(r"#.*", "", file.read_text()))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The script in a tree of its own, with a release of its own, as a machine that never ran it has it."""
    for name in ("scripts/terraform", "requirements/terraform.json"):
        (tmp_path / name).parent.mkdir()
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def releases(tree: Path) -> Iterator[str]:
    """A server of releases on loopback; what it has lies in ``tree``/releases."""
    folder = tree / "releases"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = folder / self.path.removeprefix("/")
            self.send_response(200 if file.is_file() else 404)
            self.end_headers()
            self.wfile.write(file.read_bytes() if file.is_file() else b"")

        def log_request(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def program(version: str) -> bytes:
    """A program that says its version as Terraform does, and otherwise what it was called with."""
    told = json.dumps({"terraform_version": version})
    return (
        f"#!/bin/sh\nif [ \"$1 $2\" = 'version -json' ]; then echo '{told}'; else\n"
        f'echo "{version} $*"; cat "$TF_CLI_CONFIG_FILE"; fi\n'
    ).encode()


def release(tree: Path, version: str = "9.9.9", *, honest: bool = True) -> None:
    """Pins a release, and puts it, or something else under its name, on the server."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("terraform", program(version))
    digest = hashlib.sha256(packed.getvalue() if honest else b"something else").hexdigest()
    platforms = [f"{system}_{machine}" for system in ("linux", "darwin") for machine in ("amd64", "arm64")]
    pins = {"version": version, "minimum": "1.9.0", "sha256": dict.fromkeys(platforms, digest)}
    (tree / "requirements/terraform.json").write_text(json.dumps(pins))
    (tree / "releases" / version).mkdir(parents=True)
    for platform in platforms:
        (tree / f"releases/{version}/terraform_{version}_{platform}.zip").write_bytes(packed.getvalue())


def mirror(tree: Path) -> Path:
    made = tree / "mirror"
    (made / "registry.terraform.io/hashicorp/aws/5.100.0").mkdir(parents=True)
    return made


def on_path(tree: Path, version: str) -> None:
    (tree / "bin").mkdir()
    (tree / "bin/terraform").write_bytes(program(version))
    (tree / "bin/terraform").chmod(0o755)


def ran(tree: Path, releases: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """The script, on a PATH with nothing of Terraform but what a test put there."""
    folders = [folder for folder in os.environ["PATH"].split(":") if not Path(folder, "terraform").exists()]
    given = {"PATH": ":".join([str(tree / "bin"), *folders]), "HOME": str(tree), "TERRAFORM_RELEASES": releases}
    command = [sys.executable, str(tree / "scripts/terraform"), "plan", "-out=x"]
    return subprocess.run(command, env=given | environ, capture_output=True, text=True, check=False, timeout=60)


def test_a_terraform_on_the_path_that_is_new_enough_is_taken(tree: Path) -> None:
    on_path(tree, "1.9.0")
    done = ran(tree, TERRAFORM_PROVIDER_MIRROR=str(mirror(tree)))
    assert done.stdout.startswith("1.9.0 plan -out=x\n"), done.stderr


@pytest.mark.parametrize("found", ["1.8.9", "0.15.5", ""])
def test_else_the_pinned_release_is_downloaded_once(tree: Path, releases: str, found: str) -> None:
    if found:
        on_path(tree, found)
    release(tree)
    given = {"TERRAFORM_PROVIDER_MIRROR": str(mirror(tree))}
    assert ran(tree, releases, **given).stdout.startswith("9.9.9 plan -out=x\n")
    shutil.rmtree(tree / "releases")
    assert ran(tree, releases, **given).stdout.startswith("9.9.9 plan -out=x\n")


def test_a_release_with_another_checksum_is_not_run_and_not_kept(tree: Path, releases: str) -> None:
    release(tree, honest=False)
    done = ran(tree, releases, TERRAFORM_PROVIDER_MIRROR=str(mirror(tree)))
    assert (done.returncode, done.stdout) == (1, "")
    assert "wanted SHA-256" in done.stderr
    assert not list((tree / ".cache/terraform").glob("terraform-*"))


def test_where_nothing_can_be_had_it_says_what_was_wanted_and_tried(tree: Path, releases: str) -> None:
    done = ran(tree, releases)
    assert done.returncode == 1
    assert "wanted Terraform 1.9.0 or later on PATH, found none" in done.stderr
    assert "HTTP Error 404" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_mirror_that_was_named_serves_what_it_has_and_the_registry_the_rest(tree: Path) -> None:
    on_path(tree, "1.10.0")
    configuration = ran(tree, TERRAFORM_PROVIDER_MIRROR=str(mirror(tree))).stdout
    assert f'path    = "{tree / "mirror"}"' in configuration
    assert configuration.count('["registry.terraform.io/hashicorp/aws"]') == 2


def test_a_mirror_without_the_provider_is_refused(tree: Path) -> None:
    on_path(tree, "1.10.0")
    done = ran(tree, TERRAFORM_PROVIDER_MIRROR=str(tree))
    assert done.returncode == 1
    assert "TERRAFORM_PROVIDER_MIRROR: wanted a folder with registry.terraform.io/hashicorp/aws" in done.stderr


def test_a_mirror_on_the_network_is_used_as_such(tree: Path) -> None:
    on_path(tree, "1.10.0")
    done = ran(tree, TERRAFORM_PROVIDER_MIRROR="https://mirror.invalid/providers/")
    assert 'network_mirror {\n    url = "https://mirror.invalid/providers/"' in done.stdout


def test_a_mirror_in_the_home_folder_is_found_by_itself(tree: Path) -> None:
    on_path(tree, "1.10.0")
    plugins = tree / ".terraform.d/plugins"
    plugins.parent.mkdir()
    mirror(tree).rename(plugins)
    assert f'"{plugins}"' in ran(tree).stdout
    shutil.rmtree(plugins)
    assert f'"{plugins}"' not in ran(tree).stdout, "a mirror that is gone is forgotten"
