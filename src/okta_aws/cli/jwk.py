# SPDX-License-Identifier: Apache-2.0
"""``okta-aws jwk``: the public key to register at Okta, of a key that is there or of a new one."""

from __future__ import annotations

import json
import os
import time
from types import ModuleType

import click

from okta_aws.cli.terminal import Terminal, standard_input
from okta_aws.errors import ExportError, Problem, SettingsError, SourceError
from okta_aws.secret import Secret

# A key in any form is smaller; more than this is something else.
_MOST_BYTES = 1 << 16
_ALGORITHMS = ("RS256", "ES256", "ES384", "ES512")
_DEBUG = click.option("--debug", is_flag=True, help="Say on standard error what is done. Shows no secret.")


class _FileOrCommand(click.Group):
    """``jwk FILE`` is ``jwk show FILE``: what most calls are."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["show", *args])


@click.group(cls=_FileOrCommand, subcommand_metavar="FILE | new FILE")
def jwk() -> None:
    """Print the public JWK of the key in FILE, to register with an Okta app.

    FILE holds a private key (PEM, JWK, or base64 of these) or a public one (PEM); - is standard input. Nothing private
    is printed. The key's name, kid, is its thumbprint (RFC 7638): give it to the action as okta-key-id.

    \b
    okta-aws jwk deploy.pem        the public JWK of that key
    okta-aws jwk new deploy.pem    a new key in that file, its public JWK printed
    """


@jwk.command(hidden=True)
@click.argument("path", metavar="FILE")
@_DEBUG
@click.pass_context
def show(context: click.Context, path: str, debug: bool) -> None:
    """Print the public JWK of the key in FILE."""
    terminal = Terminal(debug=debug)

    def command() -> int:
        public_key = _public_key()
        text = _text(path)
        terminal.mask(text)
        _print(public_key.public_jwk(text, "standard input" if path == "-" else path))
        return 0

    context.exit(terminal.run(command))


@jwk.command()
@click.argument("path", metavar="FILE")
@click.option(
    "--algorithm",
    type=click.Choice(_ALGORITHMS),
    default="RS256",
    show_default=True,
    help="Of its signatures: RS256 is an RSA key of 2048 bits, the others are EC keys.",
)
@_DEBUG
@click.pass_context
def new(context: click.Context, path: str, algorithm: str, debug: bool) -> None:
    """Make a key pair: the private key goes to FILE, which must not be there yet, the public JWK is printed.

    The file is PKCS#8 PEM without a passphrase, readable by you alone. RS256 is the default because the Okta provider
    for Terraform has no place for an EC key's curve.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        private, public = _public_key().new_pair(algorithm)
        terminal.mask(private)
        _write(os.path.abspath(path), private)
        terminal.say(f"the private key is in {path}, readable by you alone")
        _print(public)
        return 0

    context.exit(terminal.run(command))


def _public_key() -> ModuleType:
    try:
        from okta_aws.sources import public_key
    except ImportError as missing:
        raise SourceError(
            "okta-key-library",
            "reading a key",
            wanted="the libraries cryptography and PyJWT",
            found=f"none named {missing.name}",
            fix='pip install "okta-aws-action[key]"',
        ) from None
    return public_key


def _print(public: dict[str, str]) -> None:
    click.echo(json.dumps(public, indent=2))


def _text(path: str) -> Secret:
    try:
        if path == "-":
            data = standard_input(_MOST_BYTES)
        else:
            with open(path, "rb") as file:
                data = file.read(_MOST_BYTES)
    except (OSError, ValueError) as cause:
        found = (cause.strerror if isinstance(cause, OSError) else None) or str(cause)
        raise SettingsError([Problem("FILE", "argument", "a readable file", found.lower())]) from None
    return Secret(data.decode("utf-8", "replace"))


def _write(path: str, private: Secret) -> None:
    from okta_aws.files import Rules, rewrite

    def edit(before: bytes | None) -> bytes:
        if before is not None:
            raise ExportError(
                "key-exists",
                f"writing {path}",
                wanted="a file that is not there yet",
                found="one that is",
                fix="give another name; a key that is in use is replaced by registering the new one beside it first",
            )
        return private.reveal().encode()

    rewrite(path, edit, Rules(root=os.path.dirname(path), owner=None, wait_s=5, sleep=time.sleep))
