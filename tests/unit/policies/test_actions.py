# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from okta_aws.policies.actions import action_matches, covers
from okta_aws.policies.document import document


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("*", True),
        ("sts:*", True),
        ("STS:assume*", True),
        ("sts:AssumeRol?", True),
        ("sts:AssumeRole", True),
        ("sts:AssumeRole?", False),
        ("sts", False),
        ("iam:*", False),
    ],
)
def test_a_pattern_stands_for_actions_in_any_letter_case(pattern: str, wanted: bool) -> None:
    assert action_matches(pattern, "sts:AssumeRole") is wanted
    for name, answer in (("Action", wanted), ("NotAction", not wanted)):
        (statement,) = document({"Statement": {"Effect": "Allow", name: ["x:y", pattern]}}).statements
        assert covers(statement, "sts:AssumeRole") is answer
