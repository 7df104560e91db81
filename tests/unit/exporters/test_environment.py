# SPDX-License-Identifier: Apache-2.0
"""The variables are those that configure-aws-credentials v6.2.3 sets, and when it sets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from okta_aws.exporters.base import apply_all
from okta_aws.exporters.environment import ALL, EnvironmentExporter
from unit.exporters.values import REGION, credentials, long_lived
from unit.runner.protocol import pairs_of

GIVEN = credentials()
FILES = {"AWS_SHARED_CREDENTIALS_FILE": "/t/credentials", "AWS_CONFIG_FILE": "/t/config"}
KEYS = [
    ("AWS_ACCESS_KEY_ID", GIVEN.access_key_id),
    ("AWS_SECRET_ACCESS_KEY", GIVEN.secret_access_key.reveal()),
    ("AWS_SESSION_TOKEN", GIVEN.session_token.reveal()),
    ("AWS_REGION", REGION),
    ("AWS_DEFAULT_REGION", REGION),
    ("OKTA_AWS_EXPIRATION", GIVEN.expiration_text()),
]


@pytest.mark.parametrize(
    ("as_variables", "profile", "files", "expected"),
    [
        (True, "", {}, KEYS),
        (True, "dev", {}, [*KEYS, ("AWS_PROFILE", "dev")]),
        (True, "dev", FILES, [*KEYS, ("AWS_PROFILE", "dev"), *FILES.items()]),
        (False, "dev", {}, []),
        (False, "dev", FILES, list(FILES.items())),
        (False, "", {}, []),
    ],
    ids=["keys", "keys and profile", "the same in Docker", "profile alone", "the same in Docker ", "nothing"],
)
def test_later_steps_get_what_they_need_and_no_more(
    tmp_path: Path, *, as_variables: bool, profile: str, files: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    env = tmp_path / "env"
    env.touch()
    exporter = EnvironmentExporter(str(env), REGION, as_variables, profile, files)
    effects = exporter.plan(GIVEN)
    assert env.read_text() == ""
    apply_all(effects)
    assert pairs_of(env.read_text()) == expected
    assert list(exporter.names(GIVEN)) == [name for name, _ in expected]
    assert set(exporter.names(GIVEN)) <= set(ALL)


def test_a_session_token_of_an_earlier_step_does_not_stay_with_long_lived_keys(tmp_path: Path) -> None:
    env = tmp_path / "env"
    apply_all(EnvironmentExporter(str(env), REGION, as_variables=True).plan(long_lived()))
    assert dict(pairs_of(env.read_text()))["AWS_SESSION_TOKEN"] == ""
