# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis``: its commands put together, each imported when it is called."""

from __future__ import annotations

from collections.abc import Mapping

import click

from okta_aws.cli.commands import Commands

COMMANDS: Mapping[str, str] = {
    "authorize": "okta_aws.cli.atlantis.authorize:authorize",
    "apply": "okta_aws.cli.atlantis.apply:apply",
    "check": "okta_aws.cli.atlantis.check:check",
    "credentials": "okta_aws.cli.atlantis.credentials:credentials",
    "helper": "okta_aws.cli.atlantis.helper:helper",
    "init": "okta_aws.cli.atlantis.init:init",
    "plan": "okta_aws.cli.atlantis.plan:plan",
    "status": "okta_aws.cli.atlantis.status:status",
    "webhook": "okta_aws.cli.atlantis.webhook:webhook",
}
"""Where each command is: module and attribute."""


@click.group(cls=Commands, table=COMMANDS)
def atlantis() -> None:
    """Run Atlantis with short-lived credentials, and let only those apply whom the map names.

    docs/how-to/atlantis.md leads from nothing to the first apply; docs/how-to/atlantis-map.md explains the map.
    """
