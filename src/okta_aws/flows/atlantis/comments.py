# SPDX-License-Identifier: Apache-2.0
"""The two comments of a hand-off to Atlantis: the plan that may be approved, and what became of it.

They are apart, since each edit of the first makes earlier approvals void. Nobody's comments but our bot's are taken for
ours; a workflow that may write comments is that same bot (docs/how-to/atlantis-hand-off.md says what follows).
"""

from __future__ import annotations

from collections.abc import Sequence

from okta_aws.approval.comment import has_marker, place_of, told
from okta_aws.atlantis.answers import Place, Results
from okta_aws.errors import Error, NotApproved
from okta_aws.github_api import Comment, GithubApi

_APPROVE = (
    "To have Atlantis apply this, approve this commit after this comment. Atlantis plans once more before it does."
)
_BEGUN = "Atlantis was asked to apply what stood here. An approval counts once: plan again for another."
_NO_HEAD = "none"


class Comments:
    """Those of one pull request about one place."""

    def __init__(self, github: GithubApi, number: int, place: Place, bot: str, run: str) -> None:
        """``bot``: who writes them. ``run``: of the workflow, ID-ATTEMPT."""
        self._github, self._number, self._place, self._bot, self._run = github, number, place, bot, run
        name = place_of(place.directory, place.workspace, place.project)
        self._plan, self._outcome = f"<!-- okta-aws-atlantis-plan {name} ", f"<!-- okta-aws-atlantis-outcome {name} "

    def plan_of(self, head: str) -> Comment | str:
        """The comment that shows the plan of that commit, or why there is none."""
        found = self._ours(self._plan)
        if len(found) == 1 and has_marker(found[0].body, f"{self._plan}{head} "):
            return found[0]
        what = "one that was begun, failed, or is of another commit" if len(found) == 1 else f"{len(found)}"
        return f"wanted one comment by {self._bot} with Atlantis's plan of {head[:12]}, found {what}"

    def show_plan(self, head: str, results: Results, error: Error | None) -> str:
        """Shows how planning ended; only a plan that succeeded may be approved. The comment's address."""
        title, note, marked = ("Atlantis plan", _APPROVE, head) if error is None else (error.title, "", _NO_HEAD)
        found = self._ours(self._plan)
        replaced = found[0] if found else None
        return self._write(f"{self._plan}{marked} -->", title, lines_of(head, results, error), replaced, note)

    def begin(self, shown: Comment, head: str) -> None:
        """Makes the approvals of what was shown void."""
        lines = [f"Run {self._run} asked Atlantis to apply commit {head}."]
        self._write(f"{self._plan}{_NO_HEAD} -->", "Begun", lines, shown, _BEGUN)

    def tell_end(self, head: str, results: Results, error: Error | None) -> str:
        """Tells how applying ended; the comment's address."""
        title = "Applied by Atlantis" if error is None else error.title
        return self._tell(title, lines_of(head, results, error))

    def tell_error(self, error: Error) -> None:
        """Tells why there is no end. Of what is no refusal only its kind: the rest is for the log."""
        reasons = (
            error.reasons if isinstance(error, NotApproved) else [f"{error.title}: see the log of run {self._run}"]
        )
        title = "Perhaps applied" if error.code == "atlantis-unknown" else "Not applied"
        try:
            self._tell(title, [*reasons, "", *error.fix])
        except Error as unwritten:
            error.fix = (*error.fix, f"the comment could not be written: {unwritten.headline()}")

    def _tell(self, title: str, lines: Sequence[str]) -> str:
        found = self._ours(self._outcome)
        return self._write(f"{self._outcome}-->", title, lines, found[0] if found else None)

    def _ours(self, marker: str) -> list[Comment]:
        found = self._github.comments(self._number)
        return [one for one in found if one.author == self._bot and has_marker(one.body, marker)]

    def _write(self, marker: str, title: str, lines: Sequence[str], replaced: Comment | None, note: str = "") -> str:
        body = told(marker, title, self._place.directory, self._place.workspace, lines, note)
        return self._github.write_comment(self._number, body, replaced)


def lines_of(head: str, results: Results, error: Error | None) -> list[str]:
    """The results as lines: first why they are no success, then each project's output."""
    found = [f"commit {head}", *([error.headline()] if error is not None else [])]
    for one in results.projects:
        name = f", project {one.place.project}" if one.place.project else ""
        found += ["", f"{one.place.directory}, workspace {one.place.workspace}{name}"]
        found += [*one.failure.split("\n"), *one.output.rstrip("\n").split("\n")]
    return found
