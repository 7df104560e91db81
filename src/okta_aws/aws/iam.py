# SPDX-License-Identifier: Apache-2.0
"""What IAM tells about roles and OIDC identity providers: signed Query requests, read only.

Source: IAM API reference 2010-05-08: GetRole, ListRoles, ListAttachedRolePolicies, ListRolePolicies, GetRolePolicy,
GetPolicy, GetPolicyVersion, GetOpenIDConnectProvider, ListOpenIDConnectProviders.
Policy documents come URL-encoded (RFC 3986) in its answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote, urlencode

from okta_aws.aws.answer import Element, tree
from okta_aws.aws.endpoints import partition_of
from okta_aws.aws.faults import error_of
from okta_aws.aws.signed import signed_headers
from okta_aws.credentials import AwsKeys
from okta_aws.errors import AssumeRoleError, Error, NetworkError
from okta_aws.http import Http, Response
from okta_aws.settings.settings import Endpoint

VERSION = "2010-05-08"
# Of 1000: our client reads answers of at most 1 MiB, and a role's trust policy may be 8192 characters, URL-encoded.
_PAGE = 40
# AWS SDKs and Tools reference guide, "Service-specific endpoints": the service's own variable comes first.
_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL")
_NOTHING: Mapping[str, str] = MappingProxyType({})
# IAM has one endpoint a partition, and the region that its requests are signed for.
# Source: botocore data/iam endpoint-rule-set, 1.44.5.
_SIGNED_FOR = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
}
_HOSTS = {
    "aws": "https://iam.amazonaws.com",
    "aws-us-gov": "https://iam.us-gov.amazonaws.com",
}


@dataclass(frozen=True, slots=True)
class Role:
    """A role as IAM knows it. ``trust_policy``: JSON text. ``max_session_s``: longest session in seconds."""

    arn: str
    name: str
    trust_policy: str
    max_session_s: int = 3600


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """An OIDC identity provider. ``url``: without its ``https://``, as IAM keeps it. ``audiences``: its client ids."""

    arn: str
    url: str
    audiences: tuple[str, ...]


class Iam:
    """Reads IAM with ``keys``.

    Every question raises ``Error`` (iam-refused, iam-missing, credentials-refused, …) for AWS's refusal, and
    ``NetworkError`` for what kept it from answering.
    """

    def __init__(
        self,
        http: Http,
        endpoint: Endpoint,
        keys: AwsKeys,
        *,
        within_s: Callable[[str], float],
        again: Callable[[str, Callable[[], Element]], Element] | None = None,
    ) -> None:
        """``endpoint``: its ``url`` where set, else that of the region's partition.

        ``within_s``: the seconds left for what is being done; ``Persistence.remaining_s`` is one. ``again``: asks once
        more for what may help, one request and so one page at a time; ``Persistence.run`` is one. Without it each
        request is made once.
        """
        self._http, self._keys, self._within_s, self._again = http, keys, within_s, again
        self._url = endpoint.url or iam_url(endpoint.region)
        self._region = _SIGNED_FOR[partition_of(endpoint.region).name]

    def role(self, name: str) -> Role:
        """The role called ``name`` (no path) in the account of the keys."""
        doing = f"reading the role {name} from IAM (iam:GetRole)"
        return _role(self._ask(doing, "GetRole", {"RoleName": name}).one("GetRoleResult").one("Role"))

    def roles(self) -> Iterator[Role]:
        """All roles of the account, page by page."""
        doing = "reading the account's roles from IAM (iam:ListRoles)"
        for page in self._pages(doing, "ListRoles"):
            yield from (_role(member) for member in page.one("Roles").all("member"))

    def attached(self, role: str) -> tuple[str, ...]:
        """The ARNs of the managed policies that are attached to the role called ``role``."""
        doing = f"reading what is attached to the role {role} (iam:ListAttachedRolePolicies)"
        pages = self._pages(doing, "ListAttachedRolePolicies", {"RoleName": role})
        return tuple(one.one("PolicyArn").text for page in pages for one in page.one("AttachedPolicies").all("member"))

    def inline(self, role: str) -> Iterator[str]:
        """The inline policies of the role called ``role``: JSON texts."""
        doing = f"reading the inline policies of the role {role} (iam:ListRolePolicies)"
        for page in self._pages(doing, "ListRolePolicies", {"RoleName": role}):
            for member in page.one("PolicyNames").all("member"):
                reading = f"reading the policy {member.text} of the role {role} (iam:GetRolePolicy)"
                answer = self._ask(reading, "GetRolePolicy", {"RoleName": role, "PolicyName": member.text})
                yield unquote(answer.one("GetRolePolicyResult").one("PolicyDocument").text)

    def managed(self, arn: str) -> str:
        """What the managed policy ``arn`` says now: JSON text."""
        answer = self._ask(f"reading the policy {arn} (iam:GetPolicy)", "GetPolicy", {"PolicyArn": arn})
        version = answer.one("GetPolicyResult").one("Policy").one("DefaultVersionId").text
        doing, asked = f"reading the policy {arn} (iam:GetPolicyVersion)", {"PolicyArn": arn, "VersionId": version}
        found = self._ask(doing, "GetPolicyVersion", asked).one("GetPolicyVersionResult").one("PolicyVersion")
        return unquote(found.one("Document").text)

    def providers(self) -> tuple[str, ...]:
        """The ARNs of all OIDC identity providers of the account."""
        doing = "reading the account's identity providers from IAM (iam:ListOpenIDConnectProviders)"
        result = self._ask(doing, "ListOpenIDConnectProviders", {}).one("ListOpenIDConnectProvidersResult")
        members = result.one("OpenIDConnectProviderList").all("member")
        return tuple(arn for arn in (member.one("Arn").text for member in members) if arn)

    def provider(self, arn: str) -> OidcProvider:
        """The OIDC identity provider ``arn``."""
        doing = f"reading the identity provider {arn} from IAM (iam:GetOpenIDConnectProvider)"
        answer = self._ask(doing, "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": arn})
        result = answer.one("GetOpenIDConnectProviderResult")
        audiences = tuple(member.text for member in result.one("ClientIDList").all("member"))
        return OidcProvider(arn, result.one("Url").text, audiences)

    def _pages(self, doing: str, action: str, asked: Mapping[str, str] = _NOTHING) -> Iterator[Element]:
        marker, seen = "", set[str]()
        while True:
            parameters = {"MaxItems": str(_PAGE), **asked} | ({"Marker": marker} if marker else {})
            page = self._ask(doing, action, parameters).one(f"{action}Result")
            yield page
            marker = page.one("Marker").text if page.one("IsTruncated").text == "true" else ""
            if not marker:
                return
            if marker in seen:
                raise _garbage(doing, "the same page again")
            seen.add(marker)

    def _ask(self, doing: str, action: str, parameters: Mapping[str, str]) -> Element:
        if self._again is None:
            return self._ask_once(doing, action, parameters)
        return self._again(doing, lambda: self._ask_once(doing, action, parameters))

    def _ask_once(self, doing: str, action: str, parameters: Mapping[str, str]) -> Element:
        form = urlencode({"Action": action, "Version": VERSION, **parameters})
        headers = signed_headers(self._url, form, self._keys, self._region, "iam")
        sent = {**headers, "Accept": "text/xml"}
        response = self._http.post_form(self._url, form.encode(), sent, within_s=self._within_s(doing))
        try:
            answer = tree(response.body)
        except ValueError:
            answer = Element("")
        if response.status == 200 and answer.name == f"{action}Response":
            return answer
        raise _refusal(response, answer, doing, self._keys)


