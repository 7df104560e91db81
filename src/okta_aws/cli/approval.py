# SPDX-License-Identifier: Apache-2.0
"""``okta-aws approval``: the steps of a Terraform apply that is provably what was approved."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from okta_aws.cli import approval_settings as settings
from okta_aws.cli import okta_groups
from okta_aws.cli.approval_settings import Desk, Given, flag
from okta_aws.cli.manual import Manual, flags
from okta_aws.cli.terminal import Terminal
from okta_aws.errors import NotApproved

if TYPE_CHECKING:
    from okta_aws.approval.decide import Membership
    from okta_aws.approval.rules import OktaPeople

DRIFT = 10
_REFUSED = {"11": "refused: nothing was touched"}
_DEBUG = click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")


@click.group()
def approval() -> None:
    """Seal a Terraform plan, and apply exactly what was sealed and approved.

    The reusable workflow use-terraform calls these commands; docs/explanation/seal-threat-model.md says what the seal
    promises.
    """


@approval.command(
    cls=Manual,
    examples=(("In the plan job", "okta-aws approval upload --plan plan.out --plan-key infra/7/123-1/plan"),),
    environment=settings.ENVIRONMENT_TEXTS,
)
@flags(
    flag("plan", "PATH", "The plan file."),
    settings.PLAN_BUCKET,
    flag("plan-key", "KEY", "Where to put it: REPOSITORY/PULL REQUEST/RUN-ATTEMPT/NAME."),
    _DEBUG,
)
@click.pass_context
def upload(context: click.Context, /, debug: bool, **values: Any) -> None:  # noqa: ANN401
    """Put a plan file where it can be sealed.

    Outputs plan-key, plan-version and plan-digest. They are claims: whoever plans runs the pull request's code.
    """

    def command(given: Given, desk: Desk) -> int:
        from okta_aws.flows.approval.parties import MAX_PLAN, digest

        bucket = given.text("plan-bucket", settings.BUCKET, "the name of a bucket")
        key = given.text("plan-key", settings.KEY, "a key in the bucket")
        plan = settings.read_file(values["plan"] or "", "--plan", MAX_PLAN)
        version = desk.s3().put(bucket, key, plan, "application/octet-stream")
        desk.outputs({"plan-key": key, "plan-version": version, "plan-digest": digest(plan)})
        return 0

    _run(context, values, command, debug=debug)


@approval.command(
    cls=Manual,
    examples=(("In the seal job", "okta-aws approval seal --pull-request 7 --environment production"),),
    environment=settings.ENVIRONMENT_TEXTS,
    exit_status=_REFUSED,
)
@flags(
    settings.PULL_REQUEST,
    flag("head", "SHA", "The commit that was planned."),
    flag("plan-key", "KEY", "Where the plan lies, as the plan job says."),
    flag("plan-version", "ID", "Its version, as the plan job says."),
    *settings.STORAGE,
    *settings.PLACE,
    flag("terraform", "PROGRAM", "Terraform or OpenTofu.", "terraform"),
    flag("terraform-cli-config", "PATH", "Terraform's own configuration, for a mirror of providers."),
    *settings.JOB,
    _DEBUG,
)
@click.pass_context
def seal(context: click.Context, /, debug: bool, **values: Any) -> None:  # noqa: ANN401
    """Render a plan, show it in one comment, and sign what was shown.

    Nothing of the pull request runs: Terraform shows the plan in an empty folder, with the providers of the base
    branch's lock file, without credentials. Outputs plan-digest, text-digest, changed, findings and comment.
    """

    def command(given: Given, desk: Desk) -> int:
        from okta_aws.flows.approval.rendering import Terraform
        from okta_aws.flows.approval.seal import Claim
        from okta_aws.flows.approval.seal import seal as sealed

        claim = Claim(
            given.number(),
            given.text("head", settings.COMMIT, "a commit"),
            given.text("plan-key", settings.KEY, "a key in the bucket"),
            given.text("plan-version", settings.VERSION, "the id of a version"),
        )
        place, storage, environment = given.place(), given.storage(), given.environ
        config = os.path.abspath(values["terraform_cli_config"]) if values["terraform_cli_config"] else ""
        proxies = settings.provider_surroundings(environment)
        terraform = Terraform(values["terraform"], environment.get("PATH", os.defpath), config, proxies)
        made = sealed(claim, place, storage, desk.parties(), terraform)
        statement = made.statement
        desk.outputs(
            {
                "plan-digest": statement.plan_sha256,
                "text-digest": statement.text_sha256,
                "changed": str(statement.changes).lower(),
                "findings": str(made.findings),
                "comment": made.comment,
            }
        )
        return 0

    _run(context, values, command, debug=debug)


@approval.command(
    cls=Manual,
    examples=(
        ("In the apply job", "okta-aws approval verify --merge-commit $GITHUB_SHA --plan-output plan.out"),
        ("Then", "terraform init -lockfile=readonly && terraform apply plan.out"),
    ),
    environment=settings.ENVIRONMENT_TEXTS
    | {
        "OKTA_AWS_APPROVER_TOKEN": "Token with `Members: read`, for teams of GitHub.",
        okta_groups.KEY: "Private key of the service app that reads groups of Okta.",
    },
    exit_status=_REFUSED,
)
@flags(
    settings.PULL_REQUEST,
    flag("merge-commit", "SHA", "In its place: the commit that merging it made."),
    flag("plan-output", "PATH", "Where to write the plan, readable for nobody else, if it may be applied."),
    flag("map", "PATH", "The map of approvers, in the repository.", ".github/approvers.yml"),
    *settings.STORAGE,
    *settings.PLACE,
    click.option("--approver-token-file", metavar="PATH", help="File with OKTA_AWS_APPROVER_TOKEN."),
    *okta_groups.OPTIONS,
    *settings.JOB,
    _DEBUG,
)
@click.pass_context
def verify(context: click.Context, /, debug: bool, **values: Any) -> None:  # noqa: ANN401
    """Write the sealed plan to a file if it is approved and everything is as it was sealed.

    Signature, bytes, text, comment, head, state, and an approval after the comment by those whom the map of the base
    branch names. Each plan is begun once. Outputs pull-request, head, plan-digest, changed, program, approved-by
    and marker.
    """

    def command(given: Given, desk: Desk) -> int:
        from okta_aws.flows.approval.membership import membership
        from okta_aws.flows.approval.verify import merged_pull_request
        from okta_aws.flows.approval.verify import verify as verified

        place, storage = given.place(), given.storage()
        path, map_path = str(values["plan_output"] or ""), given.text("map", settings.DIRECTORY, "a path")
        settings.nothing_there(given, "plan-output", path)
        commit = given.text("merge-commit", settings.COMMIT, "a commit", empty=True)
        number = 0 if commit else given.number()
        groups = okta_groups.okta_groups(given, Terminal(debug=debug))
        parties = desk.parties()
        number = number or merged_pull_request(parties, storage, commit)
        token = given.secret("approver-token", "OKTA_AWS_APPROVER_TOKEN")
        teams = desk.github(token) if token else None
        nonce = secrets.token_hex(16)

        def members(people: OktaPeople | None) -> Membership:
            return membership(teams, groups(people))

        approved = verified(number, place, storage, parties, map_path, members, nonce)
        _write(os.path.abspath(path), approved.plan)
        desk.outputs(
            {
                "pull-request": str(number),
                "head": approved.statement.head,
                "plan-digest": approved.statement.plan_sha256,
                "changed": str(approved.statement.changes).lower(),
                "program": approved.statement.program,
                "approved-by": ", ".join(approved.approved_by),
                "marker": approved.marker,
            }
        )
        return 0

    _run(context, values, command, debug=debug)


@approval.command(
    cls=Manual,
    examples=(("Last step of the apply job", "okta-aws approval finish --pull-request 7 --result success"),),
    environment=settings.ENVIRONMENT_TEXTS,
)
@flags(
    settings.PULL_REQUEST,
    flag("marker", "KEY", "The output of `verify`."),
    flag("result", "success|failure|cancelled|skipped", "How applying ended, as the step's outcome has it."),
    settings.PLAN_BUCKET,
    *settings.PLACE,
    *settings.JOB,
    _DEBUG,
)
@click.pass_context
def finish(context: click.Context, /, debug: bool, **values: Any) -> None:  # noqa: ANN401
    """Tell how applying ended: in the comment, and in the mark that the plan was begun. Outputs applied."""

    def command(given: Given, desk: Desk) -> int:
        from okta_aws.flows.approval.outcome import finish as finished

        number, place = given.number(), given.place()
        bucket = given.text("plan-bucket", settings.BUCKET, "the name of a bucket")
        marker = given.text("marker", _MARKER, "the output of verify")
        applied = given.text("result", _RESULT, "success, failure, cancelled or skipped") == "success"
        finished(desk.parties(), bucket, marker, number, place, applied=applied)
        desk.outputs({"applied": str(applied).lower()})
        return 0

    _run(context, values, command, debug=debug)


@approval.command(
    cls=Manual,
    examples=(("On a schedule", "terraform show -json plan.out | okta-aws approval drift --plan-json -"),),
    exit_status={"0": "no drift", str(DRIFT): "drift"},
)
@flags(
    flag(
        "plan-json", "PATH", "A plan of the default branch, as `terraform show -json` prints it; - for standard input."
    ),
    *settings.PLACE[:2],
    _DEBUG,
)
@click.pass_context
def drift(context: click.Context, /, debug: bool, **values: Any) -> None:  # noqa: ANN401
    """Tell whether what is there is still what the code says. Outputs drift and changes."""

    def command(given: Given, desk: Desk) -> int:
        from okta_aws.approval.changes import summary
        from okta_aws.flows.approval.drift import drift_of, drift_summary
        from okta_aws.flows.approval.rendering import MAX_OUTPUT

        found = drift_of(settings.read_file(values["plan_json"] or "", "--plan-json", MAX_OUTPUT))
        desk.summary(drift_summary(found, values["directory"], values["workspace"]))
        desk.outputs({"drift": str(found.is_there).lower(), "changes": str(len(found.changes))})
        Terminal(debug=debug).say(summary(found.changes))
        given.check()
        return DRIFT if found.is_there else 0

    _run(context, values, command, debug=debug)


_MARKER = re.compile(r"applied/[0-9]{1,20}/[0-9a-f]{64}\.json")
_RESULT = re.compile(r"success|failure|cancelled|skipped")


def _run(context: click.Context, values: dict[str, Any], command: Callable[[Given, Desk], int], *, debug: bool) -> None:
    terminal = Terminal(debug=debug)

    def inner() -> int:
        given = Given(values)
        desk = Desk(given, terminal)
        try:
            return command(given, desk)
        except NotApproved as refusal:
            desk.summary(settings.refusal_page(refusal))
            raise
        finally:
            desk.close()

    context.exit(terminal.run(inner))


def _write(path: str, plan: bytes) -> None:
    from okta_aws.files import Rules, rewrite

    rules = Rules(root=os.path.dirname(path), owner=None, wait_s=5, sleep=time.sleep)
    rewrite(path, lambda _before: plan, rules)
