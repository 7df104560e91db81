# SPDX-License-Identifier: Apache-2.0
"""Which actions a statement is about. Actions are compared without letter case (user guide, "Action")."""

from __future__ import annotations

from okta_aws.policies.document import Statement
from okta_aws.policies.wildcards import matches, pieces


def covers(statement: Statement, action: str) -> bool:
    """Whether ``statement`` is about ``action``, by Action or NotAction."""
    if statement.not_actions:
        return not any(action_matches(pattern, action) for pattern in statement.not_actions)
    return any(action_matches(pattern, action) for pattern in statement.actions)


def action_matches(pattern: str, action: str) -> bool:
    """Whether ``pattern``, such as ``sts:Assume*``, stands for ``action``."""
    return matches(pieces(pattern.lower()), action.lower())
