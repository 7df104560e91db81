# SPDX-License-Identifier: Apache-2.0
"""``okta-aws explain``: why a role says no to a token, and what would make it a yes."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from okta_aws.cli.manual import SETTINGS_FILE, Manual
from okta_aws.cli.options import raw_settings, table_flags
from okta_aws.cli.terminal import Terminal, environ, real_time, standard_input, stop_if_inside_itself, working_context
from okta_aws.errors import Problem, SettingsError
from okta_aws.runner.commands import plain
from okta_aws.settings.options import NETWORK, OKTA, SOURCE

if TYPE_CHECKING:
    from okta_aws.arn import RoleArn
    from okta_aws.flows.explain import Given
    from okta_aws.policies.document import Document

_EXIT = {"allow": 0, "deny": 5, "unknown": 4}
# Terraform's plans are the largest thing that is read here.
_LARGEST = 1 << 26
_TOKENS = ("token_file", "claims", "from_source")
_POLICIES = ("trust_policy", "role", "terraform_plan", "terraform_state")


@click.command(
    cls=Manual,
    examples=(
        (
            "Why GitHub's token is refused, from files",
            "okta-aws explain --claims claims.json --trust-policy trust.json",
        ),
        (
            "The role as IAM has it, the token as this job or machine gets it",
            "okta-aws explain --from-source --role arn:aws:iam::123456789012:role/deploy",
        ),
        (
            "A role that Terraform is about to make",
            "terraform show -json plan.out | okta-aws explain --claims claims.json --terraform-plan - --address deploy",
        ),
    ),
    environment={
        "AWS_ENDPOINT_URL_IAM": "Another IAM endpoint for --role; else AWS_ENDPOINT_URL.",
        "AWS_ACCESS_KEY_ID, …": "AWS credentials for --role, as AWS's own tools find them.",
    },
    files=SETTINGS_FILE,
    exit_status={
        "0": "the token would get the role",
        "4": "not known from here; or the token is unusable",
        "5": "it would be refused",
    },
)
@click.option("--token-file", metavar="FILE", help="The token, - for standard input.")
@click.option("--claims", metavar="FILE", help="The token's payload as JSON, - for standard input.")
@click.option("--from-source", is_flag=True, help="Fetch a token as `okta-aws token fetch` does.")
@click.option("--trust-policy", metavar="FILE", help="The role's trust policy as JSON, - for standard input.")
@click.option("--role", metavar="ARN", help="The role, read through iam:GetRole with the AWS credentials at hand.")
@click.option("--terraform-plan", metavar="FILE", help="A plan, as `terraform show -json PLAN` prints it.")
@click.option("--terraform-state", metavar="FILE", help="A state, as `terraform show -json` prints it, or its file.")
@click.option("--address", metavar="NAME", help="Which role of the plan or state: its address, name or ARN.")
@click.option("--provider-arn", metavar="ARN", help="The identity provider; unset, that of the token's issuer.")
@click.option("--provider-audiences", metavar="LIST", help="The client ids that the provider lists, commas between.")
@click.option("--action", metavar="ACTION", help="Another action than sts:AssumeRoleWithWebIdentity.")
@click.option("--role-session-name", metavar="NAME", help="The name that the session is to have.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@table_flags({SOURCE, OKTA, NETWORK})
@click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")
@click.pass_context
def explain(context: click.Context, /, output_format: str, debug: bool, **flags: Any) -> None:  # noqa: ANN401
    """Explain why a role's trust policy accepts a token or not.

    Give the token (--token-file, --claims or --from-source) and the policy (--trust-policy, --role, --terraform-plan
    or --terraform-state). For a no: what each condition wanted and found, the cause by its name, and the smallest
    change to the policy that admits this very subject. The token itself is never printed.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        from okta_aws.flows.explain import explained
        from okta_aws.trust.report import as_data, lines

        explanation, request = explained(_given(_Asked(flags, terminal)), time.time())
        if output_format == "json":
            click.echo(json.dumps(as_data(explanation), indent=2))
        else:
            for line in lines(explanation, request):
                click.echo(plain(line))
        return _EXIT[explanation.answer]

    context.exit(terminal.run(command))


