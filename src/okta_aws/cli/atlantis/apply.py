# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis apply``: a pull request applied by Atlantis, if it is approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from okta_aws.cli import approval_settings as settings
from okta_aws.cli import okta_groups
from okta_aws.cli.approval_settings import Given, flag
from okta_aws.cli.atlantis.hand_off import DEBUG, ENVIRONMENT_TEXTS, EXIT_STATUS, FLAGS, Office, patience, run
from okta_aws.cli.manual import Manual, flags
from okta_aws.cli.terminal import Terminal

if TYPE_CHECKING:
    from okta_aws.approval.decide import Membership
    from okta_aws.approval.rules import OktaPeople


@click.command(
    cls=Manual,
    examples=(
        (
            "In a job of the default branch",
            "okta-aws atlantis apply --atlantis-url https://atlantis.acme.com --pull-request 7 --head SHA",
        ),
    ),
    environment=ENVIRONMENT_TEXTS
    | {
        "OKTA_AWS_APPROVER_TOKEN": "Token with `Members: read`, for teams of GitHub.",
        okta_groups.KEY: "Private key of the service app that reads groups of Okta.",
    },
    exit_status=EXIT_STATUS,
)
@flags(
    flag("head", "SHA", "The commit that was approved; Atlantis gets no other."),
    *FLAGS,
    flag("map", "PATH", "The map of approvers, in the repository.", ".github/approvers.yml"),
    flag("environment", "NAME", "Environment of the job, where its reviewers' approval counts."),
    flag("atlantis-login", "LOGIN", "Whose commit statuses are Atlantis's, believed where its answer is lost."),
    click.option("--approver-token-file", metavar="PATH", help="File with OKTA_AWS_APPROVER_TOKEN."),
    *okta_groups.OPTIONS,
    DEBUG,
)
@click.pass_context
def apply(context: click.Context, /, debug: bool, **values: Any) -> None:  # noqa: ANN401
    """Have Atlantis apply a pull request, if its plan was approved after it was shown.

    Checked here are the pull request (open, no fork, mergeable), its head, the comment of `plan`, and approvals by the
    map of the base branch. Atlantis plans once more before it applies. An approval counts once. Outputs as `plan`, and
    approved-by.
    """

    def command(given: Given, office: Office) -> int:
        from okta_aws.flows.approval.membership import membership
        from okta_aws.flows.atlantis.hand_off import Judges
        from okta_aws.flows.atlantis.hand_off import apply as applied

        order = office.order(head_needed=True)
        map_path = given.text("map", settings.DIRECTORY, "a path")
        environment = given.text("environment", settings.ENVIRONMENT, "the environment of the job", empty=True)
        login = given.text("atlantis-login", settings.LOGIN, "a login of GitHub", empty=True)
        terminal = Terminal(debug=debug)
        groups = okta_groups.okta_groups(given, terminal)
        parties = office.parties()
        token = given.secret("approver-token", "OKTA_AWS_APPROVER_TOKEN")
        teams = office.github(token) if token else None

        def members(people: OktaPeople | None) -> Membership:
            return membership(teams, groups(people))

        with patience(terminal.say, "Atlantis to apply"):
            done = applied(order, parties, Judges(map_path, members, environment), login)
        office.tell("apply", done, order)
        return 0

    run(context, values, command, debug=debug)
