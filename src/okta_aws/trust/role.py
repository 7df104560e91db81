# SPDX-License-Identifier: Apache-2.0
"""What lint looks at: a role with its trust policy, and the URL that a provider is registered under."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from okta_aws.policies.document import Document, Statement
from okta_aws.trust.grant import Grant, Test, covers, grant_of, tests_of
from okta_aws.trust.permissions import Permissions

NOTHING_KNOWN = Permissions()


@dataclass(frozen=True, slots=True)
class Role:
    """A role. ``name``: ARN, Terraform address, logical id, or empty where a file holds nothing but the policy.

    ``file``: as people are shown it. ``line``: where the role begins, ``None`` where it has no line. ``policy_line``:
    where its policy does, if elsewhere. ``shift``: what has to be added to the policy's own lines; ``None`` where those
    mean nothing, as the policy is text within one line. ``max_session_s``: ``None`` where it is not known.
    ``known_providers``: names of all providers of the account, if known.
    """

    name: str
    document: Document
    grants: tuple[Grant, ...]
    file: str = ""
    line: int | None = None
    policy_line: int | None = None
    shift: int | None = 0
    max_session_s: int | None = None
    permissions: Permissions = NOTHING_KNOWN
    known_providers: frozenset[str] | None = None

    @property
    def allows(self) -> Iterator[Statement]:
        """The statements that allow something."""
        return (statement for statement in self.document.statements if statement.effect == "Allow")

    @property
    def denials(self) -> Iterator[tuple[Statement, tuple[Test, ...]]]:
        """The statements that deny something, with their conditions."""
        return ((one, tests_of(one)) for one in self.document.statements if one.effect == "Deny")

    def allows_too(self, grant: Grant, action: str) -> bool:
        """That a statement allows ``action`` to one of the grant's principals."""
        wanted = set(grant.statement.principals.get("Federated", ()))
        for statement in self.allows:
            if covers(statement, action):
                principals = statement.principals
                if "*" in principals or wanted & set(principals.get("Federated", ())):
                    return True
        return False

    def place(self, line: int) -> int | None:
        """The line in the file of a line of the policy (0: of the role)."""
        if not line or self.shift is None:
            return self.line
        return line + self.shift


@dataclass(frozen=True, slots=True)
class ProviderUrl:
    """The URL of an identity provider as somebody registers it."""

    name: str
    url: str
    file: str = ""
    line: int | None = None


def grants_of(document: Document) -> tuple[Grant, ...]:
    """What the policy grants to tokens, statement by statement."""
    return tuple(grant for grant in map(grant_of, document.statements) if grant is not None)
