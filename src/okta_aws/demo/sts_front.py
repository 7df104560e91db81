# SPDX-License-Identifier: Apache-2.0
"""The part of AWS that the emulator leaves out: what STS checks of a web identity.

The emulator enforces IAM on the credentials it makes, but of a web identity token it reads ``aud``, ``sub`` and ``amr``
alone, unverified. This server stands before it as the one AWS endpoint. It checks AssumeRoleWithWebIdentity against the
issuer's keys and IAM's state, answers in AWS's words, and lets the emulator evaluate the trust policy and make the
credentials. Everything else (other STS actions, IAM, S3, …) passes through as it is.

Refused (source; without one: the STS API reference and model, or botocore's copy of it):

================================================== ===================================================================
refused                                            code and text
================================================== ===================================================================
a parameter missing, too short, too long, …        ValidationError "1 validation error detected: Value …"
a RoleArn that is no role's                        ValidationError "Request ARN is invalid"
session policies above 2048 characters together    PackedPolicyTooLarge "Packed policy consumes …% of allotted space, …"
an ``Authorization`` header                        403 InvalidClientTokenId; an unsigned operation has no credentials
an ``X-Amz-Security-Token`` header                 InvalidIdentityToken (aws/aws-sdk-php#1725)
no JWS in RS/ES 256/384/512                        InvalidIdentityToken "The ID Token provided is not a valid JWT. …"
a claim missing                                    InvalidIdentityToken "Missing a required claim: sub"
                                                   (aws-actions/configure-aws-credentials#502)
no identity provider for the issuer                InvalidIdentityToken "No OpenIDConnect provider found in your account
                                                   for …" (the same repository, #721)
``azp``, else ``aud``, not among its client ids    InvalidIdentityToken "Incorrect token audience" (the same, #1309)
discovery or keys unreachable, incomplete, or      InvalidIdentityToken "Couldn't retrieve verification key from your
without the token's ``kid``                        identity provider, …" (the same, #299; GitLab's documentation)
a wrong signature                                  InvalidIdentityToken; AWS's text is not published
``exp`` past                                       ExpiredTokenException "Token expired: …"
``iat`` or ``nbf`` ahead                           InvalidIdentityToken; AWS's text is not published
no such role, or its trust policy refuses          403 AccessDenied "Not authorized to perform
                                                   sts:AssumeRoleWithWebIdentity"
tags, source identity that the trust policy        403 AccessDenied "Not authorized to perform sts:TagSession",
does not allow                                     "… sts:SetSourceIdentity"
longer than the role's MaxSessionDuration          ValidationError "The requested DurationSeconds exceeds the
                                                   MaxSessionDuration set for this role."
================================================== ===================================================================

Different from AWS: an issuer is plain ``http`` on the loopback interface, with a port, or one of those with a name that
are handed in; no other is asked for its keys.
The size of packed policies is not computed (AWS does not publish how). GitHub's claims beyond ``sub`` are no condition
keys. Session policies and session tags are enforced: the emulator drops them for a web identity but knows them for
AssumeRole, so a session with either is made by that action, for which the role's trust policy is opened to the account
for the moment of the call. Meanwhile no other IAM or STS request is let through, so nobody sees it.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import jwt
from botocore.exceptions import ClientError

from okta_aws.demo.emulator import Emulator
from okta_aws.demo.sts_rules import (
    NAMESPACE,
    SOURCE_IDENTITY,
    AwsRefusal,
    IdentityToken,
    WebIdentityRequest,
    trust_allows,
)
from okta_aws.demo.web import LOOPBACK, Request, Response, StandIn

ACTION = "AssumeRoleWithWebIdentity"
KEYS_TIMEOUT_S = 5
NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
    "documentation for requirements"
)
# Without the last three STS refuses a discovery document (GitLab documentation, "Configure OpenID Connect in AWS").
DISCOVERY = (
    "issuer",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
)
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server", "content-length", "content-type"}


class StsFront(StandIn):
    """The AWS endpoint of the demo and of the tests. ``exchanges`` counts the sessions it gave."""

    def __init__(
        self,
        emulator: Emulator,
        *,
        clock: Callable[[], float] = time.time,
        issuers: Sequence[StandIn] = (),
    ) -> None:
        """``issuers``: those that have a name; it is looked up here alone."""
        super().__init__(clock)
        self.exchanges = 0
        self._urls = {issuer.origin: issuer.url for issuer in issuers}
        self._emulator = emulator
        self._iam = threading.Lock()
        self._keys: dict[tuple[str, str], dict[str, Any]] = {}

    def answer(self, request: Request) -> Response:
        form = _query(request)
        if form.get("Action") != ACTION:
            with self._iam if _touches_iam(request, form) else contextlib.nullcontext():
                return self._passed_through(request)
        request_id = str(uuid.uuid4())
        headers = {"x-amzn-RequestId": request_id}
        try:
            body = self._exchanged(request, form, request_id)
        except AwsRefusal as refusal:
            return Response(refusal.status, refusal.xml(request_id), "text/xml", headers)
        return Response(200, body, "text/xml", headers)

    def _exchanged(self, request: Request, form: Mapping[str, str], request_id: str) -> bytes:
        _refuse_credentials(request)
        asked = WebIdentityRequest.read(form)
        token = IdentityToken.read(asked.token)
        provider_arn = f"arn:{asked.partition}:iam::{asked.account}:oidc-provider/{token.provider}"
        audience = token.audience(self._client_ids(asked.account, provider_arn, token.issuer))
        self._verify(token)
        token.check_times(self.clock())
        with self._iam:
            session = self._session(asked, token, provider_arn, audience)
            self.exchanges += 1
        return _result_xml(session, token, provider_arn, audience, request_id)

    def _client_ids(self, account: str, provider_arn: str, issuer: str) -> list[str]:
        try:
            with self._iam:
                return self._emulator.iam(account).get_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn)[
                    "ClientIDList"
                ]
        except ClientError as error:
            message = f"No OpenIDConnect provider found in your account for {issuer}"
            raise AwsRefusal("InvalidIdentityToken", message) from error

    def _verify(self, token: IdentityToken) -> None:
        jwk = self._key(token.issuer, str(token.header.get("kid")))
        algorithm = str(token.header["alg"])
        try:
            jwt.PyJWS().decode(token.text, jwt.PyJWK(jwk, algorithm).key, algorithms=[algorithm])
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise AwsRefusal("InvalidIdentityToken", "Token signature is invalid") from error

    def _key(self, issuer: str, kid: str) -> dict[str, Any]:
        # Kept as STS keeps them; an unknown name makes it look again, which is how a rotated key is found.
        if (issuer, kid) not in self._keys:
            self._keys.update({(issuer, str(jwk.get("kid"))): jwk for jwk in self._published_keys(issuer)})
        if (issuer, kid) not in self._keys:
            raise AwsRefusal("InvalidIdentityToken", NO_KEY)
        return self._keys[(issuer, kid)]

    def _published_keys(self, issuer: str) -> list[dict[str, Any]]:
        metadata = _fetched(self._address(f"{issuer}/.well-known/openid-configuration"))
        if any(name not in metadata for name in DISCOVERY) or metadata["issuer"] != issuer:
            raise AwsRefusal("InvalidIdentityToken", NO_KEY)
        keys = _fetched(self._address(str(metadata["jwks_uri"]))).get("keys")
        return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []

    def _address(self, url: str) -> str:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        return self._urls.get(origin, origin) + url.removeprefix(origin)

    def _session(
        self, asked: WebIdentityRequest, token: IdentityToken, provider_arn: str, audience: str
    ) -> Mapping[str, Any]:
        role = self._role(asked)
        session = self._trusted_session(asked, token, audience)
        keys = {f"{token.provider}:sub".lower(): str(token.claims["sub"]), f"{token.provider}:aud".lower(): audience}
        for action in token.needed_actions():
            if not trust_allows(role["AssumeRolePolicyDocument"], action, provider_arn, keys):
                raise _not_authorized(action)
        if asked.duration_s > role["MaxSessionDuration"]:
            message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            raise AwsRefusal("ValidationError", message)
        if asked.policy or asked.policy_arns or token.tags():
            return self._narrowed_session(asked, token, role["AssumeRolePolicyDocument"])
        return session

    def _role(self, asked: WebIdentityRequest) -> Mapping[str, Any]:
        try:
            role = self._emulator.iam(asked.account).get_role(RoleName=asked.role_name)["Role"]
        except ClientError as error:
            raise _not_authorized(f"sts:{ACTION}") from error
        if role["Arn"] != asked.role_arn:
            raise _not_authorized(f"sts:{ACTION}")
        return role

    def _trusted_session(self, asked: WebIdentityRequest, token: IdentityToken, audience: str) -> Mapping[str, Any]:
        read_by_the_emulator = {"iss": token.issuer, "sub": token.claims["sub"], "aud": audience}
        if "amr" in token.claims:
            read_by_the_emulator["amr"] = token.claims["amr"]
        with _emulators_refusal():
            return self._emulator.anonymous_sts().assume_role_with_web_identity(
                RoleArn=asked.role_arn,
                RoleSessionName=asked.session_name,
                WebIdentityToken=_unsigned(read_by_the_emulator),
                DurationSeconds=asked.duration_s,
            )

    def _narrowed_session(
        self, asked: WebIdentityRequest, token: IdentityToken, trust: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        account = {"AWS": f"arn:{asked.partition}:iam::{asked.account}:root"}
        statement = {"Effect": "Allow", "Principal": account, "Action": ["sts:AssumeRole", "sts:TagSession"]}
        extra: dict[str, Any] = {"Policy": asked.policy} if asked.policy else {}
        with _emulators_refusal(), self._opened(asked, {**trust, "Statement": [statement]}, trust):
            return self._emulator.sts(asked.account).assume_role(
                RoleArn=asked.role_arn,
                RoleSessionName=asked.session_name,
                DurationSeconds=asked.duration_s,
                PolicyArns=[{"arn": arn} for arn in asked.policy_arns],
                Tags=[{"Key": key, "Value": value} for key, value in token.tags().items()],
                **extra,
            )

    @contextlib.contextmanager
    def _opened(self, asked: WebIdentityRequest, now: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[None]:
        iam = self._emulator.iam(asked.account)
        iam.update_assume_role_policy(RoleName=asked.role_name, PolicyDocument=json.dumps(now))
        try:
            yield
        finally:
            iam.update_assume_role_policy(RoleName=asked.role_name, PolicyDocument=json.dumps(after))

    def _passed_through(self, request: Request) -> Response:
        connection = http.client.HTTPConnection(LOOPBACK, self._emulator.port, timeout=60)
        try:
            # The Host header is part of what the client signed, so it goes on unchanged.
            connection.putrequest(request.method, _target(request), skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                if name not in {"connection", "expect", "transfer-encoding"}:
                    connection.putheader(name, value)
            connection.endheaders(request.body)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP}
        if request.method == "HEAD":
            headers["Content-Length"] = answer.getheader("Content-Length") or "0"
        return Response(answer.status, body, answer.getheader("Content-Type") or "text/xml", headers)


def _query(request: Request) -> Mapping[str, str]:
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return {**request.parameters(), **(request.form() if is_form else {})}


def _touches_iam(request: Request, form: Mapping[str, str]) -> bool:
    scope = request.headers.get("authorization", "")
    return "Action" in form and ("/iam/aws4_request" in scope or "/sts/aws4_request" in scope)


def _target(request: Request) -> str:
    return f"{request.path}?{request.query}" if request.query else request.path


def _refuse_credentials(request: Request) -> None:
    if "x-amz-security-token" in request.headers:
        raise AwsRefusal("InvalidIdentityToken", "The security token included in the request is invalid.")
    if "authorization" in request.headers:
        raise AwsRefusal("InvalidClientTokenId", "The security token included in the request is invalid.", 403)


def _not_authorized(action: str) -> AwsRefusal:
    return AwsRefusal("AccessDenied", f"Not authorized to perform {action}", 403)


@contextlib.contextmanager
def _emulators_refusal() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        told, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        raise AwsRefusal(told["Code"], told["Message"], status) from error


def _unsigned(claims: Mapping[str, object]) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + ".unsigned"


def _fetched(url: str) -> Mapping[str, Any]:
    parts = urlsplit(url)
    if parts.hostname != LOOPBACK or parts.scheme != "http":
        raise AwsRefusal("InvalidIdentityToken", NO_KEY)
    try:
        connection = http.client.HTTPConnection(LOOPBACK, parts.port or 80, timeout=KEYS_TIMEOUT_S)
        with contextlib.closing(connection):
            connection.request("GET", parts.path)
            answer = connection.getresponse()
            value = json.loads(answer.read()) if answer.status == 200 else None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise AwsRefusal("InvalidIdentityToken", NO_KEY) from error
    if not isinstance(value, dict):
        raise AwsRefusal("InvalidIdentityToken", NO_KEY)
    return value


def _result_xml(
    session: Mapping[str, Any], token: IdentityToken, provider_arn: str, audience: str, request_id: str
) -> bytes:
    credentials, user = session["Credentials"], session["AssumedRoleUser"]
    result = {
        "SubjectFromWebIdentityToken": str(token.claims["sub"]),
        "Audience": audience,
        "Provider": provider_arn,
        **({"SourceIdentity": str(token.claims[SOURCE_IDENTITY])} if SOURCE_IDENTITY in token.claims else {}),
    }
    texts = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in result.items())
    return (
        f'<AssumeRoleWithWebIdentityResponse xmlns="{NAMESPACE}"><AssumeRoleWithWebIdentityResult>{texts}'
        f"<AssumedRoleUser><AssumedRoleId>{user['AssumedRoleId']}</AssumedRoleId><Arn>{user['Arn']}</Arn></AssumedRoleUser><Credentials>"
        f"<AccessKeyId>{credentials['AccessKeyId']}</AccessKeyId>"
        f"<SecretAccessKey>{credentials['SecretAccessKey']}</SecretAccessKey>"
        f"<SessionToken>{credentials['SessionToken']}</SessionToken>"
        f"<Expiration>{credentials['Expiration']:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials>"
        f"</AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        "</AssumeRoleWithWebIdentityResponse>"
    ).encode()
