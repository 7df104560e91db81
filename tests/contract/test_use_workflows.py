# SPDX-License-Identifier: Apache-2.0
"""The reusable workflows: one version of ours, as few rights as will do, no text of others in a script."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / ".github/workflows").glob("use-*.yml"))
CALLERS = sorted((ROOT / "tests/workflows/callers").glob("*.yml"))
OURS = re.compile(r"uses: org/okta-aws-action\S*@(\S+)")
SEAL = "terraform-seal"
TERRAFORM = ROOT / ".github/workflows/use-terraform.yml"
ATLANTIS = ROOT / ".github/workflows/use-atlantis.yml"
# What a job may at the most, and why it is more than to read the code.
PERMISSIONS = {
    "use-atlantis.yml": {
        "check": {},
        "plan": {"pull-requests": "write"},
        "apply": {"actions": "read", "contents": "read", "pull-requests": "write", "statuses": "read"},
    },
    "use-deploy.yml": {"check": {}, "deploy": {"contents": "read", "id-token": "write"}},
    "use-lint.yml": {"lint": {"contents": "read", "security-events": "write"}},
    "use-terraform.yml": {
        "check": {},
        "plan": {"contents": "read", "id-token": "write"},
        "seal": {"contents": "read", "id-token": "write", "pull-requests": "write"},
        "apply": {"actions": "read", "contents": "read", "id-token": "write", "pull-requests": "write"},
        "drift": {"contents": "read", "id-token": "write"},
    },
}


def read(path: Path) -> dict[str, Any]:
    """The workflow; all scalars are texts, so that `on` is `on`."""
    found: dict[str, Any] = yaml.load(path.read_text(), yaml.BaseLoader)  # noqa: S506 - it makes texts alone
    return found


def steps(path: Path, job: str | None = None) -> list[dict[str, Any]]:
    jobs = read(path)["jobs"]
    return [step for name in ([job] if job else jobs) for step in jobs[name].get("steps", [])]


@pytest.fixture(params=FILES, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_there_are_four() -> None:
    assert [path.name for path in FILES] == sorted(PERMISSIONS)


@pytest.mark.parametrize("path", [*FILES, *CALLERS], ids=lambda path: path.name)
def test_our_own_actions_are_of_the_version_of_this_release(path: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    named = set(OURS.findall(path.read_text()))
    assert named <= {f"v{version}"}
    assert named or path.name == "attack.yml"


def test_each_job_may_what_it_needs_and_no_more(workflow: Path) -> None:
    found = read(workflow)
    assert found["permissions"] == {}
    assert {name: job["permissions"] for name, job in found["jobs"].items()} == PERMISSIONS[workflow.name]


def test_no_expression_is_in_a_script(workflow: Path) -> None:
    assert [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")] == []


def test_it_is_only_called_and_never_runs_by_itself(workflow: Path) -> None:
    assert set(read(workflow)["on"]) == {"workflow_call"}


def test_inputs_are_described_and_are_required_or_have_a_default(workflow: Path) -> None:
    for given in read(workflow)["on"]["workflow_call"]["inputs"].values():
        assert given["description"].endswith(".")
        assert ("default" in given) != (given.get("required") == "true")


def test_no_output_holds_a_credential(workflow: Path) -> None:
    named = set(re.findall(r"outputs\.([\w-]+)", workflow.read_text()))
    assert not {name for name in named if name.startswith("aws-")}


def test_a_checkout_leaves_no_token_behind(workflow: Path) -> None:
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert bool(checkouts) == (workflow != ATLANTIS), "what has Atlantis's secret has nothing of a pull request"
    assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


def test_the_seal_runs_nothing_of_the_pull_request() -> None:
    seal = read(TERRAFORM)["jobs"]["seal"]
    used = {step["uses"].partition("@")[0] for step in seal["steps"] if "uses" in step}
    ours = {"org/okta-aws-action/cli", "org/okta-aws-action/composite"}
    assert used == {*ours, "hashicorp/setup-terraform", "opentofu/setup-opentofu"}
    assert [step["run"] for step in seal["steps"] if "run" in step] == ["okta-aws approval seal"]


def test_no_other_job_can_be_in_the_seal_s_environment() -> None:
    jobs = read(TERRAFORM)["jobs"]
    environments = {name: job["environment"] for name, job in jobs.items() if "environment" in job}
    assert environments == {"seal": SEAL, "apply": "${{ inputs.environment }}"}
    # The check refuses the name in `inputs.environment`, and every job waits for the stage that it tells.
    for name, job in jobs.items():
        if name != "check":
            assert "check" in ([job["needs"]] if isinstance(job["needs"], str) else job["needs"])
            assert job["if"].startswith("needs.check.outputs.stage == '")


def test_the_secret_of_atlantis_is_in_jobs_that_run_our_command_alone() -> None:
    jobs = read(ATLANTIS)["jobs"]
    assert "secrets." not in str(jobs["check"])
    for name in ("plan", "apply"):
        assert jobs[name]["environment"] == "${{ inputs.environment }}"
        assert jobs[name]["if"] == f"needs.check.outputs.stage == '{name}'"
        found = [step.get("run") or step["uses"].partition("@")[0] for step in jobs[name]["steps"]]
        assert found == ["org/okta-aws-action/cli", f"okta-aws atlantis {name}"]


# What GitHub says of an event, beside a choice by hand to plan, and what then happens.
HAND_OFF: list[tuple[dict[str, str], str]] = [
    ({}, "plan"),
    ({"COMMAND": "apply", "HEAD": "a" * 40}, "apply"),
    ({"COMMAND": "apply", "HEAD": "a" * 64}, "apply"),
    *(({"COMMAND": "apply", "HEAD": one}, "refused") for one in ("", "main", "A" * 40, "a" * 39, "a" * 40 + "\n")),
    *(({"COMMAND": one}, "refused") for one in ("", "destroy", "plan ", "apply\n")),
    *(({"PULL_REQUEST": one}, "refused") for one in ("", "0", "-7", "07", "7 8", "7\n", "x", "$(touch x)")),
    ({"REF": "refs/heads/change"}, "refused"),
    ({"REF": "refs/tags/main"}, "refused"),
    *(({"ENVIRONMENT": one}, "refused") for one in ("terraform-seal", " Terraform-Seal\n")),
    *(({"DIRECTORY": one}, "plan") for one in (".", ".infra", "stacks/network", "a.b/..c")),
    *(
        ({"DIRECTORY": one}, "refused")
        for one in ("", "./stacks", "stacks/", "stacks//network", "stacks/./network", "/")
    ),
    *(
        ({"EVENT": one, "COMMAND": command, "HEAD": "a" * 40}, "refused")
        for one in (
            "pull_request",
            "pull_request_target",
            "push",
            "schedule",
            "issue_comment",
            "workflow_run",
            "pull_request_review",
            "repository_dispatch",
            "merge_group",
            "",
        )
        for command in ("plan", "apply")
    ),
]


@pytest.mark.parametrize(("said", "stage"), HAND_OFF, ids=lambda one: ascii(one or "nothing"))
def test_atlantis_is_asked_by_the_default_branch_alone(tmp_path: Path, said: dict[str, str], stage: str) -> None:
    (script,) = [step["run"] for step in steps(ATLANTIS, "check")]
    by_hand = {"EVENT": "workflow_dispatch", "REF": "refs/heads/main", "DEFAULT_BRANCH": "main", "COMMAND": "plan"}
    given = {**by_hand, "PULL_REQUEST": "7", "HEAD": "", "ENVIRONMENT": "production", "DIRECTORY": "stacks/network"}
    output = tmp_path / "said"
    output.touch()
    status = run_script(script, {**given, **said, "GITHUB_OUTPUT": str(output)}, tmp_path)
    assert status == (1 if stage == "refused" else 0)
    assert output.read_text() == (f"stage={stage}\n" if stage != "refused" else "")


def test_no_workflow_of_ours_speaks_of_pull_request_target(workflow: Path) -> None:
    # With it a called workflow would run with the base's rights for whoever opens a pull request.
    assert "pull_request_target" not in workflow.read_text()


def test_no_input_of_the_terraform_workflow_says_where_a_token_goes() -> None:
    # The author of a pull request writes the inputs; an endpoint of theirs would be given the seal's token.
    inputs = read(TERRAFORM)["on"]["workflow_call"]["inputs"]
    assert not [name for name in inputs if re.search("endpoint|url|proxy|audience|bundle|config-file", name)]
    roles = [
        step["with"] for step in steps(TERRAFORM) if step.get("uses", "").startswith("org/okta-aws-action/composite@")
    ]
    assert {given["sts-endpoint"] for given in roles} == {"${{ vars.OKTA_AWS_STS_ENDPOINT }}"}


def test_the_seal_s_and_the_plan_s_token_is_never_that_of_the_apply_role() -> None:
    jobs = read(TERRAFORM)["jobs"]
    keys = {name: str(job).count("secrets.okta_private_key") for name, job in jobs.items()}
    assert keys == {"check": 0, "plan": 0, "seal": 0, "apply": 1, "drift": 0}


@pytest.mark.parametrize("command", ["upload", "seal", "verify", "finish", "drift"])
def test_every_variable_that_a_step_gives_our_command_is_one_that_it_reads(command: str) -> None:
    calling = [step for step in steps(TERRAFORM) if f"okta-aws approval {command}" in step.get("run", "")]
    given = {name for step in calling for name in step.get("env", {}) if name.startswith("OKTA_AWS_")}
    assert calling
    assert given <= help_of("approval", command)


def test_every_variable_that_the_apply_job_gives_our_commands_is_one_that_verify_reads() -> None:
    given = {name for name in read(TERRAFORM)["jobs"]["apply"]["env"] if name.startswith("OKTA_AWS_")}
    assert given
    assert given <= help_of("approval", "verify")


def help_of(*words: str) -> set[str]:
    """The variables that a command's help names."""
    program = [str(ROOT / ".venv/bin/okta-aws"), *words, "--help"]
    said = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"OKTA_AWS_[A-Z_]+", said))


