# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis check`` as a process: what it prints, how it ends, and files that want to harm it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fakes.command import PROGRAM, Outcome, environment, okta_aws

ROOT = Path(__file__).resolve().parents[2]
GOOD = ROOT / "tests/data/atlantis-check"
BAD = "repos:\n  - id: /.*/\n    apply_requirements: [mergeable]\n"


def check(folder: Path, *arguments: str) -> Outcome:
    return okta_aws("atlantis", "check", *arguments, cwd=folder)


def found(folder: Path, *arguments: str, status: int = 10) -> list[dict[str, object]]:
    done = check(folder, *arguments, "--format", "json")
    assert done.status == status, done.err
    findings: list[dict[str, object]] = json.loads(done.out)["findings"]
    return findings


def test_a_good_set_up_has_no_findings() -> None:
    done = check(GOOD, ".")
    assert (done.status, done.out, done.err) == (0, "", "3 servers checked: no findings\n")


def test_our_own_recipe_and_example_have_no_findings() -> None:
    for folder in ("docker/atlantis", "terraform/examples/atlantis", "terraform/modules/atlantis"):
        done = check(ROOT, folder)
        assert (done.status, done.out) == (0, ""), folder


def test_what_init_writes_has_no_findings_with_its_map(tmp_path: Path) -> None:
    shutil.copy(GOOD / "map.yaml", tmp_path)
    made = okta_aws("atlantis", "init", "--map", "map.yaml", "--output", "out", cwd=tmp_path)
    assert made.status == 0, made.err
    done = check(tmp_path, "out", "--map", "map.yaml")
    assert (done.status, done.out) == (0, "")


def test_text_has_place_rule_fix_and_where_to_read_on(tmp_path: Path) -> None:
    (tmp_path / "repos.yaml").write_text(BAD)
    done = check(tmp_path, "repos.yaml")
    assert done.status == 10
    assert "repos.yaml:3: error[missing-requirements]: /.*/: " in done.out
    assert "atlantis-checks.md#missing-requirements" in done.out


def test_the_sarif_passes_the_schema_and_names_our_rules(tmp_path: Path) -> None:
    (tmp_path / "repos.yaml").write_text(BAD)
    log = tmp_path / "log.sarif"
    log.write_text(check(tmp_path, "repos.yaml", "--format", "sarif").out)
    schema = ROOT / "tests/data/sarif-schema/sarif-2.1.0.json"
    program = ROOT / ".tools/bin/check-jsonschema"
    command: list[str | Path] = [program, "--regex-variant", "python", "--schemafile", schema, log]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    (run,) = json.loads(log.read_text())["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "okta-aws atlantis check"
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert driver["rules"][result["ruleIndex"]]["helpUri"].endswith(f"atlantis-checks.md#{result['ruleId']}")


def test_a_comment_with_a_reason_accepts_a_finding(tmp_path: Path) -> None:
    comment = "    # okta-aws-atlantis: ignore[missing-requirements] a sandbox without anything of value\n"
    (tmp_path / "repos.yaml").write_text(BAD.replace("    apply", comment + "    apply"))
    assert found(tmp_path, ".", status=0) == []


def test_a_comment_without_a_reason_and_one_for_lint_accept_nothing(tmp_path: Path) -> None:
    (tmp_path / "repos.yaml").write_text(BAD.replace("]\n", "] # okta-aws-atlantis: ignore[missing-requirements]\n"))
    assert {one["rule"] for one in found(tmp_path, ".")} == {"ignore-without-reason", "missing-requirements"}
    (tmp_path / "repos.yaml").write_text(BAD.replace("]\n", "] # okta-aws-lint: ignore[missing-subject] why\n"))
    assert {one["rule"] for one in found(tmp_path, ".")} == {"missing-requirements"}


def test_a_baseline_accepts_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "repos.yaml").write_text(BAD)
    assert check(tmp_path, ".", "--write-baseline", "known.json", "--reason", "being replaced").status == 0
    assert found(tmp_path, ".", "--baseline", "known.json", status=0) == []
    (tmp_path / "repos.yaml").write_text(BAD + "    allow_custom_workflows: true\n")
    assert [one["rule"] for one in found(tmp_path, ".", "--baseline", "known.json")] == ["custom-workflows"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--disable", "missing-requirements"), 0),
        (("--rule", "open-ui"), 0),
        (("--fail-on", "never"), 0),
        (("--rule", "missing-subject"), 2),
    ],
    ids=str,
)
def test_rules_can_be_chosen(tmp_path: Path, arguments: tuple[str, ...], status: int) -> None:
    (tmp_path / "repos.yaml").write_text(BAD)
    assert check(tmp_path, ".", *arguments).status == status


