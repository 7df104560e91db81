# SPDX-License-Identifier: Apache-2.0
"""use-lint.yml, called from another repository: findings for code scanning, as annotations, and as the status."""

from __future__ import annotations

import json
from typing import Any

from fakes.package_index import PackageIndex
from workflows.callers import REPOSITORY_ID, Caller

OPEN = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
        }
    ],
}
# A name that would be a command, were it put into a script.
FILES = {"policies/of a $(touch stolen) role.json": json.dumps(OPEN, indent=2)}


def pull_request(head: int) -> dict[str, Any]:
    return {
        "pull_request": {"number": 7, "head": {"repo": {"id": head}}, "base": {"repo": {"id": REPOSITORY_ID}}},
        "number": 7,
    }


def test_findings_are_uploaded_annotated_and_fail_the_job(caller: Caller, index: PackageIndex) -> None:
    caller.commit("A role that everybody may have", FILES)
    environ = {"PIP_INDEX_URL": f"{index.url}/simple/"}
    variables = {"PATHS": "\n".join([*FILES, ""]), "FAIL_ON": "error"}
    run = caller.run("lint", "pull_request", pull_request(REPOSITORY_ID), variables=variables, environ=environ)
    assert not run.succeeded
    assert "::error" in run.log
    assert "missing-subject" in run.log
    (upload,) = caller.recorded("upload-sarif")
    assert upload["category"] == "okta-aws-lint"
    (found,) = upload["sarif"]["runs"]
    assert [result["ruleId"] for result in found["results"]] == ["missing-subject"]


def test_a_fork_s_findings_are_annotated_only(caller: Caller, index: PackageIndex) -> None:
    caller.commit("A role that everybody may have", FILES)
    environ = {"PIP_INDEX_URL": f"{index.url}/simple/"}
    variables = {"PATHS": "policies", "FAIL_ON": "never"}
    run = caller.run("lint", "pull_request", pull_request(9), variables=variables, environ=environ)
    assert run.succeeded, run.log
    assert "missing-subject" in run.log
    assert caller.recorded("upload-sarif") == []
