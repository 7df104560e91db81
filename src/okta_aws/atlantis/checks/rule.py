# SPDX-License-Identifier: Apache-2.0
"""What a rule about an Atlantis set-up is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from okta_aws.atlantis.setup_files.facts import Place, Setup
from okta_aws.trust.finding import Finding, Severity

DOCS = "https://github.com/org/okta-aws-action/blob/main/docs/reference/atlantis-checks.md"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule says of a place. ``detail``: what tells two of one rule in one file apart, without lines.

    ``severity``: where it is not the rule's own. No message has a secret in it.
    """

    at: Place
    message: str
    fix: str
    detail: str = ""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``name`` is its anchor in the documentation, ``title`` one sentence that is true when it strikes."""

    name: str
    severity: Severity
    title: str
    check: Callable[[Setup], Iterator[Problem]]

    def findings(self, setup: Setup) -> Iterator[Finding]:
        """What it finds."""
        for one in self.check(setup):
            severity = one.severity or self.severity
            lines = (one.at.line, *one.at.around)
            yield Finding(
                self.name, severity, one.at.file, one.at.line, one.message, one.fix, one.at.about, one.detail, lines
            )


def where_on(flag: str, message: str, fix: str) -> Callable[[Setup], Iterator[Problem]]:
    """The check that says so wherever a server has ``flag`` switched on."""

    def check(setup: Setup) -> Iterator[Problem]:
        for server in setup.servers:
            found = server.on(flag)
            if found is not None:
                yield Problem(found.place, message, fix)

    return check
