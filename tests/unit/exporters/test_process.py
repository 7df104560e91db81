# SPDX-License-Identifier: Apache-2.0
"""The JSON of ``credential_process`` is what botocore reads from one."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

from botocore.credentials import ProcessProvider

from okta_aws.exporters.process import credential_process_json
from unit.exporters.values import credentials, long_lived


def test_botocore_takes_the_json_from_a_process(tmp_path: Path) -> None:
    given = credentials()
    file = tmp_path / "answer.json"
    file.write_text(credential_process_json(given))
    command = shlex.join([sys.executable, "-I", "-c", f"print(open({str(file)!r}).read())"])
    provider = ProcessProvider("dev", lambda: {"profiles": {"dev": {"credential_process": command}}})
    found = provider.load()
    assert found is not None
    assert found.access_key == given.access_key_id
    assert found.secret_key == given.secret_access_key.reveal()
    assert found.token == given.session_token.reveal()


def test_it_is_one_line_with_the_keys_of_version_1() -> None:
    text = credential_process_json(credentials())
    assert "\n" not in text
    assert list(json.loads(text)) == ["Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"]
    assert json.loads(text)["Expiration"] == "2030-01-02T03:04:05Z"


def test_long_lived_keys_have_no_token_and_no_end() -> None:
    assert list(json.loads(credential_process_json(long_lived()))) == ["Version", "AccessKeyId", "SecretAccessKey"]
