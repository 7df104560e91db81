# SPDX-License-Identifier: Apache-2.0
"""The hand-over: everything planned, then applied as one; and what the job's summary says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from okta_aws.credentials import Credentials
from okta_aws.errors import AssumeRoleError, Error, ExportError, SettingsError
from okta_aws.exporters.base import Append, apply_all
from okta_aws.exporters.environment import KEYS, REGION
from okta_aws.exporters.outputs import OutputsExporter
from okta_aws.exporters.select import plan
from okta_aws.exporters.state import Written
from okta_aws.flows.exchange import Exchanged, Report
from okta_aws.runner.context import Context
from okta_aws.runner.files import append, entry
from okta_aws.settings.settings import Settings


def hand_over(
    exchanged: Exchanged,
    settings: Settings,
    environ: Mapping[str, str],
    context: Context,
    report: Report,
    sleep: Callable[[float], None],
) -> None:
    """Gives the credentials to the job's later steps, all of it or nothing. ``sleep`` waits, in seconds.

    Raises ``ExportError`` and ``SettingsError``; then what was written is taken back.
    """
    credentials = exchanged.credentials
    if settings.hand_over.mask_account:
        for identity in filter(None, (credentials.account, credentials.arn, credentials.role_arn)):
            report.mask(identity)
    if exchanged.kept:
        _leave(credentials, settings, context)
        return
    claims = (exchanged.token.issuer, exchanged.token.subject) if exchanged.token else ("", "")
    apply_all(plan(credentials, settings.hand_over, settings.endpoint.region, claims, environ, context, sleep))
    until = f" until {credentials.expiration_text()}" if credentials.expiration else ""
    report.info(f"handed over {credentials.arn or credentials.role_arn or 'the credentials as they are'}{until}")
    if settings.summary == "always":
        rows = [
            ("role", credentials.role_arn),
            ("session", credentials.session_name),
            ("expires", credentials.expiration_text()),
            ("token issuer", claims[0]),
            ("token subject", claims[1]),
        ]
        _summarize("AWS credentials", rows, [], context, report)


def _leave(credentials: Credentials, settings: Settings, context: Context) -> None:
    """Tells of credentials that stay where they are. Later steps count on the region of the input all the same."""
    effects = OutputsExporter(context.output_file, "", "", "", with_credentials=False).plan(credentials)
    if settings.hand_over.as_variables:
        values = [entry(name, settings.endpoint.region) for name in REGION]
        effects = [Written(REGION, None).saving(context.state_file), Append(context.env_file, values), *effects]
    apply_all(effects)


def unset_credentials(environ: Mapping[str, str], context: Context) -> Mapping[str, str]:
    """Blanks the credentials that earlier steps exported, and gives ``environ`` without them.

    Before anything else and whatever comes of the rest: whoever asks for it wants them gone.
    """
    append(context.env_file, [entry(name, "") for name in (*KEYS, *REGION)])
    return {name: value for name, value in environ.items() if name not in KEYS}


def summarize_refusal(error: Error, wanted: str, context: Context, report: Report) -> None:
    """Writes ``error`` to the job's summary where that was asked for. ``wanted``: the option ``summary``.

    A refusal is what somebody else decided, by AWS, Okta or GitHub; wrong settings are one too, of the job's author.
    """
    if wanted == "never":
        return
    problems = [problem.line() for problem in error.problems] if isinstance(error, SettingsError) else []
    rows = [("doing", error.doing), ("wanted", error.wanted), ("found", error.found)]
    if isinstance(error, AssumeRoleError):
        rows += [("AWS's code", error.aws_code), ("AWS's request id", error.request_id)]
    points = [*problems, *error.fix]
    title = f"{error.title} [{error.code}]"
    _summarize(title, rows, points, context, report, why=error.explanation, docs=error.docs)


def _summarize(
    title: str,
    rows: list[tuple[str, str]],
    points: list[str],
    context: Context,
    report: Report,
    *,
    why: tuple[str, ...] = (),
    docs: str = "",
) -> None:
    if not context.summary_file:
        return
    # Imported late: most runs write none.
    from okta_aws.runner.summary import Summary

    summary = Summary()
    summary.heading(title)
    summary.table(["", ""], [row for row in rows if row[1]])
    summary.bullets(points)
    if why:
        summary.as_it_is(why)
    if docs:
        summary.link("What this means and what to do", docs)
    try:
        append(context.summary_file, [summary.markdown()])
    except ExportError as cause:
        # The summary is a courtesy: that it cannot be written must not hide what it was about.
        report.debug(cause.headline())
