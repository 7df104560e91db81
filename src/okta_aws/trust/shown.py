# SPDX-License-Identifier: Apache-2.0
"""What people are shown of claims, and what they are told to do about a subject."""

from __future__ import annotations

from collections.abc import Mapping

from okta_aws.policies.conditions import ConditionResult
from okta_aws.trust import provider_keys
from okta_aws.trust.cause import Failure, quoted

# Of other claims only that they are there: an address or a tag's value is nobody's business but the owner's.
_CLAIMS = frozenset({"aud", "oaud", "sub", "amr", "azp", "iss", "exp", "iat"})
_GITHUB = (provider_keys.GITHUB_KEYS | provider_keys.GITHUB_DOUBTFUL) - {"actor", "actor_id"}
_REQUEST = frozenset(
    {"aws:currenttime", "aws:epochtime", "aws:federatedprovider", "aws:tagkeys", "sts:transitivetagkeys"}
)

_TRUST = (
    "check that this is the right role; then write the token's subject in the policy, or use a token with the other"
)
SUBJECT_FIXES: Mapping[str, str] = {
    "letter-case": "write the subject as the token has it: GitHub spells owner and repository as they were created",
    "wildcard-under-string-equals": "write the subject whole; a pattern needs StringLike, and admits all that fits",
    "immutable-subject": "add the subject with ids to the policy; the ids are owner and repository, and do not change",
    "environment-changes-sub": "trust repo:OWNER/NAME:environment:ENVIRONMENT, or change the environment",
    "pull-request-subject": "run the job on push, or trust repo:OWNER/NAME:pull_request with a role that cannot write",
    "customized-subject": "write the subject as the token has it, or undo its customization",
    "subject-incomplete": "write the subject whole: after the repository comes :ref:…, :environment:… or :pull_request",
    "other-repository": "check the role, or write this repository's subject in the policy",
    "other-environment": "run the job in the trusted environment, or write this one in the policy",
    "other-ref": "run the job on the trusted branch or tag, or write this one in the policy",
    "other-service-account": "let the pod run under the trusted service account, or write this one in the policy",
    "other-subject": _TRUST,
}


def values(failure: Failure) -> str:
    """What was found, in a sentence."""
    return quoted(failure.found) if may_be_shown(failure.condition) else "a value that is not shown"


def found(result: ConditionResult) -> tuple[str, ...] | None:
    """The values found, for machines; each as ``***`` where it is not to be shown."""
    if result.found is None or may_be_shown(result):
        return result.found
    return ("***",) * len(result.found)


def may_be_shown(result: ConditionResult) -> bool:
    """Whether the value is of a claim on the allow-list."""
    if not result.found:
        return True
    key = result.condition.key.lower()
    return key in _REQUEST or key.rpartition(":")[2] in _CLAIMS | _GITHUB