def test_paths_that_are_not_there_are_told_together(tmp_path: Path) -> None:
    done = check(tmp_path, "nowhere", "elsewhere", "--map", "map.yaml")
    assert done.status == 2
    assert all(name in done.err for name in ("nowhere", "elsewhere", "map.yaml"))


def test_a_map_that_cannot_be_used_is_a_finding_for_each_line(tmp_path: Path) -> None:
    text = (GOOD / "map.yaml").read_text()
    (tmp_path / "map.yaml").write_text(text.replace("role/plan", "user/plan").replace("eu-central-1", "Frankfurt"))
    findings = found(tmp_path, "map.yaml")
    assert {(one["rule"], one["line"]) for one in findings} == {("unreadable", 5), ("unreadable", 7)}


def test_every_project_of_a_map_that_joins_accounts_is_told_with_its_consequence(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    more = """\
  - repository: github.com/acme/infra
    directory: stacks/dns
    region: eu-central-1
    apply-role: arn:aws:iam::444455556666:role/apply
    verify-approval: true
"""
    with (tmp_path / "map.yaml").open("a") as file:
        file.write(more)
    (finding,) = found(tmp_path, ".")
    assert (finding["rule"], finding["severity"]) == ("joined-projects", "warning")
    assert "account 444455556666 is on one server with account 111122223333 (line 3)" in str(finding["message"])


# Bytes, and a piece of the finding's message.
HOSTILE = {
    "anchors": (b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % (n, n, *(n - 1,) * 9) for n in range(98, 110)
    ) + b"repos: *m\n", "nodes"),
    "itself": (b"repos: &a\n  - id: /.*/\n    x: *a\n", "more"),
    "deep": (b"repos: " + b"[" * 100_000, "levels"),
    "deep-by-indent": (b"\n".join(b" " * n + b"a:" for n in range(900)), "levels"),
    "huge": (b"repos:\n" + b"  - id: x\n" * 200_000, "bytes"),
    "twice": (b"repos:\n  - id: /.*/\n    id: x\n", "each name once"),
    "latin": (b"repos:\n  - id: \xff\xfe\n", "UTF-8"),
    "zero": (b"repos: \x00\n", ""),
    "tab": (b"repos:\n\t- id: x\n", ""),
    "many": (b"repos:\n" + b"  - {id: x, workflow: y}\n" * 501, "at most 500 entries"),
    "list": (b"- 1\n", "something else"),
    "text": (b"hello\n", "something else"),
    "number": (b"repos: 7\n", "something else"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_told_in_no_time_and_hides_nothing(tmp_path: Path, name: str) -> None:
    data, words = HOSTILE[name]
    (tmp_path / "bad.yaml").write_bytes(data)
    (tmp_path / "repos.yaml").write_text(BAD)
    findings = found(tmp_path, "bad.yaml", "repos.yaml")
    bad = [one for one in findings if one["file"] == "bad.yaml"]
    assert bad
    assert bad[0]["rule"] == "unreadable"
    assert words in str(bad[0]["message"])
    assert [one["rule"] for one in findings if one["file"] == "repos.yaml"] == ["missing-requirements"]


BASE = "services:\n  a:\n    image: runatlantis/atlantis\n"
LIST = ",".join(f"github.com/acme/x{n}*" for n in range(60_000))
# What a few lines ask for: files, and a piece of what is told.
GREEDY = {
    "variables": (
        {".env": f"A={'x' * 500_000}\n", "compose.yaml": f'{BASE}    environment:\n      B: "{"$A" * 20_000}"\n'},
        "a: the image is latest",
    ),
    "aliases": (
        {"compose.yaml": f"x: &x '{'y ' * 200_000}'\n{BASE}    environment: [{','.join(['*x'] * 20_000)}]\n"},
        "nodes",
    ),
    "servers": (
        {"task.json": '{"containerDefinitions": [' + ",".join(['{"image": "x/atlantis"}'] * 20_000) + "]}"},
        "at most 200 servers",
    ),
    "services": (
        {"compose.yaml": "services:\n" + "".join(f"  s{n}: {{image: x/atlantis}}\n" for n in range(15_000))},
        "at most 200 servers",
    ),
    "entries": (
        {
            "compose.yaml": f"{BASE}    environment: {{ATLANTIS_REPO_ALLOWLIST: '{LIST[:900_000]}'}}\n",
            "map.yaml": "version: 1\nprojects:\n" + "".join(
                f"  - {{repository: github.com/acme/r{n}, directory: a, region: eu-central-1, "
                "plan-role: 'arn:aws:iam::111122223333:role/p'}\n" for n in range(300)
            ),
        },
        "the map has github.com/acme/r0",
    ),
}  # fmt: skip
MEMORY = 2 << 30
PATIENCE_S = 60


@pytest.mark.parametrize("name", GREEDY)
def test_a_small_file_cannot_ask_for_all_memory_or_for_hours(tmp_path: Path, name: str) -> None:
    files, words = GREEDY[name]
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    command = ["prlimit", f"--as={MEMORY}", f"--cpu={PATIENCE_S}", str(PROGRAM), "atlantis", "check", "."]
    done = subprocess.run(command, cwd=tmp_path, env=environment({}), check=False, capture_output=True, text=True)
    assert done.returncode == 10, done.stderr
    assert words in done.stdout


def test_a_server_without_any_repos_yaml_is_told(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(BASE)
    told = [one["message"] for one in found(tmp_path, ".") if one["rule"] == "missing-requirements"]
    assert told == ["it has no repos.yaml: nothing is demanded before an apply"]


ODD = [
    "repos: [{id: 7}, {id: [x]}, {id: x, apply_requirements: yes, allowed_overrides: {a: b}}, x, null]\n",
    "repos: [{id: /(a+)+$/, apply_requirements: []}, {id: /[/, apply_requirements: [approved]}]\nworkflows: 7\n",
    "services: {a: {image: [x], environment: 7, ports: x, volumes: [7, {}], command: {}}, b: 7}\n",
    "services: {a: {image: runatlantis/atlantis, '<<': [x, 7], environment: [x, 7], env_file: [{}, ../../x]}}\n",
    "services: {a: {image: runatlantis/atlantis, command: ['server', '--config', '/x\\0'], volumes: ['.:/x']}}\n",
    'services: {a: {image: runatlantis/atlantis, command: "server \'", tmpfs: {}, secrets: [{}, 7]}}\n',
    "orgAllowlist: [x]\ngithub: 7\nbasicAuth: {username: x}\nimage: x\nrepoConfig: '['\nenvironment: [x]\naws: 7\n",
    "gh-token: {a: b}\nrepo-allowlist: [x, y]\nweb-basic-auth: {}\n",
    "version: 3\nprojects: [7, {dir: [x]}, {dir: x, workspace: {}}]\n",
    "version: 1\nprojects: [{repository: 7}]\n",
    '{"containerDefinitions": [7, {"image": "x/atlantis", "environment": [7, {}], "secrets": {}, "dockerLabels": 7}]}',
    '{"taskDefinition": 7, "containerDefinitions": []}',
    """{"format_version": "1", "values": {"root_module": {"resources": [{"type": "aws_ecs_task_definition",
    "mode": "managed", "values": {"container_definitions": "[[[", "task_role_arn": 7}}]}}}""",
]


@pytest.mark.parametrize("text", ODD)
def test_shapes_that_nobody_writes_end_no_process(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.yaml").write_text(text)
    (tmp_path / "map.yaml").write_text((GOOD / "map.yaml").read_text())
    done = check(tmp_path, "odd.yaml", "map.yaml")
    assert done.status in {0, 10}, done.err
    assert "internal" not in done.err


def test_links_and_pipes_in_a_folder_are_left_alone_and_named_ones_are_told(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "repos.yaml").write_text(BAD)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "repos.yaml").symlink_to(outside / "repos.yaml")
    (inside / "more").symlink_to(outside)
    os.mkfifo(inside / "atlantis.yaml")
    findings = found(inside, ".")
    assert [(one["rule"], one["file"]) for one in findings] == [("unreadable", "atlantis.yaml")]


@pytest.mark.parametrize("path", ["../outside/flags.yaml", "link.yaml", "/etc/hostname", "pipe.yaml", "."])
def test_a_compose_file_leads_nowhere_but_beside_itself(tmp_path: Path, path: str) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "flags.yaml").write_text("gh-token: not-a-real-token\n")
    (inside / "link.yaml").symlink_to(outside / "flags.yaml")
    os.mkfifo(inside / "pipe.yaml")
    compose = (GOOD / "compose.yaml").read_text().replace("[server]", "[server, --config=/run/secrets/flags]")
    compose = compose.replace("    volumes:", "    secrets: [flags]\n    volumes:")
    (inside / "compose.yaml").write_text(f"{compose}secrets:\n  flags:\n    file: {path}\n")
    shutil.copy(GOOD / "repos.yaml", inside)
    done = check(inside, "compose.yaml")
    assert done.status == 0, done.out
    assert "not read: /run/secrets/flags" in done.err


def test_no_value_of_a_secret_is_printed(tmp_path: Path) -> None:
    text = (GOOD / "compose.yaml").read_text().replace("${WEBHOOK_SECRET:?}", "not-a-real-secret")
    text = text.replace("    volumes:", "      ATLANTIS_GH_TOKEN: not-a-real-token\n    volumes:")
    (tmp_path / "compose.yaml").write_text(text)
    for output in ("text", "json", "sarif", "github"):
        done = check(tmp_path, ".", "--format", output, "--debug")
        assert done.status == 10
        assert "plain-secret" in done.out
        assert "not-a-real" not in done.out + done.err
