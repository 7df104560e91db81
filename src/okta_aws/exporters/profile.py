# SPDX-License-Identifier: Apache-2.0
"""Credentials as a profile in AWS's two files, and its removal.

Section names and file places: AWS CLI user guide, "Configuration and credential file settings".
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from okta_aws import files
from okta_aws.credentials import Credentials
from okta_aws.errors import ExportError, NeedsHost
from okta_aws.exporters import ini
from okta_aws.exporters.base import Effect
from okta_aws.exporters.environment import CONFIG_FILE, CREDENTIALS_FILE
from okta_aws.exporters.state import WrittenProfile
from okta_aws.runner.context import Context
from okta_aws.runner.paths import host_path, is_shared

# Another job may be at the same file; a write takes some milliseconds.
_LOCK_WAIT_S = 20.0


@dataclass(frozen=True, slots=True)
class ProfileFiles:
    """The two files as this process sees them. ``for_later_steps``: variables that lead later steps there.

    ``config_for_later_steps``: the config file as they find it, empty where that cannot be told.
    """

    credentials: str
    config: str
    for_later_steps: Mapping[str, str]
    config_for_later_steps: str


def locate(environ: Mapping[str, str], context: Context, host_temp: str) -> ProfileFiles:
    """Where AWS's tools look, in ``environ`` or else under the home folder.

    A Docker action's home is not that of the host's steps: these need the variables, with the host's paths. Raises
    ``SettingsError`` (needs-host) for a file that a Docker action cannot reach.
    """
    credentials = _chosen(CREDENTIALS_FILE, "credentials", environ, context)
    config = _chosen(CONFIG_FILE, "config", environ, context)
    found = {
        name: host_path(path, docker_form=context.docker_form, host_temp=host_temp) or ""
        for name, path in ((CREDENTIALS_FILE, credentials), (CONFIG_FILE, config))
    }
    missing = {name: path for name, path in found.items() if context.docker_form and not environ.get(name)}
    return ProfileFiles(credentials, config, missing, found[CONFIG_FILE])


def _chosen(variable: str, default: str, environ: Mapping[str, str], context: Context) -> str:
    path = environ.get(variable) or os.path.join("~", ".aws", default)
    is_of_host = context.docker_form and path.startswith("~") and bool(environ.get(variable))
    if path.startswith(("~/", f"~{os.sep}")):
        path = os.path.join(context.home, path[2:])
    # A relative one starts at the workspace, which is where steps start.
    path = os.path.normpath(os.path.join(context.workspace, path))
    if is_of_host or not is_shared(path, docker_form=context.docker_form):
        wanted = "a file in the workspace or the runner's temporary folder"
        raise NeedsHost(variable, f"environment {variable}", wanted, ascii(environ.get(variable, "")))
    if not os.path.isabs(path):
        wanted = f"an absolute path in {variable}, or HOME to be set"
        fix = "set HOME, or the variable to an absolute path"
        raise ExportError("export-failed", f"finding AWS's {default} file", wanted=wanted, found=ascii(path), fix=fix)
    return path


@dataclass(frozen=True, slots=True)
class ProfileExporter:
    """Writes profile ``name`` to ``where``. ``overwrite``: replace one of that name.

    ``owner``: whom the files shall belong to; ``home``: the folder that is trusted. ``sleep`` waits, in seconds.
    """

    name: str
    region: str
    overwrite: bool
    where: ProfileFiles
    home: str
    owner: files.Owner | None
    sleep: Callable[[float], None]

    def plan(self, credentials: Credentials) -> list[Effect]:
        """Two effects, a file each. Raises ``ExportError`` where the profile is there already.

        ``name`` is one that ``settings`` let through.
        """
        rules = rules_for(self.home, self.owner, self.sleep)
        # The config file first: a profile with a region and no keys does no harm, keys without a region may.
        effects = [
            _Section(self.where.config, config_section(self.name), {"region": self.region}, self.overwrite, rules),
            _Section(self.where.credentials, credentials_section(self.name), _keys(credentials), self.overwrite, rules),
        ]
        for effect in effects:
            effect.check()
        return list(effects)

    def written(self, credentials: Credentials) -> WrittenProfile:
        """What the end of the job has to remove, said before anything is written."""
        made = dict.fromkeys([*files.missing(self.where.config), *files.missing(self.where.credentials)])
        by_depth = tuple(sorted(made, key=lambda path: path.count(os.sep), reverse=True))
        key_id = credentials.access_key_id
        return WrittenProfile(self.name, self.where.credentials, self.where.config, key_id, self.region, by_depth)


def _keys(credentials: Credentials) -> dict[str, str]:
    keys = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key.reveal(),
        "aws_session_token": credentials.session_token.reveal(),
    }
    # Long-lived keys have no token, and an empty setting is not the same as none to every tool.
    return {name: value for name, value in keys.items() if value}


def rules_for(home: str, owner: files.Owner | None, sleep: Callable[[float], None]) -> files.Rules:
    """How the two files are written."""
    return files.Rules(root=home or os.sep, owner=owner, wait_s=_LOCK_WAIT_S, sleep=sleep)


@dataclass(frozen=True, slots=True)
class SectionName:
    """``header``: how we write it. ``spellings``: every way to write it."""

    header: str
    spellings: re.Pattern[str]


def credentials_section(profile: str) -> SectionName:
    """The section of ``profile`` in the credentials file."""
    return SectionName(profile, re.compile(re.escape(profile)))


def config_section(profile: str) -> SectionName:
    """The section of ``profile`` in the config file; the default profile needs no ``profile`` before it, but may."""
    name = re.escape(profile)
    plain = f"{name}|" if profile == "default" else ""
    header = profile if profile == "default" else f"profile {profile}"
    return SectionName(header, re.compile(rf"{plain}profile\s+([\"']?){name}\1"))


class _Section:
    """The effect that puts one section into one file."""

    def __init__(
        self, path: str, section: SectionName, settings: Mapping[str, str], overwrite: bool, rules: files.Rules
    ) -> None:
        self._path = path
        self._section = section
        self._settings = settings
        self._overwrite = overwrite
        self._rules = rules
        self._before: bytes | None = None
        self._after = b""
        self._made: list[str] = []

    def check(self) -> None:
        """Raises ``ExportError`` where ``apply`` would, as far as that can be seen by reading."""
        try:
            content = files.read_small(self._path, files.MAX_BYTES)
        except OSError:
            return  # not there yet; anything else is for `apply` to say
        self._check_absent(text_of(content))

    def apply(self) -> None:
        """Writes the section."""
        self._made = files.missing(self._path)
        try:
            files.rewrite(self._path, self._edit, self._rules)
        except ExportError:
            self._remove_folders()
            raise

    def undo(self) -> None:
        """Gives back the file of before, or takes only the section out where others have written since."""
        files.take_back(self._path, self._restore, self._rules)
        self._remove_folders()

    def _remove_folders(self) -> None:
        for folder in self._made[1:]:
            files.remove_empty_folder(folder, self._rules)

    def _edit(self, before: bytes | None) -> bytes:
        text = text_of(before or b"")
        self._check_absent(text)
        try:
            after = ini.put(text, self._section.header, self._section.spellings, self._settings)
        except ValueError as cause:
            fix = "look at the settings of this step for such a text"
            raise ExportError("export-failed", f"writing {self._path}", found=str(cause), fix=fix) from None
        self._before, self._after = before, bytes_of(after)
        return self._after

    def _restore(self, now: bytes | None) -> bytes | None:
        if now is None or now == self._after:
            return self._before
        return bytes_of(ini.remove(text_of(now), self._section.spellings, lambda found: found == self._settings))

    def _check_absent(self, text: str) -> None:
        if not self._overwrite and ini.settings_of(text, self._section.spellings):
            raise ExportError(
                "profile-exists",
                f"writing {self._path}",
                wanted=f"no section [{self._section.header}] yet",
                found="one",
                fix=("choose another aws-profile", "set overwrite-aws-profile: true to replace the one that is there"),
            )


def text_of(content: bytes) -> str:
    """``content`` as text that ``bytes_of`` turns back into the very same bytes, UTF-8 or not."""
    return content.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The bytes of ``text`` as ``text_of`` made it."""
    return text.encode("utf-8", "surrogateescape")


