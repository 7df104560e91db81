# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.plan_files import SETTINGS, backend_message, message, packed, plan_message, varint
from okta_aws.approval.backend import (
    MAX_CHARACTERS,
    Backend,
    StatePlace,
    backend_of,
    problems_of_backend,
    state_object,
)
from okta_aws.approval.binary import Value
from okta_aws.approval.plan_archive import PlanFileError

WANTED = StatePlace("acme-state", "infra/terraform.tfstate", "default", "eu-west-1")


def problems(
    changed: Mapping[str, Value] = {}, *, wanted: StatePlace = WANTED, workspace: str = "default", kind: str = "s3"
) -> list[str]:
    plan = plan_message(backend_message({**SETTINGS, **changed}, kind, workspace))
    return problems_of_backend(backend_of(plan), wanted)


def test_the_backend_is_read_from_among_the_fields_of_a_plan() -> None:
    found = backend_of(plan_message(backend_message({**SETTINGS, "profile": None, "endpoints": {"s3": None}})))
    assert found == Backend("s3", "default", SETTINGS)


def test_a_backend_that_stores_state_where_it_should_has_no_problem() -> None:
    assert problems() == []
    assert problems({"region": "eu-west-1", "encrypt": True, "use_lockfile": True, "insecure": False}) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"bucket": "stranger-state"}, "the bucket acme-state"),
        ({"bucket": None}, "the bucket acme-state"),
        ({"bucket": ["acme-state"]}, "the bucket acme-state"),
        ({"key": "infra/other.tfstate"}, "the key infra/terraform.tfstate"),
        ({"key": None}, "the key"),
        ({"region": "us-east-1"}, "the region eu-west-1"),
    ],
)
def test_state_in_another_place_is_refused(changed: dict[str, Value], told: str) -> None:
    assert any(told in one for one in problems(changed))


@pytest.mark.parametrize("kind", ["local", "http", "cloud", "S3", "", "s3\x00"])
def test_another_kind_of_backend_is_refused(kind: str) -> None:
    (told,) = problems(kind=kind)
    assert "wanted s3" in told
    assert told.isprintable()


def test_another_workspace_is_refused() -> None:
    assert "the workspace default" in problems(workspace="other")[0]


def test_the_object_of_a_workspace_is_named_as_the_backend_names_it() -> None:
    in_workspace = replace(WANTED, workspace="stage", key="env:/stage/infra/terraform.tfstate")
    assert problems(wanted=in_workspace, workspace="stage") == []
    assert problems({"workspace_key_prefix": "other"}, wanted=in_workspace, workspace="stage")
    with_prefix = replace(in_workspace, key="teams/stage/infra/terraform.tfstate")
    assert problems({"workspace_key_prefix": "teams"}, wanted=with_prefix, workspace="stage") == []
    assert problems(wanted=with_prefix, workspace="stage")
    assert state_object("a", "default", "env:") == "a"


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "https://stranger.invalid"},
        {"endpoints": {"s3": "https://stranger.invalid"}},
        {"endpoints": {"sts": "https://stranger.invalid", "s3": None}},
        {"dynamodb_endpoint": "https://stranger.invalid"},
        {"sts_endpoint": "https://stranger.invalid"},
        {"iam_endpoint": "https://stranger.invalid"},
        {"ec2_metadata_service_endpoint": "http://stranger.invalid"},
        {"http_proxy": "http://stranger.invalid"},
        {"https_proxy": "http://stranger.invalid"},
        {"no_proxy": "amazonaws.com"},
        {"custom_ca_bundle": "ca.pem"},
        {"insecure": True},
        {"access_key": "stranger"},
        {"secret_key": "stranger"},
        {"token": "stranger"},
        {"profile": "stranger"},
        {"shared_config_files": ["config"]},
        {"shared_credentials_file": "credentials"},
        {"shared_credentials_files": ["credentials"]},
        {"assume_role": {"role_arn": "arn:aws:iam::123456789012:role/stranger"}},
        {"assume_role_with_web_identity": {"role_arn": "arn:aws:iam::123456789012:role/stranger"}},
        {"role_arn": "arn:aws:iam::123456789012:role/stranger"},
        {"sse_customer_key": "stranger"},
        {"acl": "public-read"},
        {"dynamodb_table": "arn:aws:dynamodb:eu-west-1:123456789012:table/stranger"},
        {"kms_key_id": "a b"},
        {"region": "x.stranger.invalid"},
        {"max_retries": -1},
        {"max_retries": True},
        {"retry_mode": "never"},
        {"encrypt": "true"},
        {"allowed_account_ids": ["x"]},
        {"allowed_account_ids": "123456789012"},
        {"setting_of_a_later_version": False},
        {"workspace_key_prefix": 1},
        {"workspace_key_prefix": ""},
        {"region": ""},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_setting_that_leads_elsewhere_is_refused_and_its_value_is_not_told(changed: dict[str, Value]) -> None:
    told = problems(changed)
    assert told
    assert any(name in one for one in told for name in changed)
    if changed != {"region": "x.stranger.invalid"}:
        assert "stranger" not in "".join(told)


