# SPDX-License-Identifier: Apache-2.0
"""Why a statement is not about this provider or this action."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.policies.document import Statement
from okta_aws.trust.cause import Case, Cause, federated, quoted
from okta_aws.trust.context import SET_SOURCE, TAG
from okta_aws.trust.verdict import StatementResult

_REASONS = {"wrong-account": "account", "wrong-partition": "partition"}
_COMPANIONS = {
    TAG: ("tag-session-missing", "session tags", "or have the issuer leave the tags out"),
    SET_SOURCE: ("source-identity-missing", "a source identity", "or have the issuer leave it out"),
}


def of_principal(case: Case, statement: Statement, result: StatementResult) -> Iterator[Cause]:
    """Why the statement's principal is not the token's provider."""
    if result.principal is not False:
        return
    named = statement.principals.get("Federated", ())
    wanted = case.request.provider_arn or f"the provider of {case.issuer}"
    code, fix = "provider-url", f"name {wanted} as the Federated principal, and begin the keys with its URL"
    what = f"the principal is {quoted(named)}, the token's issuer is {quoted((case.issuer,))}"
    if result.reason == "no-federated-principal":
        code, fix = "principal-type", f"add a statement whose principal is {wanted}"
        what = "no principal of the statement is an identity provider (Federated)"
    elif result.reason in _REASONS:
        code, fix = result.reason, f"name {wanted}: provider and role are in one {_REASONS[result.reason]}"
        what = f"the principal is {quoted(named)}, the provider in the role's {_REASONS[code]} is {quoted((wanted,))}"
    elif result.reason == "letter-case":
        code = "letter-case"
    elif difference := _of_urls(case.provider, federated(statement)):
        what = f"{what}: {difference}"
    yield Cause(code, what, fix, statement.index)


def of_action(statement: Statement, result: StatementResult, action: str) -> Iterator[Cause]:
    """Why the statement is not about ``action``."""
    if result.action is not False:
        return
    if action in _COMPANIONS:
        code, asked, way_out = _COMPANIONS[action]
        what = f"the token asks for {asked}, so {action} has to be allowed too"
        yield Cause(code, what, f"add {action} to the statement's actions, {way_out}", statement.index)
        return
    found = quoted(statement.actions) if statement.actions else f"all but {quoted(statement.not_actions)}"
    yield Cause("wrong-action", f"the statement is about {found}", f"make {action} its action", statement.index)


def _of_urls(provider: str, named: tuple[str, ...]) -> str:
    for url in named:
        bare = url.removeprefix("https://")
        if bare == provider:
            return "the URL stands there without https://"
        if bare.rstrip("/") == provider.rstrip("/"):
            return "they differ in the slash at the end"
        if bare.partition("/")[0] == provider.partition("/")[0]:
            return "the host is the same, the path is not"
    return ""
