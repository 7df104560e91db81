# SPDX-License-Identifier: Apache-2.0
"""A cause of a refusal, and what is looked at to find one."""

from __future__ import annotations

from dataclasses import dataclass

from okta_aws.policies.conditions import ConditionResult
from okta_aws.policies.document import Document, Statement
from okta_aws.trust.context import Request
from okta_aws.trust.facts import Facts
from okta_aws.trust.verdict import StatementResult, Verdict

_PROVIDER = ":oidc-provider/"
# How condition keys begin that are of no provider, though what stands before the name may look like one.
SERVICES = ("aws:", "sts:", "saml:")


@dataclass(frozen=True, slots=True)
class Cause:
    """``code`` is a row of ``causes.CODES``. ``what`` says in a sentence what is wrong, ``fix`` what to do.

    Both quote foreign text, which is not yet escaped. ``statement`` is an index, ``None`` where it is not about one.
    """

    code: str
    what: str
    fix: str
    statement: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A request that was refused, and all that is known of it."""

    document: Document
    request: Request
    facts: Facts
    verdict: Verdict

    @property
    def provider(self) -> str:
        """The token's provider as condition keys begin: host and path of the issuer; empty if unknown."""
        return self.request.provider or ""

    @property
    def issuer(self) -> str:
        """The claim ``iss``; empty where it is no text."""
        return self.claim("iss")

    @property
    def subject(self) -> str:
        """The claim ``sub``; empty where it is no text."""
        return self.claim("sub")

    @property
    def audiences(self) -> tuple[str, ...]:
        """What AWS takes for the audience: ``azp`` where there is one, else ``aud``.

        Source: IAM user guide, "IAM and AWS STS condition context keys", keys for web identity federation.
        """
        return (self.claim("azp"),) if self.claim("azp") else self.texts("aud")

    def claim(self, name: str) -> str:
        """A claim that is text; empty where it is not."""
        value = self.request.claims.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A claim that is a text or a list of texts."""
        value = self.request.claims.get(name)
        several = value if isinstance(value, list) else [value]
        return tuple(one for one in several if isinstance(one, str))


@dataclass(frozen=True, slots=True)
class Failure:
    """A condition of a statement that does not hold, or cannot."""

    statement: Statement
    result: StatementResult
    condition: ConditionResult

    @property
    def wanted(self) -> tuple[str, ...]:
        """The values of the policy."""
        return self.condition.condition.values

    @property
    def found(self) -> tuple[str, ...]:
        """The values of the request."""
        return self.condition.found or ()

    @property
    def prefix(self) -> str:
        """What stands before the last colon of the key."""
        return self.condition.condition.key.rpartition(":")[0]

    @property
    def name(self) -> str:
        """What stands after the last colon of the key, in lower case, as IAM compares keys."""
        return self.condition.condition.key.rpartition(":")[2].lower()


def federated(statement: Statement) -> tuple[str, ...]:
    """The providers that a statement names, as condition keys begin."""
    return tuple(arn.partition(_PROVIDER)[2] or arn for arn in statement.principals.get("Federated", ()))


def quoted(texts: tuple[str, ...]) -> str:
    """Some texts in a sentence; the first three of them."""
    shown = ", ".join(f'"{text[:200]}"' for text in texts[:3])
    return f"{shown} and {len(texts) - 3} more" if len(texts) > 3 else shown or "nothing"
