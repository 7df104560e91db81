# SPDX-License-Identifier: Apache-2.0
"""Our table of STS endpoints against botocore's rules, for all regions it knows."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from okta_aws.aws.endpoints import PARTITIONS, partition_of, sts_url
from okta_aws.settings.settings import Endpoint

LOADER = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
BOTOCORE: dict[str, Any] = LOADER.load_data("partitions")
RULES = EndpointProvider(LOADER.load_service_model("sts", "endpoint-rule-set-1"), BOTOCORE)
REGIONS = [(partition["id"], region) for partition in BOTOCORE["partitions"] for region in partition["regions"]]


@pytest.mark.parametrize(("fips", "dualstack"), list(product([False, True], repeat=2)))
@pytest.mark.parametrize(("partition", "region"), REGIONS)
def test_every_region_has_the_endpoint_that_botocore_resolves(
    partition: str, region: str, *, fips: bool, dualstack: bool
) -> None:
    theirs = RULES.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dualstack, UseGlobalEndpoint=False)
    assert sts_url(Endpoint(region, "", fips=fips, dualstack=dualstack)) == theirs.url
    assert partition_of(region).name == partition


def test_every_partition_has_both_variants_so_no_combination_is_an_error() -> None:
    for partition in BOTOCORE["partitions"]:
        assert partition["outputs"]["supportsFIPS"]
        assert partition["outputs"]["supportsDualStack"]


def test_every_partition_of_botocore_is_in_the_table_and_no_other() -> None:
    assert {one["id"] for one in BOTOCORE["partitions"]} == {one.name for one in PARTITIONS}


@pytest.mark.parametrize("region", ["eu-nowhere-1", "us-nowhere-7", "xy-central-1"])
def test_a_region_that_is_not_built_yet_is_treated_as_botocore_does(region: str) -> None:
    theirs = RULES.resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False, UseGlobalEndpoint=False)
    assert sts_url(Endpoint(region, "", fips=False, dualstack=False)) == theirs.url


@pytest.mark.parametrize(
    "partition", [one for one in BOTOCORE["partitions"] if one["id"] != "aws"], ids=lambda one: str(one["id"])
)
def test_a_new_region_of_another_partition_is_found_by_how_it_begins(partition: dict[str, Any]) -> None:
    for region in partition["regions"]:
        if not region.endswith("-global"):
            assert partition_of(f"{region.rpartition('-')[0]}-99").name == partition["id"]
