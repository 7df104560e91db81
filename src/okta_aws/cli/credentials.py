# SPDX-License-Identifier: Apache-2.0
"""``okta-aws credentials``: the exchange, its result on standard output."""

from __future__ import annotations

import click

from okta_aws.cli.manual import SETTINGS_FILE, Manual
from okta_aws.cli.options import raw_settings, table_flags
from okta_aws.cli.session import GROUPS, exchange
from okta_aws.cli.terminal import Terminal, environ, result, stop_if_inside_itself
from okta_aws.credentials import Credentials
from okta_aws.errors import Problem, SettingsError
from okta_aws.exporters.process import credential_process_json
from okta_aws.exporters.shell import SHELLS, profile_lines, shell_lines
from okta_aws.settings.okta_aws_cli import FORMATS
from okta_aws.settings.settings import PROFILE_NAME

_EXAMPLES = (
    (
        "With a key that is registered at an Okta service app",
        (
            "okta-aws credentials --role-to-assume arn:aws:iam::123456789012:role/deploy \\\n"
            "  --aws-region eu-central-1 --okta-issuer https://acme.okta.com/oauth2/aus123 \\\n"
            "  --okta-client-id 0oa123 --okta-key-id deploy-2026 --okta-private-key-file okta.pem"
        ),
    ),
    ("Into this shell; the settings are those of okta-aws.toml", 'eval "$(okta-aws credentials --format env)"'),
    ("The same in fish", "okta-aws credentials --format env --shell fish | source"),
    ("The same in PowerShell", "okta-aws credentials --format env --shell powershell | Out-String | Invoke-Expression"),
    ("As a section of AWS's credentials file", "okta-aws credentials --format profile --name deploy > section.ini"),
)


@click.command(cls=Manual, examples=_EXAMPLES, files=SETTINGS_FILE)
@table_flags(GROUPS)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["json", "env", "profile"]),
    help="json: what credential_process prints (the default). env: lines for a shell. profile: a section of AWS's "
    "credentials file. [env: OKTA_AWSCLI_FORMAT, in that tool's words]",
)
@click.option("--shell", type=click.Choice(SHELLS), default="sh", show_default=True, help="The shell that env is for.")
@click.option("--name", default="default", show_default=True, help="The section's name, for profile.")
@click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")
@click.pass_context
def credentials(
    context: click.Context, /, output_format: str | None, shell: str, name: str, debug: bool, **flags: str | None
) -> None:
    """Print the credentials of a role.

    They go to standard output, and errors to standard error. AWS's tools can call `okta-aws credential-process` by
    themselves, which keeps a session until it ends; this command asks anew each time.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        environment = environ()
        chosen = output_format or FORMATS.get(environment.get("OKTA_AWSCLI_FORMAT", ""), "json")
        if not PROFILE_NAME.fullmatch(name):
            wanted = "a profile name of letters, digits and _+,.@:%- (not DEFAULT)"
            raise SettingsError([Problem("--name", "flag", wanted, ascii(name))])
        stop_if_inside_itself(environment)
        settings, exchanged = exchange(raw_settings(flags, environment), environment, terminal)
        result(_written(exchanged.credentials, chosen, shell, name, settings.endpoint.region))
        return 0

    context.exit(terminal.run(command))


def _written(given: Credentials, output_format: str, shell: str, name: str, region: str) -> str:
    if output_format == "env":
        return shell_lines(given, region, shell).removesuffix("\n")
    if output_format == "profile":
        return profile_lines(given, name).removesuffix("\n")
    return credential_process_json(given)
