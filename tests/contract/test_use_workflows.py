# SPDX-License-Identifier: Apache-2.0
"""The reusable workflows: one version of ours, as few rights as will do, no text of others in a script."""

from __future__ import annotations

import re
import tomllib
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
# What a job may at the most, and why it is more than to read the code.
PERMISSIONS = {
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


def test_there_are_three() -> None:
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
    assert checkouts
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
    keys = {name: str(job).count("secrets.okta-private-key") for name, job in jobs.items()}
    assert keys == {"check": 0, "plan": 0, "seal": 0, "apply": 1, "drift": 0}


def test_one_apply_at_a_time_for_each_state_and_none_is_broken_off() -> None:
    concurrency = read(TERRAFORM)["jobs"]["apply"]["concurrency"]
    assert concurrency["cancel-in-progress"] == "false"
    assert {"state-bucket", "state-key", "workspace"} == set(re.findall(r"inputs\.([\w-]+)", concurrency["group"]))


def test_state_and_directory_come_into_terraform_in_the_same_way_everywhere() -> None:
    preparing = [
        re.search(
            r"^backend=\(\)\n.*?^\"\$PROGRAM\" [^\n]* init [^\n]*\n", step["run"] + "\n", re.DOTALL | re.MULTILINE
        )
        for step in steps(TERRAFORM)
        if " init " in step.get("run", "")
    ]
    assert len(preparing) == 3
    assert len({match[0] for match in preparing if match}) == 1
