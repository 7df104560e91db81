# SPDX-License-Identifier: Apache-2.0
"""A small IAM that checks signatures anew with botocore: roles, pages of roles, to which nothing
is attached, OIDC identity providers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fakes.loopback import Reply, Request, http_server
from fakes.signed_sts import Keys
from fakes.sts_answers import ACCOUNT, refused

_SCOPE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([a-z0-9-]+)/iam/aws4_request, SignedHeaders=([a-z0-9;-]+), "
    r"Signature=([0-9a-f]{64})"
)


@dataclass
class SignedIam:
    """``roles``: trust policies by name. ``providers``: client ids by URL. ``refused``: actions that are denied.

    ``replies`` come first, whatever is asked. ``page``: roles to a page, whatever the request wants.
    """

    keys: Keys
    roles: Mapping[str, str] = field(default_factory=dict)
    providers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    refused: Sequence[str] = ()
    replies: list[Reply] = field(default_factory=list)
    page: int = 2
    account: str = ACCOUNT
    asked: list[dict[str, str]] = field(default_factory=list)
    regions: set[str] = field(default_factory=set)
    url: str = ""

    @contextmanager
    def running(self) -> Iterator[SignedIam]:
        """The server, for as long as the block lasts."""
        with http_server(self.answer) as server:
            self.url = server.url()
            yield self

    def answer(self, request: Request) -> Reply:
        """IAM's answer to one request."""
        form = request.form
        self.asked.append(form)
        if not self._is_signed(request):
            return refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match")
        if self.replies:
            return self.replies.pop(0)
        action = form["Action"]
        if action in self.refused:
            message = f"User: arn:aws:iam::{self.account}:user/ci is not authorized to perform: iam:{action}"
            return refused(403, "AccessDenied", message)
        known = {
            "GetRole": self._get_role,
            "ListRoles": self._list_roles,
            "ListAttachedRolePolicies": lambda _: _answer("ListAttachedRolePolicies", "<AttachedPolicies/>"),
            "ListRolePolicies": lambda _: _answer("ListRolePolicies", "<PolicyNames/>"),
            "GetOpenIDConnectProvider": self._provider,
            "ListOpenIDConnectProviders": self._providers,
        }
        return known[action](form)

    def provider_arn(self, url: str) -> str:
        """The ARN of the provider with ``url``."""
        return f"arn:aws:iam::{self.account}:oidc-provider/{url}"

    def _is_signed(self, request: Request) -> bool:
        scope = _SCOPE.fullmatch(request.headers.get("authorization", ""))
        if scope is None or scope[1] != self.keys.key_id:
            return False
        self.regions.add(scope[2])
        signed = {name: request.headers[name] for name in scope[3].split(";")}
        path = urlsplit(request.target).path
        again = AWSRequest(request.method, f"http://{signed['host']}{path}", signed, request.body)
        again.context["timestamp"] = signed["x-amz-date"]
        auth = SigV4Auth(Credentials(self.keys.key_id, self.keys.secret, self.keys.token or None), "iam", scope[2])
        return bool(auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again) == scope[4])

    def _get_role(self, form: Mapping[str, str]) -> Reply:
        name = form["RoleName"]
        if name not in self.roles:
            return refused(404, "NoSuchEntity", f"The role with name {name} cannot be found.")
        return _answer("GetRole", f"<Role>{self._role(name)}</Role>")

    def _list_roles(self, form: Mapping[str, str]) -> Reply:
        start = int(form.get("Marker", "0"))
        names = list(self.roles)[start : start + self.page]
        rest = start + self.page < len(self.roles)
        marker = f"<Marker>{start + self.page}</Marker>" if rest else ""
        members = "".join(f"<member>{self._role(name)}</member>" for name in names)
        return _answer("ListRoles", f"<IsTruncated>{str(rest).lower()}</IsTruncated>{marker}<Roles>{members}</Roles>")

    def _role(self, name: str) -> str:
        policy = quote(self.roles[name], safe="")
        return (
            f"<Path>/</Path><RoleName>{name}</RoleName><Arn>arn:aws:iam::{self.account}:role/{name}</Arn>"
            f"<AssumeRolePolicyDocument>{policy}</AssumeRolePolicyDocument><MaxSessionDuration>7200</MaxSessionDuration>"
        )

    def _provider(self, form: Mapping[str, str]) -> Reply:
        url = form["OpenIDConnectProviderArn"].partition("oidc-provider/")[2]
        if url not in self.providers:
            return refused(404, "NoSuchEntity", "OpenIDConnect Provider not found")
        members = "".join(f"<member>{escape(one)}</member>" for one in self.providers[url])
        thumbprints = "<ThumbprintList><member>00</member></ThumbprintList>"
        body = f"<Url>{escape(url)}</Url><ClientIDList>{members}</ClientIDList>{thumbprints}"
        return _answer("GetOpenIDConnectProvider", body)

    def _providers(self, _form: Mapping[str, str]) -> Reply:
        members = "".join(f"<member><Arn>{self.provider_arn(url)}</Arn></member>" for url in self.providers)
        return _answer(
            "ListOpenIDConnectProviders", f"<OpenIDConnectProviderList>{members}</OpenIDConnectProviderList>"
        )


def _answer(action: str, inner: str) -> Reply:
    space = 'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"'
    body = f"<{action}Response {space}><{action}Result>{inner}</{action}Result></{action}Response>"
    return Reply(200, body.encode(), {"Content-Type": "text/xml"})
