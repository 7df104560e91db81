# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import io
import warnings
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.approval.lock_file import MAX_CHARACTERS, NAME
from okta_aws.flows.approval import plan_file
from okta_aws.flows.approval.plan_file import PlanFileError, embedded_lock_file

LOCK = b"# a lock file\n"


def archive(members: Sequence[tuple[str, bytes]], comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        warnings.simplefilter("ignore")  # of names that come twice
        for name, body in members:
            file.writestr(name, body)
        file.comment = comment
    return buffer.getvalue()


PLAN = [("tfplan", b"x"), (NAME, LOCK)]


def test_the_lock_file_of_a_plan_is_found() -> None:
    assert embedded_lock_file(archive(PLAN)) == LOCK.decode()
    assert embedded_lock_file(archive(PLAN[:1])) == ""


def test_a_plan_that_unpacks_to_more_than_fits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = archive([*PLAN, ("tfstate", b"\0" * (1 << 21))])
    assert len(bomb) < 10_000
    assert embedded_lock_file(bomb)
    monkeypatch.setattr(plan_file, "MAX_UNPACKED", 1 << 20)
    with pytest.raises(PlanFileError, match="bytes unpacked"):
        embedded_lock_file(bomb)


@pytest.mark.parametrize(
    "plan",
    [
        archive([*PLAN, (NAME, b"# another\n")]),
        archive([*PLAN, (NAME.upper(), b"# another\n")]),
        archive(PLAN, comment=b"hello"),
        b"before" + archive(PLAN),
        archive([("other", b"")]),
        archive([("tfplan", b"x"), (NAME, b"#" * (MAX_CHARACTERS + 1))]),
        archive([("tfplan", b"x"), (NAME, b"\xff")]),
        archive([("tfplan", b"x"), *((f"tfconfig/{number}", b"") for number in range(plan_file.MAX_MEMBERS))]),
        archive([])[:-1],
        archive([]),
        b"",
        b'{"remote_plan_format":1,"run_id":"run-1","hostname":"app.terraform.io"}',
    ],
)
def test_what_two_readers_could_read_differently_is_refused(plan: bytes) -> None:
    with pytest.raises(PlanFileError):
        embedded_lock_file(plan)


@given(st.data())
def test_a_broken_plan_is_no_defect(data: st.DataObject) -> None:
    whole = bytearray(archive(PLAN))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PlanFileError):
        assert isinstance(embedded_lock_file(bytes(whole)), str)
