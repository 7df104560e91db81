# SPDX-License-Identifier: Apache-2.0
"""Doors beside the pull request."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.atlantis.checks.rule import Problem, Rule, where_on
from okta_aws.atlantis.setup_files.facts import Setup
from okta_aws.trust.finding import Severity

_DEFAULT_COMMANDS = "version,plan,apply,unlock,approve_policies,cancel"


def _api(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        secret = server.setting("api-secret")
        if secret is None or not secret.value:
            continue
        commands = server.setting("allow-commands")
        allowed = {one.strip() for one in (commands.value if commands else _DEFAULT_COMMANDS).split(",")}
        if not allowed & {"apply", "all"}:
            continue
        message = (
            "the API is on, and apply is allowed: a call without a pull request's number applies what nobody approved, "
            "so whoever has this secret has every apply role"
        )
        fix = "leave api-secret unset; where pipelines need it, let only their addresses reach /api, and say so here"
        yield Problem(secret.place, message, fix)


API_SECRET = Rule("api-secret", Severity.WARNING, "A secret of the API is worth every apply role", _api)
DRIFT_REMEDIATION = Rule(
    "drift-remediation",
    Severity.WARNING,
    "An API call applies without approval",
    where_on(
        "enable-drift-remediation",
        "drift remediation applies by an API call, and nobody approves",
        "turn enable-drift-remediation off; let a pull request mend drift",
    ),
)
PROFILING_API = Rule(
    "profiling-api",
    Severity.WARNING,
    "The memory of the server can be read",
    where_on(
        "enable-profiling-api",
        "whoever reaches /debug/pprof reads the memory of the server, tokens and secrets in it",
        "turn enable-profiling-api off",
    ),
)