def test_one_apply_at_a_time_for_each_state_and_none_is_broken_off() -> None:
    concurrency = read(TERRAFORM)["jobs"]["apply"]["concurrency"]
    assert concurrency["cancel-in-progress"] == "false"
    assert {"state-bucket", "state-key", "workspace"} == set(re.findall(r"inputs\.([\w-]+)", concurrency["group"]))


def test_state_and_directory_come_into_terraform_in_the_same_way_everywhere() -> None:
    # A job has its own shell, and GitHub Enterprise Server no anchors of YAML: so these lines stand in three jobs.
    preparing = [
        re.search(r"^mapfile -t backend .*?^\"\$PROGRAM\" [^\n]* init [^\n]*$", step["run"], re.DOTALL | re.MULTILINE)
        for step in steps(TERRAFORM)
        if " init " in step.get("run", "")
    ]
    assert len(preparing) == 3
    assert len({match[0] for match in preparing if match}) == 1


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("", []),
        ("\n\n", []),
        ("region=eu-central-1\n\nuse_lockfile=true\n", ["region=eu-central-1", "use_lockfile=true"]),
        ("a b=$(touch x) `y` 'z'\n", ["a b=$(touch x) `y` 'z'"]),
        ("no end of line", ["no end of line"]),
        ("-out=x", ["-out=x"]),
    ],
)
def test_each_line_of_an_input_is_one_word_and_no_option(tmp_path: Path, given: str, wanted: list[str]) -> None:
    said = tmp_path / "said"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\nfor word; do printf "%s\\n" "$word"; done >> {said}\necho "{{}}"\n')
    program.chmod(0o755)
    (script,) = [step["run"] for step in steps(TERRAFORM, "drift") if step["name"] == "Plan"]
    places = {"DIRECTORY": "site", "STATE_BUCKET": "b", "STATE_KEY": "k", "RUNNER_TEMP": str(tmp_path)}
    run_script(script, {**places, "PROGRAM": str(program), "BACKEND_CONFIG": given, "VAR_FILES": given}, tmp_path)
    words = said.read_text().splitlines()
    ours = ["-backend-config=bucket=b", "-backend-config=key=k"]
    assert [word for word in words if "backend" in word] == [*(f"-backend-config={one}" for one in wanted), *ours]
    assert [word for word in words if "var-file" in word] == [f"-var-file={one}" for one in wanted]