def region_of(partition: str) -> str:
    """The region whose IAM serves ``partition``; one that nobody knows is taken for the first."""
    return _SIGNED_FOR.get(partition, _SIGNED_FOR["aws"])


def iam_endpoint(partition: str, environ: Mapping[str, str]) -> Endpoint:
    """Where the IAM of ``partition`` is asked: where ``environ`` sends AWS's tools, else at its own endpoint."""
    url = next((environ[name] for name in _ENDPOINT_VARIABLES if environ.get(name)), "")
    return Endpoint(region_of(partition), url, fips=False, dualstack=False)


def iam_url(region: str) -> str:
    """The URL of the IAM that serves ``region``."""
    partition = partition_of(region)
    return _HOSTS.get(partition.name) or f"https://iam.{_SIGNED_FOR[partition.name]}.{partition.suffix}"


def _role(element: Element) -> Role:
    longest = element.one("MaxSessionDuration").text
    return Role(
        element.one("Arn").text,
        element.one("RoleName").text,
        unquote(element.one("AssumeRolePolicyDocument").text),
        int(longest) if longest.isascii() and longest.isdigit() and len(longest) < 8 else 3600,
    )


def _refusal(response: Response, answer: Element, doing: str, keys: AwsKeys) -> Error:
    error = answer.one("Error") if answer.one("Error").children else answer.one("Errors").one("Error")
    code, message = error.one("Code").text, error.one("Message").text
    if not code and response.status not in {408, 429, 500, 502, 503, 504}:
        return _garbage(doing, f"HTTP status {response.status} without an answer of IAM in it")
    for secret in filter(None, keys.secrets):
        message = message.replace(secret.reveal(), "***")
    said = f'{code}: "{message[:300]}"'
    if code == "NoSuchEntity":
        return Error(
            "iam-missing", doing, found=said, fix="check the name, and that the credentials are of its account"
        )
    if code in {"AccessDenied", "AccessDeniedException"}:
        action = doing.rpartition("(")[2].rstrip(")")
        fix = (f"allow {action} to whoever owns {keys.origin}", "or give the trust policy as a file")
        return Error("iam-refused", doing, wanted=f"the permission {action}", found=said, fix=fix)
    fault = error_of(response.status, code, message, doing)
    if isinstance(fault, AssumeRoleError):  # no role was refused: the reader of exit statuses must not think so
        return Error(fault.code, doing, wanted=fault.wanted, found=fault.found, fix=fault.fix)
    return fault


def _garbage(doing: str, found: str) -> NetworkError:
    fix = "check aws-region and AWS_ENDPOINT_URL_IAM, and any proxy on the way"
    return NetworkError("network-garbage", doing, wanted="an answer of IAM", found=found, fix=fix)
