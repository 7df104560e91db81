# SPDX-License-Identifier: Apache-2.0
"""Profiles of AWS's config file whose ``credential_process`` is this program: writing them, and knowing them again.

The line is read by a shell (AWS SDKs for Go, Java, JavaScript, Rust) or split as one would (botocore), so that it is
quoted for a shell, and holds nothing that a reader of the file takes for a comment.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from okta_aws import files
from okta_aws.errors import ExportError
from okta_aws.exporters import ini
from okta_aws.exporters.profile import ProfileFiles, bytes_of, config_section, credentials_section, text_of

PROGRAM = "okta-aws"
MODULE = ("-I", "-m", "okta_aws.cli")
_COMMANDS = frozenset({"credential-process", "credentials"})
_HEADER = re.compile(r"(?:profile\s+)?[\"']?(.+?)[\"']?")


@dataclass(frozen=True, slots=True)
class Configured:
    """A profile: its ``name``, the ``words`` of its command line, and its ``region``, empty for none."""

    name: str
    words: tuple[str, ...]
    region: str

    def option(self, flag: str) -> str:
        """The value of a flag in the command line, empty where it is not there."""
        for word, following in zip(self.words, (*self.words[1:], ""), strict=True):
            if word == flag:
                return following
            if word.startswith(f"{flag}="):
                return word.partition("=")[2]
        return ""


def write_profiles(profiles: Sequence[Configured], where: ProfileFiles, rules: files.Rules, *, overwrite: bool) -> None:
    """Writes all of ``profiles`` into the config file, or none.

    One that is ours is brought up to date, its other settings stay; ``overwrite``: one that is not is replaced. Raises
    ``ExportError``, of somebody else's profile too, and of one with keys in the credentials file, which would win.
    """
    for profile in profiles:
        _check_keys(profile, where.credentials)

    def edit(before: bytes | None) -> bytes:
        text = text_of(before or b"")
        for profile in profiles:
            text = _with(text, profile, where.config, overwrite=overwrite)
        return bytes_of(text)

    files.rewrite(where.config, edit, rules)


def profiles_in(text: str) -> list[Configured]:
    """The profiles of a config file that are ours, in order."""
    found = []
    for name in ini.section_names(text):
        match = _HEADER.fullmatch(name)
        settings = ini.settings_of(text, re.compile(re.escape(name)))[0]
        words = _our_words(settings)
        if match is not None and words:
            found.append(Configured(match[1], words, settings.get("region", "")))
    return found


def command_line(words: Sequence[str], doing: str) -> str:
    """``words`` as the value of ``credential_process``. Raises ``ExportError`` where the file cannot hold them."""
    line = shlex.join(words)
    if re.search(r"\s[#;]", line) or not line.isprintable():
        wanted = "paths and values without line ends, and without # or ; after a blank"
        raise ExportError(
            "export-failed", doing, wanted=wanted, found="others", fix="rename the file, or choose others"
        )
    return line


def _with(text: str, profile: Configured, path: str, *, overwrite: bool) -> str:
    doing = f"writing profile {profile.name} to {path}"
    section = config_section(profile.name)
    settings = {"credential_process": command_line(profile.words, doing)}
    if profile.region:
        settings["region"] = profile.region
    there = ini.settings_of(text, section.spellings)
    if len(there) == 1 and _our_words(there[0]):
        return ini.update(text, section.spellings, settings)
    if any(there) and not overwrite:
        raise ExportError(
            "profile-exists",
            doing,
            wanted=f"no section [{section.header}], or one that we wrote",
            found="one whose credential_process is not this program",
            fix=("choose another name", "--overwrite replaces it, with all that is in it"),
        )
    return ini.put(text, section.header, section.spellings, settings)


def _check_keys(profile: Configured, path: str) -> None:
    try:
        text = text_of(files.read_small(path, files.MAX_BYTES))
    except OSError:
        return  # not there, or not to be read: AWS's tools will say so themselves
    if any(
        "aws_access_key_id" in found for found in ini.settings_of(text, credentials_section(profile.name).spellings)
    ):
        raise ExportError(
            "profile-exists",
            f"writing profile {profile.name}",
            wanted=f"no keys for it in {path}",
            found="some, and they would be used instead",
            fix=("choose another name", f"remove section [{profile.name}] from that file"),
        )


def _our_words(settings: Mapping[str, str]) -> tuple[str, ...]:
    """The words of a section's ``credential_process`` where that is this program, else none."""
    try:
        words = tuple(shlex.split(settings.get("credential_process", "")))
    except ValueError:
        return ()
    program = re.split(r"[/\\]", words[0])[-1] if words else ""
    is_script = re.sub(r"\.(exe|cmd)$", "", program) == PROGRAM and len(words) > 1 and words[1] in _COMMANDS
    is_module = words[1:4] == MODULE and len(words) > 4 and words[4] in _COMMANDS
    return words if is_script or is_module else ()
