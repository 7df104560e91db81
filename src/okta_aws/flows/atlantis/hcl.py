# SPDX-License-Identifier: Apache-2.0
"""Where Terraform's language names an identity: providers and backends of AWS; and where it runs Atlantis itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from okta_aws.atlantis.setup_files.ecs import Task
from okta_aws.atlantis.setup_files.facts import Administrator, Choice, Place
from okta_aws.flows.policy_files.contents import Contents
from okta_aws.flows.policy_files.hcl_value import value_of
from okta_aws.flows.policy_files.terraform_hcl import Block, Module, new_parser, read_blocks
from okta_aws.trust.permissions import ADMINISTRATORS
from okta_aws.trust.provider_name import UNKNOWN

# Arguments and blocks of the provider, and of the backend s3, with which one takes another identity than the
# environment's. Source: AWS provider, "Authentication and Configuration"; Terraform, "Backend Type: s3".
_IDENTITY = frozenset(
    {
        *("profile", "shared_config_files", "shared_credentials_files", "shared_credentials_file", "role_arn"),
        *("assume_role", "assume_role_with_web_identity", "ec2_metadata_service_endpoint"),
    }
)
_SECRETS = frozenset({"secret_key", "token"})


class Found:
    """What the files of the repositories say."""

    def __init__(self) -> None:
        self.choices: list[Choice] = []
        self.tasks: list[Task] = []
        self.administrators: list[Administrator] = []


def read_module(files: Sequence[tuple[bytes, str]], contents: Contents, busy_s: Callable[[], float]) -> Found:
    """What the files of one folder say. ``busy_s``: as in ``terraform_hcl``."""
    parser, module, found = new_parser(), Module(), Found()
    blocks: list[Block] = []
    for data, file in files:
        blocks += read_blocks(data, file, parser, contents, busy_s)
    for block in blocks:
        module.add(block)
    for block in blocks:
        if block.labels[:2] == ("provider", "aws"):
            found.choices += _choices(block, "the provider aws", module)
        elif block.labels == ("terraform",):
            for inner in block.blocks():
                if inner.labels == ("backend", "s3"):
                    found.choices += _choices(inner, "the backend s3", module)
        elif block.labels[:2] == ("resource", "aws_ecs_task_definition"):
            found.tasks += _tasks(block, module)
        elif block.labels[:1] == ("module",):
            found.administrators += _administrators(block, module)
    return found


def _choices(block: Block, where: str, module: Module) -> Iterator[Choice]:
    for name in sorted(_IDENTITY | _SECRETS):
        given = block.attribute(name)
        if given is None:
            continue
        value = value_of(given[0], module.lookup)
        literal = isinstance(value, str) and UNKNOWN not in value
        if value is not None and (name in _IDENTITY or literal):
            place = Place(block.file, given[1], where, (block.line,))
            yield Choice(f"{name} of {where}", place, secret=name in _SECRETS)
    for inner in block.blocks():
        if inner.labels[0] in _IDENTITY or inner.labels[:2] in {("dynamic", one) for one in _IDENTITY}:
            name = inner.labels[-1]
            yield Choice(f"{name} of {where}", Place(block.file, inner.line, where, (block.line,)))


def _tasks(block: Block, module: Module) -> Iterator[Task]:
    given = block.attribute("container_definitions")
    if given is not None:
        role = module.text(block, "task_role_arn") or ""
        containers = value_of(given[0], module.lookup)
        place = Place(block.file, given[1], block.address, (block.line,))
        yield Task(containers, place, role, lines=isinstance(containers, list))


def _administrators(block: Block, module: Module) -> Iterator[Administrator]:
    """The community's module of Atlantis takes the policies of its task as an argument; its examples give this one."""
    source = module.text(block, "source") or ""
    text = block.body.text if block.body is not None else None
    if "atlantis" not in source.lower() or text is None:
        return
    for offset, line in enumerate(text.decode("utf-8", "replace").split("\n")):
        code = line.partition("#")[0]
        for name in sorted(ADMINISTRATORS):
            if f':policy/{name}"' in code:
                first = block.body.start_point.row + 1 if block.body is not None else block.line
                yield Administrator(Place(block.file, first + offset, block.address, (block.line,)), name)
