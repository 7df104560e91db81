# SPDX-License-Identifier: Apache-2.0
"""What silences a finding: comments, and the baseline; and how findings are told apart for it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from okta_aws.policies.json_text import PolicyError
from okta_aws.trust import baseline, ignore
from okta_aws.trust.finding import Finding, Severity
from okta_aws.trust.lint import IGNORE_WITHOUT_REASON
from okta_aws.trust.sarif import sarif, uri

FOUND = Finding("missing-subject", Severity.ERROR, "main.tf", 3, "m", "f", "aws_iam_role.a", "0", (2, None))
OK = "# okta-aws-lint: ignore[missing-subject] decided in May"


def left(text: str, finding: Finding = FOUND) -> list[str]:
    return [one.rule for one in ignore.apply([finding], ignore.ignores_in(text, "main.tf"))[0]]


@pytest.mark.parametrize(
    "text",
    [
        f"a\nb\nc {OK}\n",
        f"a\n{OK}\nc\n",
        f"a\r\n{OK}\r\nc\r\n",
        f"a\n  {OK.replace('#', '//')}\nc\n",
        f"a\n/* {OK[2:]} */\nc\n",
        f"{OK}\n# another comment\nc\n",
        f"{OK}\n\nc\n",
        f"a\nrole {OK}\nc\n",
        f"a\nb\nc {OK.replace('[', '[if-exists, ')}\n",
    ],
)
def test_a_comment_silences_its_line_the_next_line_or_its_role(text: str) -> None:
    assert left(text) == []


@pytest.mark.parametrize(
    "text", ["", f"a\nb\nc\n{OK}\ne\n", f"a\nb\nc\nd {OK}\n", "a\nb\nc # ignore[missing-subject] x\n"]
)
def test_a_comment_elsewhere_silences_nothing(text: str) -> None:
    assert left(text) == ["missing-subject"]


def test_a_comment_in_another_file_silences_nothing() -> None:
    assert left(f"a\nb\nc {OK}\n", replace(FOUND, file="other.tf")) == ["missing-subject"]


@pytest.mark.parametrize(
    "what",
    ["ignore[missing-subject]", "ignore[missing-subject] -:", "ignore[] why", "ignore[nonsense] why", "ignore", ""],
)
def test_a_comment_that_is_no_good_is_a_finding_itself(what: str) -> None:
    assert sorted(left(f"a\nb\nc # okta-aws-lint: {what}\n")) == [IGNORE_WITHOUT_REASON, "missing-subject"]


def test_a_fingerprint_outlives_lines_and_words_and_nothing_else() -> None:
    assert replace(FOUND, line=9, role_lines=(7,), message="x", fix="y").fingerprint == FOUND.fingerprint
    changes = ({"rule": "if-exists"}, {"file": "b.tf"}, {"role": "aws_iam_role.b"}, {"detail": "1"})
    others = {replace(FOUND, **change).fingerprint for change in changes}  # type: ignore[arg-type]
    assert len(others | {FOUND.fingerprint}) == 5


def test_a_baseline_is_read_as_it_was_written() -> None:
    text = baseline.write([FOUND, FOUND], "agreed")
    read = baseline.read(text.encode(), "known.json")
    assert [entry.reason for entry in read.entries.values()] == ["agreed"]
    assert baseline.apply([replace(FOUND, line=40)], read) == ([], 1)
    other = replace(FOUND, detail="1")
    assert baseline.apply([other], read) == ([other], 0)
    again = baseline.read(baseline.write([FOUND, other], "new", read).encode(), "known.json")
    assert [again.entries[one.fingerprint].reason for one in (FOUND, other)] == ["agreed", "new"]
    assert baseline.read(baseline.write([], "x", again).encode(), "known.json").entries == {}


@pytest.mark.parametrize(
    "value",
    [
        {"version": 2, "findings": []},
        {"version": "1", "findings": []},
        {"findings": []},
        {"version": 1, "findings": {}},
        {"version": 1, "findings": ["x"]},
        {"version": 1, "findings": [{"fingerprint": "", "reason": "x"}]},
        {"version": 1, "findings": [{"fingerprint": 1, "reason": "x"}]},
        [],
    ],
)
def test_what_is_no_baseline_of_this_version_is_refused(value: object) -> None:
    with pytest.raises(PolicyError):
        baseline.read(json.dumps(value).encode(), "known.json")


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("a/b.tf", "a/b.tf"),
        ("./a.tf", "a.tf"),
        ("a b%#?.json", "a%20b%25%23%3F.json"),
        ("a\\b.tf", "a/b.tf"),
        ("/tmp/a.tf", "file:///tmp/a.tf"),
        ("\udcff.json", "%FF.json"),
        ("a:b.json", "a%3Ab.json"),
    ],
)
def test_a_path_is_a_reference(file: str, wanted: str) -> None:
    assert uri(file) == wanted


def test_a_live_role_has_no_file_in_the_sarif() -> None:
    arn = "arn:aws:iam::123456789012:role/a"
    (result,) = sarif([replace(FOUND, file=arn, line=None, role=arn)], [], "1")["runs"][0]["results"]
    assert "physicalLocation" not in result["locations"][0]
    assert result["level"] == "error"
    assert result["partialFingerprints"]["oktaAwsLint/v1"]
