# SPDX-License-Identifier: Apache-2.0
"""A role session from the cache, else from AWS and into the cache. The cache helps; it is never a reason to fail.

But for one case: a cache that others can read or write is refused, as what is in it are credentials.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from okta_aws.credentials import Credentials
from okta_aws.errors import Error, ExportError
from okta_aws.exporters.process import credential_process_json
from okta_aws.flows.exchange import Exchanged
from okta_aws.retry import Time
from okta_aws.store import sessions

Warn = Callable[[str, str], None]


class _AlreadyThere(Exception):  # noqa: N818  (named for what it tells)
    """Another process renewed the session while this one waited: nothing is to be written."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the session is kept and what it depends on.

    ``path``: its file; ``root``: the folder above that is trusted as it is. ``files``: fingerprints of the files that
    the settings came from. ``here``: the working directory, where one of them is named relative to it.
    """

    path: str
    root: str
    files: Mapping[str, str]
    here: str


def cached_session(place: Place, ask: Callable[[], Exchanged], longest_s: int, time: Time, warn: Warn) -> str:
    """The JSON of the session at ``place``, renewed by ``ask`` where need be: by one process, while others wait.

    ``longest_s``: the seconds that were asked for. Raises what ``ask`` raises, and ``ExportError`` (unsafe-file).
    """
    doubt = sessions.doubt_about(place.path)
    if doubt:
        raise _refused(place, doubt)
    answers: list[str] = []

    def renewed(before: bytes | None) -> bytes | None:
        kept = sessions.answer_in(before, time.clock(), time.monotonic()) if before else None
        if kept is not None:
            answers.append(kept)
            raise _AlreadyThere
        exchanged = ask()
        answers.append(credential_process_json(exchanged.credentials))
        return _entry(place, exchanged, answers[0], longest_s, time)

    try:
        sessions.rewrite(place.path, place.root, renewed, time)
    except _AlreadyThere:
        pass
    except ExportError as error:
        if error.code == "unsafe-file" and not answers:
            raise _refused(place, error.found) from None
        warn("nothing was kept in the cache of sessions", _told(error))
    except OSError as cause:
        warn("the cache of sessions was not tidied up", (cause.strerror or "an error").lower())
    return answers[0] if answers else credential_process_json(ask().credentials)


def _entry(place: Place, exchanged: Exchanged, answer: str, longest_s: int, time: Time) -> bytes | None:
    now = time.clock()
    lasts_s = _lasts_s(exchanged.credentials, longest_s, now)
    # What began with AWS credentials depends on more than is known here: files, an instance, somebody's SSO.
    if exchanged.token is None or lasts_s <= sessions.RENEW_BEFORE_S:
        return None
    return sessions.entry(answer, lasts_s, place.files, place.here, now, time.monotonic())


def _lasts_s(credentials: Credentials, longest_s: int, now: float) -> float:
    if credentials.expiration is None:
        return 0
    # The shorter of the two: by a clock that is behind, AWS's end seems far away.
    return min(longest_s, credentials.expiration.timestamp() - now)


def _refused(place: Place, found: str) -> ExportError:
    folder = os.path.dirname(place.path)
    return ExportError(
        "unsafe-file",
        f"reading the cache of sessions in {folder}",
        wanted="files and a folder that are ours alone (0600 and 0700)",
        found=found,
        fix=("remove that folder, and find out who made it so", "--no-cache does without it"),
    )


def _told(error: Error) -> str:
    return f"{error.doing}: {error.reason()}; --no-cache does without it"
