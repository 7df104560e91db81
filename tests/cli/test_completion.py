# SPDX-License-Identifier: Apache-2.0
"""Completion, asked of the shells themselves: bash and fish as on a tab, zsh as far as it reads the script."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from fakes.command import PROGRAM, environment, okta_aws

BASH = """
source <({program} completion bash)
COMP_WORDS=({words}) COMP_CWORD={last}
$(complete -p okta-aws | sed 's/.*-F \\([^ ]*\\).*/\\1/') okta-aws
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def shell(name: str, script: str) -> str:
    program = shutil.which(name)
    assert program is not None, f"{name} is not installed"
    options = {"bash": ["--norc"], "fish": ["--no-config"], "zsh": ["-f"]}[name]
    environ = environment({"PATH": f"{PROGRAM.parent}:/usr/bin:/bin"})
    done = subprocess.run([program, *options, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["okta-aws", "cred"], {"credentials", "credential-process"}),
        (["okta-aws", "exec", "--okta-cl"], {"--okta-client-id", "--okta-client-secret-file"}),
        (["okta-aws", "credentials", "--format", "e"], {"env"}),
        (["okta-aws", "completion", ""], {"bash", "zsh", "fish"}),
        (["okta-aws", "token", "f"], {"fetch"}),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
class TestCompletion:
    def test_bash(self, words: list[str], wanted: set[str]) -> None:
        quoted = " ".join(f"'{word}'" for word in words)
        script = BASH.format(program=PROGRAM, words=quoted, last=len(words) - 1)
        assert set(shell("bash", script).split()) == wanted

    def test_fish(self, words: list[str], wanted: set[str]) -> None:
        line = " ".join(words)
        told = shell("fish", f"{PROGRAM} completion fish | source; complete --do-complete '{line}'")
        assert {row.split("\t")[0] for row in told.splitlines()} == wanted


def test_zsh_reads_the_script_and_binds_it() -> None:
    script = f"autoload -Uz compinit; compinit -D; source <({PROGRAM} completion zsh); print $_comps[okta-aws]"
    assert shell("zsh", script).strip() == "_okta_aws_completion"


def test_another_shell_is_refused() -> None:
    assert okta_aws("completion", "csh").status == 2
