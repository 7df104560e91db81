# SPDX-License-Identifier: Apache-2.0
"""Which exporters serve, and the order of their effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from okta_aws.credentials import Credentials
from okta_aws.exporters.base import Effect
from okta_aws.exporters.environment import EnvironmentExporter
from okta_aws.exporters.outputs import OutputsExporter
from okta_aws.exporters.state import Written
from okta_aws.runner.context import Context
from okta_aws.settings.settings import HandOver

if TYPE_CHECKING:
    from okta_aws.exporters.profile import ProfileExporter


def plan(
    credentials: Credentials,
    wanted: HandOver,
    region: str,
    claims: tuple[str, str],
    environ: Mapping[str, str],
    context: Context,
    sleep: Callable[[float], None],
) -> list[Effect]:
    """Everything to be done to hand ``credentials`` over, for ``base.apply_all``; nothing is done yet.

    ``claims``: issuer and subject of the token. ``sleep`` waits, in seconds, while another job holds a profile file.
    Raises ``SettingsError`` and ``ExportError`` for what can be known to fail beforehand.
    """
    profile = _profile(wanted, region, environ, context, sleep) if wanted.profile else None
    for_later_steps = profile.where.for_later_steps if profile else {}
    config_file = profile.where.config_for_later_steps if profile else ""
    variables = EnvironmentExporter(context.env_file, region, wanted.as_variables, wanted.profile, for_later_steps)
    outputs = OutputsExporter(context.output_file, *claims, config_file, wanted.as_outputs)
    state = Written(variables.names(credentials), profile.written(credentials) if profile else None)
    return [
        # First of all, so that even a kill right after the next effect is cleaned up.
        state.saving(context.state_file),
        *(profile.plan(credentials) if profile else []),
        *variables.plan(credentials),
        *outputs.plan(credentials),
    ]


def _profile(
    wanted: HandOver, region: str, environ: Mapping[str, str], context: Context, sleep: Callable[[float], None]
) -> ProfileExporter:
    # Imported late: most runs export variables alone, and the editing of files is the larger part of this room.
    from okta_aws.exporters.profile import ProfileExporter, locate
    from okta_aws.files import owner_of

    where = locate(environ, context, wanted.host_temp)
    # In a job the runner's user owns the workspace, and later steps run as that user.
    owner = owner_of(context.workspace) if context.workspace else None
    return ProfileExporter(wanted.profile, region, wanted.overwrite_profile, where, context.home, owner, sleep)
