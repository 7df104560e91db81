# SPDX-License-Identifier: Apache-2.0
"""A job whose step runs in this process, where waiting takes no time: for faults that are answered by waiting."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from fakes.job import Job, Step
from okta_aws.errors import Error
from okta_aws.flows.exchange import run
from okta_aws.flows.hand_over import hand_over, summarize_refusal
from okta_aws.retry import Time
from okta_aws.runner.commands import Commands
from okta_aws.runner.context import Context
from okta_aws.settings.raw import from_inputs
from okta_aws.settings.settings import read


@dataclass
class QuickTime:
    """Real time that a sleep skips: servers are waited for, ``slept`` is not. ``chance``: always the same."""

    chance: float = 0.5
    slept: list[float] = field(default_factory=list)

    def time(self) -> Time:
        """This time as the entry points hand it in."""
        return Time(
            lambda: time.time() + sum(self.slept),
            lambda: time.monotonic() + sum(self.slept),
            self.slept.append,
            lambda: self.chance,
        )


class QuickJob(Job):
    """``step`` does what the action's main entry does, by a time of its own. ``slept``: the waits of the last step."""

    slept: list[float]

    def _ended(self, command: list[str], environ: Mapping[str, str]) -> Step:
        assert command[-1] == "okta_aws.action", "only the step can be quick"
        files = self._command_files()
        given = self.environ | {f"GITHUB_{name}": str(path) for name, path in files.items()} | dict(environ)
        printed: list[str] = []
        started = time.monotonic()
        status = self._status(given, printed)
        seconds = time.monotonic() - started
        told = {name: path.read_text() for name, path in files.items()}
        step = Step(status, "".join(printed), "", seconds, told)
        self.environ |= step.variables
        return step

    def _status(self, environ: Mapping[str, str], printed: list[str]) -> int:
        context = Context.from_environ(environ)
        commands = Commands(printed.append, debug=context.debug)
        quick = QuickTime()
        self.slept = quick.slept
        try:
            settings = read(from_inputs(environ), session_name="GitHubActions")
            exchanged = run(settings, environ, context, quick.time(), commands)
            hand_over(exchanged, settings, environ, context, commands, quick.time().sleep)
        except Error as error:
            summarize_refusal(error, "on-refusal", context, commands)
            for line in error.lines():
                commands.info(line)
            commands.error(f"{error.title} [{error.code}]", error.headline())
            return error.exit_status
        return 0
