# SPDX-License-Identifier: Apache-2.0
"""What a role may do, as far as its attached policies show: whether it can write, whether it is an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from okta_aws.policies.document import Document, Statement
from okta_aws.trust.provider_name import UNKNOWN

# AWS managed policies that are as good as everything: all actions, or all of IAM, with which one gives oneself the
# rest.
# Source: AWS managed policy reference guide.
ADMINISTRATORS = frozenset({"AdministratorAccess", "AdministratorAccess-Amplify", "IAMFullAccess", "PowerUserAccess"})
_READ_ONLY = frozenset({"ReadOnlyAccess", "ViewOnlyAccess", "SecurityAudit"})
# What the ARN of each policy that AWS itself manages has in it.
AWS_OWN = ":iam::aws:policy/"
_READING = (
    "get",
    "list",
    "describe",
    "head",
    "batchget",
    "view",
    "lookup",
    "search",
    "query",
    "scan",
    "select",
    "check",
)
# Actions whose names begin like reading, but that hand out credentials.
_NOT_READING = frozenset({"sts:getfederationtoken", "sts:getsessiontoken", "secretsmanager:getsecretvalue"})


@dataclass(frozen=True, slots=True)
class Permissions:
    """``managed``: ARNs of attached policies. ``complete``: that nothing else is attached."""

    managed: tuple[str, ...] = ()
    inline: tuple[Document, ...] = ()
    complete: bool = False

    @property
    def writes(self) -> bool | None:
        """Whether the role can change something; ``None`` where that cannot be known."""
        answers = [_managed_writes(arn) for arn in self.managed]
        answers += [_statement_writes(statement) for statement in self._allows()]
        if True in answers:
            return True
        return None if None in answers or not self.complete or not answers else False

    @property
    def writes_at_large(self) -> bool:
        """That it can change something, and not just what its own policies name."""
        return any(_managed_writes(arn) for arn in self.managed) or any(
            _statement_writes(one) and ("*" in one.resources or one.not_resources) for one in self._allows()
        )

    @property
    def administrator(self) -> str:
        """The policy that makes an administrator of the role; empty where none does."""
        for arn in self.managed:
            if AWS_OWN in arn and _name(arn) in ADMINISTRATORS:
                return _name(arn)
        everything = any(_everything(statement) for statement in self._allows())
        return "an inline policy that allows every action on every resource" if everything else ""

    @property
    def reads_tags(self) -> bool:
        """That an inline policy decides by the session's tags."""
        for document in self.inline:
            for statement in document.statements:
                texts = [*statement.resources, *statement.not_resources]
                for condition in statement.conditions:
                    if condition.key.lower().startswith("aws:principaltag/"):
                        return True
                    texts += condition.values
                if any("${aws:principaltag/" in text.lower() for text in texts):
                    return True
        return False

    def _allows(self) -> Iterator[Statement]:
        return (one for document in self.inline for one in document.statements if one.effect == "Allow")


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _managed_writes(arn: str) -> bool | None:
    if UNKNOWN in arn or AWS_OWN not in arn:
        return None
    name = _name(arn)
    return not (name in _READ_ONLY or name.endswith(("ReadOnlyAccess", "ReadOnly")))


def _statement_writes(statement: Statement) -> bool | None:
    if statement.not_actions:
        return True
    if any(UNKNOWN in action for action in statement.actions):
        return None
    return not all(_reads(action.lower()) for action in statement.actions)


def _reads(action: str) -> bool:
    return action not in _NOT_READING and action.partition(":")[2].startswith(_READING)


def _everything(statement: Statement) -> bool:
    return bool({"*", "*:*"} & set(statement.actions)) and "*" in statement.resources and not statement.conditions
