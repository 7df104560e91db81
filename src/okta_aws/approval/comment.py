# SPDX-License-Identifier: Apache-2.0
"""The two comments of a pull request: the sealed plan, and what became of it.

The first is rendered from statement and text alone, so that it can be made again and compared letter by letter: what
an approver saw is what was sealed. The second says why nothing was applied, or that it was; it is apart from the first,
since each edit of that one makes earlier approvals void.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from okta_aws.approval.seal import NO_STATE, Statement

# GitHub takes 65,536 characters; half of what is beyond ASCII may be counted twice.
MAX_SHOWN = 28_000
_HEAD, _TAIL = 24_000, 4_000
MAX_TEXT = 8 << 20
_LONGEST_LINE = 4_000
_BACKTICKS = re.compile(r"`+")


def clean(text: str) -> str:
    """``text`` as lines that show themselves: what is unprintable is written out, ends are ``\\n``.

    Nothing is left out, since this is what gets sealed. Unprintable are terminal sequences, bidirectional and other
    format characters, and every other line separator.
    """
    lines = [_line(line) for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n" if lines else ""


def place_of(directory: str, workspace: str, environment: str) -> str:
    """A name for directory, workspace and environment: 16 hexadecimal digits."""
    return hashlib.sha256(f"{directory}\0{workspace}\0{environment}".encode()).hexdigest()[:16]


def plan_marker(place: str) -> str:
    """What the comment with the plan begins with."""
    return f"<!-- okta-aws-plan {place} -->"


def outcome_marker(place: str) -> str:
    """What the comment with the outcome begins with."""
    return f"<!-- okta-aws-outcome {place} -->"


def plan_comment(statement: Statement, text: str, text_key: str) -> str:
    """The comment of a sealed plan. ``text``: cleaned. ``text_key``: where the whole of it lies in the bucket."""
    place = place_of(statement.directory, statement.workspace, statement.environment)
    summary = text.partition("\n")[0]
    shown, is_cut = _cut(text)
    whole = f"s3://{statement.plan_bucket}/{text_key}"
    cut = [f"**Only a part is shown here.** Read the whole before you approve: {_code(whole)}", ""] if is_cut else []
    state = "no state yet" if statement.state_version == NO_STATE else f"state version {_code(statement.state_version)}"
    lines = [
        plan_marker(place),
        f"### Terraform plan: {_code(statement.directory)}, workspace {_code(statement.workspace)}",
        "",
        f"**{_text(summary)}** in the environment {_code(statement.environment)}, for commit {_code(statement.head)}.",
        "",
        *cut,
        "<details><summary>The plan</summary>",
        "",
        *_fenced(shown),
        "",
        "</details>",
        "",
        "To have exactly these bytes applied, approve this commit after this comment. A new plan needs a new approval.",
        "",
        f"<sub>Sealed {_text(statement.rendered_at)} by run {_text(statement.run)} with {_text(statement.program)};",
        f"{state};",
        f"backend {_code(statement.backend)};",
        f"plan SHA-256 {_code(statement.plan_sha256)}, text SHA-256 {_code(statement.text_sha256)},",
        f"whole text {_code(whole)}, seal {_code(hashlib.sha256(statement.canonical().encode()).hexdigest())}</sub>",
    ]
    return "\n".join(lines)


def outcome_comment(place: str, directory: str, workspace: str, title: str, lines: Sequence[str]) -> str:
    """The comment that tells what became of a plan. ``title``: our own words; ``lines``: may be foreign."""
    return told(outcome_marker(place), title, directory, workspace, lines)


def told(marker: str, title: str, directory: str, workspace: str, lines: Sequence[str], note: str = "") -> str:
    """A comment of that marker. ``title`` and ``note``: our own words, in Markdown; ``lines``: may be foreign.

    Of long lines the beginning and the end are shown.
    """
    head = f"### {title}: {_code(directory)}, workspace {_code(workspace)}"
    shown, is_cut = _cut(clean("\n".join(lines)))
    cut = "**Only a part is shown here.** The job's log has the whole." if is_cut else ""
    return "\n".join([marker, head, "", *(f"{one}\n" for one in (note, cut) if one), *_fenced(shown)])


def same_text(one: str, other: str) -> bool:
    """Whether two bodies of comments say the same: GitHub may change line ends, and blanks at the end."""
    return _unified(one) == _unified(other)


def has_marker(body: str, marker: str) -> bool:
    """Whether a comment with ``body`` claims to be the one of that marker."""
    return body.lstrip().startswith(marker)


def listed(items: Iterable[str], most: int = 200) -> list[str]:
    """Each item on an indented line, at most so many."""
    found = list(items)
    more = [f"  … and {len(found) - most} more"] if len(found) > most else []
    return [f"  {item}" for item in found[:most]] + more


def _unified(body: str) -> str:
    return body.replace("\r\n", "\n").rstrip()


def _line(line: str) -> str:
    return line if line.isprintable() else "".join(one if one.isprintable() else _escaped(one) for one in line)


def _escaped(one: str) -> str:
    return "    " if one == "\t" else one.encode("unicode_escape").decode("ascii")


def _cut(text: str) -> tuple[str, bool]:
    """The beginning and the end of a long text, its longest lines cut; Terraform's own summary is at the end."""
    if len(text) + 2 * len(_fence(text)) <= MAX_SHOWN:
        return text, False
    text = "\n".join(_shortened(line) for line in text.split("\n"))
    if len(text) <= MAX_SHOWN:
        return text, True
    head = text[:_HEAD].rpartition("\n")[0]
    tail = text[-_TAIL:].partition("\n")[2]
    left_out = text.count("\n") - (head.count("\n") + 1) - tail.count("\n")
    return f"{head}\n\n[… {left_out} lines are left out here …]\n\n{tail}", True


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} … ({len(line)} characters)"


def _fenced(text: str) -> list[str]:
    """``text`` in a fence that it cannot end. Inside one GitHub knows neither HTML, nor links, nor mentions."""
    fence = _fence(text)
    return [f"{fence}text", *text.rstrip("\n").split("\n"), fence]


def _fence(text: str) -> str:
    return "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))


def _text(foreign: str) -> str:
    """``foreign`` as Markdown that shows it, character by character."""
    return "".join(one if one.isalnum() or one == " " else f"&#{ord(one)};" for one in clean(foreign).strip())


def _code(foreign: str) -> str:
    return f"<code>{_text(foreign)}</code>"
