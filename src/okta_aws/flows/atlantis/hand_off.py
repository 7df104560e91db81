# SPDX-License-Identifier: Apache-2.0
"""A pull request handed to Atlantis's API: planned, shown in a comment, and applied once it is approved.

The API applies for whoever has its secret, and plans anew before it applies. So nothing is handed over to be applied
before it was judged here: the pull request, the commit, the comment with its plan, and approvals after that comment by
the map of the base branch. The commit is named to Atlantis, which then applies no other. An approval counts once: the
comment is changed before Atlantis is asked, and that makes older approvals void.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from okta_aws.approval.decide import Change, Decision, decide_approval, entitled_to
from okta_aws.approval.map_file import Map, MapError, read_map
from okta_aws.atlantis.answers import Place, ProjectResult, Results
from okta_aws.atlantis.client import Atlantis, Task
from okta_aws.errors import AtlantisError, Error, NetworkError, NotApproved
from okta_aws.flows.approval.membership import MembershipBy, as_reviews, vouched_for, with_vouched
from okta_aws.flows.atlantis.comments import Comments
from okta_aws.github_api import Comment, CommitStatus, GithubApi, Merging, PullRequest

# GitHub's words for what may be merged; `unstable`: a check that is not demanded has not passed.
_MERGEABLE = ("clean", "has_hooks", "unstable")
_MERGE_QUESTIONS = 6
_MERGE_WAIT_S = 2.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 2.0, 30.0
_CODES = ("atlantis-pull-request", "approver-map", "not-approved")
_FIX = {
    "atlantis-pull-request": "correct that, plan again, and have the plan approved",
    "approver-map": "correct the map on the base branch",
    "not-approved": "have it approved after the comment with the plan, by those whom the map names",
}


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom a hand-off asks. ``run``: of the workflow, ID-ATTEMPT. ``bot``: who writes our comments.

    ``sleep``: waits that many seconds. ``remaining_s``: seconds left for what it is told; raises when there are none.
    """

    github: GithubApi
    atlantis: Atlantis
    run: str
    bot: str
    sleep: Callable[[float], None]
    remaining_s: Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted. ``head``: the commit that it is about; empty, the pull request's newest, to be planned alone.

    ``base_branch``: the one that pull requests have to be for; empty for the repository's default branch.
    """

    number: int
    head: str
    base_branch: str
    place: Place


@dataclass(frozen=True, slots=True)
class Judges:
    """Who decides about an apply: the map at ``map_path`` of the base branch, groups, an environment's reviewers.

    ``environment``: empty where its reviewers do not count.
    """

    map_path: str
    members: MembershipBy
    environment: str


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. ``comment``: where that is told; empty where that could not be.

    ``error``: why it is no success; whoever gets this raises it when ``results`` are told.
    """

    head: str
    results: Results
    comment: str
    approved_by: tuple[str, ...]
    error: Error | None


def plan(order: Order, parties: Parties) -> Done:
    """Has the head planned and shows the plan in a comment. Raises ``NotApproved`` where it cannot be handed over."""
    handing = _Handing(order, parties, "plan")
    handing.stop_if_any()
    results = parties.atlantis.plan(handing.task, handing.merging.branch)
    return handing.done(results, (), handing.comments.show_plan)


def apply(order: Order, parties: Parties, judges: Judges, atlantis_login: str) -> Done:
    """Has the head applied if it is approved. Raises ``NotApproved`` with every reason, and ``AtlantisError``.

    ``atlantis_login``: whose commit statuses are Atlantis's, to be believed where its answer is lost; empty for none.
    """
    handing = _Handing(order, parties, "apply")
    try:
        shown, approved_by = handing.judged(judges)
        before = parties.github.commit_statuses(handing.head) if atlantis_login else []
        handing.comments.begin(shown, handing.head)
        try:
            results = parties.atlantis.apply(handing.task)
        except AtlantisError as lost:
            results = _followed(lost, handing, parties, atlantis_login, before)
    except Error as error:
        handing.comments.tell_error(error)
        raise
    return handing.done(results, approved_by, handing.comments.tell_end)


