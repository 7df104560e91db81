# SPDX-License-Identifier: Apache-2.0
"""Secrets that stand in files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from okta_aws.atlantis.checks.rule import Problem, Rule
from okta_aws.atlantis.setup_files import flags
from okta_aws.atlantis.setup_files.facts import Setup
from okta_aws.trust.finding import Severity

_NAMES = re.compile(
    r"AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|aws\.credentials|(.*_)?(TOKEN|SECRET|PASSWORD|PASSWD|PRIVATE_KEY|API_KEY|CLIENT_SECRET)",
    re.IGNORECASE,
)
_FIX = "keep it in a secret store or a file of its own that only its owner reads, and replace it: it has been seen"


def _check(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        said = [one for name, one in server.settings.items() if name in flags.SECRETS]
        for one in [*said, *(other for other in server.environment if _NAMES.fullmatch(other.name))]:
            if one.value.strip() and one.known and not one.private:
                message = f"the value of {one.name[:80]} stands here for everybody who reads the file"
                yield Problem(one.place, message, _FIX, one.name)
    for choice in setup.choices:
        if choice.secret:
            message = f"{choice.what} is written into a file of the repository"
            yield Problem(choice.place, message, _FIX, choice.what)


def _keys(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        for one in server.environment:
            if one.name in {"AWS_ACCESS_KEY_ID", "aws.credentials"} and one.value:
                message = "AWS keys are in the environment of every plan, which any pull request can print"
                fix = "let okta-aws atlantis helper hold the identity, and multienv give each project its role"
                yield Problem(one.place, message, fix, one.name)


PLAIN_SECRET = Rule("plain-secret", Severity.ERROR, "A secret stands in a file", _check)
AWS_KEYS = Rule("aws-keys", Severity.ERROR, "Every plan has the server's AWS keys", _keys)
