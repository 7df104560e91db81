# SPDX-License-Identifier: Apache-2.0
"""Each rule against a set-up without findings, changed a little: ``cases.yaml``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from okta_aws.atlantis.checks import CHECKS, RULES
from okta_aws.flows.atlantis.check import Question, checked
from okta_aws.flows.lint import Report, choice

HERE = Path(__file__).parent
GOOD = HERE.parents[2] / "data/atlantis-check"
CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "cases.yaml").read_text())
ALL = [pytest.param(rule, case, id=f"{rule}: {case['name']}") for rule, cases in CASES.items() for case in cases]


def report_of(folder: Path) -> Report:
    question = Question(["."], str(folder), "", choice((), (), "note", CHECKS), None)
    return checked(question, lambda _text: None, lambda: 0.0)


def changed(folder: Path, case: dict[str, Any]) -> Path:
    shutil.copytree(GOOD, folder, dirs_exist_ok=True)
    for name, pairs in case.get("change", {}).items():
        text = (folder / name).read_text()
        for old, new in zip(pairs[::2], pairs[1::2], strict=True):
            assert old in text, f"{name} has no {old!r}"
            text = text.replace(old, new, 1)
        (folder / name).write_text(text)
    for name, text in case.get("add", {}).items():
        (folder / name).write_text(text)
    for name in case.get("private", ()):
        (folder / name).chmod(0o600)
    return folder


def test_a_good_set_up_has_no_findings() -> None:
    report = report_of(GOOD)
    assert (report.findings, report.not_checked) == ((), ())
    assert report.checked == 3


@pytest.mark.parametrize(("rule", "case"), ALL)
def test_a_rule_strikes_at_these_lines_and_nowhere_else(tmp_path: Path, rule: str, case: dict[str, Any]) -> None:
    folder = changed(tmp_path, case)
    report = report_of(folder)
    assert not [one for one in report.findings if one.rule == "unreadable"]
    found = [one for one in report.findings if one.rule == rule]
    lines = [(folder / one.file).read_text().splitlines()[(one.line or 1) - 1] for one in found]
    assert len(lines) == len(case["at"]), [one.message for one in found]
    assert "severity" not in case or {one.severity for one in found} == {case["severity"]}
    for line, piece in zip(lines, case["at"], strict=True):
        assert piece in line, found


@pytest.mark.parametrize(("rule", "case"), ALL)
def test_no_finding_has_a_secret_in_it(tmp_path: Path, rule: str, case: dict[str, Any]) -> None:  # noqa: ARG001
    for one in report_of(changed(tmp_path, case)).findings:
        assert "not-a-real" not in f"{one.message}{one.fix}{one.detail}{one.role}"
        assert one.message
        assert one.fix


def test_every_rule_has_cases_that_it_strikes_and_cases_that_it_does_not() -> None:
    assert set(CASES) == {rule.name for rule in RULES}
    for name, cases in CASES.items():
        assert {bool(case["at"]) for case in cases} == {True, False}, name


def test_two_findings_never_share_a_fingerprint(tmp_path: Path) -> None:
    for index, case in enumerate(case for cases in CASES.values() for case in cases):
        found = report_of(changed(tmp_path / str(index), case)).findings
        assert len({one.fingerprint for one in found}) == len(found)
