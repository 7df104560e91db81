# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from okta_aws.aws.endpoints import PARTITIONS, partition_of, sts_url
from okta_aws.settings.settings import Endpoint


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("eu-central-1", "https://sts.eu-central-1.amazonaws.com"),
        ("cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com"),
        ("us-iso-east-1", "https://sts.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "https://sts.us-isob-east-1.sc2s.sgov.gov"),
        ("eusc-de-east-1", "https://sts.eusc-de-east-1.amazonaws.eu"),
        ("aws-global", "https://sts.amazonaws.com"),
        ("xx-nowhere-9", "https://sts.xx-nowhere-9.amazonaws.com"),
    ],
)
def test_each_region_is_served_by_the_endpoint_of_its_partition(region: str, url: str) -> None:
    assert sts_url(Endpoint(region, "", fips=False, dualstack=False)) == url


@pytest.mark.parametrize(
    ("region", "fips", "dualstack", "url"),
    [
        ("us-east-1", True, False, "https://sts-fips.us-east-1.amazonaws.com"),
        ("us-east-1", False, True, "https://sts.us-east-1.api.aws"),
        ("us-east-1", True, True, "https://sts-fips.us-east-1.api.aws"),
        ("us-gov-west-1", True, False, "https://sts.us-gov-west-1.amazonaws.com"),
        ("us-gov-west-1", True, True, "https://sts-fips.us-gov-west-1.api.aws"),
    ],
)
def test_variants_have_names_of_their_own(region: str, url: str, *, fips: bool, dualstack: bool) -> None:
    assert sts_url(Endpoint(region, "", fips=fips, dualstack=dualstack)) == url


def test_who_asks_for_fips_never_gets_the_global_endpoint() -> None:
    assert "fips" in sts_url(Endpoint("aws-global", "", fips=True, dualstack=False))


def test_an_endpoint_of_ones_own_is_taken_as_it_is() -> None:
    url = "https://vpce-1.sts.eu-central-1.vpce.amazonaws.com/path"
    assert sts_url(Endpoint("eu-central-1", url, fips=False, dualstack=False)) == url


def test_no_region_belongs_to_two_partitions() -> None:
    prefixes = [prefix for partition in PARTITIONS for prefix in partition.prefixes]
    assert not [(one, other) for one in prefixes for other in prefixes if one != other and one.startswith(other)]
    assert partition_of("").name == "aws"
