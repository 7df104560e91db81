# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.arn import RoleArn, account_of_assumed_role

ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    "partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"]
)
def test_roles_of_every_partition_are_read(partition: str) -> None:
    text = f"arn:{partition}:iam::{ACCOUNT}:role/deploy"
    assert RoleArn.parse(text) == RoleArn(text, partition, ACCOUNT, "", "deploy")


@pytest.mark.parametrize(
    ("text", "account", "path", "name"),
    [
        ("arn:minio:iam:::role/idmp-1", "", "", "idmp-1"),
        ("arn:aws:iam:::role/of-ceph-without-account", "", "", "of-ceph-without-account"),
        (f"arn:aws:iam::{ACCOUNT}:role/a/b/c", ACCOUNT, "a/b/", "c"),
        (
            f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/Role",
            ACCOUNT,
            "aws-service-role/x.amazonaws.com/",
            "Role",
        ),
        (f"arn:aws:iam::{ACCOUNT}:role/_+=,.@-", ACCOUNT, "", "_+=,.@-"),
        (f"arn:aws:iam::{ACCOUNT}:role/{'n' * 64}", ACCOUNT, "", "n" * 64),
    ],
)
def test_paths_and_accounts_are_told_apart(text: str, account: str, path: str, name: str) -> None:
    arn = RoleArn.parse(text)
    assert arn is not None
    assert (arn.account, arn.path, arn.name) == (account, path, name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "deploy",
        f"arn:aws:iam::{ACCOUNT}:role/",
        f"arn:aws:iam::{ACCOUNT}:role/{'n' * 65}",
        f"arn:aws:iam::{ACCOUNT}:role/a b",
        f"arn:aws:iam::{ACCOUNT}:role/näme",
        f"arn:aws:iam::{ACCOUNT}:role/a\n",
        f"arn:aws:iam::{ACCOUNT}:role//deploy",
        f" arn:aws:iam::{ACCOUNT}:role/a",
        f"arn:aws:iam::{ACCOUNT[:-1]}:role/deploy",
        "arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/deploy",
        f"arn:aws:iam:us-east-1:{ACCOUNT}:role/deploy",
        f"arn:AWS:iam::{ACCOUNT}:role/deploy",
        f"arn:aws:iam::{ACCOUNT}:user/deploy",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/session",
        f"arn:aws:iam::{ACCOUNT}:role/{'p' * 2048}/deploy",
        "arn:a:iam:::role/a",
    ],
)
def test_what_is_no_role_arn_is_none(text: str) -> None:
    assert RoleArn.parse(text) is None


@given(st.text(max_size=120) | st.text(max_size=40).map(lambda text: f"arn:aws:iam::{ACCOUNT}:role/{text}"))
def test_any_text_is_a_role_of_just_that_text_or_none(text: str) -> None:
    arn = RoleArn.parse(text)
    if arn is not None:
        assert arn.text == text
        assert f"arn:{arn.partition}:iam::{arn.account}:role/{arn.path}{arn.name}" == text


@pytest.mark.parametrize(
    ("arn", "account"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/session", ACCOUNT),
        (f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/deploy/session", ACCOUNT),
        ("arn:minio:sts:::assumed-role/x/y", ""),
        ("", ""),
        (f"arn:aws:iam::{ACCOUNT}:role/deploy", ""),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/", ""),
        (f"xarn:aws:sts::{ACCOUNT}:assumed-role/deploy/session", ""),
    ],
)
def test_the_account_of_a_session_is_read_from_its_arn_alone(arn: str, account: str) -> None:
    assert account_of_assumed_role(arn) == account


def test_a_tenant_of_ceph_may_stand_for_the_account_but_a_number_must_be_one_of_aws() -> None:
    tenant = RoleArn.parse("arn:aws:iam::a-tenant:role/deploy")
    assert tenant is not None
    assert tenant.account == "a-tenant"
    assert RoleArn.parse("arn:aws:iam::12345678901:role/deploy") is None
