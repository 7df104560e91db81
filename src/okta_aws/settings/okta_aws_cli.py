# SPDX-License-Identifier: Apache-2.0
"""okta-aws-cli's variables, ``OKTA_AWSCLI_*``, as that tool's command ``m2m`` reads them (version 2.6.0).

Source: its README, "Configuration", and its flags' defaults. The variables of its commands ``web`` and ``direct`` are
not read: these sign in with SAML or a password, which has no counterpart here.
"""

from __future__ import annotations

from collections.abc import Mapping

from okta_aws.settings.raw import RawSettings, RawValue

PREFIX = "OKTA_AWSCLI_"
KEY_FILE = "OKTA_AWSCLI_PRIVATE_KEY_FILE"
_KEY = "OKTA_AWSCLI_PRIVATE_KEY"
_DOMAIN, _SERVER = "OKTA_AWSCLI_ORG_DOMAIN", "OKTA_AWSCLI_AUTHZ_ID"
_DEFAULT_SERVER = "default"
_SAME: Mapping[str, str] = {
    "OKTA_AWSCLI_OIDC_CLIENT_ID": "okta-client-id",
    "OKTA_AWSCLI_KEY_ID": "okta-key-id",
    _KEY: "okta-private-key",
    "OKTA_AWSCLI_CUSTOM_SCOPE": "okta-scope",
    "OKTA_AWSCLI_IAM_ROLE": "role-to-assume",
    "OKTA_AWSCLI_SESSION_DURATION": "role-duration-seconds",
    "OKTA_AWSCLI_STS_ROLE_SESSION_NAME": "role-session-name",
    "OKTA_AWSCLI_AWS_REGION": "aws-region",
}
_DEFAULTS = {
    "okta-scope": "okta-m2m-access",
    "role-session-name": "okta-aws-cli",
    "role-duration-seconds": "3600",
    # That tool's SDK asks the global endpoint where no region is set, which is this one's.
    "aws-region": "us-east-1",
}
# Whoever begins with one of these does not begin with that tool's key.
_OTHER_SOURCES = (
    "aws-access-key-id",
    "aws-secret-access-key",
    "web-identity-token",
    "web-identity-token-file",
    "role-chaining",
    "okta-client-secret",
    "okta-kms-key",
)
FORMATS = {"env-var": "env", "process-credentials": "json", "aws-credentials": "profile"}
"""Its output formats, and ours that are the same."""


def is_set_up(environ: Mapping[str, str]) -> bool:
    """Whether the variables are those of a machine: they hold a private key, or say where it is."""
    return bool(environ.get(_KEY) or environ.get(KEY_FILE))


def from_okta_aws_cli(environ: Mapping[str, str], given: RawSettings) -> dict[str, RawValue]:
    """The settings that the variables stand for; none unless ``is_set_up``, or where ``given`` names another source.

    ``given``: what flags, variables of ours and a profile say, which all count before these. A key that is in a file
    stays there: ``KEY_FILE`` is the variable that names it.
    """
    others = [name for name in _OTHER_SOURCES if name in given]
    chosen = given["token-source"].text if "token-source" in given else "okta"
    if not is_set_up(environ) or chosen != "okta" or [name for name in others if given[name].text != "false"]:
        return {}
    settings = {
        option: RawValue(environ[variable].strip(), f"environment {variable}")
        for variable, option in _SAME.items()
        if environ.get(variable, "").strip()
    }
    for option, text in _DEFAULTS.items():
        if option != "aws-region":
            settings.setdefault(option, RawValue(text, "default of okta-aws-cli"))
    if environ.get(_DOMAIN):
        settings["okta-issuer"] = RawValue(_issuer(environ), f"environment {_DOMAIN}")
    return settings


def default_region() -> RawValue:
    """The region where nobody named one, not even AWS's own variables."""
    return RawValue(_DEFAULTS["aws-region"], "default of okta-aws-cli")


def _issuer(environ: Mapping[str, str]) -> str:
    # It corrects the console's host too.
    domain = environ[_DOMAIN].strip().rstrip("/").replace("-admin.", ".")
    base = domain if "://" in domain else f"https://{domain}"
    return f"{base}/oauth2/{environ.get(_SERVER, '').strip() or _DEFAULT_SERVER}"
