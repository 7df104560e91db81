# SPDX-License-Identifier: Apache-2.0
"""Contents, rules, comments and baseline put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from okta_aws.errors import Problem, SettingsError
from okta_aws.flows.policy_files.contents import Contents, NotChecked
from okta_aws.trust import baseline, ignore
from okta_aws.trust.finding import Catalogue, Finding, Rule, Severity
from okta_aws.trust.ignore import Ignore
from okta_aws.trust.lint import LINT, OTHERS, lint
from okta_aws.trust.rules import RULES


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rules run, and from which severity on a finding counts; ``fails_on`` ``None``: none does."""

    rules: tuple[Rule, ...]
    names: frozenset[str]
    fails_on: Severity | None


@dataclass(frozen=True, slots=True)
class Report:
    """What is left to say. ``silenced``: by comments. ``accepted``: by the baseline. ``fails``: that a finding
    counts. ``checked``: how many of what the rules ``of`` the command are about."""

    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    checked: int
    files: int
    silenced: int
    accepted: int
    fails: bool
    of: Catalogue = LINT


def choice(only: Sequence[str], without: Sequence[str], fails_on: str, of: Catalogue = LINT) -> Choice:
    """The rules called ``only`` (all, where none is named) but for those ``without``. Raises ``SettingsError``."""
    page = of.docs.partition("/main/")[2]
    problems = [
        Problem(flag, "flag", "the name of a rule", ascii(name), f"{page} has them")
        for flag, names in (("--rule", only), ("--disable", without))
        for name in names
        if name not in of.names
    ]
    if problems:
        raise SettingsError(problems)
    names = frozenset(only or of.names) - set(without) | (frozenset(OTHERS) - set(without))
    rules = tuple(rule for rule in RULES if rule.name in names)
    return Choice(rules, names, Severity(fails_on) if fails_on != "never" else None)


def report(contents: Contents, chosen: Choice, accepted: baseline.Baseline | None) -> Report:
    """What the rules find in ``contents``, less what comments and baseline take out, in the order of files and
    lines."""
    found = [*contents.unreadable, *lint(contents.roles, contents.providers, chosen.rules)]
    counts = len(contents.roles), contents.files
    return settled(found, contents.ignores, contents.not_checked, chosen, accepted, counts)


def settled(
    found: list[Finding],
    ignores: Sequence[Ignore],
    not_checked: Sequence[NotChecked],
    chosen: Choice,
    accepted: baseline.Baseline | None,
    counts: tuple[int, int],
    of: Catalogue = LINT,
) -> Report:
    """The report of what was ``found``. ``counts``: of what was checked, and of files."""
    silenced = known = 0
    if ignores:
        found, silenced = ignore.apply(found, ignores)
    if accepted is not None:
        found, known = baseline.apply(found, accepted)
    findings = [finding for finding in dict.fromkeys(found) if finding.rule in chosen.names]
    findings.sort(key=lambda one: (one.file, one.line or 0, one.severity.rank, one.rule))
    limit = chosen.fails_on
    fails = limit is not None and any(one.severity.rank <= limit.rank for one in findings)
    return Report(tuple(findings), tuple(not_checked), *counts, silenced, known, fails, of)
