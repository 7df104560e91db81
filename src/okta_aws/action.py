# SPDX-License-Identifier: Apache-2.0
"""The entry points of the action: ``main`` for the step, ``post`` for the end of the job.

``python -I -m okta_aws.action`` and ``python -I -m okta_aws.action post`` run the same code outside the image.
"""

from __future__ import annotations

import gc

# The collector finds nothing in a process this short, yet looks often while modules load: 5 to 15 ms of 150, measured.
gc.set_threshold(100_000)

import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import NoReturn

from okta_aws.errors import AssumeRoleError, Error
from okta_aws.flows.cleanup import clean_up
from okta_aws.flows.exchange import Exchanged, run
from okta_aws.flows.hand_over import hand_over, summarize_refusal, unset_credentials
from okta_aws.retry import Time
from okta_aws.runner.commands import Commands
from okta_aws.runner.context import Context
from okta_aws.settings.options import OPTIONS
from okta_aws.settings.proxies import passwords_in
from okta_aws.settings.raw import RawSettings, from_inputs
from okta_aws.settings.settings import Settings, read

# The peer's default. Trust policies and alarms key on it, so it is not made better.
SESSION_NAME = "GitHubActions"


def main() -> None:
    """The step: exchange a token, hand over the credentials."""
    _end(_guarded(_step))


def post() -> None:
    """The end of the job: take back what the step handed over."""
    _end(_guarded(_end_of_job))


def _end(status: int) -> NoReturn:
    # Python takes all modules apart at its end, which serves nobody here: 10 to 20 ms, measured. Everything that was
    # written is closed by now; the streams are flushed.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _step(commands: Commands, context: Context) -> int:
    raw = from_inputs(os.environ)
    _mask_secrets(commands, raw)
    try:
        settings = read(raw, session_name=SESSION_NAME)
        environ: Mapping[str, str] = os.environ
        if settings.existing.unset:
            environ = unset_credentials(environ, context)
        exchanged = _exchanged(settings, environ, context, commands)
        hand_over(exchanged, settings, environ, context, commands, time.sleep)
    except Error as error:
        summarize_refusal(error, raw["summary"].text, context, commands)
        raise
    return 0


def _exchanged(settings: Settings, environ: Mapping[str, str], context: Context, commands: Commands) -> Exchanged:
    try:
        return run(settings, environ, context, _real_time(), commands)
    except AssumeRoleError as error:
        if error.claims:
            # Imported late: a run that gets its role never needs it.
            from okta_aws.flows.why import explain_refusal

            explain_refusal(error, settings, environ, context, _real_time(), commands)
        raise


def _end_of_job(commands: Commands, context: Context) -> int:
    clean_up(os.environ, context, commands, time.sleep)
    return 0


def _mask_secrets(commands: Commands, raw: RawSettings) -> None:
    for option in OPTIONS:
        if option.secret and option.name in raw:
            commands.mask(raw[option.name].text)
    for password in passwords_in(_text(raw, "http-proxy")):
        commands.mask(password)
    if _text(raw, "mask-aws-account-id").lower() == "true":
        # At once: the settings' own errors may quote a role. What AWS says may name yet others.
        commands.hide_accounts()
        for account in re.findall(r"\d{12}", _text(raw, "role-to-assume") + " " + _text(raw, "allowed-account-ids")):
            commands.mask(account)


def _text(raw: RawSettings, name: str) -> str:
    return raw[name].text if name in raw else ""


def _guarded(job: Callable[[Commands, Context], int]) -> int:
    """The exit status of ``job``: each error explained once, no traceback unless the job runs in debug mode."""
    context = Context.from_environ(os.environ)
    commands = Commands(_write, debug=context.debug)
    try:
        return job(commands, context)
    except Error as error:
        if os.environ.get("SHOW_STACK_TRACE") == "true":
            _show_stack(commands)
        for line in error.lines():
            commands.info(line)
        commands.error(
            f"{error.title} [{error.code}]", error.headline(), *error.explanation, *error.fix[:1], error.docs
        )
        return error.exit_status
    except KeyboardInterrupt:
        commands.info("cancelled: nothing more is handed over")
        return 130
    except Exception as defect:  # noqa: BLE001  (the last catch: a defect must not show a traceback with values in it)
        if context.debug or os.environ.get("SHOW_STACK_TRACE") == "true":
            _show_stack(commands)
        commands.error(
            "A defect of this action [internal]", f"{type(defect).__name__}; re-run with debug logging and report it"
        )
        return 1


def _show_stack(commands: Commands) -> None:
    import traceback

    for line in traceback.format_exc().splitlines():
        commands.info(line)


def _write(text: str) -> None:
    # Flushed at once: a mask must reach the runner before anything that it hides. Bytes that are no UTF-8 go out as
    # they came in, so that a mask of them fits.
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def _real_time() -> Time:
    return Time(time.time, time.monotonic, time.sleep, lambda: int.from_bytes(os.urandom(7), "big") / 2**56)


if __name__ == "__main__":
    (post if sys.argv[1:] == ["post"] else main)()