class _Asked:
    """The flags: those of this command, and ``table``, those of a token's source."""

    _OURS = (
        *_TOKENS,
        *_POLICIES,
        *("address", "provider_arn", "provider_audiences", "action", "role_session_name"),
    )

    def __init__(self, flags: Mapping[str, Any], terminal: Terminal) -> None:
        self.terminal = terminal
        self.flags = {name: flags[name] for name in self._OURS}
        self.table = {name: value for name, value in flags.items() if name not in self._OURS}
        problems = [*self._one_of(_TOKENS, "a token"), *self._one_of(_POLICIES, "a trust policy")]
        read = [name for name, value in flags.items() if value == "-"]
        if len(read) > 1:
            problems.append(Problem("standard input", "flag", "one flag that reads it", _dashed(read, " and ")))
        if problems:
            raise SettingsError(problems)

    def _one_of(self, names: tuple[str, ...], what: str) -> list[Problem]:
        given = [name for name in names if self.flags[name]]
        if len(given) == 1:
            return []
        wanted = f"{what}: one of {_dashed(names, ', ')}"
        return [Problem(_dashed(names[:1], ""), "flag", wanted, _dashed(given, " and ") or "none")]


def _given(asked: _Asked) -> Given:
    from okta_aws.flows.explain import Given

    if asked.flags["from_source"] or asked.flags["role"]:
        stop_if_inside_itself(environ())
    claims = _claims(asked)
    policy, role, audiences, providers = _policy(asked, claims)
    flags = asked.flags
    if flags["provider_audiences"]:
        audiences = tuple(one for one in flags["provider_audiences"].replace(",", " ").split() if one)
    return Given(
        claims,
        policy,
        is_token=not flags["claims"],
        provider_arn=flags["provider_arn"],
        action=flags["action"],
        session_name=flags["role_session_name"],
        audiences=audiences,
        providers=providers,
        account=role.account if role else "",
        partition=role.partition if role else "",
    )


def _claims(asked: _Asked) -> Mapping[str, Any]:
    from okta_aws.flows.explain import claims_of_json, claims_of_token

    if asked.flags["claims"]:
        return claims_of_json(_read(asked.flags["claims"], "--claims"), "--claims")
    if path := asked.flags["token_file"]:
        text = _read(path, "--token-file").decode("utf-8", "replace")
        asked.terminal.mask(text.strip())
        return claims_of_token(text, "--token-file").claims
    from okta_aws.flows.fetch import fetch_token
    from okta_aws.settings.settings import read_for_token

    environment = environ()
    settings = read_for_token(raw_settings(asked.table, environment))
    return fetch_token(*settings, environment, working_context(environment), real_time(), asked.terminal).claims


_Found = tuple["Document", "RoleArn | None", "tuple[str, ...] | None", "tuple[str, ...] | None"]


def _policy(asked: _Asked, claims: Mapping[str, Any]) -> _Found:
    from okta_aws.flows.explain import policy_of_json, policy_of_terraform

    if asked.flags["role"]:
        return _policy_of_role(asked, claims)
    if path := asked.flags["trust_policy"]:
        return policy_of_json(_read(path, "--trust-policy"), "--trust-policy"), None, None, None
    name = "terraform_plan" if asked.flags["terraform_plan"] else "terraform_state"
    option = _dashed([name], "")
    text = _read(asked.flags[name], option)
    return (*policy_of_terraform(text, asked.flags["address"] or "", option), None, None)


def _policy_of_role(asked: _Asked, claims: Mapping[str, Any]) -> _Found:
    from okta_aws.arn import RoleArn
    from okta_aws.flows.client import Client
    from okta_aws.flows.explain import policy_of_json
    from okta_aws.flows.role_policy import role_policy
    from okta_aws.settings.settings import read_for_network

    role = RoleArn.parse(asked.flags["role"])
    if role is None:
        wanted = "arn:PARTITION:iam::ACCOUNT:role/NAME"
        raise SettingsError([Problem("--role", "flag", wanted, ascii(asked.flags["role"])[:200])])
    environment = environ()
    patience, network = read_for_network(raw_settings(asked.table, environment))
    client = Client(patience, network, working_context(environment), real_time(), asked.terminal.debug)
    issuer = claims.get("iss")
    try:
        found = role_policy(role, issuer if isinstance(issuer, str) else "", environment, client, asked.terminal)
    finally:
        client.close()
    return policy_of_json(found.text, "--role", "IAM"), role, found.audiences, found.providers


def _read(path: str, option: str) -> bytes:
    try:
        if path == "-":
            data = standard_input(_LARGEST + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(_LARGEST + 1)
    except OSError as cause:
        found = cause.strerror or type(cause).__name__
        raise SettingsError([Problem(option, "flag", "a readable file", found)]) from None
    if len(data) > _LARGEST:
        raise SettingsError([Problem(option, "flag", f"at most {_LARGEST >> 20} MiB", "more")])
    return data


def _dashed(names: tuple[str, ...] | list[str], between: str) -> str:
    return between.join(f"--{name.replace('_', '-')}" for name in names)
