# SPDX-License-Identifier: Apache-2.0
"""THE table of options.

``action.yml``, the CLI's flags and ``docs/reference/inputs.md`` are made from it by ``scripts/generate``. Names and
meanings that also exist in aws-actions/configure-aws-credentials v6.2.3 are that action's (``peer=True``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How an option's text is read."""

    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    CHOICE = "one of"
    LIST = "list (commas, blanks or lines)"
    LINES = "list (commas or lines)"
    ROLE = "role ARN"
    URL = "URL"
    JSON = "JSON object"
    PATH = "file"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing a user can set.

    ``environment``: variables that stand in for the option, first match wins; ``peer_environment``: such that
    configure-aws-credentials reads without documenting them, in the action alone. ``peer_has_default``: that action's
    own default hides its variable wherever a runner passes the inputs. ``secret``: the CLI gives it no value flag, it
    is masked before use. ``action_only``: means nothing outside a GitHub job. ``default`` is text, read like the
    user's own; empty: unset. ``minimum`` and ``maximum`` bound integers.
    """

    name: str
    group: str
    kind: Kind
    help: str
    default: str = ""
    choices: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    peer_environment: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 0
    secret: bool = False
    peer: bool = False
    peer_has_default: bool = False
    action_only: bool = False
    internal: bool = False

    @property
    def input_variable(self) -> str:
        """The variable in which GitHub's runner passes the input."""
        return "INPUT_" + self.name.replace(" ", "_").upper()

    @property
    def cli_variable(self) -> str:
        """The variable that the command line reads."""
        return "OKTA_AWS_" + self.name.replace("-", "_").upper()


ROLE = "Role and session"
SOURCE = "Token source"
OKTA = "Okta"
GUARD = "Account guard"
HANDOVER = "Hand-over"
ENDPOINT = "AWS endpoint"
NETWORK = "Network and retries"
REPORT = "Report"