# What GitHub says of an event, beside a push to the default branch, and what then happens.
REFUSED = "refused"
STAGES: list[tuple[dict[str, str], str]] = [
    ({}, "apply"),
    ({"REF": "refs/heads/other"}, REFUSED),
    ({"REF": "refs/tags/main"}, REFUSED),
    ({"REF": "refs/heads/main/x"}, REFUSED),
    ({"EVENT": "pull_request", "ACTION": "opened"}, "plan"),
    ({"EVENT": "pull_request", "ACTION": "synchronize"}, "plan"),
    ({"EVENT": "pull_request", "ACTION": "reopened"}, "plan"),
    ({"EVENT": "pull_request", "ACTION": "closed"}, ""),
    ({"EVENT": "pull_request", "ACTION": "opened", "FROM_A_FORK": "true"}, ""),
    ({"EVENT": "pull_request", "ACTION": "opened", "BASE": "release"}, ""),
    ({"EVENT": "workflow_dispatch", "PULL_REQUEST": "7"}, "apply"),
    ({"EVENT": "workflow_dispatch", "PULL_REQUEST": "7", "REF": "refs/heads/other"}, REFUSED),
    *(
        ({"EVENT": "workflow_dispatch", "PULL_REQUEST": one}, REFUSED)
        for one in ("", "0", "-7", "7\n8", "7 8", "x", "07", "$(touch x)", "12345678901")
    ),
    ({"EVENT": "schedule"}, "drift"),
    *(
        ({"EVENT": one}, REFUSED)
        for one in (
            "issue_comment",
            "pull_request_target",
            "pull_request_review",
            "workflow_run",
            "merge_group",
            "repository_dispatch",
            "issues",
            "release",
            "",
        )
    ),
    *(
        ({"ENVIRONMENT": one}, REFUSED)
        for one in ("terraform-seal", "Terraform-SEAL", " terraform-seal ", "terraform-\tseal", "terraform-seal\n")
    ),
    ({"ENVIRONMENT": "terraform-seal-2"}, "apply"),
    ({"PROGRAM": "tofu"}, "apply"),
    *(({"PROGRAM": one}, REFUSED) for one in ("", "./terraform", "terraform ", "sh")),
]


