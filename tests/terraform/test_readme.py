# SPDX-License-Identifier: Apache-2.0
"""The modules as README and other pages call them: planned, in one configuration, since a provider starts slowly."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fakes.terraform import MODULES, ROOT, Configuration, copied
from fakes.world import Account
from okta_aws.demo.emulator import Emulator
from okta_aws.demo.sts_front import StsFront

PAGES = ("README.md", "terraform/README.md", "docs/how-to/terraform.md")
WHERE = re.compile(r'"git::https://github\.com/org/okta-aws-action\.git//terraform\?ref=v1"')
pytestmark = pytest.mark.timeout(300)


def called(page: str) -> str:
    """The one configuration on a page that calls the module for AWS."""
    found = re.findall(r'^```hcl\n(module "aws" \{\n.*?)^```$', (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    (text,) = found
    return str(text)


def test_what_the_pages_show_can_be_planned(tmp_path: Path, front: StsFront, emulator: Emulator) -> None:
    modules = copied(tmp_path)
    for number, page in enumerate(PAGES):
        text, replaced = WHERE.subn(json.dumps("../" + MODULES.name), called(page))
        assert replaced == 1, page
        folder = tmp_path / "root"
        folder.mkdir(exist_ok=True)
        (folder / f"page{number}.tf").write_text(re.sub(r"\bmodule(\.| \")aws\b", rf"module\1page{number}", text))
    made = Configuration.against(Account.new(front, emulator), folder, {})
    assert modules.is_dir()
    made.initialise()
    made.run("plan", "-input=false", "-no-color", "-out=plan.out")
    plan = json.loads(made.run("show", "-json", "plan.out"))
    kinds = {(one["module_address"].partition(".module")[0], one["type"]) for one in plan["resource_changes"]}
    for number, page in enumerate(PAGES):
        for kind in ("aws_iam_role", "aws_iam_openid_connect_provider"):
            assert any(at == f"module.page{number}" and found == kind for at, found in kinds), f"{page} makes no {kind}"
