# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.plan_files import archive
from okta_aws.approval import plan_archive
from okta_aws.approval.lock_file import MAX_CHARACTERS, NAME
from okta_aws.approval.plan_archive import PlanFileError, lock_file_of, members_of

LOCK = b"# a lock file\n"
PLAN = [("tfplan", b"x"), (NAME, LOCK)]
CODE = ("tfconfig/m-/main.tf", b"")


def one_member(change: Callable[[zipfile.ZipInfo], object], name: str = "tfstate") -> bytes:
    """A plan with one more member that is packed in another way."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("tfplan", b"x")
        member = zipfile.ZipInfo(name)
        change(member)
        file.writestr(member, b"state")
    return buffer.getvalue()


def two_plans() -> bytes:
    """Two tables of contents with a plan each. Go takes the one that the archive's end tells of, as Terraform does.

    Python takes the other one: a record of ZIP64 tells of it, and all of that lies in a comment in the first table.
    """
    whole = archive([(NAME, LOCK), ("tfplan", b"hostile"), ("tfplan", b"harmless")])
    offset, end = struct.unpack("<I", whole[-6:-2])[0], whole[-22:]
    lock, hostile, harmless = (b"PK\x01\x02" + one for one in whole[offset:-22].split(b"PK\x01\x02")[1:])
    second = lock + harmless
    start = offset + len(lock + hostile)
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, len(second), start)
    comment = second + record + struct.pack("<4sIQI", b"PK\x06\x07", 0, start + len(second), 1)
    first = lock + hostile[:32] + struct.pack("<H", len(comment)) + hostile[34:] + comment
    return whole[:offset] + first + struct.pack("<4s4H2IH", end[:4], 0, 0, 2, 2, len(first), offset, 0)


def longer_name() -> bytes:
    """A last file whose name goes on behind the table of contents, where Python stops and Go does not."""
    whole = archive([*PLAN, CODE])
    at = whole.rindex(b"PK\x01\x02") + 28
    return whole[:at] + struct.pack("<H", len(CODE[0]) + 4) + whole[at + 2 :]


def test_all_members_are_unpacked() -> None:
    members = members_of(archive([*PLAN, CODE]))
    assert members == {"tfplan": b"x", NAME: LOCK, CODE[0]: b""}
    assert lock_file_of(members) == LOCK.decode()
    assert lock_file_of({"tfplan": b"x"}) == ""


def test_the_time_that_go_writes_is_taken() -> None:
    plan = one_member(lambda one: setattr(one, "extra", b"UT\x05\x00\x01\x00\x00\x00\x00"))
    assert members_of(plan)["tfstate"] == b"state"


def test_a_plan_that_unpacks_to_more_than_fits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = archive([*PLAN, ("tfstate", b"\0" * (1 << 21))])
    assert len(bomb) < 10_000
    assert members_of(bomb)
    monkeypatch.setattr(plan_archive, "MAX_UNPACKED", 1 << 20)
    with pytest.raises(PlanFileError, match="bytes unpacked"):
        members_of(bomb)


@pytest.mark.parametrize(
    "plan",
    [
        archive([*PLAN, (NAME, b"# another\n")]),
        archive([*PLAN, ("TFPLAN", b"# another\n")]),
        archive([*PLAN, CODE, ("tfconfig/m-/MAIN.tf", b"")]),
        archive(PLAN, comment=b"hello"),
        b"before" + archive(PLAN),
        b"PK\x03\x04" + archive(PLAN),
        archive(PLAN) + b"behind",
        archive([("other", b"")]),
        archive([CODE]),
        archive([*PLAN, ("other", b"")]),
        archive([*PLAN, ("tfconfig/main.tf", b"")]),
        archive([*PLAN, ("tfconfig/m-main.tf", b"")]),
        archive([*PLAN, ("tfconfig/m-/a/../main.tf", b"")]),
        archive([*PLAN, ("tfconfig/m-/a\\main.tf", b"")]),
        archive([*PLAN, ("tfconfig/m-/", b"")]),
        archive([*PLAN, ("/tfstate", b"")]),
        archive([("tfplan", b"x"), (NAME, b"#" * (MAX_CHARACTERS + 1))]),
        archive([("tfplan", b"x"), *((f"tfconfig/m-/{number}.tf", b"") for number in range(plan_archive.MAX_MEMBERS))]),
        archive(PLAN).replace(b"tfplan", b"tfpl\x00n"),
        archive([*PLAN, ("tfstate-prev", b"x")]).replace(b"tfstate-prev", b"tfstate\x00prev"),
        archive([("tfplan", b"x"), ("tfconfig/m-/\u00fc.tf", b"")]).replace(b"\x00\x08", b"\x00\x00"),
        one_member(lambda one: setattr(one, "extra", b"up\x0c\x00\x01\x00\x00\x00\x00tfstate")),
        one_member(lambda one: setattr(one, "comment", b"hello")),
        one_member(lambda one: setattr(one, "compress_type", zipfile.ZIP_BZIP2)),
        one_member(lambda one: setattr(one, "compress_type", zipfile.ZIP_LZMA)),
        two_plans(),
        longer_name(),
        archive([])[:-1],
        archive([]),
        b"",
        b"PK\x03\x04",
        b'{"remote_plan_format":1,"run_id":"run-1","hostname":"app.terraform.io"}',
    ],
)
def test_what_two_readers_could_read_differently_is_refused(plan: bytes) -> None:
    with pytest.raises(PlanFileError):
        members_of(plan)


def test_python_itself_would_read_another_plan_than_terraform() -> None:
    with zipfile.ZipFile(io.BytesIO(two_plans())) as read:
        assert read.read("tfplan") == b"harmless"


def test_python_itself_would_cut_a_name_that_goes_on() -> None:
    with zipfile.ZipFile(io.BytesIO(longer_name())) as read:
        assert read.namelist()[-1] == CODE[0]


@pytest.mark.parametrize("place", [4, 6, 8, 10, 12, 16, 20], ids=str)
def test_the_end_of_the_archive_has_to_tell_all_of_it(place: int) -> None:
    whole = bytearray(archive(PLAN))
    whole[len(whole) - 22 + place] += 1
    with pytest.raises(PlanFileError):
        members_of(bytes(whole))


def test_a_lock_file_is_text() -> None:
    with pytest.raises(PlanFileError):
        lock_file_of({NAME: b"\xff"})


@given(st.data())
def test_a_broken_plan_is_no_defect(data: st.DataObject) -> None:
    whole = bytearray(archive([*PLAN, CODE]))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PlanFileError):
        assert "tfplan" in members_of(bytes(whole))
