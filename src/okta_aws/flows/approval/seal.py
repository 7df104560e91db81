# SPDX-License-Identifier: Apache-2.0
"""The seal: a plan rendered where nothing of the pull request runs, shown, and signed with what it was made from."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.approval.backend import problems_of_backend
from okta_aws.approval.changes import changes, providers, summary
from okta_aws.approval.comment import clean, listed, plan_comment
from okta_aws.approval.lock_file import NAME, LockFileError, Provider, differences, read_lock_file
from okta_aws.approval.plan_archive import PlanFileError
from okta_aws.approval.seal import NO_STATE, Statement, problems_of, time_text
from okta_aws.errors import NotApproved
from okta_aws.flows.approval.outcome import plan_comments, tell, told_in_comment
from okta_aws.flows.approval.parties import (
    MAX_PLAN,
    MAX_TEXT,
    Parties,
    Place,
    Storage,
    base_branch_of,
    digest,
    seal_key,
    text_key,
)
from okta_aws.flows.approval.plan_contents import (
    PlanContents,
    contents_of,
    differences_from_commit,
    state_place,
)
from okta_aws.flows.approval.rendering import CannotShow, Rendering, Terraform, rendered, version_of
from okta_aws.flows.lint import choice, report
from okta_aws.flows.policy_files.contents import Contents
from okta_aws.flows.policy_files.terraform_json import add_terraform, is_terraform
from okta_aws.github_api import PullRequest, Repository

_LOCK_FIRST = "merge the lock file first, in a pull request of its own; then plan again"
_AGAIN = "run the plan again"
_BACKEND = "give the backend the bucket, key, workspace and region of the workflow, and no setting that leads elsewhere"
_COMMIT = "commit the code that is planned: what a job makes, or changes the line ends of, cannot be sealed"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the plan job says that it did: nothing of it is believed."""

    pull_request: int
    head: str
    plan_key: str
    plan_version: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal that was made. ``comment``: the address of the comment. ``findings``: of the lint of trust policies."""

    statement: Statement
    comment: str
    findings: int


def seal(claim: Claim, place: Place, storage: Storage, parties: Parties, terraform: Terraform) -> Sealed:
    """Renders, lints, signs and shows the plan. Raises ``NotApproved`` (plan-refused) for one that cannot be sealed."""
    with told_in_comment(parties, claim.pull_request, place):
        repository = parties.github.repository()
        pull = parties.github.pull_request(claim.pull_request)
        base_branch = base_branch_of(storage, repository)
        _refuse_if(_unfit(claim, pull, repository, base_branch), _AGAIN)
        base = parties.github.branch_commit(base_branch)
        lock_file, locked = _base_providers(place, base, pull.head, parties)
        plan = parties.s3.get(storage.plan_bucket, claim.plan_key, limit=MAX_PLAN, version=claim.plan_version)
        if plan is None:
            raise _refused([f"wanted s3://{storage.plan_bucket}/{claim.plan_key}, found no such version"], _AGAIN)
        state = parties.s3.version(storage.state_bucket, storage.state_key) or NO_STATE
        program = version_of(terraform)
        contents = _inspected(plan.body, place, storage, pull.head, locked, program, parties)
        rendering = _rendered(plan.body, lock_file, locked, terraform)
        text, findings = _text(rendering, contents.from_elsewhere())
        statement = Statement(
            repository_id=repository.id,
            pull_request=pull.number,
            head=pull.head,
            base=base,
            directory=place.directory,
            workspace=place.workspace,
            environment=place.environment,
            plan_bucket=storage.plan_bucket,
            plan_key=claim.plan_key,
            plan_version=plan.version,
            plan_sha256=digest(plan.body),
            text_sha256=digest(text.encode()),
            state_bucket=storage.state_bucket,
            state_key=storage.state_key,
            state_version=state,
            backend=contents.backend.canonical(),
            program=program,
            rendered_at=time_text(parties.clock()),
            run=parties.run,
            changes=bool(changes(rendering.plan)),
        )
        _refuse_if(problems_of(statement), _AGAIN)
        comment = _publish(statement, text, storage, parties, place)
    return Sealed(statement, comment, findings)


def _unfit(claim: Claim, pull: PullRequest, repository: Repository, base_branch: str) -> list[str]:
    told = []
    if pull.base_repository != repository.id or pull.base_branch != base_branch:
        told.append(f"wanted a pull request to {base_branch}, found one to {pull.base_branch}")
    if pull.head_repository != repository.id:
        told.append("wanted a branch of this repository, found one of a fork")
    if pull.head != claim.head:
        told.append(f"planned was commit {claim.head[:12]}, the pull request is at {pull.head[:12]}")
    if not pull.is_open:
        told.append("the pull request is closed already")
    return told


def _base_providers(
    place: Place, base: str, head: str, parties: Parties
) -> tuple[str, Mapping[str, Provider]]:  # fmt: skip
    """The lock file of the base branch; the pull request's own must lock the same."""
    path = NAME if place.directory == "." else f"{place.directory}/{NAME}"
    texts = [parties.github.file(path, commit) or "" for commit in (base, head)]
    try:
        locked, wanted = (read_lock_file(text) for text in texts)
    except LockFileError as error:
        raise _refused([f"{path}: {error}"], "have Terraform write the lock file: terraform init") from None
    _refuse_if(differences(locked, wanted), _LOCK_FIRST)
    return texts[0], locked


