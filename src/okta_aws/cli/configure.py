# SPDX-License-Identifier: Apache-2.0
"""``okta-aws configure``: profiles in AWS's config file whose credentials come from ``credential-process``."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence

import click

from okta_aws.cli.manual import OUR_TOML, SETTINGS_FILE, Manual
from okta_aws.cli.options import Gathered, gather, settings_file, table_flags
from okta_aws.cli.session import GROUPS
from okta_aws.cli.terminal import Terminal, environ, working_context
from okta_aws.errors import Problem, SettingsError
from okta_aws.exporters.configured import MODULE, PROGRAM, Configured, write_profiles
from okta_aws.exporters.profile import locate, rules_for
from okta_aws.settings.raw import RawSettings
from okta_aws.settings.settings import PROFILE_NAME, read
from okta_aws.store.sessions import COMMAND

_EXAMPLES = (
    (f"Every profile of {OUR_TOML}", "okta-aws configure"),
    (
        "Two roles for the same Okta app, with nothing in okta-aws.toml",
        (
            "okta-aws configure deploy=arn:aws:iam::123456789012:role/deploy \\\n"
            "  audit=arn:aws:iam::210987654321:role/audit --aws-region eu-central-1 \\\n"
            "  --okta-issuer https://acme.okta.com/oauth2/aus123 --okta-client-id 0oa123 \\\n"
            "  --okta-key-id laptop --okta-private-key-file ~/.okta/key.pem"
        ),
    ),
)


@click.command(
    cls=Manual,
    examples=_EXAMPLES,
    environment={"AWS_CONFIG_FILE": "The config file, where it is not ~/.aws/config."},
    files={**SETTINGS_FILE, "~/.aws/config": "Where the profiles are written."},
)
@click.argument("names", metavar="[NAME[=ROLE_ARN]]...", nargs=-1)
@click.option("--overwrite", is_flag=True, help="Replace a profile of that name that is not ours.")
@table_flags(GROUPS)
@click.pass_context
def configure(context: click.Context, /, names: Sequence[str], overwrite: bool, **flags: str | None) -> None:
    """Write profiles into AWS's config file, so that AWS's tools get credentials by themselves.

    NAME is a profile of okta-aws.toml; all of them where none is named. NAME=ROLE_ARN makes a profile for that role.
    The flags given here go into each profile; files only by their path, and never a secret. All else in the file stays,
    and so does a profile that somebody else made, unless told with --overwrite.
    """
    terminal = Terminal(debug=False)

    def command() -> int:
        environment = environ()
        place = locate(environment, working_context(environment), "")
        profiles = [_profile(name, flags, environment) for name in names or _all(flags, environment)]
        rules = rules_for(environment.get("HOME", ""), None, time.sleep)
        write_profiles(profiles, place, rules, overwrite=overwrite)
        for profile in profiles:
            click.echo(f"profile {profile.name}: {' '.join(profile.words[:2])} …, in {place.config}")
        return 0

    context.exit(terminal.run(command))


def _all(flags: Mapping[str, str | None], environment: Mapping[str, str]) -> list[str]:
    toml = settings_file(flags["config"], environment, Gathered())
    if toml is None or not toml.profiles:
        found = "neither names, nor a profile there"
        raise SettingsError([Problem("NAME", "argument", f"names, or profiles in {OUR_TOML}", found)])
    names: list[str] = toml.profiles
    return names


def _profile(argument: str, flags: Mapping[str, str | None], environment: Mapping[str, str]) -> Configured:
    name, is_role, role = argument.partition("=")
    if not PROFILE_NAME.fullmatch(name):
        wanted = "a profile name of letters, digits and _+,.@:%- (not DEFAULT)"
        raise SettingsError([Problem("NAME", "argument", wanted, ascii(name))])
    mine = {**flags, "role_to_assume": role} if is_role else {**flags, "profile": name}
    kept = {key: _kept(key, value) for key, value in mine.items() if value is not None}
    raw = gather(kept, environment).raw
    _check(raw)
    words = [word for key, value in kept.items() for word in (f"--{key.replace('_', '-')}", value)]
    region = raw["aws-region"].text if "aws-region" in raw else ""
    return Configured(name, (*_program(), COMMAND, *words), region)


def _kept(flag: str, value: str) -> str:
    """A flag's value as it can be used later, from any folder."""
    is_path = flag.endswith("_file") or flag == "config" or (flag == "ca_bundle" and "-----BEGIN" not in value)
    if is_path and value == "-":
        wanted, fix = "a file, as it is read again and again", "write it to a file of its own"
        raise SettingsError([Problem(flag.replace("_", "-"), "flag", wanted, "standard input", fix)])
    return os.path.abspath(os.path.expanduser(value)) if is_path else value


def _check(raw: RawSettings) -> None:
    """Raises ``SettingsError`` with what is wrong already. What is missing may come from variables later."""
    try:
        read(raw)
    except SettingsError as error:
        wrong = [problem for problem in error.problems if problem.origin != "not set"]
        if wrong:
            raise SettingsError(wrong) from None


def _program() -> tuple[str, ...]:
    script = sys.argv[0]
    # A bare name says nothing of where it was found, and there may be another of it in the working directory.
    is_known = bool(os.path.dirname(script)) and os.path.basename(script).startswith(PROGRAM)
    return (os.path.abspath(script),) if is_known else (sys.executable, *MODULE)
