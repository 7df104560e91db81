# SPDX-License-Identifier: Apache-2.0
"""What is in the image, and what is not."""

from __future__ import annotations

import gzip
import re
import stat
import subprocess
import tarfile
from pathlib import PurePosixPath

import pytest

from image.engine import ROOT, configuration, python
from image.runner import action

PACKAGES = "usr/lib/python3/dist-packages"
STEPS = ["entrypoint", "post-entrypoint"]
# Promised in the documentation, in bytes of the compressed image.
LARGEST = 20_000_000
SHELLS = {"sh", "bash", "dash", "ash", "busybox", "zsh"}
PROGRAMS_THAT_INSTALL_OR_RUN_CODE = {"apt", "apt-get", "dpkg", "pip", "pip3", "perl", "env", "ld.so"}


def names(files: tarfile.TarFile) -> set[str]:
    return {PurePosixPath(member.name).name for member in files.getmembers() if not member.isdir()}


@pytest.mark.parametrize("step", STEPS)
def test_the_executables_of_action_yml_are_in_the_image(files: tarfile.TarFile, step: str) -> None:
    # The runner takes the whole text as the path of one executable, blanks with it.
    path = action()["runs"][step]
    member = files.getmember(path.removeprefix("/"))
    assert not any(character.isspace() for character in path)
    assert member.isfile()
    assert member.mode & 0o111 == 0o111


@pytest.mark.parametrize("step", STEPS)
def test_python_starts_isolated(files: tarfile.TarFile, step: str) -> None:
    script = files.extractfile(action()["runs"][step].removeprefix("/"))
    assert script is not None
    assert script.readline() == b"#!/usr/bin/python3 -I\n"


def test_the_image_runs_the_step_by_itself_as_root_and_says_what_it_is(image: str) -> None:
    found = configuration(image)
    assert found["Entrypoint"] == [action()["runs"]["entrypoint"]]
    assert found["User"] == ""
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in found["Labels"].items()}
    assert (labels["title"], labels["licenses"]) == ("okta-aws-action", "Apache-2.0")
    assert labels["source"] == "https://github.com/org/okta-aws-action"


@pytest.mark.parametrize("unwanted", [SHELLS, PROGRAMS_THAT_INSTALL_OR_RUN_CODE], ids=["shell", "package manager"])
def test_there_is_no(files: tarfile.TarFile, unwanted: set[str]) -> None:
    assert not names(files) & unwanted


def test_python_is_the_only_program(files: tarfile.TarFile) -> None:
    folders = ("bin/", "sbin/", "usr/bin/", "usr/sbin/", "usr/local/")
    assert {member.name for member in files if member.name.startswith(folders)} == {
        "usr/bin/python3",
        "usr/bin/python3.13",
    }


def test_nothing_gives_more_rights_to_who_runs_it(files: tarfile.TarFile) -> None:
    assert not [member.name for member in files if member.mode & (stat.S_ISUID | stat.S_ISGID)]


def test_our_package_is_there_as_far_as_the_action_imports_it(files: tarfile.TarFile) -> None:
    ours = ROOT / "src/okta_aws"
    names = {member.name.removeprefix(f"{PACKAGES}/okta_aws/") for member in files if member.isfile()}
    found = {name for name in names if (ours / name).is_file() and name.endswith(".py")}
    assert "action.py" in found
    assert not [
        name for name in found if name.startswith(("cli/", "demo/", "approval/", "trust/rules/", "flows/policy_files/"))
    ]
    for name in found:
        for line in (ours / name).read_text().splitlines():
            match = re.match(r"\s*from okta_aws(\S*) import ", line)
            if match:
                path = match[1].lstrip(".").replace(".", "/")
                assert {f"{path}.py", f"{path}/__init__.py".lstrip("/")} & found, f"{name}: {line}"


def test_scanners_find_the_packages(files: tarfile.TarFile) -> None:
    found = {member.name for member in files}
    debian = {name.removeprefix("var/lib/dpkg/status.d/") for name in found if "/status.d/" in name}
    assert {"python3.13-minimal", "libc6", "libssl3t64", "ca-certificates"} <= debian
    python_packages = {PurePosixPath(name).name.split("-")[0] for name in found if name.endswith(".dist-info")}
    assert {"cryptography", "pyjwt"} <= python_packages


def test_nothing_of_the_machine_that_built_it_is_left(files: tarfile.TarFile) -> None:
    assert not [member.name for member in files if "build-machine" in member.name or member.name.startswith("build")]


def test_every_module_has_byte_code_that_is_taken_unchecked(files: tarfile.TarFile) -> None:
    modules = {member.name for member in files if member.name.endswith(".py")}
    assert any(module.startswith(f"{PACKAGES}/okta_aws/") for module in modules)
    for module in modules:
        path = PurePosixPath(module)
        compiled = files.extractfile(str(path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc"))
        assert compiled is not None
        # PEP 552: bit 0 says that a hash stands in the place of the time, bit 1 would demand that it be checked.
        assert int.from_bytes(compiled.read(8)[4:], "little") == 0b01, module


def test_nothing_is_compiled_and_nothing_written_at_the_start(image: str) -> None:
    result = python(image, ["-v", "-c", "import okta_aws.action, ssl, jwt, cryptography.x509"], "--read-only")
    assert result.returncode == 0, result.stderr
    assert f"code object from '/{PACKAGES}/okta_aws/__pycache__/action.cpython-313.pyc'" in result.stderr
    assert "code object from /" not in result.stderr  # the words for a source that was compiled
    assert "# wrote" not in result.stderr


def test_certificates_are_found_without_reading_them_all(image: str, files: tarfile.TarFile) -> None:
    certificates = [member for member in files if member.name.startswith("etc/ssl/certs/") and member.isfile()]
    shown = python(
        image,
        ["-c", "import ssl; print(ssl.get_default_verify_paths().capath, ssl.create_default_context().get_ca_certs())"],
    )
    assert len(certificates) > 100
    assert shown.stdout == "/usr/lib/ssl/certs []\n"


def test_a_private_key_can_be_used(image: str) -> None:
    program = (
        "import jwt; from cryptography.hazmat.primitives.asymmetric import ec;"
        "key = ec.generate_private_key(ec.SECP256R1());"
        "print(jwt.decode(jwt.encode({'sub': 'me'}, key, 'ES256'), key.public_key(), ['ES256']))"
    )
    assert python(image, ["-c", program], "--read-only", "--network=none").stdout == "{'sub': 'me'}\n"


def test_a_request_to_aws_can_be_signed(image: str) -> None:
    program = (
        "import secrets; from botocore.auth import SigV4Auth; from botocore.awsrequest import AWSRequest;"
        "from botocore.credentials import ReadOnlyCredentials as Keys;"
        "request = AWSRequest('POST', 'https://sts.eu-central-1.amazonaws.com/', data='Action=GetCallerIdentity');"
        "SigV4Auth(Keys('id', secrets.token_hex(), None), 'sts', 'eu-central-1').add_auth(request);"
        "print(request.headers['Authorization'].partition(' ')[0])"
    )
    assert python(image, ["-c", program], "--read-only", "--network=none").stdout == "AWS4-HMAC-SHA256\n"


def test_it_is_small(image: str) -> None:
    compressed = CountingSink()
    with gzip.GzipFile(fileobj=compressed, mode="wb") as archive, saved(image) as image_file:
        assert image_file.stdout is not None
        while part := image_file.stdout.read(1 << 20):
            archive.write(part)
    assert compressed.size <= LARGEST


def saved(image: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE)


class CountingSink:
    """A file that keeps nothing but its size."""

    size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)

    def flush(self) -> None: ...
