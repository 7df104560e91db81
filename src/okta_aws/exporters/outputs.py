# SPDX-License-Identifier: Apache-2.0
"""The outputs of the step. Keys are among them only on request: whoever can read the step's context can read them."""

from __future__ import annotations

from dataclasses import dataclass

from okta_aws.credentials import Credentials
from okta_aws.exporters.base import Append, Effect
from okta_aws.runner.commands import visible
from okta_aws.runner.files import entry


@dataclass(frozen=True, slots=True)
class OutputsExporter:
    """Writes to ``GITHUB_OUTPUT``.

    ``token_issuer``, ``token_subject``: the claims of the token that was exchanged. ``config_file``: the config file
    as later steps find it, empty for none. ``with_credentials``: give the keys too.
    """

    output_file: str
    token_issuer: str
    token_subject: str
    config_file: str
    with_credentials: bool

    def plan(self, credentials: Credentials) -> list[Effect]:
        """One write with all that have a value."""
        return [Append(self.output_file, [entry(name, value) for name, value in self._values(credentials).items()])]

    def _values(self, credentials: Credentials) -> dict[str, str]:
        values = {
            # A claim is the issuer's text, an ARN that of AWS or of a service like it: control characters in them must
            # not reach what later steps build from it.
            "aws-account-id": visible(credentials.account),
            "authenticated-arn": visible(credentials.arn),
            "aws-expiration": credentials.expiration_text(),
            "role-arn": credentials.role_arn,
            "role-session-name": credentials.session_name,
            "token-issuer": visible(self.token_issuer),
            "token-subject": visible(self.token_subject),
            "aws-config-file": self.config_file,
        }
        if self.with_credentials:
            values["aws-access-key-id"] = credentials.access_key_id
            values["aws-secret-access-key"] = credentials.secret_access_key.reveal()
            values["aws-session-token"] = credentials.session_token.reveal()
        # An output that is not set reads as empty; setting it to nothing says no more.
        return {name: value for name, value in values.items() if value}
