# SPDX-License-Identifier: Apache-2.0
"""Webhooks that nobody signs, or with a secret that can be guessed."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.atlantis.checks.rule import Problem, Rule
from okta_aws.atlantis.setup_files.facts import Setup
from okta_aws.trust.finding import Severity

# Atlantis's documentation, "Webhook secrets": at least 24 characters.
_SHORTEST = 24
_FIX = "okta-aws atlantis webhook makes a secret, stores it and tells GitHub"
# What tells that a host is used, and the flag with the secret of its webhooks.
HOSTS = {
    "gh": (("gh-user", "gh-token", "gh-token-file", "gh-app-id"), "gh-webhook-secret"),
    "gitlab": (("gitlab-user", "gitlab-token"), "gitlab-webhook-secret"),
    "gitea": (("gitea-user", "gitea-token"), "gitea-webhook-secret"),
    "bitbucket": (("bitbucket-user", "bitbucket-token"), "bitbucket-webhook-secret"),
    "azuredevops": (("azuredevops-user", "azuredevops-token"), "azuredevops-webhook-password"),
}


def _check(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        for signs, flag in HOSTS.values():
            used = any(server.setting(name) for name in signs)
            secret = server.setting(flag)
            if secret is None:
                if used and not server.unseen and not server.secrets_unseen:
                    message = f"{flag} is not set: Atlantis believes whoever sends it a comment"
                    yield Problem(server.place, message, _FIX, flag)
            elif secret.known and not secret.value.strip():
                message = f"{flag} is empty: Atlantis believes whoever sends it a comment"
                yield Problem(secret.place, message, _FIX, flag)
            elif secret.known and len(secret.value) < _SHORTEST:
                message = f"{flag} has fewer than {_SHORTEST} characters: one signed webhook is enough to guess it"
                yield Problem(secret.place, message, _FIX, flag)


RULE = Rule("webhook-secret", Severity.ERROR, "Webhooks are not signed, or with a secret that can be guessed", _check)
