# SPDX-License-Identifier: Apache-2.0
"""Our Terraform files keep to the schema of the Okta provider; and the script that says so finds each kind of mistake.

The provider itself is rarely to be had where tests run. What it makes of these files is proven in tests/okta.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts/okta-schema"
SCHEMA = ROOT / "tests/data/okta-provider-schema.json"
TERRAFORM = ROOT / "terraform"


@dataclass(frozen=True)
class Result:
    """What the script answered."""

    returncode: int
    stdout: str
    stderr: str


Script = Callable[..., Result]
Check = Callable[[str], Result]

SMALL = {
    "provider_schemas": {
        "registry.example.com/acme/zoo": {
            "provider": {"block": {"attributes": {"token": {"type": "string", "required": True}}}},
            "resource_schemas": {
                "zoo_cage": {
                    "block": {
                        "attributes": {
                            "name": {"type": "string", "required": True},
                            "id": {"type": "string", "computed": True},
                            "size": {"type": "number", "optional": True},
                            "open": {"type": "bool", "optional": True},
                            "animals": {"type": ["set", "string"], "optional": True, "computed": True},
                            "tags": {"type": ["map", "string"], "optional": True},
                            "bars": {"type": "number", "optional": True, "deprecated": True},
                        },
                        "block_types": {
                            "door": {
                                "nesting_mode": "list",
                                "min_items": 1,
                                "max_items": 2,
                                "block": {
                                    "attributes": {"lock": {"type": "string", "required": True}},
                                    "block_types": {
                                        "handle": {
                                            "nesting_mode": "single",
                                            "block": {"attributes": {"side": {"type": "string", "optional": True}}},
                                        }
                                    },
                                },
                            }
                        },
                    }
                }
            },
            "data_source_schemas": {
                "zoo_keeper": {"block": {"attributes": {"name": {"type": "string", "required": True}}}}
            },
        }
    }
}
GOOD = """
provider "zoo" {
  alias = "other"
  token = var.token
}

data "zoo_keeper" "this" {
  name = "Kim"
}

resource "zoo_cage" "this" {
  for_each = toset(["a"])
  provider = zoo.other

  name    = data.zoo_keeper.this.name
  size    = 3
  open    = false
  animals = ["lion"]
  tags    = { kind = "big" }

  door {
    lock = "iron"

    handle {
      side = "left"
    }
  }

  dynamic "door" {
    for_each = var.doors
    iterator = each_door

    content {
      lock = each_door.value
    }
  }

  lifecycle {
    ignore_changes = [size]
  }
}

output "name" {
  value = zoo_cage.this["a"].id
}

resource "other_thing" "this" {
  anything = "is fine"
}
"""
MISTAKES = {
    "an unknown type": ('data "zoo_keeper"', 'data "zoo_keepers"', "data zoo_keepers: the provider has no such type"),
    "an unknown argument": ("  size    = 3", "  sise    = 3", "sise: no such argument"),
    "an unknown block": ("    handle {", "    knob {", "door.knob: no such block"),
    "an unknown argument in a block": ('side = "left"', 'sight = "left"', "door.handle.sight: no such argument"),
    "an unknown argument in a dynamic block": ("lock = each_door", "look = each_door", "door.look: no such argument"),
    "an unknown dynamic block": ('dynamic "door"', 'dynamic "gate"', "gate: no such block, made by dynamic"),
    "a dynamic block without for_each": ("    for_each = var.doors\n", "", "door: dynamic without for_each"),
    "a dynamic block that says too much": (
        "    iterator = each_door\n",
        '    iterator = each_door\n    lock = "x"\n',
        "door: dynamic with lock, which belongs in its content",
    ),
    "a missing argument": ('  name = "Kim"\n', "", "name: required, and missing"),
    "a missing argument in a block": ('    lock = "iron"\n', "", "door.lock: required, and missing"),
    "a missing argument in a dynamic block": ("      lock = each_door.value\n", "", "door.lock: required, and missing"),
    "what only the provider sets": ("  size    = 3", '  id = "x"', "id: set by the provider alone"),
    "an argument as a block": (
        '  tags    = { kind = "big" }',
        '  tags {\n    kind = "big"\n  }',
        "tags: an argument, given as a block",
    ),
    "a block as an argument": ("    handle {\n", "    handle = {\n", "door.handle: a block, given as an argument"),
    "too many single blocks": (
        "    handle {\n",
        "    handle {\n    }\n    handle {\n",
        "door.handle: wanted at most 1, found 2",
    ),
    "too many blocks": (
        "  door {\n",
        '  door {\n    lock = "a"\n  }\n  door {\n    lock = "b"\n  }\n  door {\n',
        "door: wanted at most 2, found 3",
    ),
    "a word for a number": ("size    = 3", 'size    = "three"', "size: wanted a number, found a string"),
    "one for many": ('animals = ["lion"]', 'animals = "lion"', "animals: wanted a list, found a string"),
    "a list for a text": ('name = "Kim"', 'name = ["Kim"]', "name: wanted a string, found a list"),
    "a number for a bool": ("open    = false", "open    = 0", "open: wanted a bool, found a number"),
    "what is deprecated": ("size    = 3", "bars    = 3", "bars: deprecated"),
    "an unknown argument of the provider": (
        "  token = var.token",
        "  tokem = var.token",
        "provider zoo: tokem: no such",
    ),
    "a reference to nothing": (
        "data.zoo_keeper.this.name",
        "data.zoo_keeper.this.nome",
        "refers to data.zoo_keeper.….nome: no such attribute",
    ),
}


@pytest.fixture
def script(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Script:
    """The script in this process, since a start for each case would take most of the time."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = spec_from_loader("okta_schema", SourceFileLoader("okta_schema", str(SCRIPT)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "okta_schema", module)  # a dataclass looks its module up
    spec.loader.exec_module(module)

    def run(*arguments: str | Path) -> Result:
        status = module.main([str(argument) for argument in arguments])
        return Result(status, *capsys.readouterr())

    return run


