# SPDX-License-Identifier: Apache-2.0
"""Credentials cannot be called back: they work for as long as the session was made."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.role import Role

# The longest job on a runner of GitHub (GitHub documentation, "Actions limits"), and about a person's working day.
LONGEST_S = 6 * 3600
ADMINISTRATORS_S = 3600


def check(role: Role) -> Iterator[Problem]:
    """At most one problem."""
    longest = role.max_session_s
    if longest is None or not role.grants:
        return
    administrator = bool(role.permissions.administrator)
    if longest > (ADMINISTRATORS_S if administrator else LONGEST_S):
        need = "an administrator's should last one" if administrator else "no job lasts longer than 6"
        yield Problem(
            f"a session may last {longest / 3600:g} hours, and {need}: stolen credentials work as long",
            "lower the role's maximum session duration; 3600 seconds do for most jobs",
            0,
            "",
        )


RULE = Rule("long-session", Severity.WARNING, "Sessions may last longer than anybody needs", check)
