# SPDX-License-Identifier: Apache-2.0
"""The valid, frozen form of what the user asked for. Nothing after this reads an input again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from okta_aws.arn import RoleArn
from okta_aws.credentials import SESSION_NAME
from okta_aws.errors import Problem, SettingsError
from okta_aws.settings.options import BY_NAME
from okta_aws.settings.proxies import Proxies, read_proxies
from okta_aws.settings.raw import RawSettings
from okta_aws.settings.scalars import SECRET_BEGINNINGS, Reader
from okta_aws.settings.session_tags import Tag, custom_tags
from okta_aws.settings.source import OF_AWS, OktaLogin, Source, read_login, read_source

DEFAULT_TOTAL_S = int(BY_NAME["action-timeout-s"].default)
# IAM API reference: RoleName and Path; STS API reference, AssumeRole: ExternalId.
ROLE_NAME = re.compile(r"(?:[\x21-\x2e\x30-\x39\x3b-\x7e]+/)*[\w+=,.@-]{1,64}", re.ASCII)
# The shape of a secret access key, which would be a role's name too; a role called so is not worth a leaked key.
SECRET_KEY = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[A-Za-z0-9/+]{40}", re.ASCII)
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
# No blanks and quotes: AWS's SDKs disagree about them. `DEFAULT` would be a default for every profile in botocore.
PROFILE_NAME = re.compile(r"(?!DEFAULT$)[\w+,.@:%-]{1,128}", re.ASCII)
# STS API reference, AssumeRoleWithWebIdentity: Policy and PolicyArns.
_POLICY_CHARACTERS = 2048
_POLICY_ARNS = 10


@dataclass(frozen=True, slots=True)
class Session:
    """The role session asked for. ``name`` empty: made from the token's subject. ``duration_s`` in seconds.

    ``external_id`` and what is about tags serve sessions that begin with AWS credentials: a token brings its own tags.
    """

    name: str
    duration_s: int
    inline_policy: str
    managed_policies: tuple[str, ...]
    external_id: str
    tagging: bool
    custom_tags: tuple[Tag, ...]
    transitive_tag_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Which STS is asked: the region's, or ``url``."""

    region: str
    url: str
    fips: bool
    dualstack: bool


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a run may try: attempts a request, seconds in all, seconds for a role that may be too new."""

    max_attempts: int
    total_s: int
    access_denied_s: int


@dataclass(frozen=True, slots=True)
class Network:
    """How servers are reached. ``ca_bundle``: a path, or PEM text, of more authorities to trust; empty for none.

    ``ca_bundle_origin``: where that came from, as ``raw`` has it.
    """

    proxies: Proxies
    ca_bundle: str
    ca_bundle_origin: str


@dataclass(frozen=True, slots=True)
class Existing:
    """What to do with the credentials that the environment holds already.

    ``keep``: leave them where they fit and last ``minimum_remaining_s`` seconds more. ``unset``: blank them first.
    """

    keep: bool
    minimum_remaining_s: int
    unset: bool


@dataclass(frozen=True, slots=True)
class HandOver:
    """Where the credentials go. ``plain_secret``: only with a secret key of letters and digits."""

    profile: str
    overwrite_profile: bool
    as_variables: bool
    as_outputs: bool
    mask_account: bool
    host_temp: str
    plain_secret: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one exchange needs to know.

    ``trust_policy``: a file or JSON text, for the explanation of a refusal and nothing else.
    ``role``: the role to assume. Where there is none, ``role_name`` may name one in the account of the credentials that
    it begins with; without either those are handed over as they are.
    """

    source: Source
    role: RoleArn | None
    role_name: str
    session: Session
    existing: Existing
    endpoint: Endpoint
    patience: Patience
    network: Network
    hand_over: HandOver
    allowed_accounts: frozenset[str]
    summary: str
    trust_policy: str = ""


def read(raw: RawSettings, *, session_name: str = "") -> Settings:
    """``raw`` as ``Settings``; ``session_name`` is used where the user named none.

    Raises ``SettingsError`` with every problem there is.
    """
    reader = Reader(raw)
    settings = _read_all(reader, session_name)
    if reader.problems or settings is None:
        raise SettingsError(reader.problems)
    return settings


