# SPDX-License-Identifier: Apache-2.0
"""An operator that IAM does not have: AWS refuses the policy."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.policies.operators import spelling
from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import shown, tests_of
from okta_aws.trust.provider_name import UNKNOWN
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each condition."""
    for statement in role.document.statements:
        for test in tests_of(statement):
            written = test.condition.operator
            if not test.operator and UNKNOWN not in written:
                meant = spelling(written)
                yield Problem(
                    f'AWS has no condition operator "{shown(written)}"',
                    f"write {meant}" if meant else "write StringEquals, or StringLike where values have wildcards",
                    test.line,
                    f"{statement.index} {written}",
                )


RULE = Rule("unknown-operator", Severity.ERROR, "A condition operator that IAM does not have", check)
