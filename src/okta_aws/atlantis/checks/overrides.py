# SPDX-License-Identifier: Apache-2.0
"""What a pull request's ``atlantis.yaml`` may choose."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.atlantis.checks.repos_entries import effective
from okta_aws.atlantis.checks.rule import Problem, Rule
from okta_aws.atlantis.setup_files.facts import Setup, is_true
from okta_aws.trust.finding import Severity

_OVERRIDES = {
    "workflow": "the workflow, and with it another project's role",
    "apply_requirements": "what it takes to apply it",
    "plan_requirements": "what it takes to plan it",
    "import_requirements": "what it takes to import with it",
    "policy_check": "whether its policies are checked",
    "custom_policy_check": "how its policies are checked",
}


def _workflows(setup: Setup) -> Iterator[Problem]:
    for repos in setup.repos:
        for one in effective(repos, "allow_custom_workflows"):
            if one.entry is not None and is_true(str(one.entry.keys["allow_custom_workflows"])):
                message = "whoever opens a pull request writes programs that the server runs, before any review"
                fix = "set allow_custom_workflows to false, and define workflows in this file"
                yield Problem(one.entry.place_of("allow_custom_workflows"), message, fix, one.entry.id)


def _overrides(setup: Setup) -> Iterator[Problem]:
    for repos in setup.repos:
        for one in effective(repos, "allowed_overrides"):
            for name in one.entry.texts("allowed_overrides") if one.entry is not None else ():
                if one.entry is None or name not in _OVERRIDES:
                    continue
                limited = name == "workflow" and one.entry.texts("allowed_workflows")
                message = f"a pull request chooses {_OVERRIDES[name]}: atlantis.yaml is read from its branch"
                severity = Severity.WARNING if limited else None
                place = one.entry.place_of("allowed_overrides")
                yield Problem(
                    place, message, f"take {name} out of allowed_overrides", f"{one.entry.id} {name}", severity
                )


CUSTOM_WORKFLOWS = Rule("custom-workflows", Severity.ERROR, "A pull request writes the server's workflow", _workflows)
ALLOWED_OVERRIDES = Rule("allowed-overrides", Severity.ERROR, "A pull request chooses its own rules", _overrides)
