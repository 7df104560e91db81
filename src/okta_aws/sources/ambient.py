# SPDX-License-Identifier: Apache-2.0
"""AWS credentials that the environment holds already: variables, else whatever else AWS's tools would find."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime

from okta_aws.credentials import AwsKeys
from okta_aws.errors import NeedsHost, NetworkError, SourceError
from okta_aws.runner.context import Context
from okta_aws.secret import Secret

# Told by exporters.environment beside the credentials that it is about.
_EXPIRATION = "OKTA_AWS_EXPIRATION"

_DOING = "looking for AWS credentials"


def from_variables(environ: Mapping[str, str]) -> AwsKeys | None:
    """The credentials in AWS's own variables; an empty variable counts as none."""
    key_id, secret = environ.get("AWS_ACCESS_KEY_ID", ""), environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not key_id or not secret:
        return None
    token = environ.get("AWS_SESSION_TOKEN", "")
    if not (key_id + secret + token).isascii():
        wanted = "an access key, a secret key and a session token as AWS issued them"
        fix = "copy the variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN again"
        raise SourceError("aws-credentials-missing", _DOING, wanted=wanted, found="other characters in them", fix=fix)
    return AwsKeys(key_id, Secret(secret), Secret(token), "the credentials of the environment", _expiration(environ))


def find(environ: Mapping[str, str], context: Context, within_s: float) -> AwsKeys:
    """The credentials in variables, else those of botocore's chain: profile files, SSO, container, instance.

    ``within_s``: seconds that the chain may take. Raises ``NetworkError`` where it takes longer, ``SourceError`` where
    there are none, ``SettingsError`` (needs-host) where a Docker action could only have them on the runner itself.
    """
    keys = from_variables(environ)
    if keys is None and context.docker_form:
        wanted = "AWS credentials in variables, or the permission id-token: write for the job's GitHub token"
        raise NeedsHost(
            "token-source", "the environment", wanted, "neither; a profile or instance role is out of sight"
        )
    keys = keys or _from_chain_within(within_s)
    if keys is None:
        raise SourceError(
            "aws-credentials-missing",
            _DOING,
            wanted="AWS credentials in variables, a profile, the container or the instance",
            found="none",
            fix=(
                "for the job's GitHub token, give the job `permissions: id-token: write` and set role-to-assume",
                "or set the okta-* inputs, a token file, or an access key",
            ),
        )
    return keys


def _expiration(environ: Mapping[str, str]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(environ.get(_EXPIRATION) or environ.get("AWS_CREDENTIAL_EXPIRATION", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _from_chain_within(seconds: float) -> AwsKeys | None:
    # botocore's time-outs are its own and many, one place after the other; a thread that hangs is left behind (daemon).
    answer: list[AwsKeys | Exception | None] = []

    def ask() -> None:
        try:
            answer.append(_from_chain())
        except Exception as error:  # noqa: BLE001  (raised again below, where it is told; here it would only be printed)
            answer.append(error)

    thread = threading.Thread(target=ask, name="credentials", daemon=True)
    thread.start()
    thread.join(seconds)
    if not answer:
        fix = "check the AWS profile or role of the environment, or raise action-timeout-s"
        raise NetworkError("network-timeout", _DOING, found=f"no answer within {seconds:.0f} s", fix=fix)
    if isinstance(answer[0], Exception):
        raise answer[0]
    return answer[0]


def _from_chain() -> AwsKeys | None:
    try:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.session import Session
    except ImportError:
        fix = 'pip install "okta-aws-action[aws]"'
        raise SourceError("aws-library", _DOING, wanted="the library botocore", found="none", fix=fix) from None
    try:
        session = Session()
        # Variables were looked at before, without those that the step has just unset.
        session.get_component("credential_provider").remove("env")
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    except (BotoCoreError, ClientError) as cause:
        kind = type(cause).__name__
        fix = "check the AWS profile, SSO session or role that the environment names"
        raise SourceError("aws-credentials-missing", _DOING, wanted="AWS credentials", found=kind, fix=fix) from None
    if found is None or frozen is None or not frozen.access_key or not frozen.secret_key:
        return None
    token = Secret(frozen.token or "")
    return AwsKeys(frozen.access_key, Secret(frozen.secret_key), token, f"AWS credentials ({found.method})")
