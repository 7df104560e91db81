# SPDX-License-Identifier: Apache-2.0
"""A plan file from a stranger: a ZIP archive that the pull request's code made.

Terraform reads it too, with Go's reader. So whatever two readers of ZIP could understand differently is refused, what
Terraform does not put into such a file as well, and what is packed small and unpacks large.
Sources: terraform/internal/plans/planfile for what is in it; PKWARE's APPNOTE 4.3 and 4.5 for ZIP.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

from okta_aws.approval.lock_file import MAX_CHARACTERS, NAME

MAX_UNPACKED = 256 << 20
MAX_MEMBERS = 20_000
PLAN, MANIFEST, MODULES = "tfplan", "tfconfig/modules.json", "tfconfig/m-"
_PIECE = 1 << 20
_WANTED = "wanted a plan file of Terraform"
_NAMES = re.compile(
    rf"{PLAN}|tfstate|tfstate-prev|{re.escape(NAME)}|{re.escape(MANIFEST)}|{MODULES}[^/\\\x00-\x1f]*/[^/\\\x00-\x1f]+"
)
_END = struct.Struct("<4s4H2IH")
_HEADER, _LENGTHS = b"PK\x01\x02", struct.Struct("<28x3H12x")  # of a file in the table of contents
_LOCATOR = 20  # bytes of ZIP64's record before the end: Python follows it always, Go only from a full field
_STORED, _DEFLATED = 0, 8
_FLAGS = {0, 0x8, 0x800, 0x808}  # sizes that follow the data, names in UTF-8
_TIME = re.compile(rb"UT\x05\x00\x01.{4}", re.DOTALL)  # the one extra field that Go writes
_FULL = 0xFFFFFFFF


class PlanFileError(ValueError):
    """A file that is no plan, or not one to be opened; the text says why."""


def members_of(plan: bytes) -> dict[str, bytes]:
    """What is in ``plan`` by its name, unpacked within bounds from one end to the other. Raises ``PlanFileError``."""
    # A plan of Terraform Cloud is a few lines of JSON that have Terraform ask a server; it does not come this far.
    if not plan.startswith(b"PK\x03\x04"):
        raise PlanFileError(f"{_WANTED}, found another file")
    count = _entries(plan)
    try:
        with zipfile.ZipFile(io.BytesIO(plan)) as archive:
            listed = archive.infolist()
            _check(listed, count)
            found: dict[str, bytes] = {}
            left = MAX_UNPACKED
            for one in listed:
                found[one.filename] = _unpacked(archive, one, left)
                left -= len(found[one.filename])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as cause:
        if isinstance(cause, PlanFileError):
            raise
        raise PlanFileError(f"{_WANTED}, found a broken archive ({type(cause).__name__})") from None
    return found


def lock_file_of(members: dict[str, bytes]) -> str:
    """The lock file; empty where there is none. Raises ``PlanFileError``."""
    try:
        return members.get(NAME, b"").decode()
    except UnicodeDecodeError:
        raise PlanFileError("wanted a lock file of text in the plan, found something else") from None


def _entries(plan: bytes) -> int:
    """How many files the archive's end tells of; all of it has to lie where the end says."""
    if len(plan) < _END.size:
        raise PlanFileError(f"{_WANTED}, found a broken archive")
    mark, *disks, here, entries, size, offset, comment = _END.unpack(plan[-_END.size :])
    start = len(plan) - _END.size
    whole = mark == b"PK\x05\x06" and not any(disks) and not comment and here == entries and offset + size == start
    if not whole or plan[:start][-_LOCATOR:].startswith(b"PK\x06\x07"):
        raise PlanFileError(f"{_WANTED}, found something before, between or behind the parts of the archive")
    _check_table(plan[offset:start])
    return int(entries)


def _check_table(table: bytes) -> None:
    """The table of contents ends with its last file: Python cuts a name that is said to go on, and Go reads on."""
    at = 0
    while at < len(table):
        header = table[at : at + _LENGTHS.size]
        if len(header) < _LENGTHS.size or not header.startswith(_HEADER):
            raise PlanFileError(f"{_WANTED}, found a broken table of contents")
        at += _LENGTHS.size + sum(_LENGTHS.unpack(header))
    if at != len(table):
        raise PlanFileError(f"{_WANTED}, found a table of contents that goes on behind its end")


def _check(listed: list[zipfile.ZipInfo], count: int) -> None:
    names = [one.filename for one in listed]
    if len(names) > MAX_MEMBERS or len({name.casefold() for name in names}) != len(names) or len(names) != count:
        raise PlanFileError(f"{_WANTED}, found too many files in it, or two of one name")
    for one in listed:
        if one.orig_filename != one.filename or not _NAMES.fullmatch(one.filename):
            raise PlanFileError(f"{_WANTED}, found {one.orig_filename[:100]!a} in it")
        if not _is_plain(one):
            raise PlanFileError(f"{_WANTED}, found {one.filename[:100]!a} packed in another way")
    if PLAN not in names or min(one.header_offset for one in listed) != 0:
        raise PlanFileError(f"{_WANTED}, found another archive")
    if any(one.filename == NAME and one.file_size > MAX_CHARACTERS for one in listed):
        raise PlanFileError(f"wanted a lock file of at most {MAX_CHARACTERS} bytes in the plan, found more")


def _is_plain(one: zipfile.ZipInfo) -> bool:
    """Packed as Go packs: other fields have meanings that one reader knows and another does not."""
    return (
        one.compress_type in {_STORED, _DEFLATED}
        and one.flag_bits in _FLAGS
        and (one.filename.isascii() or bool(one.flag_bits & 0x800))
        and not one.comment
        and (not one.extra or _TIME.fullmatch(one.extra) is not None)
        and max(one.file_size, one.compress_size, one.header_offset) < _FULL
    )


def _unpacked(archive: zipfile.ZipFile, one: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of a file, counted; the size that it claims is not believed."""
    pieces, size = [], 0
    with archive.open(one) as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > most:
                raise PlanFileError(f"wanted at most {MAX_UNPACKED} bytes unpacked, found more")
            pieces.append(piece)
    return b"".join(pieces)