@pytest.mark.parametrize(("said", "stage"), STAGES, ids=lambda one: ascii(one or "nothing"))
def test_the_stage_is_that_of_the_event_and_anything_else_is_refused(
    tmp_path: Path, said: dict[str, str], stage: str
) -> None:
    (script,) = [step["run"] for step in steps(TERRAFORM, "check")]
    push = {"EVENT": "push", "ACTION": "", "REF": "refs/heads/main", "DEFAULT_BRANCH": "main", "FROM_A_FORK": "false"}
    given = {**push, "BASE": "main", "ENVIRONMENT": "production", "PROGRAM": "terraform", "PULL_REQUEST": "", **said}
    output = tmp_path / "output"
    output.touch()
    status = run_script(script, {**given, "GITHUB_OUTPUT": str(output)}, tmp_path)
    assert status == (1 if stage == REFUSED else 0)
    assert output.read_text() == (f"stage={stage}\n" if stage not in {"", REFUSED} else "")


@pytest.mark.parametrize(("version", "status"), [("OpenTofu v1.12.6", 0), ("Terraform v1.12.6", 1), ("", 1)])
def test_only_the_program_that_the_plan_was_sealed_with_applies_it(tmp_path: Path, version: str, status: int) -> None:
    said, left = tmp_path / "said", tmp_path / "site/errored.tfstate"
    left.parent.mkdir()
    left.write_text("a state that the commit brings along, with a serial number that is higher")
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$2" >> {said}\necho "{version}"\necho "on linux_amd64"\n')
    program.chmod(0o755)
    (script,) = [step["run"] for step in steps(TERRAFORM, "apply") if step["name"] == "Prepare"]
    places = {"DIRECTORY": "site", "STATE_BUCKET": "b", "STATE_KEY": "k", "BACKEND_CONFIG": "", "PROGRAM": str(program)}
    given = {**places, "RUNNER_TEMP": str(tmp_path), "SEALED_WITH": "OpenTofu v1.12.6"}
    assert run_script(script, given, tmp_path) == status
    assert said.read_text().split() == (["version", "init"] if status == 0 else ["version"])
    assert left.exists() == (status != 0)


