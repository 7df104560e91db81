# SPDX-License-Identifier: Apache-2.0
"""AssumeRoleWithWebIdentity: one unsigned request.

Unsigned by design (STS API reference: no credentials are needed), so nothing ambient can get into it: this module
neither knows nor looks for AWS credentials. Account and ARN come from the answer itself, not from a further request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from okta_aws.arn import RoleArn, account_of_assumed_role
from okta_aws.aws.answer import texts
from okta_aws.aws.endpoints import sts_url
from okta_aws.aws.faults import error_of
from okta_aws.credentials import Credentials
from okta_aws.errors import Error, NetworkError
from okta_aws.http import Http, Response
from okta_aws.issuers import retry_after_s
from okta_aws.secret import Secret
from okta_aws.settings.settings import Endpoint, Session

VERSION = "2011-06-15"


def assume_with_token(
    http: Http, endpoint: Endpoint, role: RoleArn, session: Session, name: str, token: Secret, *, within_s: float
) -> Credentials:
    """The credentials of ``role`` in a session called ``name``, for ``token``; one attempt of ``within_s`` seconds.

    Raises ``AssumeRoleError`` for a refusal, ``NetworkError`` for everything that kept AWS from answering.
    """
    doing = f"assuming role {role.text}"
    parameters = [
        ("Action", "AssumeRoleWithWebIdentity"),
        *session_parameters(role, session, name),
        ("WebIdentityToken", token.reveal()),
    ]
    form = urlencode(parameters).encode()
    response = http.post_form(sts_url(endpoint), form, {"Accept": "text/xml"}, within_s=within_s)
    return credentials_in(response, role, name, doing, [token])


def session_parameters(role: RoleArn, session: Session, name: str) -> list[tuple[str, str]]:
    """What every request for a role's session has in common."""
    parameters = [
        ("Version", VERSION),
        ("RoleArn", role.text),
        ("RoleSessionName", name),
        ("DurationSeconds", str(session.duration_s)),
    ]
    if session.inline_policy:
        parameters.append(("Policy", session.inline_policy))
    parameters += [(f"PolicyArns.member.{index}.arn", arn) for index, arn in enumerate(session.managed_policies, 1)]
    return parameters


def answer_in(response: Response, doing: str, secrets: Sequence[Secret]) -> Mapping[str, str]:
    """The parts of STS's answer. ``secrets``: what was sent, and must not be shown where the answer repeats it.

    Raises its refusal as our error, and ``NetworkError`` for what is no answer of STS.
    """
    if response.status != 200:
        raise _refusal(response, doing, secrets)
    try:
        return texts(response.body)
    except ValueError:
        raise _garbage(doing, "an answer that is not STS's XML (a login page or a proxy?)") from None


def _refusal(response: Response, doing: str, secrets: Sequence[Secret]) -> Error:
    try:
        said = texts(response.body)
    except ValueError:
        said = {}
    if not said.get("Code") and response.status not in {408, 429, 500, 502, 503, 504}:
        return _garbage(doing, f"HTTP status {response.status} without an STS error in it")
    return error_of(
        response.status,
        said.get("Code", ""),
        _without(secrets, said.get("Message", "")),
        doing,
        after_s=_wait_s(response.headers),
        request_id=said.get("RequestId", response.headers.get("x-amzn-requestid", "")),
    )


def _without(secrets: Sequence[Secret], text: str) -> str:
    # Whole, before anything is cut or escaped: the runner's mask knows the whole value alone.
    for secret in filter(None, secrets):
        text = text.replace(secret.reveal(), "***")
    return text


def _wait_s(headers: Mapping[str, str]) -> float | None:
    milliseconds = headers.get("x-amz-retry-after", "")
    is_number = milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) < 9
    advised_s = retry_after_s(headers)
    return int(milliseconds) / 1000 if is_number and advised_s is None else advised_s


def credentials_in(response: Response, role: RoleArn, name: str, doing: str, secrets: Sequence[Secret]) -> Credentials:
    """The credentials in STS's answer. Raises as ``answer_in`` does, and where a part is missing or impossible."""
    said = answer_in(response, doing, secrets)
    try:
        expiration = _expiration(said["Expiration"])
        key_id, key, token = said["AccessKeyId"], said["SecretAccessKey"], said["SessionToken"]
    except KeyError as missing:
        raise _garbage(doing, f"an answer without {missing.args[0]}") from None
    except (ValueError, OverflowError):
        raise _garbage(doing, "an expiration that is no time") from None
    if not all(_is_plain(text) for text in (key_id, key, token)):
        raise _garbage(doing, "credentials that are empty or hold blanks or control characters")
    arn = said.get("Arn", "")
    return Credentials(
        access_key_id=key_id,
        secret_access_key=Secret(key),
        session_token=Secret(token),
        expiration=expiration,
        account=account_of_assumed_role(arn) or role.account,
        arn=arn,
        role_arn=role.text,
        session_name=name,
    )


def _is_plain(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def _expiration(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _garbage(doing: str, found: str) -> NetworkError:
    return NetworkError(
        "network-garbage",
        doing,
        wanted="an answer of STS",
        found=found,
        fix="check sts-endpoint and aws-region, and any proxy on the way",
    )
