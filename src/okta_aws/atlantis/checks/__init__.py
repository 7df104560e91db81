# SPDX-License-Identifier: Apache-2.0
"""The rules of ``okta-aws atlantis check``, in the order in which they are documented."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.atlantis.checks import (
    api,
    image,
    map_and_files,
    open_ui,
    overrides,
    plain_http,
    requirements,
    roles,
    secrets,
    server_flags,
    webhook_secret,
    who,
)
from okta_aws.atlantis.checks.rule import DOCS, Rule
from okta_aws.atlantis.setup_files.facts import Setup
from okta_aws.trust.finding import Catalogue, Finding
from okta_aws.trust.lint import SAID_OF_FILES

RULES: tuple[Rule, ...] = (
    open_ui.OPEN_UI,
    open_ui.DEFAULT_PASSWORD,
    plain_http.PLAIN_HTTP,
    webhook_secret.RULE,
    api.API_SECRET,
    api.DRIFT_REMEDIATION,
    api.PROFILING_API,
    who.WIDE_ALLOW_LIST,
    who.FORK_PULL_REQUESTS,
    who.TEAM_ALLOW_LIST,
    requirements.MISSING_REQUIREMENTS,
    requirements.LAST_MATCH_WINS,
    overrides.CUSTOM_WORKFLOWS,
    overrides.ALLOWED_OVERRIDES,
    server_flags.CHECKOUT_STRATEGY,
    server_flags.MERGEABLE_BYPASS,
    server_flags.APPLY_ALL,
    server_flags.EXTRA_ARGUMENTS,
    server_flags.VAR_FILES,
    server_flags.GIT_CREDENTIALS,
    secrets.PLAIN_SECRET,
    secrets.AWS_KEYS,
    plain_http.PLAIN_REDIS,
    image.MUTABLE_IMAGE,
    image.VULNERABLE_VERSION,
    roles.PULL_REQUEST_ROLE,
    roles.ADMIN_ROLE,
    roles.UNVERIFIED_APPLY,
    roles.JOINED_PROJECTS,
    map_and_files.RULE,
)
CHECKS = Catalogue(
    "okta-aws atlantis check",
    DOCS,
    "okta-aws-atlantis",
    "server",
    (*((rule.name, rule.severity, rule.title) for rule in RULES), *SAID_OF_FILES),
)


def check(setup: Setup) -> Iterator[Finding]:
    """What all rules find."""
    for rule in RULES:
        yield from rule.findings(setup)
