# SPDX-License-Identifier: Apache-2.0
"""A request of Atlantis's step becomes the variables of one project: a session of its role, and its values.

The base identity stays here: what leaves is one session that can assume no further role.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.atlantis.asked import Asked, Granted, granted, read
from okta_aws.atlantis.map import APPLYING, PLANNING, AtlantisMap
from okta_aws.atlantis.variable import Variable, unfit_text
from okta_aws.aws.json_service import JsonService
from okta_aws.aws.secrets_manager import SECRETS_MANAGER, secret_value
from okta_aws.aws.ssm import SSM, parameter_value
from okta_aws.credentials import AwsKeys, Credentials
from okta_aws.errors import AtlantisError
from okta_aws.flows.client import Client
from okta_aws.flows.exchange import Report, run
from okta_aws.retry import Time
from okta_aws.runner.context import Context
from okta_aws.settings.raw import RawSettings, RawValue
from okta_aws.settings.settings import Settings
from okta_aws.settings.settings import read as read_settings

# Whatever the role may do but become another one: the pull request's HCL could name any (`assume_role`).
SESSION_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": ["sts:AssumeRole*", "sts:AssumeRoot"], "Resource": "*"},
        ],
    },
    separators=(",", ":"),
)


@dataclass(frozen=True, slots=True)
class Holder:
    """What the helper holds. ``raw``: the settings of the base identity; what the map decides is set for each request.

    ``environ``: the helper's variables, for values of the kind ``environment``. ``endpoints``: other addresses of
    ``secretsmanager`` and ``ssm`` than AWS's. ``approved``: raises where GitHub does not know the approval that the map
    demands; ``None`` where the helper has no token to ask with. ``report``: makes one for each request, since what it
    masks is that request's. ``permitted``: whether Atlantis was told that this user may run this command there.
    """

    projects: AtlantisMap
    raw: RawSettings
    environ: Mapping[str, str]
    endpoints: Mapping[str, str]
    context: Context
    time: Time
    report: Callable[[], Report]
    permitted: Callable[[Asked], bool]
    approved: Callable[[Asked, Granted], str] | None = None


def credentials(request: Mapping[str, Any], note: dict[str, Any], holder: Holder) -> Mapping[str, Any]:
    """``{"variables": {NAME: VALUE}}`` for ``request``; ``note`` gets what the audit wants.

    Raises ``AtlantisError`` where the map or GitHub refuses, or a value cannot be had; else as ``flows.exchange.run``.
    """
    asked = read(request)
    grant = granted(asked, holder.projects)
    note |= {"line": grant.project.line, "role": grant.role.text, "session": asked.session_name}
    _check_permitted(asked, grant, holder)
    if asked.command in APPLYING and grant.project.verify_approval:
        note["approved"] = _approved(asked, grant, holder)
    settings, report = settings_for(holder.raw, grant, asked.session_name), holder.report()
    given = run(settings, {}, holder.context, holder.time, report).credentials
    note |= {"expires": given.expiration_text(), "access_key_id": given.access_key_id}
    client = Client(settings.patience, settings.network, holder.context, holder.time, report.debug)
    try:
        return {"variables": {**_session(given, grant), **_values(grant, given, holder, client)}}
    finally:
        client.close()


def settings_for(raw: RawSettings, grant: Granted, session_name: str) -> Settings:
    """The settings of the exchange for ``grant``. Raises ``SettingsError`` for what the helper was given itself."""
    chosen = {
        "role-to-assume": grant.role.text,
        "aws-region": grant.project.region,
        "role-session-name": session_name,
        "role-duration-seconds": str(grant.duration_s),
        "inline-session-policy": SESSION_POLICY,
    }
    return read_settings({**raw, **{name: RawValue(text, "the map") for name, text in chosen.items()}})


def _check_permitted(asked: Asked, grant: Granted, holder: Holder) -> None:
    """Atlantis asks `authorize` about no project of an autoplan, and through its API, which has no user, about none.

    Whoever has the API's secret may do what Atlantis may; autoplan only what the map grants to it.
    """
    is_autoplan = asked.command in PLANNING and "autoplan" in grant.project.rule.may
    if not asked.user or is_autoplan or holder.permitted(asked):
        return
    line = grant.project.line
    wanted = f"autoplan: true, or a user whom `okta-aws atlantis authorize` let {asked.command} {asked.place}"
    fix = "comment the command yourself, if the map entitles you; or grant it to autoplan in the map"
    doing, found = "looking a project up in the map", f"{asked.user!a}, about whom it was not asked (line {line})"
    raise AtlantisError("atlantis-not-mapped", doing, wanted=wanted, found=found, fix=fix)


def _approved(asked: Asked, grant: Granted, holder: Holder) -> str:
    if holder.approved is None:
        fix = "give the helper --github-token-file, or take verify-approval out of the map"
        raise AtlantisError(
            "atlantis-helper", "asking GitHub for the approval", wanted="a token to ask with", found="none", fix=fix
        )
    return holder.approved(asked, grant)


def _session(given: Credentials, grant: Granted) -> Mapping[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": given.access_key_id,
        "AWS_SECRET_ACCESS_KEY": given.secret_access_key.reveal(),
        "AWS_SESSION_TOKEN": given.session_token.reveal(),
        "AWS_REGION": grant.project.region,
        "AWS_DEFAULT_REGION": grant.project.region,
    }


def _values(grant: Granted, given: Credentials, holder: Holder, client: Client) -> Mapping[str, str]:
    """Read with the session itself: what the project's role may not read, its project does not get."""
    keys = AwsKeys(given.access_key_id, given.secret_access_key, given.session_token, f"the role {grant.role.text}")

    def service(kind: str) -> JsonService:
        which = SECRETS_MANAGER if kind == "secret" else SSM
        url = holder.endpoints.get(which.name, "")
        return JsonService(which, client.http, client.persistence, keys, grant.project.region, url)

    variables = (*grant.project.env, *grant.project.variables)
    return {one.name: _fit(one, _value(one, holder.environ, service)) for one in variables}


def _value(one: Variable, environ: Mapping[str, str], service: Callable[[str], JsonService]) -> str:
    if one.kind == "literal":
        return one.source
    if one.kind == "secret":
        return secret_value(service(one.kind), one.source, one.key).reveal()
    if one.kind == "parameter":
        return parameter_value(service(one.kind), one.source).reveal()
    if one.source not in environ:
        raise _unfit(one, f"the helper's variable {one.source}", "none")
    return environ[one.source]


def _fit(one: Variable, value: str) -> str:
    reason = unfit_text(value)
    if reason:
        raise _unfit(one, "a value that one line can carry", reason)
    return value


def _unfit(one: Variable, wanted: str, found: str) -> AtlantisError:
    fix = "correct the value or the map; what has line ends can be stored as base64"
    doing = f"handing {one.name} to Terraform (line {one.line} of the map)"
    return AtlantisError("atlantis-value", doing, wanted=wanted, found=found, fix=fix)
