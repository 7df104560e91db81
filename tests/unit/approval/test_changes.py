# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from okta_aws.approval.changes import Changed, changes, drift, providers, summary


def resource(address: str, *actions: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    provider = "registry.terraform.io/hashicorp/aws"
    return {"address": address, "provider_name": provider, "change": {"actions": list(actions)}, **more}


PLAN = {
    "resource_changes": [
        resource("a.create", "create"),
        resource("a.update", "update"),
        resource("a.replace", "delete", "create"),
        resource("a.gone", "delete"),
        resource("a.same", "no-op"),
        resource("data.read", "read"),
        resource("a.moved", "no-op", previous_address="a.before"),
        resource("a.strange", "explode"),
    ],
    "resource_drift": [resource("a.drifted", "update")],
    "output_changes": {"one": {"actions": ["update"]}, "same": {"actions": ["no-op"]}},
}


def test_what_changes_is_told_by_action_and_address() -> None:
    assert changes(PLAN) == [
        Changed("create", "a.create"),
        Changed("change", "a.update"),
        Changed("replace", "a.replace"),
        Changed("destroy", "a.gone"),
        Changed("move or import", "a.moved"),
        Changed("change", "a.strange"),
        Changed("change", "output one"),
    ]
    assert drift(PLAN) == [Changed("change", "a.drifted")]


def test_the_summary_counts() -> None:
    assert summary(changes(PLAN)).startswith("1 to create, 3 to change, 1 to replace")
    assert summary([]) == "no changes"


def test_providers_are_found_wherever_they_are_named() -> None:
    module = {
        "resources": [{"provider_name": "x/y/state"}],
        "child_modules": [{"resources": [{"provider_name": "x/y/in"}]}],
    }
    plan = {
        "configuration": {"provider_config": {"one": {"full_name": "x/y/configured"}}},
        "prior_state": {"values": {"root_module": module}},
        "resource_changes": [{"provider_name": "x/y/changed"}, {"provider_name": "terraform.io/builtin/terraform"}],
    }
    assert providers(plan) == {"x/y/configured", "x/y/state", "x/y/in", "x/y/changed"}


@pytest.mark.parametrize(
    "plan",
    [None, [], {}, {"resource_changes": {}}, {"resource_changes": [1]}, {"output_changes": [1]}],
)
def test_what_has_not_terraforms_shape_has_no_changes(plan: object) -> None:
    assert changes(plan) == []
    assert providers(plan) == set()


def test_a_change_of_which_nothing_is_known_counts() -> None:
    assert changes({"resource_changes": [{"address": "a.b", "change": 1}]}) == [Changed("change", "a.b")]