def read_for_token(raw: RawSettings) -> tuple[Source, Patience, Network]:
    """What is needed for a token alone. Raises ``SettingsError`` as ``read`` does."""
    reader = Reader(raw)
    source, patience, network = read_source(reader), _patience(reader), _network(reader)
    if source is not None and source.name in OF_AWS:
        reader.problem("token-source", "a source of tokens", f"{source.name}, AWS credentials")
    if reader.problems or source is None:
        raise SettingsError(reader.problems)
    return source, patience, network


def read_for_network(raw: RawSettings) -> tuple[Patience, Network]:
    """What is needed to ask servers, with no token. Raises ``SettingsError`` as ``read`` does."""
    reader = Reader(raw)
    patience, network = _patience(reader), _network(reader)
    if reader.problems:
        raise SettingsError(reader.problems)
    return patience, network


def read_for_login(raw: RawSettings) -> tuple[OktaLogin, Patience, Network]:
    """What a person's sign-in needs. Raises ``SettingsError`` as ``read`` does."""
    reader = Reader(raw)
    login, patience, network = read_login(reader), _patience(reader), _network(reader)
    if reader.problems:
        raise SettingsError(reader.problems)
    return login, patience, network


@dataclass(frozen=True, slots=True)
class Parts:
    """What can be told of the settings, each for itself: what is not set or makes no sense is ``None``.

    ``problems``: what makes no sense.
    """

    source: Source | None
    role: RoleArn | None
    endpoint: Endpoint | None
    patience: Patience
    network: Network
    problems: tuple[Problem, ...]


def read_parts(raw: RawSettings) -> Parts:
    """As much of the settings as there is. Raises nothing."""
    reader = Reader(raw)
    source, role = read_source(reader), reader.role("role-to-assume")
    endpoint = None
    if reader.has("aws-region"):
        before = len(reader.problems)
        endpoint = _endpoint(reader)
        endpoint = endpoint if len(reader.problems) == before else None
    patience, network = _patience(reader), _network(reader)
    return Parts(source, role, endpoint, patience, network, tuple(reader.problems))


def _read_all(reader: Reader, session_name: str) -> Settings | None:
    source = read_source(reader)
    role, role_name = _role(reader, source)
    settings = (
        _session(reader, session_name),
        _existing(reader),
        _endpoint(reader),
        _patience(reader),
        _network(reader),
        _hand_over(reader),
        _accounts(reader),
        reader.choice("summary"),
        reader.text("trust-policy"),
    )
    return Settings(source, role, role_name, *settings) if source else None


def _role(reader: Reader, source: Source | None) -> tuple[RoleArn | None, str]:
    text = reader.text("role-to-assume")
    can_be_name = source is not None and (source.name is None or source.name in OF_AWS)
    is_name = ROLE_NAME.fullmatch(text) and not SECRET_KEY.fullmatch(text) and not SECRET_BEGINNINGS.search(text)
    if can_be_name and (not text or is_name):
        return None, text
    if not text:
        reader.refuse("role-to-assume", "the ARN of the role to assume")
    return reader.role("role-to-assume"), ""


def _session(reader: Reader, default_name: str) -> Session:
    name = reader.text("role-session-name") or default_name
    if name and not SESSION_NAME.fullmatch(name):
        reader.refuse("role-session-name", "2 to 64 characters of letters, digits and _+=,.@-")
    external_id = reader.text("role-external-id")
    if external_id and not EXTERNAL_ID.fullmatch(external_id):
        reader.refuse("role-external-id", "2 to 1224 characters of letters, digits and _+=,.@:/-")
    duration_s = reader.integer("role-duration-seconds")
    tagging = not reader.boolean("role-skip-session-tagging")
    keys = reader.lines("transitive-tag-keys")
    return Session(name, duration_s, *_session_policies(reader), external_id, tagging, _custom_tags(reader), keys)


def _custom_tags(reader: Reader) -> tuple[Tag, ...]:
    text = reader.json_object("custom-tags")
    if not text:
        return ()
    tags, problems = custom_tags(text)
    for problem in problems:
        reader.problem("custom-tags", "tags that AWS takes", problem)
    return tags


