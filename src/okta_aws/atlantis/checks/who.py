# SPDX-License-Identifier: Apache-2.0
"""Whose pull requests are planned, and who may apply."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.atlantis.checks.rule import Problem, Rule, where_on
from okta_aws.atlantis.setup_files.facts import Setup
from okta_aws.trust.finding import Severity

# What changes things; `*` is everybody who can comment.
_CHANGING = frozenset({"*", "apply", "import", "state", "approve_policies"})
_TEAMS_FIX = "name teams: *:plan,TEAM:apply; or let team_authz in repos.yaml ask okta-aws atlantis authorize"


def _repositories(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        listed = server.known("repo-allowlist")
        for entry in listed.value.split(",") if listed else ():
            pattern = entry.strip()
            host, _, rest = pattern.partition("/")
            owner, _, name = rest.partition("/")
            if not pattern or pattern.startswith("!") or "*" not in pattern or listed is None:
                continue
            fix = "name the repositories: HOST/OWNER/NAME; a * may stand for the end of a name"
            # What comes before a `*` counts only where that is the last character (repo_allowlist_checker.go).
            if "*" in host or "*" in owner or not owner or "*" in name[:-1]:
                message = f"{pattern[:80]} lets in repositories of strangers, whose plans are programs on this server"
                yield Problem(listed.place, message, fix, pattern)
            elif name == "*":
                message = f"{pattern[:80]} lets in every repository that somebody makes tomorrow"
                yield Problem(listed.place, message, fix, pattern, Severity.WARNING)


def _teams(setup: Setup) -> Iterator[Problem]:
    program = any(one.asks_program for one in setup.repos)
    for server in setup.servers:
        for flag in ("gh-team-allowlist", "gitlab-group-allowlist"):
            found = server.known(flag)
            for entry in found.value.split(",") if found else ():
                team, _, command = entry.partition(":")
                if found is not None and team.strip() == "*" and command.strip().lower() in _CHANGING:
                    message = f"{entry.strip()[:40]}: everybody who can comment may"
                    yield Problem(found.place, message, _TEAMS_FIX, entry.strip())
        unread = (server.setting("repo-config") or server.setting("repo-config-json")) and not setup.repos
        set_somewhere = server.setting("gh-team-allowlist") or server.setting("gitlab-group-allowlist")
        if not set_somewhere and not server.unseen and not program and not unread:
            message = "neither gh-team-allowlist nor team_authz is set: everybody who can comment may apply"
            yield Problem(server.place, message, _TEAMS_FIX, "none")


WIDE_ALLOW_LIST = Rule("wide-allow-list", Severity.ERROR, "Repositories of strangers are let in", _repositories)
FORK_PULL_REQUESTS = Rule(
    "fork-pull-requests",
    Severity.ERROR,
    "Code of strangers is planned",
    where_on(
        "allow-fork-prs",
        "pull requests from forks are planned: a plan is a program, and anybody can fork",
        "turn allow-fork-prs off",
    ),
)
TEAM_ALLOW_LIST = Rule("team-allow-list", Severity.ERROR, "Everybody who can comment may apply", _teams)
