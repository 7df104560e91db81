# SPDX-License-Identifier: Apache-2.0
"""The comment that tells what became of a plan, and the mark that a plan was begun to be applied."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from okta_aws.approval.comment import has_marker, outcome_comment, outcome_marker, plan_marker
from okta_aws.approval.seal import Statement, time_text
from okta_aws.errors import Error, NotApproved
from okta_aws.flows.approval.parties import MAX_SMALL, Parties, Place, applied_key
from okta_aws.github_api import Comment

BEGUN, APPLIED, FAILED = "begun", "applied", "failed"
HOW_TO_GO_ON = (
    "A part may have been applied. What was, is in the state, unless the log says that it could not be saved.",
    "Run the plan again: it shows what is left. Have that approved; this plan cannot be begun a second time.",
    "If the state is locked, see that no other run holds it before you unlock it.",
)


def plan_comments(parties: Parties, number: int, place: Place) -> list[Comment]:
    """The comments with the plan of ``place``: those of our bot alone. One, unless somebody plays tricks."""
    return _ours(parties, number, plan_marker(place.name))


def tell(parties: Parties, number: int, place: Place, title: str, lines: Sequence[str], *, new: bool = True) -> None:
    """Writes the outcome into its comment. ``new``: also where there is none yet."""
    found = _ours(parties, number, outcome_marker(place.name))
    if not found and not new:
        return
    body = outcome_comment(place.name, place.directory, place.workspace, title, lines)
    parties.github.write_comment(number, body, found[0] if found else None)


@contextmanager
def told_in_comment(parties: Parties, number: int, place: Place) -> Iterator[None]:
    """An error inside is told in the comment too. Of all but a refusal only its kind: the rest is for the log."""
    try:
        yield
    except NotApproved as refusal:
        _told(parties, number, place, [*refusal.reasons, "", *refusal.fix], refusal)
        raise
    except Error as error:
        if error.code not in {"github-api", "github-library"}:
            _told(parties, number, place, [f"{error.title}: see the log of run {parties.run}"], error)
        raise


def begin(parties: Parties, statement: Statement, nonce: str) -> list[str]:
    """Marks the plan as begun. Who comes second gets reasons: each plan is begun once."""
    mark = {
        "state": BEGUN,
        "run": parties.run,
        "nonce": nonce,
        "at": time_text(parties.clock()),
        "pull_request": statement.pull_request,
    }
    bucket, key, body = statement.plan_bucket, applied_key(statement), json.dumps(mark).encode()
    if parties.s3.put(bucket, key, body, "application/json", only_where_none=True) is not None:
        return []
    found = parties.s3.get(bucket, key, limit=MAX_SMALL)
    if found is not None and found.body == body:  # the answer to our own first attempt was lost
        return []
    return [_begun_before(found.body if found else b"")]


def finish(parties: Parties, bucket: str, key: str, number: int, place: Place, *, applied: bool) -> None:
    """Marks the plan as applied or failed, and tells so."""
    state = APPLIED if applied else FAILED
    mark = {"state": state, "run": parties.run, "at": time_text(parties.clock()), "pull_request": number}
    parties.s3.put(bucket, key, json.dumps(mark).encode(), "application/json")
    if applied:
        tell(parties, number, place, "Applied", [f"Run {parties.run} applied the sealed plan."])
    else:
        tell(parties, number, place, "Failed", [f"Run {parties.run} began to apply and failed.", *HOW_TO_GO_ON])


def _begun_before(body: bytes) -> str:
    try:
        mark: Any = json.loads(body)
    except (ValueError, RecursionError):
        mark = None
    if not isinstance(mark, Mapping):
        return "this plan was begun before"
    how = {APPLIED: "and applied it", FAILED: "and failed"}.get(str(mark.get("state")), "and has not told how it ended")
    return f"run {str(mark.get('run'))[:40]} began this plan at {str(mark.get('at'))[:40]} {how}"


def _ours(parties: Parties, number: int, marker: str) -> list[Comment]:
    found = parties.github.comments(number)
    return [one for one in found if one.author == parties.bot and has_marker(one.body, marker)]


def _told(parties: Parties, number: int, place: Place, lines: Sequence[str], error: Error) -> None:
    try:
        tell(parties, number, place, "Not applied", lines)
    except Error as unwritten:
        error.fix = (*error.fix, f"the comment could not be written: {unwritten.headline()}")