@pytest.mark.parametrize(
    "changed",
    [
        {"acl": "private"},
        {"kms_key_id": "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"},
        {"dynamodb_table": "locks"},
        {"use_path_style": True, "force_path_style": True},
        {"use_dualstack_endpoint": True, "use_fips_endpoint": True},
        {"skip_credentials_validation": True, "skip_metadata_api_check": True, "skip_region_validation": True},
        {"skip_requesting_account_id": True, "skip_s3_checksum": True},
        {"allowed_account_ids": ["123456789012"], "forbidden_account_ids": []},
        {"max_retries": 5, "retry_mode": "adaptive"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_setting_that_leads_nowhere_else_is_taken(changed: dict[str, Value]) -> None:
    assert problems(changed) == []


def test_more_settings_than_fit_into_a_seal_are_refused() -> None:
    many: list[Value] = [f"{number:012}" for number in range(MAX_CHARACTERS // 12)]
    assert any("characters of settings" in one for one in problems({"allowed_account_ids": many}))


CONFIG = message((1, packed(dict(SETTINGS))))


@pytest.mark.parametrize(
    "plan",
    [
        b"",
        plan_message(),
        plan_message(backend_message(dict(SETTINGS)), backend_message(dict(SETTINGS))),
        message((13, backend_message(dict(SETTINGS))), (29, b"")),
        message((29, backend_message(dict(SETTINGS)))),
        message((13, 1)),
        plan_message(message((1, b"s3"), (2, CONFIG), (2, CONFIG))),
        plan_message(message((1, b"s3"), (1, b"s3"), (2, CONFIG))),
        plan_message(message((1, b"s3"), (2, CONFIG), (4, b""))),
        plan_message(message((1, b"s3"), (2, 1))),
        plan_message(message((1, b"s3"))),
        plan_message(message((1, b"s3"), (2, message((2, packed(dict(SETTINGS))))))),
        plan_message(message((1, b"s3"), (2, message((1, b""))))),
        plan_message(message((1, b"\xff"), (2, CONFIG))),
        plan_message(message((1, b"s3"), (2, CONFIG), (3, b"\xff"))),
        # A workspace of four letters that Go passes by, since it is a number of 32 bits.
        plan_message(message((1, b"s3"), (2, CONFIG)) + varint(3 << 3 | 5) + b"prod"),
        plan_message(backend_message(["bucket"])),
        plan_message(backend_message(None)),
        b"\xff" * 20,
    ],
)
def test_a_plan_whose_backend_could_be_read_in_two_ways_is_refused(plan: bytes) -> None:
    with pytest.raises(PlanFileError, match="its backend cannot be read"):
        backend_of(plan)


@given(st.data())
def test_a_broken_plan_is_no_defect(data: st.DataObject) -> None:
    whole = bytearray(plan_message(backend_message({**SETTINGS, "encrypt": True, "max_retries": 3})))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PlanFileError):
        told = problems_of_backend(backend_of(bytes(whole)), WANTED)
        assert all(one.isprintable() and len(one) < 500 for one in told)


def test_the_canonical_form_is_ascii_and_cannot_be_ambiguous() -> None:
    one = Backend("s3", "ü", {"type": "a", "workspace": "b"})
    assert one.canonical().isascii()
    assert json.loads(one.canonical()) == {"type": "s3", "workspace": "ü", "s3.type": "a", "s3.workspace": "b"}
