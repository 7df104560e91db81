# SPDX-License-Identifier: Apache-2.0
"""The three ways in which Atlantis's server takes its flags: arguments, ``ATLANTIS_*`` variables, a YAML file.

Arguments win over variables, variables over the file; an empty variable counts as none.
Source: runatlantis.io, server configuration.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from okta_aws.atlantis.setup_files.facts import Place, Setting, line_of
from okta_aws.policies.json_text import LocatedText
from okta_aws.trust.provider_name import UNKNOWN

PREFIX = "ATLANTIS_"
# Switches: as an argument they need no value.
SWITCHES = frozenset(
    {
        *("allow-draft-prs", "allow-fork-prs", "automerge", "disable-apply-all", "disable-autoplan"),
        *("disable-global-apply-lock", "disable-repo-locking", "discard-approval-on-plan", "enable-drift-detection"),
        *("enable-drift-remediation", "enable-external-stores", "enable-policy-checks", "enable-profiling-api"),
        *("enable-regexp-cmd", "fail-on-pre-workflow-hook-error", "gh-allow-mergeable-bypass-apply"),
        *("hide-prev-plan-comments", "hide-unchanged-plan-comments", "parallel-apply", "parallel-plan"),
        *("redis-insecure-skip-verify", "redis-tls-enabled", "restrict-file-list", "silence-fork-pr-errors"),
        *("silence-no-projects", "skip-clone-no-changes", "tf-download", "use-tf-plugin-cache", "web-basic-auth"),
        *("websocket-check-origin", "write-git-creds"),
    }
)
SECRETS = (
    *("api-secret", "azuredevops-token", "azuredevops-webhook-password", "bitbucket-token"),
    *("bitbucket-webhook-secret", "gh-app-key", "gh-token", "gh-webhook-secret", "gitea-token"),
    *("gitea-webhook-secret", "gitlab-token", "gitlab-webhook-secret", "redis-password", "slack-token", "tfe-token"),
    *("web-password", "webhook-http-headers"),
)
# What tells a file of flags from other YAML.
_FLAGS = frozenset(
    {
        *SECRETS,
        *SWITCHES,
        *("allow-commands", "atlantis-url", "blocked-extra-args", "checkout-strategy", "gh-app-id", "gh-user"),
        *("gh-app-key-file", "gh-hostname", "gh-org", "gh-team-allowlist", "gh-token-file", "gitlab-user"),
        *("repo-allowlist", "repo-config", "repo-config-json", "var-file-allowlist", "web-username"),
    }
)


@dataclass(frozen=True, slots=True)
class Variables:
    """What an environment sets: flags of Atlantis, and the rest."""

    flags: dict[str, Setting]
    others: tuple[Setting, ...]


def of_environment(pairs: Iterable[tuple[str, object, int | None]], at: Place, *, private: bool = False) -> Variables:
    """``pairs``: name, value and line of each variable. What is no text is somewhere else."""
    flags: dict[str, Setting] = {}
    others: list[Setting] = []
    for name, value, line in pairs:
        text = value if isinstance(value, str) else "" if value is None else UNKNOWN
        place = replace(at, line=line or at.line, around=(*at.around, at.line))
        if not name.startswith(PREFIX):
            others.append(Setting(name, text, place, private))
        elif text:
            flag = _flag(name)
            flags[flag] = Setting(flag, text, place, private)
    return Variables(flags, tuple(others))


def of_file(value: Mapping[str, Any], at: Place, *, private: bool) -> dict[str, Setting]:
    """The flags in a file that ``--config`` names."""
    found: dict[str, Setting] = {}
    for name, one in value.items():
        text = ",".join(map(str, one)) if isinstance(one, list) else one
        if isinstance(text, str):
            found[name] = Setting(name, str(text), replace(at, line=line_of(value, name)), private)
    return found


def sets_flags(names: Iterable[str]) -> bool:
    """That one of the variables called ``names`` is a flag of the server; others begin with ATLANTIS_ as well."""
    return any(_flag(name) in _FLAGS for name in names if name.startswith(PREFIX))


def is_file_of_flags(value: Mapping[str, Any]) -> bool:
    """That a YAML file sets flags of the server."""
    return any(name in _FLAGS for name in value)


def of_arguments(words: Sequence[str], at: Place) -> dict[str, Setting]:
    """The flags among the arguments of ``atlantis server``."""
    found: dict[str, Setting] = {}
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        if not equals and name in SWITCHES:
            value = "true"
        elif not equals and index < len(words):
            value = words[index]
            index += 1
        line = word.line if isinstance(word, LocatedText) else at.line
        found[name] = Setting(name, value, replace(at, line=line, around=(*at.around, at.line)))
    return found


def words_of(command: object) -> list[str]:
    """The words of a command: a list, or a line as a shell takes it."""
    if isinstance(command, list):
        return [one if isinstance(one, str) else UNKNOWN for one in command]
    if not isinstance(command, str):
        return []
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def together(*layers: Mapping[str, Setting]) -> dict[str, Setting]:
    """The flags of all ``layers``, the first that has one wins."""
    found: dict[str, Setting] = {}
    for layer in reversed(layers):
        found.update(layer)
    return found


def entries(text: str) -> Iterator[tuple[str, str, int]]:
    """Name, value and line of each variable in a file such as ``.env``."""
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#") and name.strip().isidentifier():
            yield name.strip(), _unquoted(value.strip()), number


def _flag(variable: str) -> str:
    return variable.removeprefix(PREFIX).lower().replace("_", "-")


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()
