# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis plan``: a pull request planned by Atlantis, and the plan shown in a comment."""

from __future__ import annotations

from typing import Any

import click

from okta_aws.cli.approval_settings import Given, flag
from okta_aws.cli.atlantis.hand_off import DEBUG, ENVIRONMENT_TEXTS, EXIT_STATUS, FLAGS, Office, patience, run
from okta_aws.cli.manual import Manual, flags
from okta_aws.cli.terminal import Terminal


@click.command(
    cls=Manual,
    examples=(("In a job", "okta-aws atlantis plan --atlantis-url https://atlantis.acme.com --pull-request 7"),),
    environment=ENVIRONMENT_TEXTS,
    exit_status=EXIT_STATUS,
)
@flags(flag("head", "SHA", "The commit to plan; unset, the pull request's newest."), *FLAGS, DEBUG)
@click.pass_context
def plan(context: click.Context, /, debug: bool, **values: Any) -> None:  # noqa: ANN401
    """Have Atlantis plan a pull request, and show the plan in one comment.

    Needs no approval, but runs the pull request's code inside Atlantis; not for forks. Outputs pull-request, head,
    succeeded and comment; standard output has the results as JSON too.
    """

    def command(_given: Given, office: Office) -> int:
        from okta_aws.flows.atlantis.hand_off import plan as planned

        order = office.order(head_needed=False)
        parties = office.parties()
        with patience(Terminal(debug=debug).say, "Atlantis to plan"):
            done = planned(order, parties)
        office.tell("plan", done, order)
        return 0

    run(context, values, command, debug=debug)
