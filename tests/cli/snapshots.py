# SPDX-License-Identifier: Apache-2.0
"""What the command line says, as files in ``tests/data/cli``.

Rewrite them with ``.venv/bin/python tests/cli/snapshots.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "cli"

ROLE = ("--role-to-assume", "arn:aws:iam::123456789012:role/deploy", "--aws-region", "eu-central-1")
COMMANDS: dict[str, tuple[str, ...]] = {
    "help": ("--help",),
    "help-approval": ("approval", "--help"),
    "help-approval-seal": ("approval", "seal", "--help"),
    "help-approval-verify": ("approval", "verify", "--help"),
    "approval-nothing": ("approval", "verify"),
    "help-atlantis-plan": ("atlantis", "plan", "--help"),
    "help-atlantis-apply": ("atlantis", "apply", "--help"),
    "help-atlantis-status": ("atlantis", "status", "--help"),
    "atlantis-apply-nothing": ("atlantis", "apply"),
    "help-atlantis-authorize": ("atlantis", "authorize", "--help"),
    "atlantis-authorize-nothing": ("atlantis", "authorize", "apply", "acme/infra", "--socket", "/nowhere/helper.sock"),
    "help-atlantis-check": ("atlantis", "check", "--help"),
    "help-atlantis-webhook": ("atlantis", "webhook", "--help"),
    "atlantis-webhook-nothing": ("atlantis", "webhook"),
    "help-atlantis-credentials": ("atlantis", "credentials", "--help"),
    "help-atlantis-helper": ("atlantis", "helper", "--help"),
    "help-atlantis-init": ("atlantis", "init", "--help"),
    "atlantis-no-helper": ("atlantis", "credentials", "plan", "--socket", "/nowhere/helper.sock"),
    "atlantis-no-map": ("atlantis", "init", "--map", "/nowhere/map.yaml", "--output", "/nowhere"),
    "help-credentials": ("credentials", "--help"),
    "help-explain": ("explain", "--help"),
    "help-credential-process": ("credential-process", "--help"),
    "help-exec": ("exec", "--help"),
    "help-configure": ("configure", "--help"),
    "help-profiles": ("profiles", "--help"),
    "help-completion": ("completion", "--help"),
    "no-profile": ("credential-process", "--profile", "deploy", "--no-cache"),
    "no-command": ("exec", *ROLE, "--", "no-such-program"),
    "nothing-to-configure": ("configure",),
    "help-jwk": ("jwk", "--help"),
    "help-jwk-new": ("jwk", "new", "--help"),
    "help-login": ("login", "--help"),
    "help-logout": ("logout", "--help"),
    "login-needed": (
        *("token", "fetch", "--token-source", "device"),
        *("--okta-issuer", "https://acme.okta.com", "--okta-client-id", "0oa123"),
    ),
    "help-doctor": ("doctor", "--help"),
    "doctor-knows-nothing": ("doctor",),
    "doctor-broken": (
        *("doctor", "--role-to-assume", "arn:aws:iam::123456789012:user/me", "--aws-region", "Frankfurt"),
        *("--web-identity-token-file", "/nowhere/token"),
    ),
    "doctor-json": ("doctor", "--format", "json", "--retry-max-attempts", "many"),
    "help-token": ("token", "--help"),
    "help-token-fetch": ("token", "fetch", "--help"),
    "help-token-inspect": ("token", "inspect", "--help"),
    "nothing": (),
    "unknown-command": ("fetch",),
    "unknown-flag": ("credentials", "--web-identity-token", "abc"),
    "settings-none": ("credentials", "--token-source", "github"),
    "settings-many": (
        *("credentials", "--role-to-assume", "arn:aws:iam::123456789012:user/me", "--aws-region", "Frankfurt"),
        *("--retry-max-attempts", "many", "--disable-retry", "no", "--sts-endpoint", "http://sts.invalid"),
        *("--okta-issuer", "https://acme-admin.okta.com/oauth2/x", "--allowed-account-ids", "1,2"),
    ),
    "settings-two-sources": ("credentials", *ROLE, "--web-identity-token-file", "t", "--token-source", "github"),
    "no-file-for-a-secret": ("credentials", *ROLE, "--okta-client-secret-file", "/nowhere/secret"),
    "no-source": ("token", "fetch", "--token-source", "github"),
    "no-token-file": ("credentials", *ROLE, "--web-identity-token-file", "/nowhere/token"),
    "not-a-token": ("token", "inspect"),
    "wrong-account": ("credentials", *ROLE, "--web-identity-token-file", "t", "--allowed-account-ids", "210987654321"),
}


def snapshot(name: str) -> str:
    """The command, its exit status and all it says."""
    from fakes.command import okta_aws

    command = COMMANDS[name]
    # No instance is asked for AWS credentials: that would leave this machine.
    done = okta_aws(*command, given="not a token", environ={"AWS_EC2_METADATA_DISABLED": "true"})
    head = f"$ okta-aws {' '.join(command)}\nexit status {done.status}\n"
    return f"{head}--- standard output\n{done.out}--- standard error\n{done.err}"


def main() -> None:
    """Rewrites every file."""
    DATA.mkdir(exist_ok=True)
    for path in DATA.glob("*.txt"):
        path.unlink()
    for name in COMMANDS:
        (DATA / f"{name}.txt").write_text(snapshot(name), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))
    main()
