# SPDX-License-Identifier: Apache-2.0
"""What a plan file has in it that applying it obeys and that its rendering does not show: backend, code, providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from okta_aws.approval.backend import Backend, StatePlace, backend_of
from okta_aws.approval.lock_file import LockFileError, Provider, read_lock_file
from okta_aws.approval.plan_archive import PLAN, PlanFileError, lock_file_of, members_of
from okta_aws.approval.plan_configuration import Module, differences_of_code, folders_of, modules_of
from okta_aws.flows.approval.parties import Place, Storage
from okta_aws.github_api import GithubApi


@dataclass(frozen=True, slots=True)
class PlanContents:
    """``backend``: where its state goes. ``locked``: the providers it was made with. ``modules``: its code."""

    backend: Backend
    locked: Mapping[str, Provider]
    modules: tuple[Module, ...]

    def from_elsewhere(self) -> list[str]:
        """The modules whose code is no part of the commit, with a digest of each."""
        return [str(module) for module in self.modules if module.is_from_elsewhere]


def contents_of(plan: bytes) -> PlanContents:
    """What is in a plan file. Raises ``PlanFileError``."""
    members = members_of(plan)
    try:
        locked = read_lock_file(lock_file_of(members))
    except LockFileError as error:
        raise PlanFileError(str(error)) from None
    return PlanContents(backend_of(members[PLAN]), locked, tuple(modules_of(members)))


def state_place(place: Place, storage: Storage) -> StatePlace:
    """Where the state of ``place`` has to be."""
    return StatePlace(storage.state_bucket, storage.state_key, place.workspace, storage.region)


def differences_from_commit(
    contents: PlanContents, place: Place, commit: str, github: GithubApi, *, is_opentofu: bool
) -> list[str]:
    """In which files the plan's code is not the commit's, as the program reads it. Raises ``PlanFileError``."""
    told = []
    for folder, files in folders_of(contents.modules, place.directory).items():
        told += differences_of_code(folder, files, github.folder(folder, commit), is_opentofu=is_opentofu)
    return told
