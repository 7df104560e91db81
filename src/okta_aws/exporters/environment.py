# SPDX-License-Identifier: Apache-2.0
"""Credentials as variables of the job's later steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from okta_aws.credentials import Credentials
from okta_aws.exporters.base import Append, Effect
from okta_aws.runner.files import entry

PROFILE = "AWS_PROFILE"
CREDENTIALS_FILE = "AWS_SHARED_CREDENTIALS_FILE"
CONFIG_FILE = "AWS_CONFIG_FILE"
# Ours, for `use-existing-credentials`. AWS_CREDENTIAL_EXPIRATION would make botocore refresh what nobody can refresh.
EXPIRATION = "OKTA_AWS_EXPIRATION"
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", EXPIRATION)
REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")
# Every variable that this package ever sets, and so may ever blank.
ALL = (*KEYS, *REGION, PROFILE, CREDENTIALS_FILE, CONFIG_FILE)


@dataclass(frozen=True, slots=True)
class EnvironmentExporter:
    """Writes to ``GITHUB_ENV``.

    ``as_variables``: export keys and region. ``profile``: the profile that was written, if any; as in
    configure-aws-credentials v6.2.3 ``AWS_PROFILE`` is set only together with the keys, since a step that writes one
    profile of several must not change what the rest of the job uses. ``profile_files``: where steps find the profile's
    files, for those variables that later steps do not have yet.
    """

    env_file: str
    region: str
    as_variables: bool
    profile: str = ""
    profile_files: Mapping[str, str] = field(default_factory=dict)

    def plan(self, credentials: Credentials) -> list[Effect]:
        """One write with all of them."""
        values = self._values(credentials)
        return [Append(self.env_file, [entry(name, value) for name, value in values.items()])] if values else []

    def names(self, credentials: Credentials) -> tuple[str, ...]:
        """The variables that ``plan`` sets."""
        return tuple(self._values(credentials))

    def _values(self, credentials: Credentials) -> dict[str, str]:
        values: dict[str, str] = {}
        if self.as_variables:
            values |= {
                "AWS_ACCESS_KEY_ID": credentials.access_key_id,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key.reveal(),
                # Set even where it is empty: one of an earlier step does not belong to these keys.
                "AWS_SESSION_TOKEN": credentials.session_token.reveal(),
                "AWS_REGION": self.region,
                "AWS_DEFAULT_REGION": self.region,
                EXPIRATION: credentials.expiration_text(),
            }
        if self.as_variables and self.profile:
            values[PROFILE] = self.profile
        return values | dict(self.profile_files)
