# SPDX-License-Identifier: Apache-2.0
"""Whether a sealed plan may be applied now: signature, bytes, text, comment, head, state, and an approval after it.

All that can be judged is judged, so that the reasons come together. Nothing is written before everything holds.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from dataclasses import dataclass, field
from typing import NoReturn

from okta_aws.approval.backend import problems_of_backend
from okta_aws.approval.comment import plan_comment, same_text
from okta_aws.approval.decide import Change, Decision, decide_approval, entitled_to
from okta_aws.approval.map_file import Map, MapError, read_map
from okta_aws.approval.plan_archive import PlanFileError
from okta_aws.approval.seal import NO_STATE, SealError, Statement, mismatches, read_statement
from okta_aws.errors import NotApproved
from okta_aws.flows.approval.membership import MembershipBy, as_reviews, vouched_for, with_vouched
from okta_aws.flows.approval.outcome import begin, plan_comments, told_in_comment
from okta_aws.flows.approval.parties import (
    MAX_PLAN,
    MAX_SMALL,
    MAX_TEXT,
    Parties,
    Place,
    Storage,
    applied_key,
    base_branch_of,
    digest,
    seal_key,
    text_key,
)
from okta_aws.flows.approval.plan_contents import contents_of, state_place
from okta_aws.github_api import Comment, PullRequest

# The first of these that is among the reasons is the refusal's code.
_CODES = ("seal-missing", "seal-broken", "plan-stale", "approver-map", "not-approved", "already-applied")
_DOING = "checking whether the plan may be applied"
_FIX = {
    "seal-missing": "run the plan, and have it approved",
    "seal-broken": "find out who changed it; then run the plan again",
    "plan-stale": "run the plan again, and have it approved",
    "approver-map": "correct the map on the base branch",
    "not-approved": "have it approved after the comment with the plan, by those whom the map names",
    "already-applied": "run the plan again: it shows what is left to do",
}


@dataclass(frozen=True, slots=True)
class Approved:
    """A plan that may be applied. ``marker``: the key of the mark that it was begun, for ``finish``."""

    statement: Statement
    plan: bytes
    approved_by: tuple[str, ...]
    marker: str


@dataclass(slots=True)
class _Reasons:
    """Why not, each with its code."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, code: str, *reasons: str) -> None:
        self.found += [(code, reason) for reason in reasons]

    def stop(self, code: str, reason: str) -> NoReturn:
        """Raises ``NotApproved`` at once, where nothing more can be judged."""
        raise NotApproved(code, _DOING, reasons=[reason], fix=_FIX[code])

    def stop_if_any(self) -> None:
        """Raises ``NotApproved`` with all of them."""
        if self.found:
            codes = [code for code in _CODES if code in {one for one, _ in self.found}]
            reasons = [reason for _, reason in self.found]
            fixes = [_FIX[code] for code in codes]
            raise NotApproved(codes[0], _DOING, reasons=reasons, fix=fixes)


def merged_pull_request(parties: Parties, storage: Storage, commit: str) -> int:
    """The number of the one pull request whose merge made ``commit``. Raises ``NotApproved`` where there is none."""
    repository = parties.github.repository()
    branch = base_branch_of(storage, repository)
    found = [one.number for one in parties.github.merged_by(commit) if one.base_branch == branch]
    if len(found) != 1:
        reasons = [f"wanted one pull request merged as {commit[:12]}, found {len(found)}"]
        fix = "what was pushed without a pull request is not applied; open one"
        raise NotApproved("seal-missing", "looking for the plan to apply", reasons=reasons, fix=fix)
    return found[0]


def verify(
    number: int, place: Place, storage: Storage, parties: Parties, map_path: str, members: MembershipBy, nonce: str
) -> Approved:
    """The plan, where all holds; it is marked as begun then. Raises ``NotApproved`` with every reason."""
    with told_in_comment(parties, number, place):
        return _Check(number, place, storage, parties).approved(map_path, members, nonce)


