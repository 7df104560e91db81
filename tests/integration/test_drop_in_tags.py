# SPDX-License-Identifier: Apache-2.0
"""What a request for a role with AWS credentials says: session tags, partitions, names, policies; each one signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.job import Job, Step
from fakes.signed_sts import Keys, SignedSts, tags_of, transitive_in
from fakes.sts_answers import ACCOUNT, granted, refused

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
JOB = {
    "GITHUB_REPOSITORY": "acme/infrastructure",
    "GITHUB_WORKFLOW": "Deploy: all [of it]",
    "GITHUB_ACTION": "__run",
    "GITHUB_ACTOR": "dependabot[bot]",
    "GITHUB_SHA": "0" * 40,
    "GITHUB_REF": "refs/pull/7/merge",
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_BASE_REF": "main",
    "GITHUB_HEAD_REF": "feature",
    "GITHUB_RUN_ID": "77",
    "GITHUB_JOB": "deploy",
    "GITHUB_TRIGGERING_ACTOR": "octocat",
}
TAGS = {
    "GitHub": "Actions",
    "Repository": "acme/infrastructure",
    "Workflow": "Deploy: all _of it_",
    "Action": "__run",
    "Actor": "dependabot_bot_",
    "Commit": "0" * 40,
    "Branch": "refs/pull/7/merge",
    "EventName": "pull_request",
    "BaseRef": "main",
    "HeadRef": "feature",
    "RunId": "77",
    "Job": "deploy",
    "TriggeringActor": "octocat",
}
KEPT = dict(list(TAGS.items())[:7])
TOO_LARGE = refused(400, "PackedPolicyTooLarge", "Packed policy consumes 116% of allotted space")


@pytest.fixture
def sts() -> Iterator[SignedSts]:
    with SignedSts(Keys.temporary()).running() as running:
        yield running
    assert not running.refusals


@pytest.fixture
def job(tmp_path: Path, sts: SignedSts) -> Job:
    inputs = {"aws-region": "eu-central-1", "sts-endpoint": sts.url, "role-to-assume": ROLE, **sts.keys.inputs()}
    return Job(tmp_path / "job", inputs, JOB)


def _ok(step: Step) -> Step:
    assert (step.status, step.stderr) == (0, ""), step.log()
    return step


def test_the_job_is_described_in_thirteen_tags_made_fit_for_aws(job: Job, sts: SignedSts) -> None:
    _ok(job.step())
    (form,) = sts.forms()
    assert tags_of(form) == TAGS
    assert transitive_in(form) == []
    assert (form["RoleArn"], form["RoleSessionName"], form["DurationSeconds"]) == (ROLE, "GitHubActions", "3600")


def test_tags_without_a_value_are_left_out(job: Job, sts: SignedSts) -> None:
    _ok(job.step(GITHUB_BASE_REF="", GITHUB_HEAD_REF=""))
    assert set(TAGS) - set(tags_of(sts.forms()[0])) == {"BaseRef", "HeadRef"}


def test_no_tag_is_sent_where_tagging_is_skipped(job: Job, sts: SignedSts) -> None:
    inputs = {"custom-tags": '{"Team": "a"}', "transitive-tag-keys": "Team", "role-skip-session-tagging": "true"}
    _ok(job.step(inputs))
    (form,) = sts.forms()
    assert (tags_of(form), transitive_in(form)) == ({}, [])


def test_custom_tags_come_after_the_jobs_own(job: Job, sts: SignedSts) -> None:
    _ok(job.step({"custom-tags": json.dumps({"Team": "blue sky", "Cost": 12, "Live": True, "None": ""})}))
    assert tags_of(sts.forms()[0]) == {**TAGS, "Team": "blue sky", "Cost": "12", "Live": "true", "None": ""}


def test_transitive_keys_that_are_no_tags_of_the_session_are_left_out(job: Job, sts: SignedSts) -> None:
    keys = "Repository\nTeam\n  Missing\n"
    _ok(job.step({"custom-tags": '{"Team": "a"}', "transitive-tag-keys": keys}))
    assert transitive_in(sts.forms()[0]) == ["Repository", "Team"]


def test_tags_that_are_too_large_together_are_tried_once_without_those_of_the_event(job: Job, sts: SignedSts) -> None:
    sts.replies = [TOO_LARGE]
    _ok(job.step({"custom-tags": '{"Team": "a"}', "transitive-tag-keys": "Team,RunId"}))
    first, second = sts.forms()
    assert tags_of(first) == {**TAGS, "Team": "a"}
    assert tags_of(second) == {**KEPT, "Team": "a"}
    assert (transitive_in(first), transitive_in(second)) == (["Team", "RunId"], ["Team"])


def test_tags_that_are_still_too_large_are_refused(job: Job, sts: SignedSts) -> None:
    sts.replies = [TOO_LARGE] * 3
    job.step().assert_refused(5, "session-policy")
    assert len(sts.forms()) == 2


def test_a_policy_that_is_too_large_without_any_tag_is_asked_for_once(job: Job, sts: SignedSts) -> None:
    sts.replies = [TOO_LARGE] * 3
    job.step({"role-skip-session-tagging": "true"}).assert_refused(5, "session-policy")
    assert len(sts.forms()) == 1


MANY = json.dumps({f"key{number}": "v" for number in range(38)})


def test_more_tags_than_aws_takes_are_told_before_it_is_asked(job: Job, sts: SignedSts) -> None:
    step = job.step({"custom-tags": MANY})
    step.assert_refused(2, "settings")
    assert "at most 50 session tags" in step.log()
    assert not sts.asked


def test_as_many_tags_as_aws_takes_are_sent(job: Job, sts: SignedSts) -> None:
    _ok(job.step({"custom-tags": MANY}, GITHUB_HEAD_REF=""))
    assert len(tags_of(sts.forms()[0])) == 50


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ('{"Repository": "another"}', "cannot be overridden"),
        ('{"Team": {"a": 1}}', "neither text, number nor boolean"),
        ('{"Team": null}', "neither text, number nor boolean"),
        ('{"Team": NaN}', "neither text, number nor boolean"),
        ('{"Team": "a;b"}', "letters, digits, blanks"),
        ('{"": "a"}', "1 to 128"),
        (json.dumps({"k" * 129: "a"}), "1 to 128"),
        (json.dumps({"Team": "v" * 257}), "at most 256"),
        ('["Team"]', "a list"),
        ("Team=a", "no JSON"),
    ],
)
def test_custom_tags_that_aws_would_refuse_are_told_before_it_is_asked(
    job: Job, sts: SignedSts, tags: str, said: str
) -> None:
    step = job.step({"custom-tags": tags})
    step.assert_refused(2, "settings")
    assert "custom-tags (input)" in step.log()
    assert said in step.log()
    assert not sts.asked


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-eusc"])
def test_a_role_name_is_of_the_callers_partition(job: Job, sts: SignedSts, partition: str) -> None:
    sts.caller = f"arn:{partition}:iam::{ACCOUNT}:user/ci"
    step = _ok(job.step({"role-to-assume": "deploy"}))
    assert step.outputs["role-arn"] == sts.forms()[0]["RoleArn"] == f"arn:{partition}:iam::{ACCOUNT}:role/deploy"
    assert step.outputs["authenticated-arn"].startswith(f"arn:{partition}:sts::")


@pytest.mark.parametrize("source", ["keys", "variables"])
def test_requests_are_signed_with_all_that_belongs_to_the_keys(tmp_path: Path, sts: SignedSts, source: str) -> None:
    inputs = {"aws-region": "cn-north-1", "sts-endpoint": sts.url, "role-to-assume": "deploy"}
    job = Job(tmp_path / "job", inputs, JOB)
    of_inputs, of_variables = (sts.keys.inputs(), {}) if source == "keys" else ({}, sts.keys.variables())
    _ok(job.step(of_inputs, **of_variables))
    assert len(sts.asked) == 2
    assert all("/cn-north-1/sts/aws4_request" in request.headers["authorization"] for request in sts.asked)


def test_everything_that_narrows_or_names_the_session_is_in_the_request(job: Job, sts: SignedSts) -> None:
    arns = [f"arn:aws:iam::{ACCOUNT}:policy/{name}" for name in "ab"]
    step = job.step(
        {
            "role-session-name": "me@here",
            "role-duration-seconds": "900",
            "role-external-id": "the/id:1",
            "inline-session-policy": '{"Version": "2012-10-17", "Statement": []}',
            "managed-session-policies": "\n".join(arns),
        }
    )
    _ok(step)
    (form,) = sts.forms()
    assert (form["RoleSessionName"], form["DurationSeconds"], form["ExternalId"]) == ("me@here", "900", "the/id:1")
    assert form["Policy"] == '{"Version": "2012-10-17", "Statement": []}'
    assert [form[f"PolicyArns.member.{number}.arn"] for number in (1, 2)] == arns


def test_a_chain_that_is_to_last_longer_than_aws_lets_it_is_told_the_limit(job: Job, sts: SignedSts) -> None:
    said = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    sts.replies = [refused(400, "ValidationError", said)]
    inputs = {"role-duration-seconds": "7200", "role-chaining": "true", **dict.fromkeys(sts.keys.inputs(), "")}
    step = job.step(inputs, **sts.keys.variables())
    step.assert_refused(5, "session-duration")
    assert "one hour" in step.log()


@pytest.mark.parametrize("failures", [1, 3])
def test_throttling_is_outlasted_and_the_request_signed_anew(job: Job, sts: SignedSts, failures: int) -> None:
    sts.replies = [refused(400, "Throttling", "Rate exceeded")] * failures
    _ok(job.step())
    assert len(sts.forms()) == failures + 1


@pytest.mark.parametrize(("inputs", "attempts"), [({"disable-retry": "true"}, 1), ({"retry-max-attempts": "2"}, 2)])
def test_as_many_attempts_are_made_as_was_said(job: Job, sts: SignedSts, inputs: dict[str, str], attempts: int) -> None:
    sts.replies = [refused(400, "Throttling", "Rate exceeded")] * 5
    job.step(inputs).assert_refused(9, "throttled")
    assert len(sts.forms()) == attempts


def test_a_timeout_of_zero_is_no_time_at_all_to_fail_in(job: Job, sts: SignedSts) -> None:
    sts.replies = [refused(400, "Throttling", "Rate exceeded")]
    _ok(job.step({"action-timeout-s": "0"}))


def test_secret_keys_with_special_characters_are_asked_for_again(job: Job, sts: SignedSts) -> None:
    sts.plain_after = 3
    step = _ok(job.step({"special-characters-workaround": "true"}))
    assert step.variables["AWS_SECRET_ACCESS_KEY"].isalnum()
    assert len(sts.forms()) == 4
    assert {secret for secret, _ in sts.given} <= {command.data for command in step.commands("add-mask")}


def test_special_characters_are_given_up_on_after_thirty_attempts(job: Job, sts: SignedSts) -> None:
    step = job.step({"special-characters-workaround": "true"})
    step.assert_refused(5, "special-characters")
    assert len(sts.forms()) == 30
    assert not [secret for secret, _ in sts.given if secret in step.shown()]


def test_a_new_role_is_tried_until_aws_knows_it(job: Job, sts: SignedSts) -> None:
    sts.replies = [refused(403, "AccessDenied", "not authorized to perform: sts:AssumeRole")] * 3
    _ok(job.step({"retry-access-denied-s": "30"}))
    assert len(sts.forms()) == 4


def test_a_role_that_stays_refused_is_refused_when_the_time_is_over(job: Job, sts: SignedSts) -> None:
    sts.replies = [refused(403, "AccessDenied", "not authorized to perform: sts:AssumeRole")] * 500
    step = job.step({"retry-access-denied-s": "1"})
    step.assert_refused(5, "role-refused")
    assert len(sts.forms()) > 1
    assert "attempts" in step.log()


def test_a_refusal_is_final_unless_a_window_was_asked_for(job: Job, sts: SignedSts) -> None:
    sts.replies = [refused(403, "AccessDenied", "not authorized to perform: sts:AssumeRole")] * 3
    job.step().assert_refused(5, "role-refused")
    assert len(sts.forms()) == 1


def test_a_service_with_roles_of_its_own_and_no_accounts_is_served(job: Job, sts: SignedSts) -> None:
    step = _ok(job.step({"role-to-assume": "arn:minio:iam:::role/deploy-role"}))
    assert step.variables["AWS_SECRET_ACCESS_KEY"] == sts.given[0][0]
    assert step.outputs["role-arn"] == "arn:minio:iam:::role/deploy-role"
    assert not {"aws-account-id", "authenticated-arn"} & set(step.outputs)


def test_an_answer_that_names_no_account_is_of_no_allowed_account(job: Job) -> None:
    inputs = {"role-to-assume": "arn:minio:iam:::role/deploy-role", "allowed-account-ids": ACCOUNT}
    job.step(inputs).assert_refused(6, "wrong-account")


def test_an_account_that_aws_names_in_a_refusal_is_masked(job: Job, sts: SignedSts) -> None:
    other = "987654321098"
    said = f"User: arn:aws:iam::{other}:user/ci is not authorized to perform: sts:AssumeRole"
    sts.replies = [refused(403, "AccessDenied", said)]
    step = job.step({"mask-aws-account-id": "true"}, RUNNER_DEBUG="1")
    step.assert_refused(5, "role-refused")
    assert other not in step.shown()
    assert ACCOUNT not in step.shown()


def test_a_wrong_account_in_the_answer_is_masked_and_nothing_handed_over(job: Job, sts: SignedSts) -> None:
    other = "987654321098"
    sts.replies = [granted(*("x" * 20, "t" * 20), f"arn:aws:sts::{other}:assumed-role/deploy/me")]
    step = job.step({"mask-aws-account-id": "true", "allowed-account-ids": ACCOUNT})
    step.assert_refused(6, "wrong-account")
    assert other not in step.shown()
