# SPDX-License-Identifier: Apache-2.0
"""What the step leaves for its post step to remove; saved before anything is written, so that a kill leaves no gap."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from okta_aws.errors import ExportError
from okta_aws.exporters.base import Append
from okta_aws.exporters.environment import ALL
from okta_aws.runner.files import entry

NAME = "written"
"""The state's name; the post step finds it in the variable ``VARIABLE``."""
VARIABLE = f"STATE_{NAME}"


@dataclass(frozen=True, slots=True)
class WrittenProfile:
    """A profile of ours. ``made``: those of its files and folders that were not there before, the innermost first."""

    name: str
    credentials_file: str
    config_file: str
    access_key_id: str
    region: str
    made: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The variables that were set, and the profile if there is one."""

    variables: tuple[str, ...]
    profile: WrittenProfile | None

    def saving(self, state_file: str) -> Append:
        """The effect that saves it."""
        return Append(state_file, [entry(NAME, json.dumps(asdict(self)))])

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Written:
        """What was saved; nothing where nothing was. Raises ``ExportError`` for what is not ours."""
        text = environ.get(VARIABLE, "")
        if not text:
            return cls((), None)
        try:
            saved = json.loads(text)
            # Only names that we ever set: a step may have planted the variable.
            variables = tuple(name for name in ALL if name in saved["variables"])
            return cls(variables, _profile(saved["profile"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ExportError(
                "export-failed",
                f"reading the state {NAME}",
                wanted="what the step saved",
                found="something else",
                fix="look whether a step of the job sets a variable of that name",
            ) from None


def _profile(saved: Mapping[str, Any] | None) -> WrittenProfile | None:
    if saved is None:
        return None
    made = tuple(str(path) for path in saved["made"])
    texts = {name: str(saved[name]) for name in ("name", "credentials_file", "config_file", "access_key_id", "region")}
    return WrittenProfile(**texts, made=made)
