# SPDX-License-Identifier: Apache-2.0
"""What the commands share that need a role session: their flags, and the exchange."""

from __future__ import annotations

from collections.abc import Mapping

from okta_aws.cli.terminal import Terminal, real_time, working_context
from okta_aws.flows.exchange import Exchanged, run
from okta_aws.settings.options import ENDPOINT, GUARD, NETWORK, OKTA, ROLE, SOURCE
from okta_aws.settings.raw import RawSettings
from okta_aws.settings.settings import Settings, read

GROUPS = frozenset({ROLE, SOURCE, OKTA, GUARD, ENDPOINT, NETWORK})


def exchange(raw: RawSettings, environment: Mapping[str, str], terminal: Terminal) -> tuple[Settings, Exchanged]:
    """The session that ``raw`` asks for, and the settings that it was asked with. Raises what the exchange raises."""
    settings = read(raw)
    return settings, run(settings, environment, working_context(environment), real_time(), terminal)