class _Handing:
    """One pull request on its way, and why it may not go."""

    def __init__(self, order: Order, parties: Parties, command: str) -> None:
        self._order, self._parties, self._command = order, parties, command
        self._github = github = parties.github
        self._reasons: list[tuple[str, str]] = []
        self._pull: PullRequest = github.pull_request(order.number)
        self.head = self._pull.head
        self.merging = self._merging()
        self._base = order.base_branch or github.repository().default_branch
        self.comments = Comments(github, order.number, order.place, parties.bot, parties.run)
        # The commit, not the branch: so it takes no other.
        self.task = Task(github.name, order.number, self.head, self._base, order.place)
        self._add("atlantis-pull-request", *self._unfit())

    def stop_if_any(self) -> None:
        """Raises ``NotApproved`` where there are reasons."""
        if self._reasons:
            self._stop()

    def judged(self, judges: Judges) -> tuple[Comment, tuple[str, ...]]:
        """The comment whose plan was approved, and by whom. Raises ``NotApproved``."""
        merging = self.merging
        if merging.mergeable is not True or merging.state not in _MERGEABLE:
            found = "conflicts" if merging.mergeable is False else ascii(merging.state)[:40]
            wanted = f"wanted a pull request that may be merged ({', '.join(_MERGEABLE)})"
            self._add("atlantis-pull-request", f"{wanted}, found {found}")
        shown = self.comments.plan_of(self.head)
        if not isinstance(shown, Comment):
            self._add("not-approved", shown)
            self._stop()
        decision = self._decision(judges, shown.updated_s)
        if decision is not None and not decision.allowed:
            self._add("not-approved", decision.reason)
        self.stop_if_any()
        return shown, decision.approved_by if decision is not None else ()

    def done(
        self, results: Results, approved_by: tuple[str, ...], tell: Callable[[str, Results, Error | None], str]
    ) -> Done:
        """The end, told in its comment. What was done is not forgotten where GitHub cannot be reached afterwards."""
        error = self._what_is_wrong(results)
        try:
            comment = tell(self.head, results, error)
        except Error as untold:
            return Done(self.head, results, "", approved_by, error or untold)
        return Done(self.head, results, comment, approved_by, error)

    def _what_is_wrong(self, results: Results) -> Error | None:
        """Why the results are no success, or not what was asked for."""
        doing = f"having Atlantis {self._command} the pull request {self._order.number}"
        others = [one.place for one in results.projects if not _same(one.place, self._order.place)]
        if others:
            found = "; ".join(f"{one.directory} ({one.workspace}) {one.project}".strip() for one in others[:5])
            fix = "look at once what Atlantis did there: it was asked for nothing of it"
            wanted = f"results for {self._order.place.directory} ({self._order.place.workspace})"
            return AtlantisError("atlantis-answer", doing, wanted=wanted, found=ascii(found)[:300], fix=fix)
        if not results.succeeded:
            fix = "mend what it says; then plan again"
            if self._command == "apply":
                fix = "what was applied is in the state: plan again, which shows what is left, and have that approved"
            return AtlantisError("atlantis-failed", doing, found="; ".join(results.reasons())[:2000], fix=fix)
        try:
            head = self._github.pull_request(self._order.number).head
        except Error as untold:
            return untold
        if head != self.head:
            steps = (
                "plan again: what was done is about the older commit",
                "look at what it applied: as a GitHub App that merges, Atlantis may have taken the newer one",
            )
            return AtlantisError(
                "atlantis-moved", doing, wanted=f"the head {self.head[:12]}", found=head[:12], fix=steps
            )
        return None

    def _stop(self) -> NoReturn:
        codes = [code for code in _CODES if code in {one for one, _ in self._reasons}]
        doing = f"checking whether Atlantis may {self._command} the pull request {self._order.number}"
        reasons = [reason for _, reason in self._reasons]
        raise NotApproved(codes[0], doing, reasons=reasons, fix=[_FIX[code] for code in codes])

    def _merging(self) -> Merging:
        """Asked again while GitHub still works it out, where it matters."""
        found = self._github.merging(self._order.number)
        for _ in range(_MERGE_QUESTIONS - 1 if self._command == "apply" else 0):
            if found.mergeable is not None:
                break
            self._parties.sleep(_MERGE_WAIT_S)
            found = self._github.merging(self._order.number)
        return found

    def _unfit(self) -> list[str]:
        pull, wanted = self._pull, self._order.head
        found = []
        if not pull.is_open:
            found.append("wanted an open pull request, found a closed one")
        if pull.head_repository != pull.base_repository:
            found.append("wanted a branch of this repository, found one of a fork")
        if pull.base_branch != self._base:
            found.append(f"wanted a pull request to {self._base}, found one to {pull.base_branch}")
        if wanted and wanted != pull.head:
            found.append(f"wanted the head {wanted[:12]}, found {pull.head[:12]}")
        if self.merging.head != pull.head:
            found.append(f"the head moved from {pull.head[:12]} to {self.merging.head[:12]} just now")
        return found

    def _decision(self, judges: Judges, shown_s: float) -> Decision | None:
        github, place = self._github, self._order.place
        commit = github.branch_commit(self._base)
        try:
            found = _read(github.file(judges.map_path, commit))
        except MapError as error:
            where = f"{judges.map_path} at {commit[:12]}"
            self._add("approver-map", *(f"{where}: {problem}" for problem in error.problems))
            return None
        reviews, member = github.reviews(self._order.number), judges.members(found.okta)
        entitled = entitled_to("apply", found.rules, place.directory, place.workspace)
        if judges.environment and not isinstance(entitled, Decision):
            run = self._parties.run.partition("-")[0]
            vouched = vouched_for(github, run, judges.environment, entitled)
            if vouched:
                reviews += as_reviews(vouched, self.head, github.run_created_s(run))
                member = with_vouched(member, vouched)
        change = Change(place.directory, place.workspace, self._pull.author, self.head, shown_s)
        return decide_approval(found.rules, change, reviews, member)

    def _add(self, code: str, *reasons: str) -> None:
        self._reasons += [(code, reason) for reason in reasons]


