# SPDX-License-Identifier: Apache-2.0
"""Flags of the server that take a guard away."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.atlantis.checks.rule import Problem, Rule, where_on
from okta_aws.atlantis.setup_files.facts import Setup
from okta_aws.trust.finding import Severity

# Atlantis's default: what lets a comment choose another folder, or plug-ins of its own.
_BLOCKED = frozenset({"-chdir", "--chdir", "-plugin-dir", "--plugin-dir"})


def _apply_all(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        found = server.known("disable-apply-all")
        if server.lacks("disable-apply-all") or (found is not None and not server.on("disable-apply-all")):
            message = "one comment `atlantis apply` applies all that is planned, also what its writer did not look at"
            yield Problem(server.place_of("disable-apply-all"), message, "turn disable-apply-all on")


def _extra_arguments(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        found = server.known("blocked-extra-args")
        missing = sorted(_BLOCKED - {one.strip() for one in found.value.split(",")}) if found is not None else ()
        if found is not None and missing:
            message = f"a comment may give terraform {', '.join(missing)}: another folder, or plug-ins of its own"
            yield Problem(found.place, message, f"add {','.join(missing)}, or leave blocked-extra-args unset")


def _var_files(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        found = server.known("var-file-allowlist")
        if found is not None and found.value:
            message = "a comment may read variables out of files beside the repository, and a plan prints them"
            yield Problem(found.place, message, "leave var-file-allowlist unset; give values by the map's vars")


def _git_credentials(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        found = server.on("write-git-creds")
        if found is not None and not server.home_in_memory:
            message = "Atlantis's token of GitHub is written to its home, on a disk, where it outlives the server"
            fix = "keep its home in memory (tmpfs), or turn write-git-creds off where no private module needs it"
            yield Problem(found.place, message, fix)


def _checkout(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        found = server.known("checkout-strategy")
        if server.lacks("checkout-strategy") or (found is not None and found.value != "merge"):
            message = "the branch is planned as if its base stood still: `undiverged` is not looked at"
            yield Problem(server.place_of("checkout-strategy"), message, "set checkout-strategy to merge")


APPLY_ALL = Rule("apply-all", Severity.NOTE, "One comment applies everything", _apply_all)
EXTRA_ARGUMENTS = Rule("extra-arguments", Severity.ERROR, "A comment may choose plug-ins or folders", _extra_arguments)
VAR_FILES = Rule("var-files", Severity.WARNING, "A comment may read files beside the repository", _var_files)
GIT_CREDENTIALS = Rule("git-credentials", Severity.WARNING, "A token of GitHub is written to disk", _git_credentials)
CHECKOUT_STRATEGY = Rule("checkout-strategy", Severity.WARNING, "What is planned is not what is merged", _checkout)
MERGEABLE_BYPASS = Rule(
    "mergeable-bypass",
    Severity.WARNING,
    "Rules of the branch are worked round",
    where_on(
        "gh-allow-mergeable-bypass-apply",
        "`mergeable` is worked out by Atlantis, and no longer GitHub's answer with every rule of the branch",
        "turn gh-allow-mergeable-bypass-apply off; demand no status of Atlantis in the branch's rules",
    ),
)
