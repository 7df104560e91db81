# SPDX-License-Identifier: Apache-2.0
"""GitHub's webhook of Atlantis: what it should be, what it is, and how it gets there with one secret at both ends.

A new secret is put beside the old one in the store, then told to GitHub, and then becomes the store's current one.
Whoever is killed in between leaves the old secret where Atlantis reads it; the next run finds the new one and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from okta_aws.errors import AtlantisError
from okta_aws.github_api import GithubApi, Hook
from okta_aws.secret import Secret

# What Atlantis does something about: its controller of webhooks drops all others.
EVENTS = ("issue_comment", "pull_request")
# Atlantis's documentation, "Webhook secrets".
SHORTEST = 24


class Store(Protocol):
    """Where Atlantis's secret is kept."""

    @property
    def name(self) -> str:
        """As people are shown it."""

    def current(self) -> Secret:
        """The secret that Atlantis reads; empty where there is none."""

    def pending(self) -> Secret:
        """One that was put beside it; empty where there is none."""

    def stage(self, value: Secret) -> None:
        """Puts one beside it."""

    def promote(self, value: Secret) -> None:
        """Makes it the one that Atlantis reads."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to have. ``place``: ``/repos/OWNER/NAME`` or ``/orgs/NAME``; ``rotate``: a new secret in any case."""

    place: str
    url: str
    rotate: bool

    @property
    def of(self) -> str:
        """The repository or organisation, as people call it."""
        return self.place.removeprefix("/repos/").removeprefix("/orgs/")


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done. ``hook``: that is there. ``value``: the secret; ``is_new``: it is not the store's current.

    ``staged``: that it lies beside the current one already. ``steps``: for people, none where all is right;
    ``remarks``: what they should look at.
    """

    hook: Hook | None
    value: Secret
    is_new: bool
    staged: bool
    sends_secret: bool
    members: bool
    steps: tuple[str, ...]
    remarks: tuple[str, ...]


def plan(wanted: Wanted, github: GithubApi, store: Store, new: Callable[[], Secret]) -> Plan:
    """What is to be done. ``new`` makes a secret."""
    hooks = github.hooks(wanted.place)
    here = [one for one in hooks if _address(one.url) == _address(wanted.url)]
    same = [one for one in here if one.url == wanted.url] or [one for one in here if _has_usual_port(one.url)]
    same.sort(key=lambda one: (not one.active, one.id))
    hook = same[0] if same else None
    current, pending = store.current(), store.pending()
    staged = bool(pending) and pending != current
    reason = _reason_for_new(wanted, current) if not staged else "a new one was stored and may not be at GitHub yet"
    value = pending if staged else new() if reason else current
    changes = _changes(hook, wanted.url) if hook is not None else []
    members = hook is not None and (set(hook.events) != set(EVENTS) or not hook.active)
    sends = hook is None or bool(reason) or not hook.has_secret or members or hook.url != wanted.url
    steps = list(_steps(wanted, hook, store, reason, changes, sends=sends))
    remarks = [f"webhook {one.id} is for the same address: delete it at GitHub" for one in same[1:]]
    remarks += [
        f"webhook {one.id} is for the same server by another address: delete it at GitHub if it is Atlantis's"
        for one in here
        if one not in same
    ]
    return Plan(hook, value, bool(reason), staged, sends, members, tuple(steps), tuple(remarks))


def carry_out(made: Plan, wanted: Wanted, github: GithubApi, store: Store, say: Callable[[str], None]) -> None:
    """Does it. Where it is stopped in the middle, the next run goes on."""
    config = {"url": wanted.url, "content_type": "json", "insecure_ssl": "0"}
    if made.sends_secret:
        config["secret"] = made.value.reveal()
    if made.is_new and not made.staged:
        store.stage(made.value)
        say(f"stored a new secret in {store.name}, beside what Atlantis reads")
    if made.hook is None:
        github.create_hook(wanted.place, config, EVENTS)
        say("made the webhook")
    else:
        members: dict[str, object] = {"events": [*EVENTS], "active": True} if made.members else {}
        github.change_hook(wanted.place, made.hook.id, members, config)
        say(f"changed webhook {made.hook.id}")
    if made.is_new:
        _check_alone(made, store)
        store.promote(made.value)
        say(f"made it the secret that Atlantis reads from {store.name}: start Atlantis again now")


def _check_alone(made: Plan, store: Store) -> None:
    """Two rotations at once could end with one secret at GitHub and another one in the store."""
    if made.value not in (store.pending(), store.current()):
        fix = "wait until the other run has ended, and run it again with --rotate"
        wanted = "the secret that was put there a moment ago"
        doing = f"making the new secret of {store.name} the one that Atlantis reads"
        raise AtlantisError("atlantis-webhook", doing, wanted=wanted, found="another one: two runs at once", fix=fix)


def _reason_for_new(wanted: Wanted, current: Secret) -> str:
    if wanted.rotate:
        return "--rotate"
    if not current:
        return "the store has none"
    return f"the store's has fewer than {SHORTEST} characters" if len(current) < SHORTEST else ""


def _changes(hook: Hook, url: str) -> list[str]:
    changes = [] if hook.url == url else [f"the address {url}"]
    if set(hook.events) != set(EVENTS):
        more, less = sorted(set(hook.events) - set(EVENTS)), sorted(set(EVENTS) - set(hook.events))
        parts = [f"without {', '.join(more)}"] * bool(more) + [f"with {', '.join(less)}"] * bool(less)
        changes.append(f"events {' and '.join(parts)}")
    if not hook.active:
        changes.append("switched on")
    if hook.content_type != "json":
        changes.append("content type json")
    if not hook.verifies_tls:
        changes.append("the server's certificate checked")
    return changes


def _steps(
    wanted: Wanted, hook: Hook | None, store: Store, reason: str, changes: Sequence[str], *, sends: bool
) -> list[str]:
    steps = [f"a new secret, stored in {store.name} before GitHub gets it: {reason}"] if reason else []
    if hook is None:
        return [*steps, f"a new webhook of {wanted.of} to {wanted.url} for {' and '.join(EVENTS)}"]
    steps += [f"webhook {hook.id}: {change}" for change in changes]
    if sends:
        why = "" if hook.has_secret else ": it has none, so that anybody could speak in GitHub's name"
        steps.append(f"webhook {hook.id}: the secret of {store.name}{why}")
    return steps


def _has_usual_port(url: str) -> bool:
    """Another port may well be another server."""
    try:
        return urlsplit(url).port in {None, 80, 443}
    except ValueError:
        return False


def _address(url: str) -> tuple[str, str]:
    """Host and path, which is what makes two addresses one server."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.path.rstrip("/")
    except ValueError:
        return url, ""
