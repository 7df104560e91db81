# SPDX-License-Identifier: Apache-2.0
"""The usual causes of a refusal by name. ``docs/how-to/explain-a-refusal.md`` has a section for each code."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    # the token, before AWS looks at the policy
    "token-expired": "The token has expired",
    "clock-skew": "The token is not valid yet",
    "missing-claim": "The token lacks a claim that AWS needs",
    "org-server-token": "The token is of Okta's org authorization server",
    "access-token-for-id-token": "An access token, where the ID token was meant",
    "id-token-for-access-token": "An ID token, where the access token was meant",
    # the identity provider
    "provider-missing": "The account has no identity provider for this issuer",
    "audience-not-listed": "The identity provider does not list the token's audience",
    "azp": "AWS takes azp for the audience, not aud",
    # the principal and the action
    "provider-url": "The policy names another provider than the token's issuer",
    "wrong-account": "The policy names a provider of another account",
    "wrong-partition": "The policy names a provider of another partition",
    "principal-type": "The policy is not for web identities",
    "wrong-action": "The policy allows another action",
    "tag-session-missing": "The token has session tags, the policy does not allow tagging",
    "source-identity-missing": "The token has a source identity, the policy does not allow setting it",
    "explicit-deny": "A statement denies it",
    # condition keys
    "iss-is-no-key": "The issuer is no condition key",
    "unsupported-key": "This claim is no condition key",
    "absent-claim": "The token lacks a claim that the policy asks for",
    "two-providers": "One statement asks for keys of two providers at once",
    "other-providers-key": "The condition's key is not one of this provider",
    "swapped-keys": "The value belongs to another key",
    # the audience and the subject
    "audience-mismatch": "The policy wants another audience",
    "letter-case": "It differs in letter case",
    "wildcard-under-string-equals": "A wildcard under an operator that has none",
    "immutable-subject": "One subject has ids, the other has none",
    "environment-changes-sub": "An environment changes the subject",
    "pull-request-subject": "A pull request changes the subject",
    "customized-subject": "The subject has more in it than the policy expects",
    "subject-incomplete": "The policy's subject ends at the repository",
    "other-repository": "The token is of another repository",
    "other-environment": "The token is of another environment",
    "other-ref": "The token is of another branch or tag",
    "other-service-account": "The token is of another service account",
    "other-subject": "The token has another subject",
    # the rest
    "for-all-values": "ForAllValues is not what is meant here",
    "condition-not-met": "A condition is not met",
}
