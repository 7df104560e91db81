# SPDX-License-Identifier: Apache-2.0
"""Which STS endpoint serves a region: AWS's own endpoint rules in a table, tested against botocore's resolver."""

from __future__ import annotations

from dataclasses import dataclass

from okta_aws.settings.settings import Endpoint


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition: how its regions begin, and the ends of its host names."""

    name: str
    prefixes: tuple[str, ...]
    suffix: str
    dualstack_suffix: str


# Source: botocore data/partitions.json and data/sts endpoint-rule-set, 1.44.5. A region that no prefix knows is taken
# for one of the first partition, as AWS's own SDKs do, so that a new region works on its first day.
PARTITIONS = (
    Partition("aws", (), "amazonaws.com", "api.aws"),
    Partition("aws-cn", ("cn-",), "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    Partition("aws-us-gov", ("us-gov-",), "amazonaws.com", "api.aws"),
    Partition("aws-eusc", ("eusc-",), "amazonaws.eu", "api.amazonwebservices.eu"),
    Partition("aws-iso", ("us-iso-",), "c2s.ic.gov", "api.aws.ic.gov"),
    Partition("aws-iso-b", ("us-isob-",), "sc2s.sgov.gov", "api.aws.scloud"),
    Partition("aws-iso-e", ("eu-isoe-",), "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    Partition("aws-iso-f", ("us-isof-",), "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
)


def partition_of(region: str) -> Partition:
    """The partition that a region belongs to."""
    return next(
        (one for one in PARTITIONS[1:] if region.startswith(one.prefixes) or region == f"{one.name}-global"),
        PARTITIONS[0],
    )


def sts_url(endpoint: Endpoint) -> str:
    """The URL of the STS that ``endpoint`` describes."""
    if endpoint.url:
        return endpoint.url
    if endpoint.region == "aws-global" and not (endpoint.fips or endpoint.dualstack):
        return "https://sts.amazonaws.com"
    partition = partition_of(endpoint.region)
    # GovCloud's usual endpoints are FIPS endpoints already and have no name of their own for it.
    plain = not endpoint.fips or (partition.name == "aws-us-gov" and not endpoint.dualstack)
    service = "sts" if plain else "sts-fips"
    suffix = partition.dualstack_suffix if endpoint.dualstack else partition.suffix
    return f"https://{service}.{endpoint.region}.{suffix}"