def _existing(reader: Reader) -> Existing:
    keep, unset = reader.boolean("use-existing-credentials"), reader.boolean("unset-current-credentials")
    if keep and unset:
        reader.problem("use-existing-credentials", "either to keep credentials or to unset them", "both")
    return Existing(keep, reader.integer("minimum-remaining-s"), unset)


def _session_policies(reader: Reader) -> tuple[str, tuple[str, ...]]:
    inline = reader.json_object("inline-session-policy")
    # A policy's name may hold a comma; one between two ARNs parts them all the same.
    managed = reader.items("managed-session-policies", r"[\r\n]+|,\s*(?=arn:)")
    if len(inline) > _POLICY_CHARACTERS:
        reader.problem(
            "inline-session-policy",
            f"at most {_POLICY_CHARACTERS} characters",
            f"{len(inline)}",
            "shorten it, or use a managed policy",
        )
    if len(managed) > _POLICY_ARNS:
        reader.problem("managed-session-policies", f"at most {_POLICY_ARNS} ARNs", f"{len(managed)}")
    if any(
        not (
            arn.startswith("arn:") and ":policy/" in arn and 20 <= len(arn) <= 2048 and arn.isascii() and " " not in arn
        )
        for arn in managed
    ):
        reader.refuse("managed-session-policies", "ARNs of managed policies, arn:aws:iam::123456789012:policy/NAME")
    return inline, managed


def _endpoint(reader: Reader) -> Endpoint:
    region = reader.text("aws-region")
    if not _is_region(region):
        reader.refuse("aws-region", "a region such as eu-central-1")
    endpoint = Endpoint(
        region,
        reader.url("sts-endpoint", local=True),
        reader.boolean("use-fips-endpoint"),
        reader.boolean("use-dualstack-endpoint"),
    )
    if endpoint.url and (endpoint.fips or endpoint.dualstack):
        reader.problem(
            "sts-endpoint", "either an endpoint of your own or use-fips-endpoint / use-dualstack-endpoint", "both"
        )
    return endpoint


def _is_region(text: str) -> bool:
    # Letters, digits and dashes only: the region becomes part of a host name.
    return (
        2 <= len(text) <= 64
        and text[0].isalpha()
        and text.replace("-", "").isalnum()
        and text.isascii()
        and text == text.lower()
        and text[-1] != "-"
    )


def _patience(reader: Reader) -> Patience:
    attempts, total_s = reader.integer("retry-max-attempts"), reader.integer("action-timeout-s")
    once = reader.boolean("disable-retry")
    access_denied_s = reader.integer("retry-access-denied-s")
    if once and access_denied_s:
        reader.problem("retry-access-denied-s", "0, as disable-retry allows one attempt only", str(access_denied_s))
    return Patience(1 if once else attempts, total_s or DEFAULT_TOTAL_S, access_denied_s)


def _network(reader: Reader) -> Network:
    bundle = reader.text("ca-bundle")
    if "PRIVATE KEY" in bundle:
        reader.refuse("ca-bundle", "certificates", "a private key has no place there")
    return Network(read_proxies(reader), bundle, reader.origin("ca-bundle"))


def _hand_over(reader: Reader) -> HandOver:
    profile = reader.text("aws-profile")
    if profile and not PROFILE_NAME.fullmatch(profile):
        fix = "AWS's tools do not agree on other names"
        reader.refuse("aws-profile", "a profile name of letters, digits and _+,.@:%- (not DEFAULT)", fix)
    return HandOver(
        profile=profile,
        overwrite_profile=reader.boolean("overwrite-aws-profile"),
        as_variables=reader.boolean("output-env-credentials", unset=not profile),
        as_outputs=reader.boolean("output-credentials"),
        mask_account=reader.boolean("mask-aws-account-id"),
        host_temp=reader.text("host-temp"),
        plain_secret=reader.boolean("special-characters-workaround"),
    )


def _accounts(reader: Reader) -> frozenset[str]:
    accounts = reader.items("allowed-account-ids")
    if any(not (len(account) == 12 and account.isascii() and account.isdigit()) for account in accounts):
        reader.refuse("allowed-account-ids", "account ids of 12 digits")
    return frozenset(accounts)
