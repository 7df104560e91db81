# SPDX-License-Identifier: Apache-2.0
"""Roles: chosen by the pull request, too mighty, or joined on one server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from okta_aws.atlantis.checks.rule import Problem, Rule
from okta_aws.atlantis.setup_files.facts import MapFile, Place, Setup
from okta_aws.trust.finding import Severity

# Names of roles that AWS Organizations and Control Tower make as administrators, and of those that people make so.
_ADMINISTRATOR = re.compile(
    r"OrganizationAccountAccessRole|AWSControlTowerExecution|.*Admin(istrator)?s?(Access)?([^a-z].*)?"
    r"|(.*[^A-Za-z])?(admin(istrator)?s?(access)?([^a-z].*)?|ADMIN.*)"
)
_ADMIN_FIX = "give it a role that may do what its projects need; the server's own may reach the base identity alone"


def _chosen(setup: Setup) -> Iterator[Problem]:
    for one in setup.choices:
        if not one.secret:
            message = (
                f"{one.what} chooses an identity in code that a pull request can change: with a role that reaches "
                "others, each project is worth all of them"
            )
            fix = "take it out; the map gives each project its role, as environment variables"
            yield Problem(one.place, message, fix, one.what)


def _mighty(setup: Setup) -> Iterator[Problem]:
    for one in setup.administrators:
        message = f"a role of the server's task is an administrator, by {one.policy}: so is every plan that reaches it"
        yield Problem(one.place, message, _ADMIN_FIX, one.policy)
    for server in setup.servers:
        for role in (*server.roles, *(one for one in server.environment if one.name == "AWS_ROLE_ARN")):
            if _is_administrator(role.value):
                message = f"{role.name} is an administrator by its name: so is every plan"
                yield Problem(role.place, message, _ADMIN_FIX, role.value, Severity.WARNING)
    for one_map in setup.maps:
        for project in one_map.map.projects:
            for kind, arn in (("plan-role", project.plan_role), ("apply-role", project.apply_role)):
                if arn is not None and _is_administrator(arn.text):
                    message = f"{kind} of this project is an administrator by its name"
                    severity = Severity.WARNING if kind == "apply-role" else None
                    at = _place(one_map, project.line, project.repository)
                    yield Problem(at, message, _ADMIN_FIX, f"{kind} {arn.text}", severity)


def _joined(setup: Setup) -> Iterator[Problem]:
    for one in setup.maps:
        roles: dict[str, int] = {}
        accounts: dict[str, int] = {}
        for project in one.map.projects:
            role = project.apply_role
            if role is None or role.text in roles:
                continue
            other_account = bool(accounts) and role.account not in accounts
            if roles:
                first, line = next(iter(accounts.items())) if other_account else next(iter(roles.items()))
                what = f"account {role.account} is on one server with account {first}" if other_account else (
                    "this role is on one server with another"
                )  # fmt: skip
                message = (
                    f"{what} (line {line}): code that a plan of one project runs can lie in wait for the other's "
                    "apply, and has its role then"
                )
                fix = "give projects that must not reach each other a server of their own; else say here why they may"
                severity = Severity.WARNING if other_account else Severity.NOTE
                yield Problem(_place(one, project.line, project.repository), message, fix, role.text, severity)
            roles.setdefault(role.text, project.line)
            accounts.setdefault(role.account, project.line)


def _unverified(setup: Setup) -> Iterator[Problem]:
    for one in setup.maps:
        planning: dict[str, int] = {}
        for project in one.map.projects:
            if project.plan_role is not None:
                planning.setdefault(project.plan_role.text, project.line)
        for project in one.map.projects:
            role = project.apply_role
            if role is None:
                continue
            at = _place(one, project.line, project.repository)
            detail = f"{project.rule.directory} {project.rule.workspace}"
            if role.text in planning:
                message = (
                    f"its apply-role is the plan-role of line {planning[role.text]}: a plan has it before any approval"
                )
                fix = "give plans a role of their own, which reads"
                yield Problem(at, message, fix, f"planned {detail}", Severity.ERROR)
            elif not project.verify_approval:
                message = (
                    "the helper gives its apply-role without asking GitHub: code that a plan runs as Atlantis's user "
                    "can tell the helper that the right person asks"
                )
                fix = "verify-approval: true, and --github-token-file for the helper; else say here why not"
                yield Problem(at, message, fix, detail)


def _is_administrator(arn: str) -> bool:
    """By the name of the role, the last part of the ARN."""
    return _ADMINISTRATOR.fullmatch(arn.rpartition("/")[2][:64]) is not None


def _place(one: MapFile, line: int, about: str) -> Place:
    return Place(one.file, line, about, (1,))


PULL_REQUEST_ROLE = Rule("pull-request-role", Severity.ERROR, "A pull request chooses the role", _chosen)
ADMIN_ROLE = Rule("admin-role", Severity.ERROR, "A role of the server may do everything", _mighty)
UNVERIFIED_APPLY = Rule("unverified-apply", Severity.WARNING, "A plan can have the role that applies", _unverified)
JOINED_PROJECTS = Rule("joined-projects", Severity.WARNING, "Projects on one server can reach each other", _joined)
