# SPDX-License-Identifier: Apache-2.0
"""STS requests signed with AWS credentials: AssumeRole and GetCallerIdentity.

botocore signs, our own client sends: proxies, certificates, time limits and the meaning of refusals are the same for
every request of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from okta_aws.arn import RoleArn
from okta_aws.aws.endpoints import sts_url
from okta_aws.aws.signature import signed
from okta_aws.aws.sts import VERSION, answer_in, credentials_in, session_parameters
from okta_aws.credentials import AwsKeys, Credentials
from okta_aws.http import Http, Response
from okta_aws.settings.session_tags import Tag
from okta_aws.settings.settings import Endpoint, Session

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom AWS takes the caller for; texts are empty where an STS-compatible service names none."""

    account: str
    arn: str


def caller_identity(http: Http, endpoint: Endpoint, keys: AwsKeys, *, within_s: float) -> Identity:
    """Whose ``keys`` these are; that AWS answers proves that they work. Raises as ``assume_with_keys`` does."""
    doing = f"asking AWS whose credentials these are ({keys.origin})"
    parameters = [("Action", "GetCallerIdentity"), ("Version", VERSION)]
    said = answer_in(_post(http, endpoint, keys, parameters, within_s), doing, keys.secrets)
    return Identity(said.get("Account", ""), said.get("Arn", ""))


def assume_with_keys(
    http: Http,
    endpoint: Endpoint,
    role: RoleArn,
    session: Session,
    name: str,
    keys: AwsKeys,
    tags: Sequence[Tag],
    *,
    within_s: float,
) -> Credentials:
    """The credentials of ``role`` for the holder of ``keys``, in a session called ``name`` with ``tags``; one attempt.

    Raises ``AssumeRoleError`` for a refusal, ``NetworkError`` for everything that kept AWS from answering.
    """
    doing = f"assuming role {role.text} with {keys.origin}"
    parameters = [("Action", "AssumeRole"), *session_parameters(role, session, name), *_tag_parameters(session, tags)]
    if session.external_id:
        parameters.append(("ExternalId", session.external_id))
    return credentials_in(_post(http, endpoint, keys, parameters, within_s), role, name, doing, keys.secrets)


def _tag_parameters(session: Session, tags: Sequence[Tag]) -> list[tuple[str, str]]:
    parameters = []
    for index, tag in enumerate(tags, 1):
        parameters += [(f"Tags.member.{index}.Key", tag.key), (f"Tags.member.{index}.Value", tag.value)]
    # A key that is no tag of the session would have the whole request refused; configure-aws-credentials drops it too.
    inherited = [key for key in session.transitive_tag_keys if key in {tag.key for tag in tags}]
    return parameters + [(f"TransitiveTagKeys.member.{index}", key) for index, key in enumerate(inherited, 1)]


def _post(
    http: Http, endpoint: Endpoint, keys: AwsKeys, parameters: list[tuple[str, str]], within_s: float
) -> Response:
    url, form = sts_url(endpoint), urlencode(parameters)
    headers = signed_headers(url, form, keys, "us-east-1" if endpoint.region == "aws-global" else endpoint.region)
    return http.post_form(url, form.encode(), {**headers, "Accept": "text/xml"}, within_s=within_s)


def signed_headers(url: str, form: str, keys: AwsKeys, region: str, service: str = "sts") -> dict[str, str]:
    """The headers that a POST of ``form`` needs beside its content type, signed as AWS's Signature Version 4 has it.

    Raises ``SourceError`` (aws-library) where botocore is not installed.
    """
    headers = signed("POST", url, {"Content-Type": _FORM}, form.encode(), keys, region=region, service=service)
    return {name: value for name, value in headers.items() if name.lower() != "content-type"}
