# SPDX-License-Identifier: Apache-2.0
"""The map of Atlantis's projects: what it grants, and that nothing else is in it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okta_aws.atlantis.map import AtlantisMap, read
from okta_aws.errors import AtlantisError

MAP = """\
version: 1
okta: {issuer: https://acme.okta.com, client-id: 0oa1example}
projects:
  - repository: github.com/acme/infra
    name: network
    directory: stacks/network
    plan-role: arn:aws:iam::111122223333:role/plan
    apply-role: arn:aws:iam::111122223333:role/apply
    region: eu-central-1
    apply-duration-seconds: 7200
    env: {TF_LOG: warn, API_URL: {parameter: /infra/api-url}, RETRIES: 3, STRICT: true}
    vars:
      vpc_id: {environment: VPC_ID}
      db_password: {secret: infra/db, key: password}
      zones: [a, "b'c"]
      tags: {team: x, more: {on: true}}
      as_text: '{"environment": "production"}'
    plan: {teams: [acme/developers]}
    apply: {okta-groups: [aws-deployers], approvals: 1}
    autoplan: true
  - repository: github.com/acme/infra-*
    directory: "**"
    workspace: "*"
    plan-role: arn:aws:iam::444455556666:role/plan
    region: us-east-1
    plan: {users: [octocat]}
"""
ONE = """\
version: 1
projects:
  - repository: github.com/acme/infra
    directory: stacks/network
    plan-role: arn:aws:iam::111122223333:role/plan
    region: eu-central-1
"""


@pytest.fixture(scope="module")
def projects() -> AtlantisMap:
    return read(MAP)


def test_it_says_which_role_may_do_what(projects: AtlantisMap) -> None:
    project = projects.project_for("github.com/acme/infra", "stacks/network", "default")
    assert project is not None
    found = {
        command: (role.text.rpartition("/")[2] if role else None, seconds)
        for command in ("plan", "policy_check", "apply", "import", "state_rm", "destroy")
        for role, seconds in [project.role_for(command)]
    }
    assert found == {
        "plan": ("plan", 3600),
        "policy_check": ("plan", 3600),
        "apply": ("apply", 7200),
        "import": ("apply", 7200),
        "state_rm": ("apply", 7200),
        "destroy": (None, 7200),
    }
    assert project.line == 4
    assert project.rule.may["apply"].groups[0].name == "aws-deployers"


def test_it_hands_over_values_of_each_kind(projects: AtlantisMap) -> None:
    project = projects.projects[0]
    assert [(one.name, one.kind, one.source, one.key, one.line) for one in (*project.env, *project.variables)] == [
        ("TF_LOG", "literal", "warn", "", 11),
        ("API_URL", "parameter", "/infra/api-url", "", 11),
        ("RETRIES", "literal", "3", "", 11),
        ("STRICT", "literal", "true", "", 11),
        ("TF_VAR_vpc_id", "environment", "VPC_ID", "", 13),
        ("TF_VAR_db_password", "secret", "infra/db", "password", 14),
        ("TF_VAR_zones", "literal", '["a","b\'c"]', "", 15),
        ("TF_VAR_tags", "literal", '{"team":"x","more":{"on":true}}', "", 16),
        ("TF_VAR_as_text", "literal", '{"environment": "production"}', "", 17),
    ]


@pytest.mark.parametrize(
    ("repository", "directory", "workspace", "line"),
    [
        ("acme/infra", "stacks/network", "default", 4),
        ("ACME/Infra", "./stacks/network/", "default", 4),
        ("acme/infra-edge", "anything/at/all", "blue", 21),
        ("acme/infra", "stacks/Network", "default", None),
        ("acme/infra", "stacks/network", "Default", None),
        ("acme/infra", "stacks/network/../network", "default", None),
        ("acme/infra", "stacks", "default", None),
        ("acme/other", "stacks/network", "default", None),
        ("evil/acme/infra", "stacks/network", "default", None),
        ("gitlab.com/acme/infra", "stacks/network", "default", None),
        ("infra", "stacks/network", "default", None),
    ],
)
def test_a_project_is_found_by_repository_directory_and_workspace(
    projects: AtlantisMap, repository: str, directory: str, workspace: str, line: int | None
) -> None:
    found = projects.project_for(repository, directory, workspace)
    assert (found and found.line) == line


def test_the_rules_of_a_repository_stand_in_the_order_of_the_map(projects: AtlantisMap) -> None:
    assert [rule.line for rule in projects.rules_of("github.com/acme/infra")] == [4]
    assert [rule.line for rule in projects.rules_of("acme/infra-x")] == [21]


def problems(text: str) -> list[str]:
    with pytest.raises(AtlantisError) as refused:
        read(text)
    error = refused.value
    assert error.code == "atlantis-map"
    assert error.exit_status == 8
    return list(error.explanation) or [error.found]


@pytest.mark.parametrize(
    "name",
    [
        *("AWS_PROFILE", "aws_region", "AWS_CONFIG_FILE", "OKTA_CLIENT_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"),
        *("ATLANTIS_GH_TOKEN", "TF_CLI_ARGS", "TF_CLI_ARGS_plan", "tf_cli_args_apply", "TF_CLI_CONFIG_FILE"),
        *("TERRAFORM_CONFIG", "TF_PLUGIN_CACHE_DIR", "TF_FORCE_LOCAL_BACKEND", "XDG_CONFIG_HOME", "XDG_DATA_DIRS"),
        *("OPENSSL_CONF", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "IFS", "BASH_FUNC_x", "BASHOPTS", "GLIBC_TUNABLES"),
        *("TF_TOKEN_app_terraform_io", "TF_REATTACH_PROVIDERS", "TF_DATA_DIR", "TF_WORKSPACE", "LD_PRELOAD"),
        *("LD_LIBRARY_PATH", "PATH", "HOME", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL", "PYTHONPATH", "BASH_ENV", "ENV"),
        *("WORKSPACE", "REPO_REL_DIR", "PLANFILE", "DATADOG_API_KEY", "DB_PASSWORD", "MY_SECRET", "VAULT_TOKEN"),
        *("TF_VAR_x", "a b", "A=B", "", "1A", "a-b"),
    ],
)
def test_a_variable_named_like_a_credential_is_refused_with_its_line(name: str) -> None:
    (problem,) = problems(ONE + f'    env:\n      GOOD: x\n      "{name}": x\n')
    assert problem.startswith("line 9: wanted env: ")


@pytest.mark.parametrize("name", ["TF_LOG", "API_URL", "KUBE_CONFIG_PATH", "SECRETARY", "TOKENS_PER_DAY", "MONKEY"])
def test_a_name_that_only_looks_alike_is_not(name: str) -> None:
    assert read(ONE + f"    env: {{{name}: x}}\n").projects[0].env[0].name == name


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1.10", "in quotes"),
        ("2026-11-22", "in quotes"),
        ("null", "NoneType"),
        ('"a\\nb"', "line end"),
        ('"a\\\\"', "backslash"),
        ("{environment: production}", "in capitals"),
        ("{environment: prod, team: x}", "JSON text"),
        ("{environment: OKTA_AWS_OKTA_PRIVATE_KEY}", "no credential"),
        ("{environment: AWS_SESSION_TOKEN}", "no credential"),
        ("{secret: a, parameter: b}", "one of"),
        ("{parameter: a, key: b}", "one of"),
        ("{secret: 'a b'}", "secret"),
        ("{secret: a, key: 7}", "key"),
        ("{parameter: [a]}", "parameter"),
        ("[1.5]", "in quotes"),
        ("{1: a}", "keys are text"),
    ],
)
def test_a_value_that_is_none_is_refused(value: str, words: str) -> None:
    (problem,) = problems(ONE + f"    vars:\n      x: {value}\n")
    assert problem.startswith("line 8: wanted vars: ")
    assert words in problem


def test_the_secret_itself_in_the_place_of_its_name_is_not_repeated() -> None:
    (problem,) = problems(ONE + '    vars: {x: "hunter2\\n"}\n')
    assert "hunter2" not in problem


def test_all_problems_come_at_once_in_the_order_of_their_lines() -> None:
    found = problems(
        """\
version: 2
projects:
  - directory: ../x
    plan-role: admin
    plan-duration-seconds: 60
    verify-approval: maybe
    env: [a]
    unknown: x
  - repository: gitlab.com/acme/x
    directory: a
    region: Frankfurt
"""
    )
    lines = [int(problem.split(":")[0].removeprefix("line ")) for problem in found]
    assert lines == sorted(lines)
    assert set(lines) == {1, 3, 4, 5, 6, 7, 8, 9, 11}


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("github.com/acme/infra", "once (line 3 counts)"),
        ("github.com/ACME/infra", "once (line 3 counts)"),
        ("github.example.com/acme/infra", "one host"),
    ],
)
def test_projects_that_cannot_stand_together_are_refused(second: str, words: str) -> None:
    again = ONE.partition("projects:\n")[2].replace("github.com/acme/infra", second)
    (problem,) = problems(ONE + again)
    assert problem.startswith("line 7: ")
    assert words in problem


@pytest.mark.parametrize("repository", ["../infra", "acme/..", "./infra", "acme/.", "../.."])
def test_a_repository_that_would_lead_out_of_a_folder_is_refused(repository: str) -> None:
    (problem,) = problems(ONE.replace("acme/infra", repository))
    assert problem.startswith("line 3: wanted repository: ")


@pytest.mark.parametrize("key", ["directory", "workspace"])
@pytest.mark.parametrize("odd", ["\\n", "\\e", "\\u202e", "\\x7f", "\\ufeff", "\\L"])
def test_a_pattern_that_no_file_can_repeat_is_refused(key: str, odd: str) -> None:
    text = ONE if key == "workspace" else ONE.replace("    directory: stacks/network\n", "")
    (problem,) = problems(f'{text}    {key}: "a*{odd}evil: true"\n')
    assert f"wanted {key}: characters that can be seen" in problem


def test_two_projects_of_one_name_are_refused_as_atlantis_would() -> None:
    named = ONE + "    name: net\n"
    (problem,) = problems(named + named.partition("projects:\n")[2].replace("stacks/network", "stacks/other"))
    assert problem == "line 8: wanted another name than that of line 3, found 'net'"


def test_a_role_is_needed() -> None:
    (problem,) = problems(ONE.replace("    plan-role: arn:aws:iam::111122223333:role/plan\n", ""))
    assert problem == "line 3: wanted plan-role, apply-role or both, found neither"


@given(st.text(max_size=300))
def test_hostile_text_is_a_map_that_is_no_good(text: str) -> None:
    with pytest.raises(AtlantisError):
        read(text)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=12),
    st.sampled_from(["&a b", "*a", "!!python/x", "<<", "{"]),
)
YAML = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
KEYS = st.sampled_from(
    [
        *("repository", "name", "directory", "workspace", "plan-role", "apply-role", "region", "env", "vars"),
        *("plan", "apply", "autoplan", "verify-approval", "plan-duration-seconds", "apply-duration-seconds"),
    ]
)


def read_or_problems(text: str) -> tuple[AtlantisMap | None, list[str]]:
    try:
        return read(text), []
    except AtlantisError as error:
        return None, list(error.explanation) or [error.found]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(KEYS, YAML, max_size=6))
def test_hostile_values_make_problems_with_lines_and_nothing_else(changes: dict[str, object]) -> None:
    import json

    base = {
        "repository": "github.com/acme/infra",
        "directory": "a",
        "plan-role": "arn:aws:iam::111122223333:role/plan",
        "region": "eu-central-1",
    }
    text = json.dumps({"version": 1, "projects": [base | changes]})  # JSON is YAML
    projects, found = read_or_problems(text)
    if projects is None:
        assert found
        assert all("line " in problem or "wanted YAML" in problem for problem in found)
        return
    project = projects.projects[0]
    assert project.repository.startswith("github.com/")
    assert project.plan_role or project.apply_role
    names = [one.name for one in project.env]
    assert not [name for name in names if name.upper().startswith(("AWS_", "TF_CLI", "TF_VAR_", "LD_"))]
