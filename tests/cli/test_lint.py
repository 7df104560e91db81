# SPDX-License-Identifier: Apache-2.0
"""``okta-aws lint`` as a process."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli.lint_snapshots import ALL, CALLS, DATA, SAID, said
from fakes.command import okta_aws

ROOT = Path(__file__).resolve().parents[2]
GITHUB = "token.actions.githubusercontent.com"
GOOD = "repo:acme@1001/app@2002:ref:refs/heads/main"


def policy(subject: str | list[str] = GOOD, operator: str = "StringLike") -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}, operator: {f"{GITHUB}:sub": subject}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def findings(folder: Path, *arguments: str, status: int = 10) -> list[dict[str, Any]]:
    done = okta_aws("lint", *arguments, "--format", "json", cwd=folder)
    assert done.status == status, done.err
    found: list[dict[str, Any]] = json.loads(done.out)["findings"]
    return found


@pytest.mark.parametrize("name", CALLS)
def test_lint_says_what_it_said(name: str) -> None:
    assert said(name) == (SAID / f"{name}.txt").read_text(encoding="utf-8")


def test_no_snapshot_is_left_over() -> None:
    assert {path.stem for path in SAID.glob("*.txt")} == set(CALLS)


def test_the_json_has_what_other_programs_build_on() -> None:
    for finding in findings(DATA, *ALL):
        assert finding.keys() >= {"rule", "severity", "file", "line", "message", "fix"}
        lines = (DATA / finding["file"]).read_text().splitlines()
        assert 1 <= finding["line"] <= len(lines)


@pytest.mark.parametrize("paths", [ALL, ("cloudformation/template.yaml", "--disable", "unsupported-key")])
def test_the_sarif_passes_the_schema(tmp_path: Path, paths: tuple[str, ...]) -> None:
    log = tmp_path / "log.sarif"
    log.write_text(okta_aws("lint", *paths, "--format", "sarif", cwd=DATA).out)
    schema = ROOT / "tests/data/sarif-schema/sarif-2.1.0.json"
    # One of the schema's patterns is a regular expression for Python, but none for JavaScript in its strict mode.
    check: list[str | Path] = [
        ROOT / ".tools/bin/check-jsonschema",
        "--regex-variant",
        "python",
        "--schemafile",
        schema,
        log,
    ]
    done = subprocess.run(check, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_sarif_names_rules_and_relative_places() -> None:
    (run,) = json.loads(okta_aws("lint", *ALL, "--format", "sarif", cwd=DATA).out)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert rules[result["ruleIndex"]]["helpUri"].endswith(f"lint-rules.md#{result['ruleId']}")
        assert result["partialFingerprints"]
        assert (DATA / result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]).is_file()


def test_a_good_policy_has_no_findings(tmp_path: Path) -> None:
    (tmp_path / "trust.json").write_text(json.dumps(policy(operator="StringLike")))
    done = okta_aws("lint", "trust.json", cwd=tmp_path)
    assert (done.status, done.out) == (0, "")


@pytest.mark.parametrize(("limit", "status"), [("error", 0), ("warning", 10), ("note", 10), ("never", 0)], ids=str)
def test_the_severity_that_counts_can_be_chosen(tmp_path: Path, limit: str, status: int) -> None:
    (tmp_path / "trust.json").write_text(json.dumps(policy("repo:acme/*")))
    (finding,) = findings(tmp_path, "trust.json", "--fail-on", limit, status=status)
    assert finding["severity"] == "warning"


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"not JSON", 1, "wanted a value"),
        (b'{\n "Statement": [],\n "Statement": []}', 3, "each name once"),
        (b'\xef\xbb\xbf{"Statement": []}', 1, "byte order mark"),
        (b'{"Statement": "AssumeRole\x00"}', 1, ""),
        (b'{"Statement": [{"Effect": "Allow",\n"Action": 7}]}', 2, "text or a list of texts"),
        (b'{"Statement": [{"Effect": "Maybe"}]}', 1, "Allow or Deny"),
        (b"[" * 100_000, 1, "64"),
        (b"", 1, ""),
        (b"{}", 1, "a trust policy"),
        (os.urandom(5000), None, ""),
    ],
    ids=["text", "twice", "mark", "zero", "number", "effect", "deep", "empty", "nothing", "bytes"],
)
def test_a_bad_file_is_told_with_its_place_and_hides_nothing(
    tmp_path: Path, content: bytes, line: int | None, words: str
) -> None:
    (tmp_path / "bad.json").write_bytes(content)
    (tmp_path / "other.json").write_text(json.dumps(policy("repo:*")))
    bad, other = findings(tmp_path, "bad.json", "other.json")
    assert (bad["rule"], other["rule"]) == ("unreadable", "wildcard-subject")
    assert bad["line"] == line or line is None
    assert words in bad["message"]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
TEMPLATE = """Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
"""
HOSTILE = {
    "values.json": json.dumps(policy([f"repo:acme/app{i}:*" for i in range(100_000)])),
    "wildcards.json": json.dumps(policy(["*a" * 1000 + "b", "?" * 900, "*" * 900])),
    "deep.json": '{"Statement": ' + "[" * 500_000,
    "deep-object.json": '{"Statement":' * 200_000,
    "keys.json": '{"Statement": {"Effect": "Allow", "Action": "a", "Condition": {"StringEquals": {'
    + ", ".join(f'"k{i}": "v"' for i in range(100_000))
    + "}}}}",
    "bomb.yaml": f"{BOMB}{TEMPLATE}        Statement: *i\n",
    "own.yaml": f"a: &a\n  b: *a\n{TEMPLATE}        *a : 1\n",
    "flow.yaml": f"{TEMPLATE}        " + "[" * 400_000,
    "flow-lines.yaml": f"{TEMPLATE}        " + "[\n" * 200_000,
    "maps.yaml": f"{TEMPLATE}        " + "{a: " * 100_000,
    "indented.yaml": TEMPLATE + "".join(" " * (8 + depth) + "a:\n" for depth in range(1500)),
    "dashes.yaml": f"{TEMPLATE}        " + "- " * 200_000,
    "questions.yaml": f"{TEMPLATE}        " + "? " * 200_000,
    "heredoc.tf": "# assume_role_policy\na = <<EOT\n" + "${" * 400_000,
    "quotes.tf": "# assume_role_policy\n" + '"' * 900_000,
    "brackets.tf": "# assume_role_policy\na = " + "[" * 900_000,
    "templates.tf": '# assume_role_policy\na = "' + '${"' * 300_000,
    "itself.tf": 'locals {\n  a = "${local.a}${local.a}${local.a}"\n}\nresource "aws_iam_role" "r" {\n'
    "  assume_role_policy = local.a\n}\n",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_answered(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(HOSTILE[name])
    done = okta_aws("lint", name, cwd=tmp_path)
    assert done.status in {0, 10}, done.err
    assert "internal" not in done.err


def test_what_a_file_says_can_be_no_command_and_no_control_character(tmp_path: Path) -> None:
    evil = "repo:acme/*\n::add-mask::x\x1b[2J\u202e%0A::error::y"
    (tmp_path / "a,b:c%.json").write_text(json.dumps(policy(evil)))
    for output_format in ("text", "github"):
        done = okta_aws("lint", "a,b:c%.json", "--format", output_format, cwd=tmp_path)
        assert done.status == 10
        allowed = ("::error ", "::warning ", "::notice ") if output_format == "github" else ()
        assert all(line.isprintable() for line in done.out.splitlines())
        assert all(line.startswith(allowed) for line in done.out.splitlines() if line.lstrip().startswith("::"))
    assert "file=a%2Cb%3Ac%25.json" in done.out


def test_a_baseline_accepts_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps(policy("repo:*")))
    wrote = okta_aws("lint", ".", "--write-baseline", "known.json", "--reason", "going in May", cwd=tmp_path)
    assert (wrote.status, wrote.out) == (0, "")
    assert json.loads((tmp_path / "known.json").read_text())["findings"][0]["reason"] == "going in May"
    assert findings(tmp_path, ".", "--baseline", "known.json", status=0) == []
    trust.write_text("\n\n" + json.dumps(policy(["repo:*", "*"]), indent=3))
    (new,) = findings(tmp_path, ".", "--baseline", "known.json")
    assert '"*"' in new["message"]


def test_a_baseline_entry_without_a_reason_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "trust.json").write_text(json.dumps(policy("repo:*")))
    okta_aws("lint", ".", "--write-baseline", "known", cwd=tmp_path)
    known = (tmp_path / "known").read_text().replace("was there when the baseline was written", " ")
    (tmp_path / "known").write_text(known)
    (finding,) = findings(tmp_path, ".", "--baseline", "known")
    assert (finding["rule"], finding["file"]) == ("ignore-without-reason", "known")


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{}]}'])
def test_a_baseline_that_is_none_is_a_setting(tmp_path: Path, content: str) -> None:
    (tmp_path / "known").write_text(content)
    done = okta_aws("lint", ".", "--baseline", "known", cwd=tmp_path)
    assert done.status == 2
    assert "--baseline (flag): wanted" in done.err


@pytest.mark.parametrize(
    ("comment", "rules"),
    [
        ("# okta-aws-lint: ignore[organisation-subject] decided in May", []),
        ("# okta-aws-lint: ignore[organisation-subject]", ["ignore-without-reason", "organisation-subject"]),
        ("# okta-aws-lint: ignore[missing-subject] decided in May", ["organisation-subject"]),
        ("# okta-aws-lint: ignore[organization-subject] decided", ["ignore-without-reason", "organisation-subject"]),
        ("# okta-aws-lint: organisation-subject is fine", ["ignore-without-reason", "organisation-subject"]),
    ],
)
@pytest.mark.parametrize("place", ["value", "role"])
def test_a_comment_silences_a_rule_with_a_reason_only(
    tmp_path: Path, comment: str, rules: list[str], place: str
) -> None:
    template = (DATA / "cloudformation/template.yaml").read_text()
    kept = "\n".join(line for line in template.splitlines() if "okta-aws-lint" not in line)
    before = "                token.actions.githubusercontent.com:sub" if place == "value" else "  Deploy:"
    (tmp_path / "t.yaml").write_text(kept.replace(before, f"    {comment}\n{before}"))
    only = [flag for name in ("organisation-subject", "ignore-without-reason") for flag in ("--rule", name)]
    found = findings(tmp_path, "t.yaml", *only, status=10 if rules else 0)
    assert sorted(finding["rule"] for finding in found) == rules


def test_a_folder_is_walked_without_what_others_made_and_without_links(tmp_path: Path) -> None:
    bad = json.dumps(policy("repo:*"))
    for name in (".git", ".terraform", "node_modules", "mine"):
        (tmp_path / "repo" / name).mkdir(parents=True)
        (tmp_path / "repo" / name / "trust.json").write_text(bad)
    (tmp_path / "outside.json").write_text(bad)
    (tmp_path / "repo/link.json").symlink_to(tmp_path / "outside.json")
    (tmp_path / "repo/folder").symlink_to(tmp_path)
    (tmp_path / "repo/package.json").write_text("{not JSON")
    (tmp_path / "repo/bucket.json").write_text(
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Sid": "AssumeRole"}]}'
    )
    (finding,) = findings(tmp_path, "repo")
    assert finding["file"] == "repo/mine/trust.json"


def test_a_pipe_does_not_hold_it_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "trust.json")
    (finding,) = findings(tmp_path, "trust.json")
    assert finding["rule"] == "unreadable"


def test_an_empty_folder_has_no_findings(tmp_path: Path) -> None:
    done = okta_aws("lint", ".", cwd=tmp_path)
    assert (done.status, done.err) == (0, "0 roles checked: no findings\n")


def test_providers_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "trust.json").write_text(json.dumps(policy()))
    assert findings(tmp_path, "trust.json", "--known-provider", f"https://{GITHUB}", status=0) == []
    (finding,) = findings(tmp_path, "trust.json", "--known-provider", "acme.okta.com")
    assert finding["rule"] == "unknown-provider"
