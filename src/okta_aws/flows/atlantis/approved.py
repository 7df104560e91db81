# SPDX-License-Identifier: Apache-2.0
"""Whether GitHub knows the approval that the map demands, asked by the helper itself.

Atlantis looks as well, but whoever runs code as its user can ask the helper past it.
"""

from __future__ import annotations

from okta_aws.approval.decide import Change, Membership, decide_approval
from okta_aws.atlantis.asked import Asked
from okta_aws.atlantis.map import AtlantisMap
from okta_aws.errors import NotApproved
from okta_aws.github_api import GithubApi


def approved(asked: Asked, projects: AtlantisMap, github: GithubApi, member: Membership) -> str:
    """Who approved the pull request at the commit in question, in words.

    Raises ``NotApproved`` with each reason; ``Error`` and ``NetworkError`` where GitHub could not be asked.
    """
    pull = github.pull_request(asked.pull)
    reasons = []
    if not pull.is_open:
        reasons.append(f"pull request {pull.number} is closed")
    repository = github.repository()
    if pull.base_repository != repository.id:
        reasons.append(f"pull request {pull.number} is one to another repository")
    if pull.base_branch != repository.default_branch:
        # Whoever may push can make a branch that nothing protects, and have Atlantis find all `mergeable` into it.
        reasons.append(f"wanted one to {repository.default_branch}, found one to {pull.base_branch}")
    if pull.head != asked.head:
        reasons.append(f"wanted its head {pull.head[:12]}, found {asked.head[:12] or 'no commit'}")
    # When its plan was shown only Atlantis knows; it drops plans of older commits itself.
    change = Change(asked.directory, asked.workspace, pull.author, pull.head, 0.0)
    decision = decide_approval(projects.rules_of(asked.repository), change, github.reviews(pull.number), member)
    if not decision.allowed:
        reasons.append(decision.reason)
    if reasons:
        doing = f"verifying the approval of pull request {pull.number}"
        fix = "have it approved by those whom the map names, at its newest commit, and run the command again"
        raise NotApproved("not-approved", doing, reasons=reasons, fix=fix)
    return decision.reason
