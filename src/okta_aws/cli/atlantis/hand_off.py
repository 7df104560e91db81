# SPDX-License-Identifier: Apache-2.0
"""What ``plan``, ``apply`` and ``status`` are given, whom they ask, and how they tell what came of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from okta_aws.cli import approval_settings as settings
from okta_aws.cli.approval_settings import Desk, Given, flag
from okta_aws.cli.options import raw_settings
from okta_aws.cli.terminal import Terminal, real_time, working_context
from okta_aws.errors import Error, NotApproved
from okta_aws.secret import Secret
from okta_aws.settings.scalars import is_acceptable_url

if TYPE_CHECKING:
    from okta_aws.atlantis.client import Atlantis
    from okta_aws.flows.atlantis.hand_off import Done, Order, Parties

DEBUG = click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")
URL = flag("atlantis-url", "URL", "Where Atlantis is: https, without /api.")
TIMEOUT = flag("timeout-s", "SECONDS", "How long all of it may take.", "3600")
FLAGS = (
    settings.PULL_REQUEST,
    *settings.PLACE[:2],
    flag("project", "NAME", "The project's name in atlantis.yaml, where it has one."),
    URL,
    click.option(
        "--atlantis-token-file",
        metavar="PATH",
        help="File with Atlantis's API secret, - for standard input. [env: OKTA_AWS_ATLANTIS_TOKEN]",
    ),
    TIMEOUT,
    flag("base-branch", "NAME", "Branch that the pull request is for; unset, the repository's default branch."),
    *settings.JOB,
)
ENVIRONMENT_TEXTS = {
    "OKTA_AWS_ATLANTIS_TOKEN": "Atlantis's API secret. Whoever has it can apply what nobody approved.",
    "GITHUB_API_URL, GITHUB_RUN_ID, …": "The job, as the runner sets them; outputs go to GITHUB_OUTPUT.",
}
EXIT_STATUS = {"8": "Atlantis refused or failed, or its answer was lost", "11": "refused here: Atlantis was not asked"}
_TOKEN = "OKTA_AWS_ATLANTIS_TOKEN"
_PROJECT = re.compile(r"[\w.@+/ =,-]{1,255}", re.ASCII)
_SECONDS = re.compile(r"[1-9][0-9]{0,4}")
_TELL_EACH_S = 30.0
_MOST_LINES = 3000


class Office(Desk):
    """A desk that asks Atlantis too."""

    def __init__(self, given: Given, terminal: Terminal) -> None:
        super().__init__(given, terminal)
        self._given, self._terminal = given, terminal

    def order(self, *, head_needed: bool) -> Order:
        """What is wanted."""
        from okta_aws.approval.rules import normal
        from okta_aws.atlantis.answers import Place
        from okta_aws.flows.atlantis.hand_off import Order

        given = self._given
        place = Place(
            normal(given.text("directory", settings.DIRECTORY, "a folder of the repository")),
            given.text("workspace", settings.NAME, "the name of a workspace"),
            given.text("project", _PROJECT, "the name of a project", empty=True),
        )
        return Order(
            given.number(),
            given.text("head", settings.COMMIT, "the commit that was approved", empty=not head_needed),
            given.text("base-branch", settings.BRANCH, "the name of a branch", empty=True),
            place,
        )

    def parties(self) -> Parties:  # type: ignore[override]
        """Whom a hand-off asks. Raises ``SettingsError`` with every problem."""
        from okta_aws.flows.atlantis.hand_off import Parties

        given = self._given
        run, bot = given.run(), given.text("comment-author", settings.LOGIN, "a login of GitHub")
        token = given.secret("github-token", "OKTA_AWS_GITHUB_TOKEN", "GITHUB_TOKEN")
        secret = given.secret("atlantis-token", _TOKEN)
        for name, one in (("GITHUB_TOKEN", token), (_TOKEN, secret)):
            if not one:
                given.problem(name, "a secret", "nothing")
        atlantis = self.atlantis(secret)
        assert self._client is not None  # noqa: S101  (atlantis made it)
        time, persistence = self._client.time, self._client.persistence
        return Parties(self.github(token), atlantis, run, bot, time.sleep, persistence.remaining_s)

    def atlantis(self, secret: Secret) -> Atlantis:
        """Atlantis at its address, for as long as is given. Raises ``SettingsError`` as ``parties`` does."""
        from okta_aws.atlantis.client import Atlantis
        from okta_aws.flows.client import Client
        from okta_aws.settings.settings import read_for_network

        given = self._given
        url = given.text("atlantis-url", re.compile(r".+"), "an https:// address")
        if url and not is_acceptable_url(url):
            given.problem("--atlantis-url", "an https:// address without user and query", "something else")
        seconds = given.text("timeout-s", _SECONDS, "1 to 99999 seconds")
        given.check()
        patience, network = read_for_network(raw_settings({}, given.environ))
        patience, context = replace(patience, total_s=int(seconds)), working_context(given.environ)
        self._client = Client(patience, network, context, real_time(), self._terminal.debug)
        self._terminal.mask(secret)
        return Atlantis(self._client.http, url, secret, self._client.persistence.remaining_s)

    def tell(self, command: str, done: Done, order: Order) -> None:
        """The end, for people and for programs. Raises its error."""
        from okta_aws.flows.atlantis.comments import lines_of
        from okta_aws.runner.summary import Summary

        lines, page = lines_of(done.head, done.results, done.error), Summary()
        page.heading(f"Atlantis {command}: {order.place.directory}, workspace {order.place.workspace}")
        page.as_it_is(lines[:_MOST_LINES])
        self.summary(page.markdown())
        for line in lines:
            self._terminal.say(line)
        outputs = {
            "pull-request": str(order.number),
            "head": done.head,
            "succeeded": str(done.error is None).lower(),
            "comment": done.comment,
            "approved-by": ", ".join(done.approved_by),
        }
        self.outputs(outputs, {"projects": [_as_json(one) for one in done.results.projects]})
        if done.error is not None:
            raise done.error


def run(
    context: click.Context, values: dict[str, Any], command: Callable[[Given, Office], int], *, debug: bool
) -> None:
    """Runs ``command`` and ends the program with its status."""
    terminal = Terminal(debug=debug)

    def inner() -> int:
        given = Given(values)
        office = Office(given, terminal)
        try:
            return command(given, office)
        except Error as error:
            _explain(error, office)
            raise
        finally:
            office.close()

    context.exit(terminal.run(inner))


@contextmanager
def patience(say: Callable[[str], None], what: str, each_s: float = _TELL_EACH_S) -> Iterator[None]:
    """Says now and then that ``what`` is still waited for, and after an interruption that it goes on."""
    over = threading.Event()

    def tell() -> None:
        count = 0
        while not over.wait(each_s):
            count += 1
            say(f"waiting for {what}: {count * each_s:.0f} s")

    teller = threading.Thread(target=tell, name="patience", daemon=True)
    teller.start()
    try:
        yield
    except KeyboardInterrupt:
        say(f"interrupted; {what} does not stop for that if it was begun")
        raise
    finally:
        over.set()
        teller.join()


def _explain(error: Error, office: Office) -> None:
    if isinstance(error, NotApproved):
        office.summary(settings.refusal_page(error))


def _as_json(one: Any) -> dict[str, str]:  # noqa: ANN401  (a ProjectResult, imported late)
    place = one.place
    named = {"directory": place.directory, "workspace": place.workspace, "project": place.project}
    return {**named, "failure": one.failure, "output": one.output}
