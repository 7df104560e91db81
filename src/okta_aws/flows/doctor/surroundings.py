# SPDX-License-Identifier: Apache-2.0
"""The links before any token: variables and settings, and what the job is permitted."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from okta_aws.flows.doctor.chain import Chain
from okta_aws.flows.doctor.link import Finding, Link, broken, judged, not_checkable, ok, warning
from okta_aws.settings.options import OPTIONS
from okta_aws.sources.ambient import from_variables
from okta_aws.sources.github_oidc import REQUEST_TOKEN, REQUEST_URL

_PREFIX = "OKTA_AWS_"
_CLI_PREFIX = "OKTA_AWSCLI_"
# Set by the step and the command line themselves, or read by the command line beside the table of options.
_OURS = frozenset({f"{_PREFIX}{name}" for name in ("CONFIG", "PROFILE", "INSIDE", "EXPIRATION")})
_OF_THE_JOB = frozenset(option.cli_variable for option in OPTIONS if option.action_only)
_OF_THE_TABLE = frozenset(option.cli_variable for option in OPTIONS if not option.action_only)


def environment(chain: Chain) -> Link:
    """Settings that make no sense, variables that nothing reads, AWS's variables that contradict each other."""
    environ = chain.given.environ
    findings = [broken(problem.line(), "correct the setting") for problem in chain.given.parts.problems]
    findings += [*_ours(environ), *_of_aws(environ)]
    where = "a GitHub job" if chain.given.context.on_github else "no GitHub job"
    return judged("environment", findings, f"{where}; the settings make sense")


def permissions(chain: Chain) -> Link:
    """Whether the job may ask GitHub for a token, where that is what it begins with."""
    name, context, environ = "permissions", chain.given.context, chain.given.environ
    if not context.on_github:
        return not_checkable(name, "this is no GitHub job, so no permission is needed for GitHub's token")
    chosen = chain.given.parts.source
    if chosen is None or chosen.name not in {None, "github"}:
        return ok(name, "the token source needs no permission of the job")
    missing = [one for one in (REQUEST_URL, REQUEST_TOKEN) if not environ.get(one)]
    if not missing:
        return ok(name, "the job may ask GitHub for a token (id-token: write)")
    fix = "give the job `permissions: id-token: write`; a reusable workflow needs it from its caller as well"
    if context.is_fork_pull_request():
        fix = "a pull request from a fork never gets it: run on push, or with an environment that somebody approves"
    # With AWS credentials and no source named, it would begin with those.
    kind = warning if chosen.name is None and from_variables(environ) is not None else broken
    return judged(name, [kind(f"the job has no {' and no '.join(missing)}", fix)], "")


def _ours(environ: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted(environ):
        if not name.startswith(_PREFIX) or name.startswith(_CLI_PREFIX) or name in _OURS | _OF_THE_TABLE:
            continue
        if name in _OF_THE_JOB:
            yield warning(f"{name} is for the action alone", f"unset {name}, or make it an input of the step")
            continue
        near = difflib.get_close_matches(name, _OF_THE_TABLE, 1)
        yield warning(f"nothing reads {name}", f"did you mean {near[0]}?" if near else f"unset {name}")


def _of_aws(environ: Mapping[str, str]) -> Iterator[Finding]:
    has = {name for name, value in environ.items() if name.startswith("AWS_") and value}
    if len(has & {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}) == 1:
        yield broken(
            "only one half of an access key is set", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or none"
        )
    if "AWS_SESSION_TOKEN" in has and "AWS_ACCESS_KEY_ID" not in has:
        yield warning("AWS_SESSION_TOKEN is set, and no access key", "unset AWS_SESSION_TOKEN")
    for other in ("AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        if {"AWS_ACCESS_KEY_ID", other} <= has:
            yield warning(f"AWS_ACCESS_KEY_ID and {other} are set; AWS's tools take the key", "unset one of the two")
    regions = {environ[name] for name in ("AWS_REGION", "AWS_DEFAULT_REGION") if environ.get(name)}
    if len(regions) > 1:
        yield warning("AWS_REGION and AWS_DEFAULT_REGION differ; tools disagree on which counts", "set both alike")
