# SPDX-License-Identifier: Apache-2.0
"""AWS credentials become those of a role, or are handed on as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from okta_aws.arn import RoleArn
from okta_aws.aws.endpoints import partition_of
from okta_aws.aws.signed import Identity, assume_with_keys, caller_identity
from okta_aws.credentials import AwsKeys, Credentials
from okta_aws.errors import Error, Problem, Retry, SettingsError
from okta_aws.flows.client import Client
from okta_aws.secret import Secret
from okta_aws.settings.session_tags import MAX_TAGS, Tag, job_tags, without_droppable
from okta_aws.settings.settings import Settings
from okta_aws.settings.source import Source
from okta_aws.sources.ambient import find

# The action's default, and the command line's where there is no token to name the session after.
_SESSION_NAME = "okta-aws"
# IAM user guide, "Policy evaluation logic": across accounts both sides must allow it.
_BOTH_SIDES = (
    "the role's trust policy must name the caller, with sts:TagSession unless role-skip-session-tagging is true",
    "the caller's own policies must allow sts:AssumeRole and sts:TagSession on the role",
    "check role-external-id, if the trust policy asks for one",
)


class Report(Protocol):
    """What is told on the way."""

    def mask(self, value: Secret | str) -> None:
        """Hides a value in everything that is printed from now on."""

    def info(self, text: str) -> None:
        """One line of the log."""


def credentials_for(
    settings: Settings, source: Source, environ: Mapping[str, str], client: Client, report: Report
) -> Credentials:
    """The role's credentials for those that it begins with; without a role these themselves, once AWS knows them."""
    keys = source.keys or find(environ, client.context, client.persistence.remaining_s("looking for AWS credentials"))
    for secret in (*keys.secrets, keys.access_key_id):
        report.mask(secret)
    role = settings.role
    if role is None:
        identity = who(settings, keys, client)
        if not settings.role_name:
            return _as_they_are(keys, identity)
        role = _named(settings, identity)
    return _assumed(settings, role, keys, job_tags(environ), client, report)


def who(settings: Settings, keys: AwsKeys, client: Client) -> Identity:
    """Whose ``keys`` these are, by AWS's word."""
    doing = f"asking AWS whose credentials these are ({keys.origin})"

    def ask() -> Identity:
        return caller_identity(client.http, settings.endpoint, keys, within_s=client.persistence.remaining_s(doing))

    return client.persistence.run(doing, ask)


def _named(settings: Settings, identity: Identity) -> RoleArn:
    words = identity.arn.split(":")
    partition = words[1] if len(words) > 1 else partition_of(settings.endpoint.region).name
    role = RoleArn.parse(f"arn:{partition}:iam::{identity.account}:role/{settings.role_name}")
    if role is None:
        fix = "give the role's ARN"
        raise Error("request-refused", "finding the role's account", wanted="an account", found="none", fix=fix)
    return role


def _as_they_are(keys: AwsKeys, identity: Identity) -> Credentials:
    return Credentials(
        keys.access_key_id,
        keys.secret_access_key,
        keys.session_token,
        keys.expiration,
        identity.account,
        identity.arn,
        role_arn="",
        session_name="",
    )


def _assumed(
    settings: Settings, role: RoleArn, keys: AwsKeys, job: Sequence[Tag], client: Client, report: Report
) -> Credentials:
    tags = (*job, *settings.session.custom_tags) if settings.session.tagging else ()
    if len(tags) > MAX_TAGS:
        wanted = f"at most {MAX_TAGS} session tags with the {len(job)} that describe the job"
        raise SettingsError([Problem("custom-tags", "input", wanted, str(len(tags)))])
    try:
        return _with_tags(settings, role, keys, tags, client, report)
    except Error as error:
        fewer = without_droppable(tags)
        if getattr(error, "aws_code", "") != "PackedPolicyTooLarge" or len(fewer) == len(tags):
            raise
        report.info("the session tags are too large together; trying without those that only describe the event")
        return _with_tags(settings, role, keys, fewer, client, report)


def _with_tags(
    settings: Settings, role: RoleArn, keys: AwsKeys, tags: Sequence[Tag], client: Client, report: Report
) -> Credentials:
    doing = f"assuming role {role.text}"
    name = settings.session.name or _SESSION_NAME

    def attempt() -> Credentials:
        within_s = client.persistence.remaining_s(doing)
        try:
            return assume_with_keys(
                client.http, settings.endpoint, role, settings.session, name, keys, tags, within_s=within_s
            )
        except Error as error:
            if error.code == "role-refused":
                error.wanted, error.fix = "a role that these credentials may assume", _BOTH_SIDES
                error.retry = Retry(until=client.new_role_until) if client.new_role_until is not None else None
            raise

    return client.ask(doing, attempt, report.mask, plain=settings.hand_over.plain_secret)