@pytest.mark.parametrize(
    ("errored", "push_status", "told", "status"),
    [(False, 0, "", 0), (True, 0, "state push errored.tfstate", 0), (True, 1, "approval upload", 1)],
    ids=["nothing to save", "saved", "put beside the plans"],
)
def test_a_state_that_the_backend_did_not_take_is_never_lost(
    tmp_path: Path, errored: bool, push_status: int, told: str, status: int
) -> None:
    said = tmp_path / "said"
    said.touch()
    for name, ends in {"tofu": push_status, "okta-aws": 0}.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {said}\nexit {ends}\n')
        program.chmod(0o755)
    (tmp_path / "site").mkdir()
    if errored:
        (tmp_path / "site/errored.tfstate").write_text("{}")
    (script,) = [step["run"] for step in steps(TERRAFORM, "apply") if "state push" in step.get("run", "")]
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    given = {"PATH": path, "PROGRAM": "tofu", "DIRECTORY": "site", "RESCUED": "applied/1/2-1/errored.tfstate"}
    assert run_script(script, given, tmp_path) == status
    assert told in said.read_text()
    assert ("okta-aws" in said.read_text()) == (status == 1)


def run_script(script: str, environ: dict[str, str], folder: Path) -> int:
    """The status of a step's script, run as the runner does where the step names no shell; nothing else may appear."""
    before = set(folder.rglob("*"))
    environ = {"PATH": os.environ["PATH"], **environ}
    done = subprocess.run(["bash", "-e", "-c", script], env=environ, cwd=folder, capture_output=True, check=False)
    assert {path.name for path in set(folder.rglob("*")) - before} <= {"said", "plan.json"}
    return done.returncode


def called_in_documentation() -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Every job in the documentation that calls one of our workflows: its page, the workflow, the job."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for text in re.findall(r"^```yaml\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE):
            found = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes texts alone
            for job in (found.get("jobs") or {}).values() if isinstance(found, dict) else ():
                if match := re.search(r"/(use-[\w-]+\.yml)@", job.get("uses", "")):
                    yield page, match[1], job


def test_what_the_documentation_calls_has_the_inputs_and_permissions_that_it_needs() -> None:
    calls = [call for call in called_in_documentation() if call[1] in PERMISSIONS]
    assert {name for _, name, _ in calls} == set(PERMISSIONS)
    for page, name, job in calls:
        called = read(ROOT / ".github/workflows" / name)["on"]["workflow_call"]
        inputs = called["inputs"]
        needed: dict[str, str] = {}
        for permissions in PERMISSIONS[name].values():
            needed |= permissions
        assert set(job.get("with", {})) <= set(inputs), page
        assert {one for one, given in inputs.items() if given.get("required") == "true"} <= set(job["with"]), page
        assert job["permissions"] == needed, page