def remove_profile(written: WrittenProfile, rules: files.Rules) -> list[str]:
    """Takes the profile out again where it is still ours; gives the files that were changed.

    Ours is the credentials section that holds our access key id, and the config section that says what we wrote and
    nothing more, unless the credentials section by now is somebody else's. Files that we made and that are empty then
    go, and so do their folders. Raises ``ExportError``.
    """
    removal = _Removal(written)
    files.take_back(written.credentials_file, removal.from_credentials, rules)
    if not removal.is_others:
        files.take_back(written.config_file, removal.from_config, rules)
    for path in written.made:
        if path not in {written.credentials_file, written.config_file}:
            files.remove_empty_folder(path, rules)
    return removal.changed


class _Removal:
    def __init__(self, written: WrittenProfile) -> None:
        self._written = written
        self.is_others = False
        self.changed: list[str] = []

    def from_credentials(self, now: bytes | None) -> bytes | None:
        written = self._written
        names = credentials_section(written.name).spellings

        def is_ours(found: Mapping[str, str]) -> bool:
            return found.get("aws_access_key_id") == written.access_key_id

        self.is_others = any(not is_ours(found) for found in ini.settings_of(text_of(now or b""), names))
        return self._without(written.credentials_file, now, names, is_ours)

    def from_config(self, now: bytes | None) -> bytes | None:
        written = self._written
        names = config_section(written.name).spellings
        return self._without(written.config_file, now, names, lambda found: found == {"region": written.region})

    def _without(
        self, path: str, now: bytes | None, names: re.Pattern[str], is_ours: Callable[[Mapping[str, str]], bool]
    ) -> bytes | None:
        if now is None:
            return None
        after = bytes_of(ini.remove(text_of(now), names, is_ours))
        if after != now:
            self.changed.append(path)
        return None if path in self._written.made and not after.strip() else after
