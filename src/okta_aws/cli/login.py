# SPDX-License-Identifier: Apache-2.0
"""``okta-aws login``: a person signs in to Okta, and the token is kept for what comes after."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import click

from okta_aws.cli.browser import is_at_hand, open_page
from okta_aws.cli.options import raw_settings, table_flags
from okta_aws.cli.terminal import Terminal, environ, real_time, working_context
from okta_aws.errors import Problem, SettingsError
from okta_aws.flows.client import Client
from okta_aws.flows.login import Keeping, sign_in
from okta_aws.settings.options import NETWORK, OKTA
from okta_aws.settings.settings import read_for_login
from okta_aws.sources.okta_device import Show
from okta_aws.store.keyring import Keyring
from okta_aws.store.tokens import Kept, LoginTokens, login_folder
from okta_aws.tokens.token import Token

_MEANINGLESS = ("okta-private-key", "okta-key-id", "okta-client-secret", "okta-scope", "retry-access-denied-s")
# What a QR code is made of in a terminal.
_BLOCKS = "\u2580\u2584\u2588"


@click.command()
@table_flags({OKTA, NETWORK}, but=_MEANINGLESS)
@click.option("--browser/--no-browser", default=None, help="Open the page. By default where you sit at a screen.")
@click.option("--qr", is_flag=True, help="Show the address as a QR code too, for a phone.")
@click.option("--keyring/--no-keyring", default=True, help="Keep the token in the system's keyring where there is one.")
@click.option("--store/--no-store", default=True, help="Keep the token; else it goes to standard output, a pipe.")
@click.option("--force", is_flag=True, help="With --no-store: print the token even on a terminal.")
@click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")
@click.pass_context
def login(
    context: click.Context,
    /,
    browser: bool | None,
    qr: bool,
    keyring: bool,
    store: bool,
    force: bool,
    debug: bool,
    **flags: str | None,
) -> None:
    """Sign in to Okta in a browser, here or on another device.

    The token is kept for an hour or so: for `okta-aws credentials --token-source device` and for
    `okta-aws credential-process`, which never ask anybody to sign in. `okta-aws logout` removes it.

    \b
    Example:
      okta-aws login --okta-issuer https://acme.okta.com --okta-client-id 0oa123
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        environment = environ()
        app, patience, network = read_for_login(raw_settings(flags, environment))
        opens = (_is_terminal() and is_at_hand(environment, sys.platform)) if browser is None else browser
        _check_streams(store=store, force=force, opens=opens)
        client = Client(patience, network, working_context(environment), real_time(), terminal.debug)
        tokens = LoginTokens(login_folder(environment, sys.platform), Keyring(), client.time.sleep)
        show = _shower(terminal, environment, opens=opens, qr=qr)
        keeping = Keeping(tokens, keyring) if store else None
        try:
            _told(*sign_in(app, client, show, keeping, environment, terminal), client.time.clock(), terminal)
        finally:
            client.close()
        return 0

    context.exit(terminal.run(command))


def _is_terminal() -> bool:
    return bool(sys.stderr) and sys.stderr.isatty()


def _check_streams(*, store: bool, force: bool, opens: bool) -> None:
    """Raises ``SettingsError`` where what comes of the sign-in, or what leads to it, has no place to go to."""
    problems = []
    if not store and (sys.stdout is None or (sys.stdout.isatty() and not force)):
        found = "a terminal" if sys.stdout else "standard output that is closed"
        fix = "a token on the screen is there for all to see; --force prints it"
        problems.append(Problem("--no-store", "flag", "standard output in a pipe or a file", found, fix))
    if sys.stderr is None and not opens:
        problems.append(Problem("--browser", "flag", "a way to show the code", "standard error that is closed"))
    if problems:
        raise SettingsError(problems)


def _shower(terminal: Terminal, environment: Mapping[str, str], *, opens: bool, qr: bool) -> Callable[[Show], None]:
    def show(it: Show) -> None:
        terminal.say(f"To sign in, open {it.address}")
        terminal.say(f"and enter the code {it.code}, within {it.lasts_s / 60:.0f} minutes.")
        if it.direct:
            terminal.say(f"With the code in it: {it.direct}")
        if qr:
            _show_qr(it.direct or it.address, terminal)
        if opens:
            open_page(it.direct or it.address, environment)

    return show


def _show_qr(address: str, terminal: Terminal) -> None:
    try:
        import segno
    except ImportError:
        terminal.warning("no QR code without the library segno", 'pip install "okta-aws-action[login]"')
        return
    try:
        _BLOCKS.encode(sys.stderr.encoding)
    except UnicodeEncodeError:
        terminal.warning("no QR code here", "standard error takes no such characters; use UTF-8")
        return
    segno.make(address, error="l").terminal(sys.stderr, compact=True)


def _told(token: Token, kept: Kept | None, now: float, terminal: Terminal) -> None:
    if kept is None:
        click.echo(token.text.reveal())
        return
    if kept.complaint:
        terminal.warning("the system's keyring did not take the token", kept.complaint, "it is kept in a file instead")
    how = token.claims.get("amr")
    by = f" ({', '.join(map(str, how))})" if isinstance(how, list) and how else ""
    minutes = ((token.expires or now) - now) / 60
    terminal.say(f"Signed in as {token.subject}{by} for {minutes:.0f} minutes; the token is in {kept.place}.")