OPTIONS: tuple[Option, ...] = (
    Option(
        "role-to-assume",
        ROLE,
        Kind.ROLE,
        "ARN of the role to assume, arn:PARTITION:iam::ACCOUNT:role/NAME. With AWS credentials the name alone will do, "
        "or none to hand those over as they are.",
        peer_environment=("ROLE_TO_ASSUME",),
        peer=True,
    ),
    Option(
        "aws-region",
        ROLE,
        Kind.TEXT,
        "Region of the STS endpoint; exported as AWS_REGION and AWS_DEFAULT_REGION. Required.",
        environment=("AWS_REGION", "AWS_DEFAULT_REGION"),
        peer=True,
    ),
    Option(
        "role-session-name",
        ROLE,
        Kind.TEXT,
        "Name of the session, as CloudTrail shows it: 2 to 64 of letters, digits and _+=,.@-. "
        "The action's default is GitHubActions, the command line's the token's subject made fit.",
        peer_environment=("ROLE_SESSION_NAME",),
        peer=True,
    ),
    Option(
        "role-duration-seconds",
        ROLE,
        Kind.INTEGER,
        "Length of the session in seconds, 900 to 43200, at most the role's own maximum.",
        default="3600",
        minimum=900,
        maximum=43200,
        peer_environment=("ROLE_DURATION_SECONDS",),
        peer=True,
    ),
    Option(
        "inline-session-policy",
        ROLE,
        Kind.JSON,
        "IAM policy (JSON) that narrows what the session may do.",
        peer_environment=("INLINE_SESSION_POLICY",),
        peer=True,
    ),
    Option(
        "managed-session-policies",
        ROLE,
        Kind.LINES,
        "ARNs of at most 10 managed policies that narrow what the session may do.",
        peer_environment=("MANAGED_SESSION_POLICIES",),
        peer=True,
    ),
    Option(
        "role-external-id",
        ROLE,
        Kind.TEXT,
        "External id that the role's trust policy asks for, 2 to 1224 characters. Only with AWS credentials.",
        peer_environment=("ROLE_EXTERNAL_ID",),
        peer=True,
    ),
    Option(
        "role-chaining",
        ROLE,
        Kind.BOOLEAN,
        "Assume the role with the AWS credentials of the environment. Sessions of a chained role last one hour at "
        "most.",
        default="false",
        peer_environment=("ROLE_CHAINING",),
        peer=True,
    ),
    Option(
        "role-skip-session-tagging",
        ROLE,
        Kind.BOOLEAN,
        "Assume the role without session tags; else the job is described in up to 13 of them. Only with AWS "
        "credentials.",
        default="false",
        peer_environment=("ROLE_SKIP_SESSION_TAGGING",),
        peer=True,
    ),
    Option(
        "custom-tags",
        ROLE,
        Kind.JSON,
        "More session tags, as a JSON object. Only with AWS credentials: a token brings its own tags.",
        peer=True,
    ),
    Option(
        "transitive-tag-keys",
        ROLE,
        Kind.LINES,
        "Keys of session tags that the next role in a chain inherits; keys that are no tag of the session are "
        "left out.",
        peer_environment=("TRANSITIVE_TAG_KEYS",),
        peer=True,
    ),
    Option(
        "token-source",
        SOURCE,
        Kind.CHOICE,
        "Where the token comes from; device: the sign-in that `okta-aws login` keeps on a person's machine; "
        "ambient: no token, but the AWS credentials of the environment. Unset, it follows "
        "from what else is set: role-chaining, an access key, a token file or value, any okta-* input, else the job's "
        "GitHub OIDC token, else ambient.",
        choices=("github", "okta", "device", "file", "value", "ambient"),
    ),
    Option(
        "audience",
        SOURCE,
        Kind.TEXT,
        "Audience of the token. The source github asks for it, sts.amazonaws.com unless set; of another source's "
        "token it is checked before AWS is asked, if set.",
        peer_environment=("AUDIENCE",),
        peer_has_default=True,
        peer=True,
    ),
    Option(
        "web-identity-token-file",
        SOURCE,
        Kind.PATH,
        "File that holds a token already at hand; relative to the workspace in the action. "
        "Symbolic links are refused but for Kubernetes' own service account tokens.",
        peer_environment=("WEB_IDENTITY_TOKEN_FILE",),
        peer=True,
    ),
    Option("web-identity-token", SOURCE, Kind.TEXT, "A token already at hand.", secret=True),
    Option(
        "verify-token",
        SOURCE,
        Kind.BOOLEAN,
        "Check the token's signature with the keys that its issuer publishes, before AWS is asked.",
        default="false",
    ),
    Option(
        "force-skip-oidc",
        SOURCE,
        Kind.BOOLEAN,
        "Never use the job's GitHub OIDC token, even if it could be had.",
        default="false",
        peer=True,
    ),
    Option(
        "aws-access-key-id",
        SOURCE,
        Kind.TEXT,
        "Access key id to begin with, in place of a token.",
        peer=True,
    ),
    Option(
        "aws-secret-access-key",
        SOURCE,
        Kind.TEXT,
        "Secret access key that belongs to it.",
        secret=True,
        peer=True,
    ),
    Option(
        "aws-session-token",
        SOURCE,
        Kind.TEXT,
        "Session token that belongs to it, for temporary credentials.",
        secret=True,
        peer=True,
    ),
    Option(
        "use-existing-credentials",
        SOURCE,
        Kind.BOOLEAN,
        "Leave things as they are where the environment already holds credentials of the right account and role "
        "that last long enough.",
        default="false",
        peer_environment=("USE_EXISTING_CREDENTIALS",),
        peer=True,
        action_only=True,
    ),
    Option(
        "minimum-remaining-s",
        SOURCE,
        Kind.INTEGER,
        "Seconds that existing credentials must still last to be left as they are.",
        default="900",
        minimum=0,
        maximum=43200,
        action_only=True,
    ),
    Option(
        "unset-current-credentials",
        SOURCE,
        Kind.BOOLEAN,
        "Blank the credentials that earlier steps exported, whether or not this step gets new ones.",
        default="false",
        peer_environment=("UNSET_CURRENT_CREDENTIALS",),
        peer=True,
        action_only=True,
    ),
    Option(
        "okta-issuer",
        OKTA,
        Kind.URL,
        "Issuer of a custom authorization server, in full: https://acme.okta.com/oauth2/aus123. For people's sign-ins "
        "(device) it may be the org's own: https://acme.okta.com.",
    ),
    Option(
        "okta-client-id",
        OKTA,
        Kind.TEXT,
        "Client id of the Okta app: a service app; for people's sign-ins a native app.",
    ),
    Option(
        "okta-private-key",
        OKTA,
        Kind.TEXT,
        "Private key registered with the app: PEM (PKCS#1, PKCS#8, SEC1), JWK, either of them in base64 "
        "or with literal \\n. RSA keys sign RS256, "
        "P-256, P-384 and P-521 keys ES256, ES384 and ES512, unless a JWK's alg says otherwise.",
        secret=True,
    ),
    Option(
        "okta-key-id",
        OKTA,
        Kind.TEXT,
        "Key id (kid) under which the public key is registered; a JWK's own kid unless set.",
    ),
    Option("okta-client-secret", OKTA, Kind.TEXT, "Client secret of the app, where no key is used.", secret=True),
    Option(
        "okta-scope",
        OKTA,
        Kind.LIST,
        "Scopes to ask for; unset, the authorization server's default scopes.",
    ),
    Option(
        "allowed-account-ids",
        GUARD,
        Kind.LIST,
        "Accounts the role may belong to. Checked before the request where the ARN tells, and on AWS's answer "
        "before anything is exported.",
        peer=True,
    ),
    Option(
        "mask-aws-account-id",
        GUARD,
        Kind.BOOLEAN,
        "Mask the account id everywhere in the log.",
        default="false",
        peer_environment=("MASK_AWS_ACCOUNT_ID",),
        peer=True,
        action_only=True,
    ),
    Option(
        "aws-profile",
        HANDOVER,
        Kind.TEXT,
        "Write the credentials to this profile instead of exporting them as variables.",
        peer=True,
        action_only=True,
    ),
    Option(
        "overwrite-aws-profile",
        HANDOVER,
        Kind.BOOLEAN,
        "Replace a profile of that name that is there already.",
        default="false",
        peer_environment=("OVERWRITE_AWS_PROFILE",),
        peer=True,
        action_only=True,
    ),
    Option(
        "output-credentials",
        HANDOVER,
        Kind.BOOLEAN,
        "Also give the credentials as outputs of the step (masked; they cannot leave the job).",
        default="false",
        peer_environment=("OUTPUT_CREDENTIALS",),
        peer=True,
        action_only=True,
    ),
    Option(
        "output-env-credentials",
        HANDOVER,
        Kind.BOOLEAN,
        "Export the credentials as variables of the job. On unless aws-profile is set.",
        peer=True,
        action_only=True,
    ),
    Option(
        "special-characters-workaround",
        HANDOVER,
        Kind.BOOLEAN,
        "Ask again, up to 30 times, until the secret access key holds letters and digits alone, for tools that "
        "quote badly.",
        default="false",
        peer_environment=("SPECIAL_CHARACTERS_WORKAROUND",),
        peer=True,
        action_only=True,
    ),
    Option(
        "sts-endpoint",
        ENDPOINT,
        Kind.URL,
        "Another STS endpoint, for VPC endpoints and STS-compatible services.",
        peer=True,
    ),
    Option(
        "use-fips-endpoint",
        ENDPOINT,
        Kind.BOOLEAN,
        "Use the region's FIPS endpoint.",
        default="false",
        environment=("AWS_USE_FIPS_ENDPOINT",),
    ),
    Option(
        "use-dualstack-endpoint",
        ENDPOINT,
        Kind.BOOLEAN,
        "Use the region's dual-stack (IPv4 and IPv6) endpoint.",
        default="false",
        environment=("AWS_USE_DUALSTACK_ENDPOINT",),
    ),
    Option(
        "retry-max-attempts",
        NETWORK,
        Kind.INTEGER,
        "Attempts at a request that may succeed when tried again. Refusals are never tried again.",
        default="12",
        minimum=1,
        maximum=100,
        peer_environment=("RETRY_MAX_ATTEMPTS",),
        peer=True,
    ),
    Option(
        "disable-retry",
        NETWORK,
        Kind.BOOLEAN,
        "Make one attempt only.",
        default="false",
        peer_environment=("DISABLE_RETRY",),
        peer=True,
    ),
    Option(
        "action-timeout-s",
        NETWORK,
        Kind.INTEGER,
        "Seconds that the whole run may take; 0: as unset.",
        default="120",
        minimum=0,
        maximum=86400,
        peer=True,
    ),
    Option(
        "http-proxy",
        NETWORK,
        Kind.TEXT,
        "Proxy for every request, http or https, with user and password where it asks for them.",
        environment=("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"),
        secret=True,
        peer=True,
    ),
    Option(
        "no-proxy",
        NETWORK,
        Kind.LIST,
        "Hosts reached without the proxy: names (with their subdomains), addresses, networks, each with a port if "
        "need be.",
        environment=("NO_PROXY", "no_proxy"),
        peer=True,
    ),
    Option(
        "ca-bundle",
        NETWORK,
        Kind.TEXT,
        "More certificate authorities to trust, for every request: a file, or PEM text.",
        environment=("AWS_CA_BUNDLE",),
    ),
    Option(
        "retry-access-denied-s",
        NETWORK,
        Kind.INTEGER,
        "Seconds for which a refused role is tried again, for a role made a moment ago.",
        default="0",
        minimum=0,
        maximum=600,
    ),
    Option(
        "summary",
        REPORT,
        Kind.CHOICE,
        "When to write to the job's summary.",
        default="on-refusal",
        choices=("always", "on-refusal", "never"),
        action_only=True,
    ),
    Option(
        "trust-policy",
        REPORT,
        Kind.TEXT,
        "The role's trust policy, to explain a refusal exactly: a file, relative to the workspace, or JSON text. It is "
        "read after a refusal alone and decides nothing. Unset, AWS credentials of the environment that may call "
        "iam:GetRole read it.",
        action_only=True,
    ),
    Option(
        "host-temp",
        HANDOVER,
        Kind.TEXT,
        "Internal, leave it: tells the Docker form the host's path of the runner's temporary folder.",
        action_only=True,
        internal=True,
    ),
)

BY_NAME: dict[str, Option] = {option.name: option for option in OPTIONS}


@dataclass(frozen=True, slots=True)
class Output:
    """One output of the action's step."""

    name: str
    help: str
    peer: bool = False


OUTPUTS: tuple[Output, ...] = (
    Output("aws-account-id", "Account of the role.", peer=True),
    Output("authenticated-arn", "ARN of the assumed role's session.", peer=True),
    Output("aws-access-key-id", "Access key id (with output-credentials).", peer=True),
    Output("aws-secret-access-key", "Secret access key (with output-credentials).", peer=True),
    Output("aws-session-token", "Session token (with output-credentials).", peer=True),
    Output("aws-expiration", "When the credentials expire, ISO 8601 in UTC.", peer=True),
    Output("role-arn", "ARN of the role."),
    Output("role-session-name", "Name of the session."),
    Output("token-issuer", "Issuer (iss) of the token that was exchanged."),
    Output("token-subject", "Subject (sub) of the token that was exchanged."),
    Output("aws-config-file", "Path of the AWS config file (with aws-profile)."),
)
