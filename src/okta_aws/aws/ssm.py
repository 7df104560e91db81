# SPDX-License-Identifier: Apache-2.0
"""Parameters by name. Source: Systems Manager API reference, GetParameter."""

from __future__ import annotations

from okta_aws.aws.json_service import JsonService, Service
from okta_aws.errors import AtlantisError
from okta_aws.secret import Secret

SSM = Service("ssm", "AmazonSSM", "Systems Manager")


def parameter_value(service: JsonService, name: str) -> Secret:
    """The value of the parameter ``name``, decrypted.

    Raises ``AtlantisError`` (atlantis-value) where the answer has none, and as ``JsonService.ask`` does.
    """
    doing = f"reading the parameter {name} (ssm:GetParameter)"
    found = service.ask(doing, "GetParameter", {"Name": name, "WithDecryption": True}).get("Parameter")
    value = found.get("Value") if isinstance(found, dict) else None
    if not isinstance(value, str):
        fix = "correct the parameter, or the map"
        raise AtlantisError("atlantis-value", doing, wanted="a parameter with a value", found="none", fix=fix)
    return Secret(value)