def _inspected(
    plan: bytes,
    place: Place,
    storage: Storage,
    head: str,
    locked: Mapping[str, Provider],
    program: str,
    parties: Parties,
) -> PlanContents:
    """What the rendering does not show: providers, backend and code have to be what they should be."""
    try:
        contents = contents_of(plan)
        _refuse_if(differences(locked, contents.locked), _LOCK_FIRST)
        _refuse_if(problems_of_backend(contents.backend, state_place(place, storage)), _BACKEND)
        is_opentofu = program.startswith("OpenTofu ")
        told = differences_from_commit(contents, place, head, parties.github, is_opentofu=is_opentofu)
        _refuse_if(told, _COMMIT)
    except PlanFileError as error:
        raise _refused([f"the plan file: {error}"], _AGAIN) from None
    return contents


def _rendered(plan: bytes, lock_file: str, locked: Mapping[str, Provider], terraform: Terraform) -> Rendering:
    try:
        rendering = rendered(plan, locked, lock_file, terraform)
        _stop_if_no_plan(rendering)
    except CannotShow as error:
        raise _refused([f"Terraform cannot show the plan: {error}"], _LOCK_FIRST) from None
    unknown = providers(rendering.plan) - set(locked)
    told = [f"{address} is not in the lock file of the base branch" for address in sorted(unknown)]
    _refuse_if(told, _LOCK_FIRST)
    return rendering


def _stop_if_no_plan(rendering: Rendering) -> None:
    if not isinstance(rendering.plan, dict) or not is_terraform(rendering.plan):
        raise CannotShow("wanted a plan as JSON, found something else")


def _text(rendering: Rendering, from_elsewhere: list[str]) -> tuple[str, int]:
    """What approvers see, and how many findings are in it: what changes, trust policies, Terraform's own words."""
    found = changes(rendering.plan)
    contents = Contents()
    add_terraform(rendering.plan, "plan", contents)
    findings = report(contents, choice((), (), "never"), None).findings
    told = [f"{one.severity.value}[{one.rule}] {one.role}: {one.message}" for one in findings]
    lines = [summary(found), *listed(f"{one.action}: {one.address}" for one in found)]
    if told:
        lines += ["", f"Trust policies: {len(told)} finding{'s' if len(told) != 1 else ''}", *listed(told)]
    if from_elsewhere:
        lines += ["", f"Code from elsewhere, no part of the commit: {len(from_elsewhere)}", *listed(from_elsewhere)]
    text = clean("\n".join([*(line.replace("\n", " ") for line in lines), "", rendering.text]))
    if len(text.encode()) > MAX_TEXT:
        raise _refused([f"wanted a plan of at most {MAX_TEXT} bytes of text, found more"], "plan less at once")
    return text, len(findings)


def _publish(statement: Statement, text: str, storage: Storage, parties: Parties, place: Place) -> str:
    """Signs, stores and shows it, the comment last: before that nobody can approve."""
    canonical = statement.canonical()
    signature = parties.kms.sign(storage.kms_key, hashlib.sha256(canonical.encode()).digest())
    bucket, key = storage.plan_bucket, text_key(statement)
    parties.s3.put(bucket, key, text.encode(), "text/plain; charset=utf-8")
    sealed: dict[str, Any] = {"statement": canonical, "signature": b64encode(signature).decode()}
    seal = seal_key(statement.repository_id, statement.pull_request, place)
    parties.s3.put(bucket, seal, json.dumps(sealed).encode(), "application/json")
    found = plan_comments(parties, statement.pull_request, place)
    body = plan_comment(statement, text, key)
    address = parties.github.write_comment(statement.pull_request, body, found[0] if found else None)
    tell(parties, statement.pull_request, place, "Not applied yet", ["A new plan was sealed. See above."], new=False)
    return address


def _refuse_if(reasons: list[str], fix: str) -> None:
    if reasons:
        raise _refused(reasons, fix)


def _refused(reasons: list[str], fix: str) -> NotApproved:
    return NotApproved("plan-refused", "sealing the plan", reasons=reasons, fix=fix)
