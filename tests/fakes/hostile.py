# SPDX-License-Identifier: Apache-2.0
"""Texts that try to become more than text, and a check of everything that a step left that they did not."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from urllib.parse import unquote

from hypothesis import strategies as st

from fakes.job import Job, Step
from fakes.leaks import files_below
from unit.runner.protocol import command_of, lines_of, pairs_of

# What a text wants to happen; no input, claim or message of an honest test has it.
MARK = "PWNED"
FRAGMENTS = (
    "\n", "\r", "\r\n", "%0A", "%0D", "%250A", "%25", "\t", " ", "\x0b", "\x0c", "\x1b[2J", "\x1b]0;x\x07", "\x7f",
    "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\ufeff", "\x00", "\udcff", "\U0001f511",
    f"::set-env name={MARK}::1", f"::set-output name={MARK}::1", f"::add-mask::{MARK}", f"::add-path::/{MARK}",
    f"::save-state name={MARK}::1", f"::stop-commands::{MARK}", f"::error title={MARK}::x", "::echo::on",
    f"##[set-env name={MARK};]1", f"##[add-mask]{MARK}", f"##[command]{MARK}", f"##[group]{MARK}", "##[endgroup]",
    f"{MARK}=1", f"{MARK}<<EOF\nx\nEOF", "EOF", "ghadelimiter_x", "end_", "<<", "=", "::", "##[", "]", ",", ";", ":",
    "../" * 3, "/etc/passwd", "~", "$(x)", "`x`", "${{ x }}", "<script>", "](x)", "|", "'", '"', "\\", "\\n",
    "[default]", "#", "{", "}", "A" * 300,
)  # fmt: skip

LONG = "\n::set-env name=PWNED::" + "A" * (1 << 20)


def texts(*, without: str = "", longest: int = 6) -> st.SearchStrategy[str]:
    """Any few fragments in a row; none of the characters ``without``, which their carrier cannot carry."""
    pieces = st.sampled_from(FRAGMENTS) | st.text(max_size=8)
    joined = st.lists(pieces, min_size=1, max_size=longest).map("".join)
    return joined.map(lambda text: "".join(one for one in text if one not in without and not _is_lone(one)))


def with_bytes(*, without: str = "") -> st.SearchStrategy[str]:
    """The same with bytes that are no UTF-8, as Python's environment has them."""
    return st.tuples(texts(without=without), texts(without=without)).map("\udcff".join)


def _is_lone(character: str) -> bool:
    # Only U+DC80 to U+DCFF stand for bytes; `texts` has no half of a pair at all.
    return 0xD800 <= ord(character) <= 0xDFFF


def assert_harmless(
    step: Step,
    job: Job,
    *,
    masks: Iterable[str] = (),
    within: str = "",
    names: Collection[str] = (),
    files: Collection[str] = (),
) -> None:
    """That nothing came of it but what an honest step leaves.

    ``masks``: secrets that may be masked; ``within``: so may any part of this. ``names``: variables, outputs and state
    that may be set; none of them on a failure. ``files``: those below the job's folder, besides the runner's own.
    """
    assert step.stderr == ""
    assert step.status not in (1, 99), step.stdout[-2000:]
    _assert_lines(step, masks, within)
    for kind in ("ENV", "OUTPUT", "STATE"):
        pairs = pairs_of(step.files[kind])
        told = [name for name, _ in pairs]
        assert all(value.isprintable() for _, value in pairs), kind
        assert set(told) <= (set(names) if step.status == 0 else set()), (kind, told)
        assert len(told) == len(set(told))
    _assert_summary(step)
    runners = re.compile(r"(stdout|stderr|temp/_runner_file_commands/\w+)")
    assert {name for name in files_below(job.folder) if not runners.fullmatch(name)} <= set(files)


def _assert_lines(step: Step, masks: Iterable[str], within: str) -> None:
    may_be_masked = {part.strip() for mask in masks for part in [mask, *re.split("[\r\n]", mask)]}
    errors = 0
    for line in lines_of(step.stdout):
        command = command_of(line)
        if command is None:
            assert line.isprintable(), ascii(line[:200])
            continue
        assert line.startswith("::"), ascii(line[:200])
        assert command.name in {"add-mask", "error", "warning", "debug"}, ascii(line[:200])
        if command.name == "add-mask":
            is_part = command.data in within or command.data in unquote(within)
            assert is_part or command.data.strip() in may_be_masked, ascii(command.data[:200])
            continue
        errors += command.name == "error"
        assert all(part.isprintable() for part in [*command.data.split("\n"), *command.properties.values()])
        assert set(command.properties) <= {"title"}
        assert MARK not in command.properties.get("title", "")
    assert errors == (1 if step.status else 0)


def _assert_summary(step: Step) -> None:
    text = step.files["STEP_SUMMARY"]
    assert len(text.encode(errors="surrogateescape")) <= 1 << 20
    assert all(line.isprintable() for line in text.split("\n"))
    # Whatever has a meaning in Markdown or HTML is written as a character reference, so no foreign markup is left.
    assert not re.search(r"<(?!/?(code|pre)>)", text)