class _Check:
    def __init__(self, number: int, place: Place, storage: Storage, parties: Parties) -> None:
        self._place, self._storage, self._parties = place, storage, parties
        self._repository = parties.github.repository()
        self._pull: PullRequest = parties.github.pull_request(number)
        self._reasons = _Reasons()

    def approved(self, map_path: str, members: MembershipBy, nonce: str) -> Approved:
        statement = self._statement()
        self._compare(statement)
        text = self._text(statement)
        plan = self._plan(statement)
        comment = self._comment(statement, text) if text is not None else None
        approvers: tuple[str, ...] = ()
        if comment is not None:
            approvers = self._approvers(statement, comment, map_path, members)
        self._reasons.stop_if_any()
        self._reasons.add("already-applied", *begin(self._parties, statement, nonce))
        self._reasons.stop_if_any()
        return Approved(statement, plan, approvers, applied_key(statement))

    def _statement(self) -> Statement:
        """What was sealed, if the key signed it. Of anything else nothing more is asked."""
        bucket, key = self._storage.plan_bucket, seal_key(self._repository.id, self._pull.number, self._place)
        stored = self._parties.s3.get(bucket, key, limit=MAX_SMALL)
        if stored is None:
            self._reasons.stop("seal-missing", f"wanted a seal at s3://{bucket}/{key}, found none")
        text, signature = _seal_in(stored.body)
        signed = hashlib.sha256(text.encode()).digest()
        if not signature or not self._parties.kms.verify(self._storage.kms_key, signed, signature):
            self._reasons.stop("seal-broken", "the statement is not signed by the key of the seal")
        try:
            return read_statement(text)
        except SealError as error:
            self._reasons.stop("seal-broken", f"the statement: {error}")

    def _compare(self, statement: Statement) -> None:
        pull, storage = self._pull, self._storage
        branch = base_branch_of(storage, self._repository)
        if pull.base_branch != branch or pull.base_repository != self._repository.id:
            self._reasons.add("plan-stale", f"wanted a pull request to {branch}, found one to {pull.base_branch}")
        if not pull.is_open and not pull.merge_commit:
            self._reasons.add("plan-stale", "the pull request was closed and not merged")
        state = self._parties.s3.version(storage.state_bucket, storage.state_key) or NO_STATE
        wanted: dict[str, object] = {
            "repository_id": self._repository.id,
            "pull_request": pull.number,
            "directory": self._place.directory,
            "workspace": self._place.workspace,
            "environment": self._place.environment,
            "plan_bucket": storage.plan_bucket,
            "state_bucket": storage.state_bucket,
            "state_key": storage.state_key,
        }
        self._reasons.add("seal-broken", *mismatches(statement, wanted))
        self._reasons.add("plan-stale", *mismatches(statement, {"head": pull.head, "state_version": state}))

    def _text(self, statement: Statement) -> str | None:
        bucket, key = self._storage.plan_bucket, text_key(statement)
        stored = self._parties.s3.get(bucket, key, limit=MAX_TEXT)
        if stored is None or digest(stored.body) != statement.text_sha256:
            self._reasons.add("seal-broken", f"the text at s3://{bucket}/{key} is not the one that was sealed")
            return None
        return stored.body.decode()

    def _plan(self, statement: Statement) -> bytes:
        bucket, key, version = statement.plan_bucket, statement.plan_key, statement.plan_version
        stored = self._parties.s3.get(bucket, key, limit=MAX_PLAN, version=version)
        if stored is None or digest(stored.body) != statement.plan_sha256:
            self._reasons.add("seal-broken", f"the plan at s3://{bucket}/{key} is not the one that was sealed")
            return b""
        try:
            self._reasons.add("seal-broken", *self._backend_problems(statement, stored.body))
        except PlanFileError as error:
            self._reasons.add("seal-broken", f"the plan file: {error}")
        return stored.body

    def _backend_problems(self, statement: Statement, plan: bytes) -> list[str]:
        """Asked of the bytes again: what Terraform is going to obey is in them, and not in the statement."""
        backend = contents_of(plan).backend
        told = problems_of_backend(backend, state_place(self._place, self._storage))
        return told or mismatches(statement, {"backend": backend.canonical()})

    def _comment(self, statement: Statement, text: str) -> Comment | None:
        """The comment that approvers saw, if it is what the seal says, letter by letter."""
        found = plan_comments(self._parties, self._pull.number, self._place)
        if len(found) != 1:
            wanted = f"wanted one comment with this plan by {self._parties.bot}"
            self._reasons.add("seal-broken", f"{wanted}, found {len(found)}")
            return None
        if not same_text(found[0].body, plan_comment(statement, text, text_key(statement))):
            self._reasons.add("seal-broken", f"the comment {found[0].url} is not the one that was sealed")
            return None
        return found[0]

    def _approvers(
        self, statement: Statement, comment: Comment, map_path: str, members: MembershipBy
    ) -> tuple[str, ...]:  # fmt: skip
        """Who approved by the map as it was when the plan was sealed, and as it is now: by both.

        By the first alone somebody who was taken out could still approve; by the second alone a pull request that was
        merged could name its own approvers.
        """
        shown_s = max(comment.updated_s, statement.rendered_s)
        change = Change(statement.directory, statement.workspace, self._pull.author, self._pull.head, shown_s)
        now = self._parties.github.branch_commit(base_branch_of(self._storage, self._repository))
        approved: tuple[str, ...] = ()
        texts = {self._parties.github.file(map_path, commit): commit for commit in (statement.base, now)}
        for text, commit in texts.items():
            decision = self._decision(text, commit, map_path, change, members)
            if decision is not None and decision.allowed:
                approved = decision.approved_by
            elif decision is not None:
                self._reasons.add("not-approved", decision.reason)
        return approved

    def _decision(
        self, text: str | None, commit: str, map_path: str, change: Change, members: MembershipBy
    ) -> Decision | None:
        try:
            found = _map(text)
        except MapError as error:
            self._reasons.add("approver-map", *(f"{map_path} at {commit[:12]}: {one}" for one in error.problems))
            return None
        github, run = self._parties.github, self._parties.run.partition("-")[0]
        reviews = github.reviews(self._pull.number)
        member = members(found.okta)
        entitled = entitled_to("apply", found.rules, change.directory, change.workspace)
        if not isinstance(entitled, Decision):
            vouched = vouched_for(github, run, self._place.environment, entitled)
            if vouched:
                reviews += as_reviews(vouched, change.head, github.run_created_s(run))
                member = with_vouched(member, vouched)
        return decide_approval(found.rules, change, reviews, member)


def _map(text: str | None) -> Map:
    if text is None:
        raise MapError(["wanted a file, found none"])
    return read_map(text)


def _seal_in(body: bytes) -> tuple[str, bytes]:
    """Statement and signature in a stored seal; empty where it is none."""
    try:
        value = json.loads(body)
        statement, signature = value["statement"], value["signature"]
        return str(statement), b64decode(str(signature), validate=True)
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", b""
