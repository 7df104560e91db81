# SPDX-License-Identifier: Apache-2.0
"""Roles and provider URLs against the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from okta_aws.trust.finding import DOCS, Catalogue, Finding, Problem, Rule, Severity
from okta_aws.trust.role import ProviderUrl, Role
from okta_aws.trust.rules import RULES

# Said by whoever reads files and comments, and therefore no file in rules/.
UNREADABLE = "unreadable"
IGNORE_WITHOUT_REASON = "ignore-without-reason"
OTHERS: dict[str, tuple[Severity, str]] = {
    UNREADABLE: (Severity.ERROR, "What should hold a trust policy cannot be read as one"),
    IGNORE_WITHOUT_REASON: (Severity.ERROR, "A finding is ignored and nobody says why"),
}
SAID_OF_FILES = tuple((name, severity, title) for name, (severity, title) in OTHERS.items())
_TABLE = tuple((rule.name, rule.severity, rule.title) for rule in RULES)
LINT = Catalogue("okta-aws lint", DOCS, "okta-aws-lint", "role", (*_TABLE, *SAID_OF_FILES))
NAMES = LINT.names


def lint(roles: Iterable[Role], providers: Iterable[ProviderUrl], rules: Collection[Rule] = RULES) -> Iterator[Finding]:
    """What ``rules`` find, in the order of roles and rules."""
    for role in roles:
        for rule in rules:
            for problem in rule.check(role):
                yield _finding(
                    rule, problem, role.file, role.place(problem.line), role.name, (role.line, role.policy_line)
                )
    for provider in providers:
        for rule in rules:
            if rule.check_provider is not None:
                for problem in rule.check_provider(provider):
                    yield _finding(rule, problem, provider.file, provider.line, provider.name, (provider.line,))


def said(name: str, file: str, line: int | None, message: str, fix: str, detail: str = "") -> Finding:
    """A finding of one of ``OTHERS``."""
    return Finding(name, OTHERS[name][0], file, line, message, fix, detail=detail, role_lines=(line,))


def _finding(
    rule: Rule, problem: Problem, file: str, line: int | None, role: str, role_lines: tuple[int | None, ...]
) -> Finding:
    severity = problem.severity or rule.severity
    return Finding(rule.name, severity, file, line, problem.message, problem.fix, role, problem.detail, role_lines)
