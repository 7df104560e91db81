# SPDX-License-Identifier: Apache-2.0
"""The JSON that the AWS SDKs read from a ``credential_process`` (AWS SDKs and Tools Reference Guide, of that name)."""

from __future__ import annotations

import json

from okta_aws.credentials import Credentials


def credential_process_json(credentials: Credentials) -> str:
    """``credentials`` as that JSON, on one line. It holds the secrets: it goes to standard output alone."""
    values = {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.reveal(),
        "SessionToken": credentials.session_token.reveal(),
        "Expiration": credentials.expiration_text(),
    }
    # Long-lived keys have neither token nor end; SDKs choke on an empty one.
    return json.dumps({name: value for name, value in values.items() if value})
