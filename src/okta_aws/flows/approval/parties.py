# SPDX-License-Identifier: Apache-2.0
"""What a step of plan, seal and apply is about, whom it asks, and the names of what lies in the plan bucket."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from okta_aws.approval.comment import place_of
from okta_aws.approval.seal import Statement
from okta_aws.aws.kms import Kms
from okta_aws.aws.s3 import S3
from okta_aws.github_api import GithubApi, Repository

MAX_PLAN = 32 << 20
MAX_TEXT = 8 << 20
MAX_SMALL = 1 << 16


@dataclass(frozen=True, slots=True)
class Place:
    """Which of a repository's plans is meant. ``environment``: of the job that applies it."""

    directory: str
    workspace: str
    environment: str

    @property
    def name(self) -> str:
        """Its name in comments and in the bucket."""
        return place_of(self.directory, self.workspace, self.environment)


@dataclass(frozen=True, slots=True)
class Storage:
    """Where plan and state lie, and the key that signs. ``region``: of the buckets. ``base_branch``: empty for the
    repository's default branch."""

    region: str
    plan_bucket: str
    state_bucket: str
    state_key: str
    kms_key: str
    base_branch: str


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom a step asks. ``clock``: seconds since 1970. ``run``: of the workflow, ID-ATTEMPT. ``bot``: who writes our
    comments; nobody else's is taken for one of them."""

    github: GithubApi
    s3: S3
    kms: Kms
    clock: Callable[[], float]
    run: str
    bot: str


def base_branch_of(storage: Storage, repository: Repository) -> str:
    """The branch whose lock file and map count. Never the pull request's choice: it may be based on any branch."""
    return storage.base_branch or repository.default_branch


def seal_key(repository_id: int, pull_request: int, place: Place) -> str:
    """Where the seal lies; a new one takes the old one's place."""
    return f"sealed/{repository_id}/{pull_request}/{place.name}/seal.json"


def text_key(statement: Statement) -> str:
    """Where the whole text lies: by its digest, so that no other text can be in its place."""
    place = Place(statement.directory, statement.workspace, statement.environment)
    folder = f"sealed/{statement.repository_id}/{statement.pull_request}/{place.name}"
    return f"{folder}/text-{statement.text_sha256}.txt"


def applied_key(statement: Statement) -> str:
    """Where the mark lies that these very bytes were begun to be applied."""
    plan = f"{statement.plan_bucket}\0{statement.plan_key}\0{statement.plan_version}"
    return f"applied/{statement.repository_id}/{hashlib.sha256(plan.encode()).hexdigest()}.json"


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
