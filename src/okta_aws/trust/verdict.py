# SPDX-License-Identifier: Apache-2.0
"""What the evaluation of a trust policy answers, with its trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from okta_aws.policies.conditions import ConditionResult

Answer = Literal["allow", "deny", "unknown"]


@dataclass(frozen=True, slots=True)
class StatementResult:
    """One statement against one action. ``None`` is: cannot be known.

    ``matched`` is principal, action and all conditions together. ``reason`` says why ``principal`` or ``matched`` is
    as it is:

    - empty: nothing to say
    - ``other-provider``: no Federated principal is this provider; ``wrong-account``, ``wrong-partition``,
      ``letter-case``: one
      is, but for that
    - ``no-federated-principal``: principals of other kinds only
    - ``not-principal``, ``no-principal``, ``resource``: AWS takes no trust policy with NotPrincipal, without
      Principal, with Resource
    - ``no-issuer``: nothing tells which provider the token is of
    - ``federated-wildcard``: a wildcard in a Federated principal, for which AWS documents no meaning
    """

    index: int
    effect: str
    matched: bool | None
    principal: bool | None
    action: bool | None
    conditions: tuple[ConditionResult, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ActionVerdict:
    """The policy's answer for one action. ``denied_by`` is the index of the explicit Deny that certainly matches, if
    any."""

    action: str
    answer: Answer
    statements: tuple[StatementResult, ...]
    denied_by: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole answer: allow only if each action that the call needs is allowed; the asked action is the first of
    them."""

    answer: Answer
    actions: tuple[ActionVerdict, ...]

    @property
    def statements(self) -> tuple[StatementResult, ...]:
        """The trace for the asked action."""
        return self.actions[0].statements

    @property
    def needs(self) -> tuple[str, ...]:
        """The actions that have to be allowed: the asked one, ``sts:TagSession`` and ``sts:SetSourceIdentity`` as
        the token wants."""
        return tuple(one.action for one in self.actions)

    @property
    def missing(self) -> tuple[str, ...]:
        """Those that are certainly not allowed."""
        return tuple(one.action for one in self.actions if one.answer == "deny")

    @property
    def denied_by(self) -> int | None:
        """The index of an explicit Deny that certainly matches one of the actions."""
        return next((one.denied_by for one in self.actions if one.denied_by is not None), None)
