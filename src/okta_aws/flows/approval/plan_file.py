# SPDX-License-Identifier: Apache-2.0
"""A plan file from a stranger: a ZIP archive that the pull request's code made.

Terraform's own reader takes it next. So whatever two readers of ZIP could understand differently is refused, and what
is packed small and unpacks large too.
Source: terraform/internal/plans/planfile: ``tfplan``, ``tfstate``, ``tfstate-prev``, ``tfconfig/…`` and the lock file.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from okta_aws.approval.lock_file import MAX_CHARACTERS, NAME

MAX_UNPACKED = 256 << 20
MAX_MEMBERS = 20_000
_PIECE = 1 << 20
_WANTED = "wanted a plan file of Terraform"


class PlanFileError(ValueError):
    """A file that is no plan, or not one to be opened; the text says why."""


def embedded_lock_file(plan: bytes) -> str:
    """The lock file in ``plan``, which was unpacked within bounds from one end to the other.

    Raises ``PlanFileError``. A plan without one (no providers) has an empty text.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(plan)) as archive:
            members = archive.infolist()
            _check(plan, archive, members)
            left = MAX_UNPACKED
            for member in members:
                left -= _unpacked(archive, member, left)
            return archive.read(NAME).decode() if NAME in archive.namelist() else ""
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as cause:
        if isinstance(cause, PlanFileError):
            raise
        raise PlanFileError(f"{_WANTED}, found a broken archive ({type(cause).__name__})") from None


def _check(plan: bytes, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    # A plan of Terraform Cloud is a few lines of JSON that have Terraform ask a server; it does not come this far.
    if not plan.startswith(b"PK\x03\x04") or "tfplan" not in names:
        raise PlanFileError(f"{_WANTED}, found another archive")
    if len(names) > MAX_MEMBERS or len({name.casefold() for name in names}) != len(names):
        raise PlanFileError(f"{_WANTED}, found too many files in it, or two of one name")
    if archive.comment or min(member.header_offset for member in members) != 0:
        raise PlanFileError(f"{_WANTED}, found something before or behind the archive")
    locks = [member for member in members if member.filename == NAME]
    if any(member.file_size > MAX_CHARACTERS for member in locks):
        raise PlanFileError(f"wanted a lock file of at most {MAX_CHARACTERS} bytes in the plan, found more")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> int:
    """The member's size, counted and not believed."""
    size = 0
    with archive.open(member) as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > most:
                raise PlanFileError(f"wanted at most {MAX_UNPACKED} bytes unpacked, found more")
    return size
