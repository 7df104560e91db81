# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis init``: Atlantis's own files, made from the map."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from okta_aws.atlantis.repos_yaml import NOTICE, PROGRAM, Program, allow_list, files
from okta_aws.cli.atlantis.map_option import map_option, read_map
from okta_aws.cli.manual import Manual
from okta_aws.cli.terminal import Terminal, result
from okta_aws.errors import ExportError, Problem, SettingsError
from okta_aws.files import read_small

_STALE = 10
_MAX_FILE = 1 << 20


@click.command(
    cls=Manual,
    examples=(
        ("Write them", "okta-aws atlantis init --map atlantis-map.yaml --output atlantis"),
        (
            "In CI: are they what the map says?",
            "okta-aws atlantis init --map atlantis-map.yaml --output atlantis --check",
        ),
    ),
    files={
        "DIR/repos.yaml": "For Atlantis's --repo-config.",
        "DIR/repositories/OWNER/NAME/atlantis.yaml": "For the root of that repository.",
    },
    exit_status={"0": "the files are what the map says", "8": "the map is no good", "10": "--check: some are not"},
)
@map_option
@click.option("--output", metavar="DIR", required=True, help="Folder of the files; made where it is missing.")
@click.option("--check", is_flag=True, help="Write nothing; tell which files are not what the map says.")
@click.option(
    "--program", metavar="PATH", default=PROGRAM, show_default=True, help="This program, where Atlantis runs."
)
@click.pass_context
def init(context: click.Context, /, map_path: str, output: str, check: bool, program: str) -> None:
    """Write a hardened repos.yaml for the server, and an atlantis.yaml for each repository of the map.

    Requirements approved, mergeable and undiverged; no custom workflows, hooks or overrides; sessions and variables
    from the helper before each command; who may run it from `okta-aws atlantis authorize`.
    """
    terminal = Terminal(debug=False)

    def command() -> int:
        if not os.path.isabs(program) or not program.isprintable() or set(program) & set("'\"\\ $`*?;&|<>()"):
            wanted = "an absolute path without blanks and characters of the shell"
            raise SettingsError([Problem("--program", "flag", wanted, ascii(program))])
        projects = read_map(map_path)
        wanted_files = files(projects, Program(program))
        left_over = sorted(set(_ours(output)) - set(wanted_files))
        for path in left_over:
            terminal.warning("left over", f"{path} is of no repository of the map; remove it there and here")
        stale = [path for path, text in wanted_files.items() if _content(os.path.join(output, path)) != text]
        for path in stale:
            if not check:
                _write(output, path, wanted_files[path])
            result(f"{'differs' if check else 'wrote'} {path}")
        terminal.say(
            f"the server's flags: --repo-allowlist={allow_list(projects)}; the rest is at the top of repos.yaml"
        )
        return _STALE if check and (stale or left_over) else 0

    context.exit(terminal.run(command))


def _ours(output: str) -> Iterator[str]:
    """The files of repositories in ``output`` that this command wrote."""
    for folder, _, names in os.walk(os.path.join(output, "repositories")):
        path = os.path.join(folder, "atlantis.yaml")
        if "atlantis.yaml" in names and (_content(path) or "").startswith(NOTICE):
            yield os.path.relpath(path, output)


def _content(path: str) -> str | None:
    try:
        return read_small(path, _MAX_FILE).decode()
    except (OSError, UnicodeDecodeError):
        return None


def _write(output: str, path: str, text: str) -> None:
    """In one step, readable for all: Atlantis is another user, and nothing in it is secret.

    A link in its place is replaced, not followed. Raises ``ExportError``.
    """
    final = os.path.join(output, path)
    temporary = f"{final}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(final), exist_ok=True)
        try:
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, final)
        except BaseException:
            if os.path.lexists(temporary):
                os.unlink(temporary)
            raise
    except OSError as cause:
        found = (cause.strerror or "an error").lower()
        fix = "give --output a folder that this user can write"
        raise ExportError("export-failed", f"writing {final}", found=found, fix=fix) from None
