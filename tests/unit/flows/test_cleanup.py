# SPDX-License-Identifier: Apache-2.0
"""The end of the job removes what was written, no more and no less, and never fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from okta_aws.credentials import Credentials
from okta_aws.exporters.base import apply_all
from okta_aws.exporters.select import plan
from okta_aws.exporters.state import VARIABLE
from okta_aws.flows.cleanup import clean_up
from unit.exporters.values import REGION, context, credentials, hand_over, job, no_waiting, written_under
from unit.runner.protocol import pairs_of


class Report:
    def __init__(self) -> None:
        self.infos: list[str] = []
        self.warnings: list[tuple[str, ...]] = []

    def info(self, text: str) -> None:
        self.infos.append(text)

    def warning(self, title: str, *lines: str) -> None:
        self.warnings.append((title, *lines))


def step(
    environ: dict[str, str], given: Credentials, profile: str = "", *, effects: int = 99, overwrite: bool = False
) -> dict[str, str]:
    """Runs a step, or its first ``effects`` only as if it was killed then; gives the environment of its post step."""
    state = Path(environ["GITHUB_STATE"])
    state.unlink(missing_ok=True)
    wanted = hand_over(profile=profile, overwrite=overwrite)
    planned = plan(given, wanted, REGION, ("issuer", "subject"), environ, context(environ), no_waiting)
    apply_all(planned[:effects])
    [(name, value)] = pairs_of(state.read_text())
    for file in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE"):
        Path(environ[file]).unlink(missing_ok=True)
    return environ | {f"STATE_{name}": value}


def post(environ: dict[str, str]) -> Report:
    report = Report()
    clean_up(environ, context(environ), report, no_waiting)
    return report


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return job(tmp_path)


@pytest.fixture
def aws(environ: dict[str, str]) -> Path:
    return Path(environ["HOME"]) / ".aws"


def test_each_variable_that_was_set_is_blanked(environ: dict[str, str]) -> None:
    report = post(step(environ, credentials()))
    blanked = pairs_of(Path(environ["GITHUB_ENV"]).read_text())
    assert blanked == [
        (name, "")
        for name in (
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "OKTA_AWS_EXPIRATION",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
        )
    ]
    assert report.warnings == []


def test_the_profile_goes_with_its_files_and_its_folder(environ: dict[str, str], aws: Path) -> None:
    after = step(environ, credentials(), "dev")
    assert aws.exists()
    report = post(after)
    assert not aws.exists()
    assert [line for line in report.infos if "removed profile dev" in line] != []
    assert report.warnings == []


def test_what_was_there_before_is_there_afterwards_byte_for_byte(environ: dict[str, str], aws: Path) -> None:
    aws.mkdir()
    (aws / "credentials").write_text("# mine\r\n[other]\r\nk = v")
    (aws / "config").touch()
    post(step(environ, credentials(), "dev"))
    assert (aws / "credentials").read_bytes() == b"# mine\r\n[other]\r\nk = v"
    assert (aws / "config").read_bytes() == b""


@pytest.mark.parametrize("killed_after", [1, 2, 3, 4])
def test_a_step_that_was_killed_in_the_middle_is_cleaned_up_too(
    environ: dict[str, str], aws: Path, killed_after: int
) -> None:
    report = post(step(environ, credentials(), "dev", effects=killed_after))
    assert not aws.exists()
    assert report.warnings == []


def test_a_profile_that_is_somebody_elses_by_now_stays(environ: dict[str, str], aws: Path) -> None:
    first = step(environ, credentials(), "dev")
    second = credentials()
    after_second = step(environ, second, "dev", overwrite=True)
    post(first)
    assert second.access_key_id in (aws / "credentials").read_text()
    assert "profile dev" in (aws / "config").read_text()
    post(after_second)
    assert "dev" not in (aws / "credentials").read_text() + (aws / "config").read_text()


def test_a_config_section_that_the_user_added_to_stays(environ: dict[str, str], aws: Path) -> None:
    after = step(environ, credentials(), "dev")
    with (aws / "config").open("a") as config:
        config.write("output = json\n")
    post(after)
    assert (aws / "config").read_text().endswith("output = json\n")
    assert not (aws / "credentials").exists()


def test_two_steps_end_in_the_order_of_the_runner_and_leave_nothing(environ: dict[str, str], aws: Path) -> None:
    first = step(environ, credentials(), "one")
    second = step(environ, credentials(), "two")
    post(second)
    assert "[one]" in (aws / "credentials").read_text()
    post(first)
    assert not aws.exists()


def test_an_unknown_file_keeps_the_folder(environ: dict[str, str], aws: Path) -> None:
    after = step(environ, credentials(), "dev")
    (aws / "cli").mkdir()
    assert post(after).warnings == []
    assert [path.name for path in aws.iterdir()] == ["cli"]


def test_on_request_everything_stays(environ: dict[str, str], tmp_path: Path) -> None:
    after = step(environ, credentials(), "dev") | {"AWS_SKIP_CLEANUP_STEP": "true"}
    before = written_under(tmp_path)
    assert "AWS_SKIP_CLEANUP_STEP" in post(after).infos[0]
    assert written_under(tmp_path) == before


@pytest.mark.parametrize("value", ["", "false", "1"])
def test_only_the_word_true_keeps_it(environ: dict[str, str], aws: Path, value: str) -> None:
    post(step(environ, credentials(), "dev") | {"AWS_SKIP_CLEANUP_STEP": value})
    assert not aws.exists()


def test_a_step_that_never_came_to_write_leaves_nothing_to_do(environ: dict[str, str], tmp_path: Path) -> None:
    report = post(environ)
    assert (report.infos, report.warnings, written_under(tmp_path)) == ([], [], {})


def test_a_state_that_is_not_ours_is_a_warning_and_touches_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    report = post(environ | {VARIABLE: json.dumps({"variables": ["PATH"]})})
    assert len(report.warnings) == 1
    assert written_under(tmp_path) == {}


def test_what_cannot_be_blanked_is_a_warning_and_the_profile_goes_all_the_same(
    environ: dict[str, str], aws: Path
) -> None:
    after = step(environ, credentials(), "dev")
    Path(environ["GITHUB_ENV"]).mkdir()
    report = post(after)
    assert [warning[0] for warning in report.warnings] == ["Something is left behind [unsafe-file]"]
    assert not aws.exists()


def test_a_profile_that_cannot_be_removed_is_a_warning_that_names_the_file(environ: dict[str, str], aws: Path) -> None:
    given = credentials()
    after = step(environ, given, "dev")
    (aws / "credentials").unlink()
    (aws / "credentials").mkdir()
    [warning] = post(after).warnings
    assert str(aws / "credentials") in warning[1]
    assert given.access_key_id not in str(warning)
