# SPDX-License-Identifier: Apache-2.0
"""Terraform's dependency lock file, ``.terraform.lock.hcl``: which providers, in which version, with which hashes.

Read is the form that Terraform and OpenTofu write themselves, and nothing else: the file decides which programs render
a plan, so a second way to say something is a way to say it to one reader alone.
Source: Terraform documentation, "Dependency Lock File".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

NAME = ".terraform.lock.hcl"
MAX_CHARACTERS = 1 << 18
_ADDRESS = re.compile(r"[a-z0-9.-]{1,253}(:[0-9]{1,5})?/[a-z0-9_-]{1,100}/[a-z0-9_-]{1,100}")
_VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(-[0-9A-Za-z.-]{1,64})?(\+[0-9A-Za-z.-]{1,64})?")
_BEGIN = re.compile(r'provider "([^"\\]+)" \{')
_TEXT = re.compile(r'  (version|constraints) *= "([^"\\$%]*)"')
_HASH = re.compile(r'    "((?:h1|zh):[0-9A-Za-z+/=]{1,100})",')


class LockFileError(ValueError):
    """A lock file that Terraform did not write; the text has the line, what was wanted and what was found."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that is locked. ``address``: ``HOST/NAMESPACE/TYPE``."""

    address: str
    version: str
    hashes: frozenset[str]


def read_lock_file(text: str) -> Mapping[str, Provider]:
    """The providers by their addresses; none for an empty text. Raises ``LockFileError``."""
    if len(text) > MAX_CHARACTERS:
        raise LockFileError(f"wanted at most {MAX_CHARACTERS} characters, found {len(text)}")
    found: dict[str, Provider] = {}
    lines = iter(enumerate(text.split("\n"), 1))
    for number, line in lines:
        if not line or line.startswith("#"):
            continue
        begin = _BEGIN.fullmatch(line)
        if begin is None or not _ADDRESS.fullmatch(begin[1]) or begin[1] in found:
            raise _unknown(number, "one block a provider", line)
        found[begin[1]] = _block(begin[1], lines)
    return found


def _block(address: str, lines: Iterator[tuple[int, str]]) -> Provider:
    texts: dict[str, str] = {}
    hashes: frozenset[str] = frozenset()
    for number, line in lines:
        if line == "}":
            if not _VERSION.fullmatch(texts.get("version", "")):
                raise _unknown(number, "a version in the block", texts.get("version", "none"))
            return Provider(address, texts["version"], hashes)
        if line == "  hashes = [" and not hashes:
            hashes = _hashes(lines)
            continue
        said = _TEXT.fullmatch(line)
        if said is None or said[1] in texts:
            raise _unknown(number, "version, constraints or hashes", line)
        texts[said[1]] = said[2]
    raise LockFileError(f"wanted the end of the block of {address}, found none")


def _hashes(lines: Iterator[tuple[int, str]]) -> frozenset[str]:
    found: list[str] = []
    for number, line in lines:
        if line == "  ]":
            return frozenset(found)
        said = _HASH.fullmatch(line)
        if said is None:
            raise _unknown(number, "a hash", line)
        found.append(said[1])
    raise LockFileError("wanted the end of the list of hashes, found none")


def differences(wanted: Mapping[str, Provider], found: Mapping[str, Provider]) -> list[str]:
    """In which providers ``found`` is not ``wanted``, in words."""
    told = []
    for address in sorted({*wanted, *found}):
        one, other = wanted.get(address), found.get(address)
        if one is None:
            told.append(f"{address} is not in the lock file of the base branch")
        elif other is None:
            told.append(f"{address} is in the lock file of the base branch alone")
        elif one.version != other.version:
            told.append(f"{address} is {one.version} in the lock file of the base branch, and {other.version} here")
        elif one.hashes != other.hashes:
            told.append(f"{address} {one.version} has other hashes than in the lock file of the base branch")
    return told


def configuration(providers: Mapping[str, Provider]) -> str:
    """A root module that needs just these providers, in these versions."""
    lines = [
        f'    p{number} = {{ source = "{provider.address}", version = "{provider.version}" }}\n'
        for number, provider in enumerate(providers.values())
    ]
    return f"terraform {{\n  required_providers {{\n{''.join(lines)}  }}\n}}\n"


def _unknown(number: int, wanted: str, found: str) -> LockFileError:
    return LockFileError(f"line {number}: wanted {wanted}, found {found[:100]!a}")
