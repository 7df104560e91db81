# SPDX-License-Identifier: Apache-2.0
"""The key of the service app that reads groups of Okta, and where it may be used."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from okta_aws.cli.approval_settings import Given, flag
from okta_aws.cli.options import raw_settings
from okta_aws.cli.terminal import Terminal, real_time, working_context

if TYPE_CHECKING:
    from okta_aws.approval.rules import OktaPeople
    from okta_aws.errors import Error
    from okta_aws.flows.approval.membership import OktaGroups

KEY = "OKTA_AWS_OKTA_GROUPS_KEY"
OPTIONS = (
    flag("okta-org", "URL", "The org that may be asked for groups; the map must name the same."),
    click.option(
        "--okta-groups-key-file",
        metavar="PATH",
        help=f"File with the private key of the service app that reads groups. [env: {KEY}]",
    ),
    flag("okta-groups-key-id", "KID", "Its key id, where the key is no JWK."),
)
_ORG = re.compile(r"https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", re.ASCII)
_KEY_ID = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


def okta_groups(given: Given, terminal: Terminal) -> Callable[[OktaPeople | None], OktaGroups]:
    """Makes of the map's section ``okta`` whoever can tell; all that is wrong with it makes everybody unknown.

    The key is shown to one org alone: the map, which more people may write than set secrets, cannot send what the key
    signed anywhere else.
    """
    key = given.secret("okta-groups-key", KEY)
    org = given.text("okta-org", _ORG, "the org's address such as https://acme.okta.com", empty=not key)
    key_id = given.text("okta-groups-key-id", _KEY_ID, "a key id", empty=True)
    terminal.mask(key)

    def groups(people: OktaPeople | None) -> OktaGroups:
        from okta_aws.flows.approval.membership import UnknownGroups
        from okta_aws.flows.approval.okta_groups import PATIENCE, OktaGroupsOfPeople
        from okta_aws.flows.client import Client
        from okta_aws.settings.settings import read_for_network

        if people is None:
            return UnknownGroups("the map has no section okta")
        if not key:
            return UnknownGroups("no key for Okta's groups is given")
        if people.issuer != org:
            return UnknownGroups(f"line {people.line} of the map names another issuer than the org of the key")
        _, network = read_for_network(raw_settings({}, given.environ))

        def connect() -> Client:
            return Client(PATIENCE, network, working_context(given.environ), real_time(), terminal.debug)

        def report(error: Error) -> None:
            for line in error.lines():
                terminal.say(line)

        return OktaGroupsOfPeople(people, key, key_id, connect, report)

    return groups
