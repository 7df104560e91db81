# SPDX-License-Identifier: Apache-2.0
"""What the step saved, its post step finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from okta_aws.errors import ExportError
from okta_aws.exporters.state import NAME, VARIABLE, Written, WrittenProfile
from unit.runner.protocol import pairs_of

PROFILE = WrittenProfile("dev", "/h/.aws/credentials", "/h/.aws/config", "TESTKEYID", "eu-central-1", ("/h/.aws",))


@pytest.mark.parametrize("written", [Written((), None), Written(("AWS_REGION", "AWS_PROFILE"), PROFILE)])
def test_it_survives_the_way_through_the_runner(tmp_path: Path, written: Written) -> None:
    file = tmp_path / "state"
    written.saving(str(file)).apply()
    [(name, value)] = pairs_of(file.read_text())
    assert "\n" not in value
    assert Written.from_environ({f"STATE_{name}": value}) == written


def test_where_nothing_was_saved_nothing_is_to_be_done() -> None:
    assert Written.from_environ({}) == Written((), None)


def test_a_variable_that_we_never_set_is_never_ours() -> None:
    planted = json.dumps({"variables": ["PATH", "AWS_REGION", "LD_PRELOAD"], "profile": None})
    assert Written.from_environ({VARIABLE: planted}).variables == ("AWS_REGION",)


@pytest.mark.parametrize(
    "text", ["x", "[]", "{}", "1", '{"variables": 1, "profile": null}', '{"variables": [], "profile": {}}', "[" * 99999]
)
def test_a_state_that_is_not_ours_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(ExportError) as caught:
        Written.from_environ({VARIABLE: text})
    assert NAME in caught.value.headline()
