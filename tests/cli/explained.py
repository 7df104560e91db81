# SPDX-License-Identifier: Apache-2.0
"""What ``okta-aws explain`` says of some refusals, as files in ``tests/data/explain``.

Rewrite them with ``.venv/bin/python tests/cli/explained.py``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "explain"
REFUSALS = ROOT / "tests" / "data" / "refusals"
# One of each kind of explanation: in place, a statement of its own, an exception to a Deny, none at all, a yes.
CASES = (
    "one/cac-1100",
    "one/cac-672",
    "one/cac-280",
    "one/rcp-examples-5",
    "one/okta-oidc-js-46",
    "one/buildkite-plugin-18",
    "two/immutable-and-environment",
    "two/wildcard-and-tags",
    "allowed/karpenter-1313-fixed",
)
FORMATS = ("text", "json")


def snapshot(case: str, output_format: str) -> str:
    """The exit status and all that is said."""
    from fakes.command import okta_aws

    refusal = json.loads((REFUSALS / f"{case}.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        for name, part in (("claims.json", refusal["claims"]), ("trust.json", refusal["policy"])):
            (Path(folder) / name).write_text(json.dumps(part), encoding="utf-8")
        flags = ("--claims", "claims.json", "--trust-policy", "trust.json", "--format", output_format)
        done = okta_aws("explain", *flags, cwd=Path(folder))
    head = f"$ okta-aws explain {' '.join(flags)}\nexit status {done.status}\n"
    return f"{head}--- standard output\n{done.out}--- standard error\n{done.err}"


def path_of(case: str, output_format: str) -> Path:
    """The file that a snapshot is in."""
    return DATA / f"{case.partition('/')[2]}.{output_format}.txt"


def main() -> None:
    """Rewrites every file."""
    DATA.mkdir(exist_ok=True)
    for path in DATA.glob("*.txt"):
        path.unlink()
    for case in CASES:
        for output_format in FORMATS:
            path_of(case, output_format).write_text(snapshot(case, output_format), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))
    main()
