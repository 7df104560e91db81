# SPDX-License-Identifier: Apache-2.0
"""Files, rules, comments and baseline of ``okta-aws atlantis check`` put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from okta_aws.atlantis.checks import CHECKS, check
from okta_aws.flows.atlantis.files import Reader
from okta_aws.flows.lint import Choice, Report, settled
from okta_aws.trust import baseline


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be checked. ``here``: the folder that relative paths start at. ``map_path``: the map, or empty."""

    paths: Sequence[str]
    here: str
    map_path: str
    chosen: Choice
    accepted: baseline.Baseline | None


def checked(question: Question, debug: Callable[[str], None], busy_s: Callable[[], float]) -> Report:
    """What the rules find in the files. ``busy_s``: how long the processor has worked for this process.

    Raises ``SettingsError`` for paths that are not there.
    """
    reader = Reader(debug, busy_s)
    reader.read(question.paths, question.here, question.map_path)
    contents = reader.contents
    found = [*contents.unreadable, *check(reader.setup)]
    counts = len(reader.setup.servers), contents.files
    return settled(
        found, contents.ignores, contents.not_checked, question.chosen, question.accepted, counts, CHECKS
    )  # fmt: skip
