# SPDX-License-Identifier: Apache-2.0
"""Put together the files of the image: `assemble.py BUILD IMAGE`, run by the Dockerfile in the build stage.

Python and its libraries, certificates, our package and its byte code. Whatever is not copied here is not in the image.
"""

from __future__ import annotations

import ast
import compileall
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
SITE = Path("/usr/lib/python3/dist-packages")
EXECUTABLES = ["okta-aws-action", "okta-aws-action-post"]
# Parts of the standard library that a process without terminal, database, tests or further processes, whose texts are
# UTF-8, never imports.
LEFT_OUT = shutil.ignore_patterns(
    *("__pycache__", "EXTERNALLY-MANAGED", "sitecustomize.py", "*.a", "config-*"),
    *("test", "_test*", "_xxtest*", "xx*.so", "unittest", "doctest.py", "pdb.py", "pydoc*", "_pyrepl", "_lsprof*"),
    *("ensurepip", "venv", "idlelib", "lib2to3", "tkinter", "turtle*", "curses", "_curses*", "readline*"),
    *("dbm", "_dbm*", "_gdbm*", "sqlite3", "_sqlite3*", "xmlrpc", "wsgiref"),
    *("asyncio", "_asyncio*", "multiprocessing", "_multiprocessing*", "_interp*"),
    *("ctypes", "_ctypes*", "_pydecimal.py", "imaplib.py", "mailbox.py", "smtplib.py", "ftplib.py", "poplib.py"),
    *("_codecs_*", "_multibytecodec*", "cp[0-9]*.py", "mac_*.py", "iso8859_*.py", "iso2022_*.py", "koi8_*.py"),
    *("big5*.py", "euc_*.py", "gb*.py", "hz.py", "johab.py", "shift_jis*.py", "kz1048.py", "ptcp154.py", "tis_620.py"),
)
# cryptography loads cffi's extension module alone; these two are for those who write such modules. Of botocore we use
# the signer, which reads none of the services' models; of dateutil no time zones but UTC.
LIBRARIES_LEFT_OUT = shutil.ignore_patterns(
    *("__pycache__", "bin", "cffi", "pycparser", "pycparser-*", "data", "cacert.pem", "dateutil-zoneinfo.tar.gz"),
)
# One file of each package that files are copied from, shared libraries aside.
PACKAGE_FILES = [
    Path(sys.executable).resolve(),
    STANDARD_LIBRARY / "os.py",
    STANDARD_LIBRARY / "http/client.py",
    Path("/usr/lib/os-release"),
    Path("/usr/sbin/update-ca-certificates"),
]


def main(build: Path, image: Path) -> None:
    copy_python(image)
    shutil.copytree(build / "libraries", image / within(SITE), ignore=LIBRARIES_LEFT_OUT)
    copy_package(build, image / within(SITE))
    for name in EXECUTABLES:
        shutil.copy(build / "image" / name, image / name)
        (image / name).chmod(0o755)
    copy_system_files(image)
    copy_package_records(image, [*PACKAGE_FILES, *copy_shared_libraries(image)])
    compile_all(image)


def within(path: Path) -> Path:
    """The path below another root."""
    return path.relative_to("/")


def copy_python(image: Path) -> None:
    for name in ["lib", "lib64"]:  # merged into /usr; which of them there are depends on the processor
        if Path("/", name).is_symlink():
            (image / "usr" / name).mkdir(parents=True)
            (image / name).symlink_to(f"usr/{name}")
    interpreter = Path(sys.executable).resolve()
    copy(interpreter, image / within(interpreter))
    (image / "usr/bin/python3").symlink_to(interpreter.name)
    shutil.copytree(STANDARD_LIBRARY, image / within(STANDARD_LIBRARY), ignore=LEFT_OUT, symlinks=True)


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def copy_package(build: Path, site: Path) -> None:
    """Copy of our package what the action imports, at once or late; the command line's own stays behind."""
    for name in reachable(build, "okta_aws.action"):
        module = module_file(build, name)
        copy(module, site / module.relative_to(build))
    copy(build / "okta_aws/py.typed", site / "okta_aws/py.typed")


def reachable(build: Path, start: str) -> set[str]:
    """The modules of our package that ``start`` imports, anywhere in its code, and those that they import."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in found and module_file(build, name).is_file():
            found.add(name)
            ahead += [name.rpartition(".")[0], *imports(ast.parse(module_file(build, name).read_text("utf-8")))]
    return found


def module_file(build: Path, name: str) -> Path:
    path = build / name.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def imports(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "okta_aws":
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def copy_shared_libraries(image: Path) -> list[Path]:
    """Copy what the programs and extension modules in the image are linked with; the originals' paths."""
    libraries = set()
    for program in [*image.glob("usr/bin/python3.*"), *image.rglob("*.so"), *image.rglob("*.so.*")]:
        libraries |= set(linked_libraries(program))
    originals = []
    for library in sorted(libraries):
        if not library.is_relative_to(image):
            copy(library.resolve(), image / within(library))
            originals.append(library.resolve())
    return originals


def linked_libraries(program: Path) -> Iterator[Path]:
    shown = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    if "not found" in shown:
        sys.exit(f"assemble: {program} needs a library that is not there:\n{shown}")
    yield from (Path(path) for path in re.findall(r"(/\S+) \(0x", shown))


def copy_system_files(image: Path) -> None:
    """What the C library, OpenSSL and scanners look for.

    Certificates are a folder of hashed names and no bundle: OpenSSL then reads the one it needs, not all of them at
    each start, which costs 50 ms.
    """
    for path in ["/etc/nsswitch.conf", "/etc/debian_version", "/usr/lib/os-release"]:
        copy(Path(path), image / within(Path(path)))
    (image / "etc/os-release").symlink_to("../usr/lib/os-release")
    (image / "etc/passwd").write_text("root:x:0:0:root:/root:/nonexistent\n")
    (image / "etc/group").write_text("root:x:0:\n")
    for hashed in Path("/etc/ssl/certs").glob("*.[0-9]"):
        copy(hashed.resolve(), image / within(hashed))
    (image / "usr/lib/ssl").mkdir()
    (image / "usr/lib/ssl/certs").symlink_to("/etc/ssl/certs")
    (image / "root").mkdir(mode=0o700)
    (image / "tmp").mkdir()
    (image / "tmp").chmod(0o1777)


def copy_package_records(image: Path, files: list[Path]) -> None:
    """Write what dpkg knows about the packages that the files are from, one file each, where scanners look for it."""
    records = image / "var/lib/dpkg/status.d"
    records.mkdir(parents=True)
    shown = subprocess.run(["dpkg-query", "--search", *files], check=True, capture_output=True, text=True).stdout
    for package in {line.rsplit(": ", 1)[0] for line in shown.splitlines()}:
        status = subprocess.run(["dpkg-query", "--status", package], check=True, capture_output=True, text=True).stdout
        (records / package.split(":")[0]).write_text(status)


def compile_all(image: Path) -> None:
    """Compile everything to byte code that Python takes without looking at the source's time or content.

    Times would not survive the layers of an image, and the root file system may be read-only.
    """
    unchecked = PycInvalidationMode.UNCHECKED_HASH
    for folder in [STANDARD_LIBRARY, SITE]:
        place = image / within(folder)
        if not compileall.compile_dir(place, quiet=1, invalidation_mode=unchecked, stripdir=image, prependdir="/"):
            sys.exit(f"assemble: not everything in {folder} compiles")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