@pytest.fixture
def check(script: Script, tmp_path: Path) -> Check:
    """The script's answer for a text, under the schema of a provider that we made up."""
    (tmp_path / "schema.json").write_text(json.dumps(SMALL))

    def run(text: str) -> Result:
        (tmp_path / "main.tf").write_text(text)
        return script(tmp_path / "schema.json", tmp_path)

    return run


def test_our_files_keep_to_the_schema_of_the_okta_provider(script: Script) -> None:
    result = script(SCHEMA, TERRAFORM)
    assert result.returncode == 0, result.stdout + result.stderr


def test_all_okta_blocks_are_looked_at(script: Script) -> None:
    found = sum(
        len(re.findall(r'^(?:resource|data|provider) "okta', file.read_text(), re.MULTILINE))
        for file in TERRAFORM.rglob("*.tf")
        if ".terraform" not in file.parts
    )
    assert f"{found} blocks of registry.terraform.io/okta/okta, 0 wrong" in script(SCHEMA, TERRAFORM).stdout


def test_the_copy_of_the_schema_has_what_our_files_use_and_no_more(script: Script) -> None:
    kept = json.loads(SCHEMA.read_text())
    assert json.loads(script("--trim", SCHEMA, TERRAFORM).stdout)["provider_schemas"] == kept["provider_schemas"]


def test_the_copy_says_the_version_that_the_module_asks_for() -> None:
    wanted = re.search(r'version = "~> ([\d.]+)"', (TERRAFORM / "modules/okta/versions.tf").read_text())
    assert wanted is not None
    assert f"okta/okta {wanted[1]}." in json.loads(SCHEMA.read_text())["about"]


def test_a_file_without_a_mistake_passes(check: Check) -> None:
    result = check(GOOD)
    assert (result.returncode, result.stdout) == (0, "3 blocks of registry.example.com/acme/zoo, 0 wrong\n")


@pytest.mark.parametrize(("old", "new", "problem"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_found(check: Check, old: str, new: str, problem: str) -> None:
    assert GOOD.count(old) == 1
    result = check(GOOD.replace(old, new))
    assert result.returncode == 1
    assert problem in result.stdout


def test_a_required_block_that_is_missing_is_found(check: Check) -> None:
    result = check('resource "zoo_cage" "this" {\n  name = "a"\n}\n')
    assert "main.tf:1: zoo_cage: door: wanted a block at least 1 times, found none" in result.stdout


def test_a_mistake_is_told_with_its_line(check: Check) -> None:
    line = GOOD.splitlines().index('resource "zoo_cage" "this" {') + 1
    assert f"main.tf:{line}: zoo_cage: sise" in check(GOOD.replace("size    =", "sise    =")).stdout


def test_nothing_to_check_is_a_failure(check: Check) -> None:
    assert check('resource "other_thing" "this" {\n}\n').returncode == 1


def test_a_file_that_is_no_hcl_is_an_error(check: Check) -> None:
    result = check('resource "zoo_cage" {{\n')
    assert (result.returncode, "main.tf: no HCL" in result.stderr) == (2, True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"provider_schemas": []}', '{"provider_schemas": {"a": 1}}'])
def test_a_file_that_is_no_schema_is_an_error(script: Script, tmp_path: Path, text: str) -> None:
    (tmp_path / "schema.json").write_text(text)
    result = script(tmp_path / "schema.json", TERRAFORM)
    assert (result.returncode, "terraform providers schema -json" in result.stderr) == (2, True)


def test_a_folder_that_does_not_exist_is_an_error(script: Script, tmp_path: Path) -> None:
    assert script(SCHEMA, tmp_path / "nowhere").returncode == 2
