# SPDX-License-Identifier: Apache-2.0
"""What ``okta-aws lint`` says of the files in ``tests/data/lint``, as files in ``tests/data/lint/said``.

Rewrite them with ``.venv/bin/python tests/cli/lint_snapshots.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "lint"
SAID = DATA / "said"

ALL = ("trust.json", "roles.json", "plan.json", "terraform.tfstate", "terraform", "cloudformation")
CALLS: dict[str, tuple[str, ...]] = {
    **{path.partition(".")[0] if path != "terraform.tfstate" else "state": (path,) for path in ALL},
    "json": (*ALL, "--format", "json"),
    "sarif": (*ALL, "--format", "sarif"),
    "github": (*ALL, "--format", "github"),
    "one-rule": (*ALL, "--rule", "wildcard-subject"),
    "without": (*ALL, "--disable", "wildcard-subject", "--disable", "admin-policy"),
    "nothing": (),
    "no-such-rule": ("trust.json", "--rule", "wildcard", "--disable", "x"),
    "no-such-path": ("nowhere.json", "elsewhere"),
    "help": ("--help",),
}


def said(name: str) -> str:
    """The command, its exit status and all it says."""
    from fakes.command import okta_aws

    call = CALLS[name]
    done = okta_aws("lint", *call, cwd=DATA)
    head = f"$ okta-aws {' '.join(('lint', *call))}\nexit status {done.status}\n"
    return f"{head}--- standard output\n{done.out}--- standard error\n{done.err}"


def main() -> None:
    """Rewrites every file."""
    SAID.mkdir(exist_ok=True)
    for path in SAID.glob("*.txt"):
        path.unlink()
    for name in CALLS:
        (SAID / f"{name}.txt").write_text(said(name), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))
    main()
