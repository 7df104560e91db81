# SPDX-License-Identifier: Apache-2.0
"""Everything together: what a step hands over, and that it is all or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from okta_aws.errors import ExportError
from okta_aws.exporters.base import Effect, apply_all
from okta_aws.exporters.select import plan
from okta_aws.exporters.state import VARIABLE, Written
from okta_aws.settings.settings import HandOver
from unit.exporters.values import REGION, context, credentials, hand_over, job, no_waiting, written_under
from unit.runner.protocol import pairs_of

GIVEN = credentials()


def planned(environ: dict[str, str], wanted: HandOver) -> list[Effect]:
    return plan(GIVEN, wanted, REGION, ("https://issuer.invalid", "subject"), environ, context(environ), no_waiting)


def test_by_default_keys_and_outputs_are_handed_over_and_no_file(tmp_path: Path) -> None:
    environ = job(tmp_path)
    effects = planned(environ, hand_over())
    assert written_under(tmp_path) == {}
    apply_all(effects)
    assert set(written_under(tmp_path)) == {"files/GITHUB_ENV", "files/GITHUB_OUTPUT", "files/GITHUB_STATE"}
    assert dict(pairs_of(Path(environ["GITHUB_OUTPUT"]).read_text()))["token-subject"] == "subject"


def test_a_profile_alone_sets_no_variable_but_names_its_config_file(tmp_path: Path) -> None:
    environ = job(tmp_path)
    apply_all(planned(environ, hand_over(profile="dev", as_variables=False)))
    assert not Path(environ["GITHUB_ENV"]).exists()
    assert (
        dict(pairs_of(Path(environ["GITHUB_OUTPUT"]).read_text()))["aws-config-file"] == f"{tmp_path}/home/.aws/config"
    )


def test_the_state_is_saved_before_anything_else_and_says_all_of_it(tmp_path: Path) -> None:
    environ = job(tmp_path)
    first, *_ = planned(environ, hand_over(profile="dev"))
    first.apply()
    [(name, value)] = pairs_of(Path(environ["GITHUB_STATE"]).read_text())
    assert f"STATE_{name}" == VARIABLE
    written = Written.from_environ({VARIABLE: value})
    assert written.variables[-1] == "AWS_PROFILE"
    assert written.profile is not None
    assert written.profile.access_key_id == GIVEN.access_key_id
    aws = f"{tmp_path}/home/.aws"
    assert written.profile.made == (f"{aws}/config", f"{aws}/credentials", aws)
    assert GIVEN.secret_access_key.reveal() not in value
    assert GIVEN.session_token.reveal() not in value


@pytest.mark.parametrize("broken", ["GITHUB_STATE", "GITHUB_ENV", "GITHUB_OUTPUT"])
@pytest.mark.parametrize("how", ["unset", "a directory"])
def test_where_one_place_fails_nothing_is_left_anywhere(tmp_path: Path, broken: str, how: str) -> None:
    environ = job(tmp_path)
    if how == "unset":
        del environ[broken]
    else:
        Path(environ[broken]).mkdir()
    with pytest.raises(ExportError) as caught:
        apply_all(planned(environ, hand_over(profile="dev", as_outputs=True)))
    assert written_under(tmp_path) == {}
    assert not (tmp_path / "home" / ".aws").exists()
    assert caught.value.fix
