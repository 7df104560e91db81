# SPDX-License-Identifier: Apache-2.0
"""The outputs are those of the table; keys only on request."""

from __future__ import annotations

from pathlib import Path

import pytest

from okta_aws.exporters.base import apply_all
from okta_aws.exporters.outputs import OutputsExporter
from okta_aws.settings.options import OUTPUTS
from unit.exporters.values import credentials, long_lived
from unit.runner.protocol import pairs_of

GIVEN = credentials()
SECRET = {"aws-access-key-id", "aws-secret-access-key", "aws-session-token"}


def outputs(file: Path, *, subject: str = "sub", config: str = "", with_credentials: bool = False) -> dict[str, str]:
    exporter = OutputsExporter(str(file), "https://acme.okta.com/oauth2/aus123", subject, config, with_credentials)
    effects = exporter.plan(GIVEN)
    assert not file.exists()
    apply_all(effects)
    return dict(pairs_of(file.read_text()))


def test_every_output_of_the_table_has_its_value(tmp_path: Path) -> None:
    found = outputs(tmp_path / "output", config="/t/config", with_credentials=True)
    assert found == {
        "aws-account-id": GIVEN.account,
        "authenticated-arn": GIVEN.arn,
        "aws-access-key-id": GIVEN.access_key_id,
        "aws-secret-access-key": GIVEN.secret_access_key.reveal(),
        "aws-session-token": GIVEN.session_token.reveal(),
        "aws-expiration": "2030-01-02T03:04:05Z",
        "role-arn": GIVEN.role_arn,
        "role-session-name": GIVEN.session_name,
        "token-issuer": "https://acme.okta.com/oauth2/aus123",
        "token-subject": "sub",
        "aws-config-file": "/t/config",
    }
    assert set(found) == {output.name for output in OUTPUTS}


def test_without_asking_there_is_no_key(tmp_path: Path) -> None:
    found = outputs(tmp_path / "output")
    assert not set(found) & SECRET
    assert "aws-config-file" not in found
    text = (tmp_path / "output").read_text()
    assert GIVEN.access_key_id not in text
    assert GIVEN.secret_access_key.reveal() not in text
    assert GIVEN.session_token.reveal() not in text


def test_what_there_is_nothing_of_is_not_set(tmp_path: Path) -> None:
    file = tmp_path / "output"
    apply_all(OutputsExporter(str(file), "", "", "", with_credentials=True).plan(long_lived()))
    names = [name for name, _ in pairs_of(file.read_text())]
    assert names == ["aws-account-id", "authenticated-arn", "aws-access-key-id", "aws-secret-access-key"]


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("repo:org/repo:ref:refs/heads/main", "repo:org/repo:ref:refs/heads/main"),
        ("x\naws-account-id=999999999999", "x\\naws-account-id=999999999999"),
        ("x\x1b[2J\u202e\ud800", "x\\x1b[2J\\u202e\\ud800"),
    ],
)
def test_a_claim_keeps_to_its_output(tmp_path: Path, subject: str, shown: str) -> None:
    found = outputs(tmp_path / "output", subject=subject)
    assert (found["token-subject"], found["aws-account-id"]) == (shown, GIVEN.account)
