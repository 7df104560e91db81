# SPDX-License-Identifier: Apache-2.0
"""What STS's refusals mean: AWS's code and message to our error, and whether to try again.

Codes are those on the wire, not the SDKs' class names: the same fault is ``PackedPolicyTooLarge`` on the wire and
``PackedPolicyTooLargeException`` in a class name, and comparing the latter has never matched.
Sources: STS API reference (AssumeRoleWithWebIdentity, Common Errors);
botocore's standard retry mode for what throttles.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from okta_aws.errors import AssumeRoleError, Error, NetworkError, Retry

_AGAIN = Retry()
_FRESH_TOKEN = Retry(fresh_token=True)
_FRESH_TOKEN_ONCE = Retry(fresh_token=True, once=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """One row: an AWS code, a part of its message that tells cases apart (lower case), and what it means to us."""

    aws_code: str
    code: str
    fix: tuple[str, ...]
    message: str = ""
    wanted: str = ""
    retry: Retry | None = field(default=None)


_TRUST = (
    "compare the token's claims with the role's trust policy: sub and aud must match to the letter, case included",
    "a wildcard needs StringLike; a job with an environment has repo:OWNER/NAME:environment:ENV as its subject",
    "check that the role's principal is the identity provider of exactly this issuer, in the same account",
)

# The first row that fits counts.
FAULTS: tuple[Fault, ...] = (
    Fault(
        "InvalidIdentityToken",
        "provider-unreachable",
        (
            "AWS fetches the issuer's discovery document and keys itself: both must be reachable from the internet",
            "check that jwks_uri answers, and holds the key the token names (kid)",
        ),
        message="couldn't retrieve verification key",
        wanted="the issuer's keys",
        retry=_FRESH_TOKEN,
    ),
    Fault(
        "InvalidIdentityToken",
        "provider-missing",
        (
            "create an IAM OIDC identity provider in the role's account, its URL the issuer to the letter",
            "or correct the account in role-to-assume",
        ),
        message="no openidconnect provider found",
        wanted="an identity provider for the token's issuer in the role's account",
    ),
    Fault(
        "InvalidIdentityToken",
        "provider-audience",
        (
            "add the token's audience to the identity provider's client ids",
            "or ask for a token with an audience that is listed there (input audience; in Okta the server's)",
        ),
        message="incorrect token audience",
        wanted="an audience that the identity provider lists",
    ),
    Fault(
        "InvalidIdentityToken",
        "token-refused",
        ("give the token itself, freshly issued, unchanged",),
        wanted="a token that AWS can verify",
    ),
    Fault(
        "ExpiredTokenException",
        "token-expired",
        ("issue a new token right before the exchange", "check this machine's clock and the issuer's"),
        wanted="a token that has not expired",
        retry=_FRESH_TOKEN_ONCE,
    ),
    Fault(
        "IDPCommunicationError",
        "provider-unreachable",
        ("AWS fetches the issuer's keys itself; check that the issuer answers from the internet",),
        wanted="an answer from the issuer",
        retry=_FRESH_TOKEN,
    ),
    Fault(
        "IDPRejectedClaim",
        "provider-rejected",
        ("issue a new token; if that is refused too, check at the issuer whether it was revoked",),
        wanted="claims that the identity provider accepts",
    ),
    Fault("AccessDenied", "role-refused", _TRUST, wanted="a trust policy that accepts this token"),
    Fault(
        "MalformedPolicyDocument",
        "session-policy",
        ("correct the session policy (inline-session-policy): it must be a valid IAM policy",),
        wanted="a valid session policy",
    ),
    Fault(
        "PackedPolicyTooLarge",
        "session-policy",
        ("shorten the session policies or the token's session tags: their packed size exceeds AWS's limit",),
        wanted="session policies and tags within the packed limit",
    ),
    Fault(
        "ValidationError",
        "session-duration",
        ("lower role-duration-seconds to 3600: a role assumed with the credentials of another role lasts one hour",),
        message="role chaining",
        wanted="a duration of at most one hour",
    ),
    Fault(
        "ValidationError",
        "session-duration",
        ("lower role-duration-seconds, or raise the role's maximum session duration",),
        message="durationseconds",
        wanted="a duration within the role's maximum",
    ),
    Fault(
        "RegionDisabledException",
        "region-disabled",
        ("activate STS for this region in the account's settings, or use another aws-region",),
        wanted="a region in which STS is active",
    ),
    *(
        Fault(
            "SignatureDoesNotMatch",
            "request-refused",
            ("set this machine's clock right: signatures are good for minutes",),
            message=message,
            wanted="a request signed now",
        )
        for message in ("signature expired", "signature not yet current")
    ),
    *(
        Fault(
            aws_code,
            "credentials-refused",
            ("check that the access key exists and is active, and that secret key and session token belong to it",),
            wanted="AWS credentials that are valid",
        )
        for aws_code in ("InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "AuthFailure")
    ),
    Fault(
        "ExpiredToken",
        "credentials-refused",
        ("get new credentials; those that it begins with have expired",),
        wanted="AWS credentials that have not expired",
    ),
    Fault("RequestExpired", "request-refused", ("set this machine's clock right",), wanted="a request made now"),
)

# botocore, retries/standard.py; both spellings occur on the wire.
THROTTLING = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_TRANSIENT = frozenset(
    {"RequestTimeout", "RequestTimeoutException", "InternalFailure", "InternalError", "ServiceUnavailable"}
)
_TRANSIENT_STATUS = frozenset({408, 500, 502, 503, 504})


def error_of(
    status: int, aws_code: str, message: str, doing: str, *, after_s: float | None = None, request_id: str = ""
) -> Error:
    """Our error for STS's answer.

    ``status``: of HTTP. ``after_s``: the seconds that the answer asked to wait. ``message`` is AWS's text; it is
    foreign text and quoted only in its first 300 characters.
    """
    said = f'{aws_code}: "{message[:300]}"' if aws_code else f"HTTP status {status}"
    if aws_code in THROTTLING or status == 429:
        return NetworkError(
            "throttled", doing, found=said, fix="wait, or make fewer requests at once", retry=Retry(after_s=after_s)
        )
    if aws_code in _TRANSIENT or (status in _TRANSIENT_STATUS and not _row(aws_code, message)):
        return NetworkError(
            "aws-unavailable",
            doing,
            found=said,
            fix="try again later; see AWS's health dashboard",
            retry=Retry(after_s=after_s),
        )
    row = _row(aws_code, message)
    if row is None:
        error = AssumeRoleError(
            "request-refused", doing, found=said, fix="see what AWS says; the request id helps AWS support"
        )
    else:
        error = AssumeRoleError(row.code, doing, wanted=row.wanted, found=said, fix=row.fix, retry=row.retry)
    error.aws_code, error.request_id = aws_code, request_id
    return error


def _row(aws_code: str, message: str) -> Fault | None:
    folded = message.lower().replace("\u2019", "'")
    return next((row for row in FAULTS if row.aws_code == aws_code and row.message in folded), None)
