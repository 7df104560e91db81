# SPDX-License-Identifier: Apache-2.0
"""What the user chose to begin with: a token from somewhere, or AWS credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from okta_aws.credentials import AwsKeys
from okta_aws.secret import Secret
from okta_aws.settings.options import BY_NAME, OKTA
from okta_aws.settings.scalars import Reader

SourceName = Literal["github", "okta", "device", "file", "value", "keys", "ambient"]
GITHUB_AUDIENCE = "sts.amazonaws.com"
OF_AWS = frozenset({"keys", "ambient"})
"""The sources that are AWS credentials and no token."""

_KEYS = ("aws-access-key-id", "aws-secret-access-key", "aws-session-token")


@dataclass(frozen=True, slots=True)
class OktaClient:
    """The Okta app and its authorization server. Exactly one of ``private_key`` and ``client_secret`` is set."""

    issuer: str
    client_id: str
    private_key: Secret | None
    key_id: str
    client_secret: Secret | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OktaLogin:
    """The native Okta app that people sign in to, and its authorization server: the org's own, or a custom one."""

    issuer: str
    client_id: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where it begins; ``name`` is ``None`` until the environment decides between ``github`` and ``ambient``.

    ``verify``: check a token's signature before AWS is asked.
    """

    name: SourceName | None
    audience: str = ""
    token_file: str = ""
    token: Secret | None = None
    okta: OktaClient | None = None
    login: OktaLogin | None = None
    keys: AwsKeys | None = None
    verify: bool = False


def read_source(reader: Reader) -> Source | None:
    """The source that was chosen, or follows from what else was set; ``None`` where that is contradictory."""
    chosen = reader.choice("token-source")
    if chosen == "device":
        return _device(reader)
    # Read whatever else is set, so that each is checked.
    chaining, skip_oidc = reader.boolean("role-chaining"), reader.boolean("force-skip-oidc")
    audience, verify = reader.text("audience"), reader.boolean("verify-token")
    okta = _okta(reader) if _is_given(reader, "okta") else None
    keys = _keys(reader) if any(reader.has(name) for name in _KEYS) else None
    given = [name for name in ("keys", "okta", "file", "value") if _is_given(reader, name)]
    if len(given) > 1 or (chosen and given and given != [chosen]):
        names = ", ".join(sorted({*given, chosen} - {""}))
        reader.problem("token-source", "one source", names, "remove the settings of the others")
        return None
    name = given[0] if given else chosen
    if name == "github" and skip_oidc:
        reader.problem("force-skip-oidc", "false, as token-source is github", "true")
    if chaining and name in {"github", "okta", "value"}:
        # Keys and a token file win over it without a word, as in configure-aws-credentials.
        reader.problem("role-chaining", f"false, as the token comes from {name}", "true")
    if name == "okta":
        return Source("okta", audience, okta=okta or _okta(reader), verify=verify)
    if name == "keys":
        return Source("keys", keys=keys)
    if name == "file":
        file = _needed(reader, "web-identity-token-file")
        return Source("file", audience, token_file=file, verify=verify)
    if name == "value":
        return Source("value", audience, token=Secret(_needed(reader, "web-identity-token")), verify=verify)
    if name == "ambient" or (not chosen and (chaining or skip_oidc)):
        return Source("ambient")
    return Source("github" if chosen else None, audience or GITHUB_AUDIENCE, verify=verify)


def read_login(reader: Reader) -> OktaLogin:
    """The app that a person signs in to."""
    issuer = reader.url("okta-issuer")
    _check_issuer(reader, issuer)
    if not reader.has("okta-client-id"):
        reader.refuse("okta-client-id", "the client id of the native Okta app")
    return OktaLogin(issuer, reader.text("okta-client-id"))


def _device(reader: Reader) -> Source:
    of_a_login = {"okta-issuer", "okta-client-id"}
    others = [*_KEYS, "web-identity-token-file", "web-identity-token"]
    others += [name for name, option in BY_NAME.items() if option.group == OKTA and name not in of_a_login]
    too_many = [name for name in others if reader.has(name)]
    if too_many:
        reader.problem(
            "token-source", "one source", f"device, and {', '.join(too_many)}", "remove the settings of the others"
        )
    if reader.boolean("role-chaining"):
        reader.problem("role-chaining", "false, as the token comes from device", "true")
    reader.boolean("force-skip-oidc")
    audience, verify = reader.text("audience"), reader.boolean("verify-token")
    return Source("device", audience, login=read_login(reader), verify=verify)


def _is_given(reader: Reader, source: str) -> bool:
    if source == "okta":
        return any(reader.has(name) for name, option in BY_NAME.items() if option.group == OKTA)
    return reader.has(
        {"keys": "aws-access-key-id", "file": "web-identity-token-file"}.get(source, "web-identity-token")
    )


def _needed(reader: Reader, name: str) -> str:
    if not reader.has(name):
        reader.refuse(name, "a value, as token-source asks for it")
    return reader.text(name)


def _keys(reader: Reader) -> AwsKeys:
    for name in _KEYS[:2]:
        if not reader.has(name):
            reader.refuse(name, f"a value, as {', '.join(one for one in _KEYS if reader.has(one))} is set")
    key_id = reader.text("aws-access-key-id")
    if key_id and not (16 <= len(key_id) <= 128 and key_id.isascii() and key_id.replace("_", "").isalnum()):
        # STS API reference, Credentials: 16 to 128 word characters.
        reader.problem(
            "aws-access-key-id", "an access key id of 16 to 128 letters and digits", "something else (not shown)"
        )
    secret, token = reader.text("aws-secret-access-key"), reader.text("aws-session-token")
    return AwsKeys(key_id, Secret(secret), Secret(token), "the access key of the inputs")


def _okta(reader: Reader) -> OktaClient | None:
    issuer = reader.url("okta-issuer")
    _check_issuer(reader, issuer)
    if not reader.has("okta-client-id"):
        reader.refuse("okta-client-id", "the client id of the Okta app")
    key, secret = reader.secret("okta-private-key"), reader.secret("okta-client-secret")
    if key and secret:
        reader.problem(
            "okta-client-secret",
            "either okta-private-key or okta-client-secret",
            "both",
            "remove the secret; the key is safer",
        )
    if not key and not secret:
        reader.refuse("okta-private-key", "the app's private key (or okta-client-secret)")
    return OktaClient(
        issuer, reader.text("okta-client-id"), key, reader.text("okta-key-id"), secret, reader.items("okta-scope")
    )


def _check_issuer(reader: Reader, issuer: str) -> None:
    if not reader.has("okta-issuer"):
        reader.refuse(
            "okta-issuer", "the full issuer of a custom authorization server, https://acme.okta.com/oauth2/aus123"
        )
    elif issuer.endswith("/"):
        reader.refuse(
            "okta-issuer",
            "an issuer without a slash at its end",
            "the token's iss has none, and AWS compares byte for byte",
        )
    elif issuer.partition("://")[2].partition(".")[0].endswith("-admin"):
        reader.refuse(
            "okta-issuer", "the organization's host, without -admin", "tokens are never issued by the admin console"
        )
