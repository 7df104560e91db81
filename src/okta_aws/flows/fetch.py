# SPDX-License-Identifier: Apache-2.0
"""A token alone, for whoever exchanges it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from okta_aws.errors import Error
from okta_aws.flows.client import Client
from okta_aws.flows.with_token import Report, Supply
from okta_aws.retry import Time
from okta_aws.runner.context import Context
from okta_aws.settings.settings import Network, Patience
from okta_aws.settings.source import Source
from okta_aws.tokens.token import Token


def fetch_token(
    source: Source,
    patience: Patience,
    network: Network,
    environ: Mapping[str, str],
    context: Context,
    time: Time,
    report: Report,
) -> Token:
    """A token of ``source``, not expired and for the audience asked for. Raises what the exchange raises for it."""
    client = Client(patience, network, context, time, report.debug)
    try:
        return Supply(source, environ, client, report).current()
    except Error as error:
        raise client.explained(error) from None
    finally:
        client.close()