def _followed(
    lost: AtlantisError, handing: _Handing, parties: Parties, login: str, before: Sequence[CommitStatus]
) -> Results:
    """What Atlantis's commit status says in the end, where its answer was lost. Raises ``lost`` where that is nothing.

    Whoever may write statuses can say so too; so only those of ``login`` count, and none that was there ``before``.
    """
    if lost.code != "atlantis-unknown" or not login:
        raise lost
    place = handing.task.place
    context = f"atlantis/apply: {place.project or f'{place.directory}/{place.workspace}'}"
    wait_s = _FIRST_WAIT_S
    while True:
        try:
            found = parties.github.commit_statuses(handing.head)
        except Error:  # GitHub's trouble does not make it known what Atlantis did
            found = []
        new = [one for one in found if one not in before and (one.context, one.author) == (context, login)]
        if new and new[0].state != "pending":
            said = f'its answer was lost; its commit status says "{new[0].state}"'
            failure = "" if new[0].state == "success" else f"{said}; why, its log tells"
            return Results((ProjectResult(place, said, failure),), "")
        try:
            left_s = parties.remaining_s("waiting for Atlantis's commit status")
        except NetworkError:
            raise lost from None
        parties.sleep(min(wait_s, left_s))
        wait_s = min(wait_s * 2, _LONGEST_WAIT_S)


def _read(text: str | None) -> Map:
    if text is None:
        raise MapError(["wanted a file, found none"])
    return read_map(text)


def _same(found: Place, wanted: Place) -> bool:
    ours = (wanted.directory, wanted.workspace)
    return (found.directory, found.workspace) == ours and (not wanted.project or found.project == wanted.project)
