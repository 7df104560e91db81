# SPDX-License-Identifier: Apache-2.0
"""The links in their order. One that fails hides none that come after it, unless they need what it should have
found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from okta_aws.errors import Error
from okta_aws.flows.doctor import account, issuer, sts, surroundings, token
from okta_aws.flows.doctor.chain import Chain
from okta_aws.flows.doctor.link import Link, not_checkable, of_error

LINKS: Mapping[str, Callable[[Chain], Link]] = {
    "environment": surroundings.environment,
    "permissions": surroundings.permissions,
    "source": token.source,
    "token": token.token,
    "discovery": issuer.discovery,
    "keys": issuer.keys,
    "algorithm": token.algorithm,
    "signature": issuer.signature,
    "sts": sts.sts,
    "credentials": account.credentials,
    "provider": account.provider,
    "audience": account.audience,
    "trust-policy": account.trust_policy,
    "clock": sts.clock,
}


def examine(chain: Chain) -> Iterator[Link]:
    """Every link, as soon as it was looked at; without secrets, but with foreign text that is not yet escaped."""
    for name, check in LINKS.items():
        link = _looked_at(name, check, chain)
        chain.statuses[name] = link.status
        yield replace(
            link,
            found=chain.without_secrets(link.found),
            fix=tuple(chain.without_secrets(step) for step in link.fix),
            details=tuple(chain.without_secrets(line) for line in link.details),
        )


def _looked_at(name: str, check: Callable[[Chain], Link], chain: Chain) -> Link:
    try:
        return check(chain)
    except Error as error:
        return of_error(name, error)
    except Exception as defect:  # noqa: BLE001  (the links after it are to be looked at all the same)
        fix = "run again with --debug and report it"
        return not_checkable(name, f"a defect of okta-aws ({type(defect).__name__})", fix)
