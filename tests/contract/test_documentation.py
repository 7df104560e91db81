# SPDX-License-Identifier: Apache-2.0
"""The documentation agrees with the code, with itself, and says nothing of the machine it was written on."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest
import yaml

from okta_aws.cli.main import cli
from okta_aws.errors import CODES
from okta_aws.settings.options import BY_NAME, OUTPUTS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
TROUBLESHOOTING = DOCS / "troubleshooting.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
OURS = "org/okta-aws-action"
EXCHANGES = (f"{OURS}@", f"{OURS}/composite@")
# Services that users meet, and stand-ins for their own names. Any other host needs a reason to be here.
HOSTS = {
    "github.com",
    "token.actions.githubusercontent.com",
    "www.githubstatus.com",
    "aws.amazon.com",
    "sts.amazonaws.com",
    "status.okta.com",
    "acme.okta.com",
    "keepachangelog.com",
    "semver.org",
    "host",
}
VPC_ENDPOINT = re.compile(r"vpce-\w+\.sts\.[\w-]+\.vpce\.amazonaws\.com")
# First parts of absolute paths: of a container that GitHub starts, of Kubernetes, of URLs.
FOLDERS = {"github", "var", "oauth2", "api", ".well-known"}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> list[str]:
    """The text of each block of code in one of these languages."""
    return [match["text"] for match in BLOCK.finditer(page.read_text()) if match["language"] in languages]


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return BLOCK.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """What a link into the page can name: headings, as GitHub makes anchors of them, and anchors set by hand."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', page.read_text()))


def sections() -> dict[str, str]:
    """The sections of the troubleshooting page by their headings."""
    parts = re.split(r"^## (.+)$", TROUBLESHOOTING.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_error_code_has_its_section_in_the_order_of_the_table() -> None:
    assert list(sections()) == list(CODES)


@pytest.mark.parametrize("code", [code for code in CODES if code != "internal"])
def test_a_section_begins_with_the_words_that_a_user_sees(code: str) -> None:
    assert f"\n```text\nerror[{code}]: {CODES[code]}\n" in sections().get(code, "")


@pytest.mark.parametrize("code", CODES)
def test_a_section_tells_symptom_cause_and_fix_in_this_order(code: str) -> None:
    found = re.findall(r"^\*\*(\w+)\.\*\*", sections().get(code, ""), re.MULTILINE)
    assert found == ["Symptom", "Cause", "Fix"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        path, _, anchor = target.partition("#")
        if urlsplit(target).scheme:
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert not broken


def test_the_index_leads_to_every_page() -> None:
    linked = {(DOCS / target.partition("#")[0]).resolve() for target in LINK.findall(prose(DOCS / "README.md"))}
    assert set(DOCS.rglob("*.md")) - linked == {DOCS / "README.md"}


def steps(document: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - YAML holds anything
    """Everything in a piece of a workflow that uses an action."""
    if isinstance(document, dict):
        if "uses" in document:
            yield document
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from steps(part)


YAML = [pytest.param(text, id=name_of(page)) for page in PAGES for text in blocks(page, "yaml", "yml")]


@pytest.mark.parametrize("text", YAML)
def test_a_workflow_gives_our_action_inputs_that_exist_and_those_it_needs(text: str) -> None:
    for step in steps(yaml.safe_load(text)):
        if step["uses"].startswith(EXCHANGES):
            given = set(step["with"])
            assert given <= {name for name, option in BY_NAME.items() if not option.internal}
            assert given >= {"role-to-assume", "aws-region"}


@pytest.mark.parametrize("text", YAML)
def test_a_workflow_uses_other_actions_as_they_are_pinned(text: str) -> None:
    pins = set((ROOT / "tests/data/action-pins.txt").read_text().splitlines())
    others = [line for line in re.findall(r"\buses: (.+)$", text, re.MULTILINE) if not line.startswith(OURS)]
    assert set(others) <= pins


@pytest.mark.parametrize("text", YAML)
def test_a_workflow_reads_outputs_that_exist(text: str) -> None:
    read = set(re.findall(r"steps\.aws\.outputs\.([\w-]+)", text))
    assert read <= {output.name for output in OUTPUTS}


def test_a_workflow_in_the_readme_may_ask_for_a_token() -> None:
    assert yaml.safe_load(blocks(README, "yaml")[0])["permissions"] == {"id-token": "write"}


# A policy that names a principal is a role's trust policy; any other is about what a role may do.
TRUST = [
    pytest.param(text, id=name_of(page)) for page in PAGES for text in blocks(page, "json") if '"Principal"' in text
]


@pytest.mark.parametrize("text", TRUST)
def test_a_trust_policy_names_one_provider_with_subject_and_audience(text: str) -> None:
    (statement,) = json.loads(text)["Statement"]
    issuer = statement["Principal"]["Federated"].partition(":oidc-provider/")[2]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert set(statement["Condition"]["StringEquals"]) == {f"{issuer}:aud", f"{issuer}:sub"}


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each call of our command line: in shell blocks, and in AWS's config file."""
    text = "\n".join(blocks(page, "sh", "ini")).replace("\\\n", " ")
    for line in text.splitlines():
        words = shlex.split(line.removeprefix("credential_process = "), comments=True)
        for call in " ".join(shlex.quote(word) for word in words).split(" '|' "):
            if call.startswith("okta-aws "):
                yield shlex.split(call.partition(" '>' ")[0])[1:]


CALLS = [pytest.param(call, id=name_of(page)) for page in PAGES for call in commands(page)]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_the_command_line_has_commands_and_flags_that_exist(call: list[str]) -> None:
    command: click.Command = cli
    words = list(call)
    while isinstance(command, click.Group):
        _, inner, words = command.resolve_command(click.Context(command), words)
        assert inner is not None
        command = inner
    command.make_context("okta-aws", words)


def test_the_readme_shows_each_command_of_the_command_line() -> None:
    assert {call[0] for call in commands(README)} == set(cli.list_commands(click.Context(cli)))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_no_host_but_those_that_users_need(page: Path) -> None:
    hosts = {host.lower() for host in re.findall(r"https?://([\w.-]+\w)", page.read_text())}
    assert not {host for host in hosts if not VPC_ENDPOINT.fullmatch(host)} - HOSTS


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_no_folder_of_a_machine(page: Path) -> None:
    text = re.sub(r"https?://\S+", "", page.read_text())
    assert set(re.findall(r"(?:^|[\s`\"'(=])/([\w.-]+)/", text, re.MULTILINE)) <= FOLDERS
