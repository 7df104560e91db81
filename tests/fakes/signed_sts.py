# SPDX-License-Identifier: Apache-2.0
"""A small STS that checks signatures anew with botocore, keeps what it was asked, and answers what the test wants."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fakes.loopback import Reply, Request, Server, http_server
from fakes.sts_answers import ACCOUNT, granted, refused

_SCOPE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([a-z0-9-]+)/sts/aws4_request, SignedHeaders=([a-z0-9;-]+), "
    r"Signature=([0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Keys:
    """AWS credentials that nobody gave out, marked as a test's."""

    key_id: str = field(default_factory=lambda: "TESTKEY" + secrets.token_hex(8).upper())
    secret: str = field(default_factory=lambda: "test-secret+/" + secrets.token_hex(12))
    token: str = ""

    @classmethod
    def temporary(cls) -> Keys:
        """Keys with a session token."""
        return cls(token="test-token+/=" + secrets.token_hex(12))

    def inputs(self) -> dict[str, str]:
        """The inputs that hand them in."""
        names = ("aws-access-key-id", "aws-secret-access-key", "aws-session-token")
        return dict(zip(names, (self.key_id, self.secret, self.token), strict=True))

    def variables(self) -> dict[str, str]:
        """AWS's own variables."""
        return {name.upper().replace("-", "_"): text for name, text in self.inputs().items()}


@dataclass
class SignedSts:
    """``keys``: those that it knows. ``caller``: whom they belong to. ``replies``: to AssumeRole, in turn, then roles.

    ``given`` has the secret and the token of each role session that it gave; ``plain_after``: how many secret keys with
    other characters than letters and digits come before one without.
    """

    keys: Keys
    caller: str = f"arn:aws:iam::{ACCOUNT}:user/ci"
    replies: Sequence[Reply] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    plain_after: int = 10**9
    asked: list[Request] = field(default_factory=list)
    given: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def running(self) -> Iterator[SignedSts]:
        """The server, for as long as the block lasts."""
        with http_server(self.answer) as server:
            self.url = _url(server)
            yield self

    def forms(self, action: str = "AssumeRole") -> list[dict[str, str]]:
        """What was asked of ``action``."""
        forms = [dict(parse_qsl(request.body.decode(), keep_blank_values=True)) for request in self.asked]
        return [form for form in forms if form["Action"] == action]

    def answer(self, request: Request) -> Reply:
        """STS's answer to one request."""
        self.asked.append(request)
        form = request.form
        if form["Action"] != "AssumeRoleWithWebIdentity" and not is_signed_by(self.keys, request):
            self.refusals.append(form["Action"])
            return refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match")
        reply = self._identity() if form["Action"] == "GetCallerIdentity" else self._session(form)
        return Reply(reply.status, reply.body, {**reply.headers, **self.headers})

    def _identity(self) -> Reply:
        account = (self.caller.split(":") + [""] * 5)[4]
        parts = f"<Arn>{self.caller}</Arn><UserId>X</UserId><Account>{account}</Account>"
        body = f"<GetCallerIdentityResponse><GetCallerIdentityResult>{parts}</GetCallerIdentityResult>"
        return Reply(200, f"{body}</GetCallerIdentityResponse>".encode(), {"Content-Type": "text/xml"})

    def _session(self, form: Mapping[str, str]) -> Reply:
        number = len(self.forms(form["Action"]))
        if number <= len(self.replies):
            return self.replies[number - 1]
        mark = "" if len(self.given) >= self.plain_after else "+/"
        self.given.append((f"given{mark}{secrets.token_hex(12)}", f"token+/={secrets.token_hex(12)}"))
        partition, account = (form["RoleArn"].split(":")[index] for index in (1, 4))
        name = form["RoleArn"].rpartition("/")[2]
        arn = f"arn:{partition}:sts::{account}:assumed-role/{name}/{form['RoleSessionName']}" if account else ""
        return granted(*self.given[-1], arn)


def is_signed_by(keys: Keys, request: Request) -> bool:
    """Whether the request's SigV4 signature is what botocore computes for it with ``keys``."""
    scope = _SCOPE.fullmatch(request.headers.get("authorization", ""))
    if scope is None or scope[1] != keys.key_id or request.headers.get("x-amz-security-token", "") != keys.token:
        return False
    signed = {name: request.headers[name] for name in scope[3].split(";")}
    if not {"content-type", "host", "x-amz-date"} <= set(signed) or (
        keys.token and "x-amz-security-token" not in signed
    ):
        return False
    path = urlsplit(request.target).path
    again = AWSRequest(request.method, f"http://{signed['host']}{path}", signed, request.body)
    again.context["timestamp"] = signed["x-amz-date"]
    auth = SigV4Auth(Credentials(keys.key_id, keys.secret, keys.token or None), "sts", scope[2])
    return bool(auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again) == scope[4])


def tags_of(form: Mapping[str, str]) -> dict[str, str]:
    """The session tags in a request, in their order."""
    count = sum(re.fullmatch(r"Tags\.member\.\d+\.Key", name) is not None for name in form)
    numbers = range(1, count + 1)
    return {form[f"Tags.member.{number}.Key"]: form[f"Tags.member.{number}.Value"] for number in numbers}


def transitive_in(form: Mapping[str, str]) -> list[str]:
    """The transitive tag keys in a request."""
    return [text for name, text in form.items() if name.startswith("TransitiveTagKeys.")]


def _url(server: Server) -> str:
    return server.url()
