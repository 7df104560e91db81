# SPDX-License-Identifier: Apache-2.0
"""How the subject that a policy wants differs from the one that a token has, in the codes of the causes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from okta_aws.policies.wildcards import matches, pieces
from okta_aws.tokens.subject import GithubSubject

_IDS = re.compile(r"@[0-9*]+(?=/|$)")
_ENVIRONMENT, _PULL_REQUEST, _REF = "environment:", "pull_request", "ref:"
_SERVICE_ACCOUNT = "system:serviceaccount:"
# What is compared to find the nearest: no subject that anybody wrote by hand or template comes near to either, and a
# hostile policy costs no more than that.
_MOST_VALUES, _LONGEST_VALUE = 200, 1024
# The order in which they are told where one subject has several: what is wrong at its beginning first.
ORDER = (
    "other-repository",
    "letter-case",
    "immutable-subject",
    "wildcard-under-string-equals",
    "subject-incomplete",
    "environment-changes-sub",
    "pull-request-subject",
    "customized-subject",
    "other-environment",
    "other-ref",
    "other-service-account",
    "other-subject",
)


def nearest(wanted: Iterable[str], found: str, *, exact: bool) -> tuple[str, frozenset[str]]:
    """Of ``wanted`` the value that differs least from ``found``, and how it differs. ``exact``: no wildcards under this
    operator."""
    compared = [(value, _differences(value, found, exact=exact)) for value in islice(_short(wanted), _MOST_VALUES)]
    return min(
        compared, key=lambda one: (_weight(one[1]), -_alike(one[0], found)), default=("", frozenset({"other-subject"}))
    )


def _short(wanted: Iterable[str]) -> Iterator[str]:
    return (value for value in wanted if len(value) <= _LONGEST_VALUE)


def distance(wanted: Iterable[str], found: str, *, exact: bool) -> int:
    """How far off the nearest of ``wanted`` is; 0 is equal."""
    return _weight(nearest(wanted, found, exact=exact)[1])


def _weight(codes: frozenset[str]) -> int:
    return sum(5 if code.startswith("other-") else 2 for code in codes)


def _alike(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _fits(pattern: str, text: str) -> bool:
    return matches(pieces(pattern), text)


def _differences(wanted: str, found: str, *, exact: bool) -> frozenset[str]:
    codes: set[str] = set()
    if exact and set("*?") & set(wanted):
        codes.add("wildcard-under-string-equals")
    if _fits(wanted, found):
        return frozenset(codes)
    if _fits(wanted.lower(), found.lower()):
        return frozenset(codes | {"letter-case"})
    subject = GithubSubject.parse(found)
    if subject is None or not wanted.startswith("repo:"):
        accounts = found.startswith(_SERVICE_ACCOUNT) and wanted.startswith(_SERVICE_ACCOUNT)
        # A pattern that does not match even as a pattern is not wrong for standing under StringEquals.
        return frozenset({"other-service-account" if accounts else "other-subject"})
    return frozenset(codes) | _of_github(wanted, subject)


def _of_github(wanted: str, found: GithubSubject) -> frozenset[str]:
    repository, colon, context = wanted.removeprefix("repo:").partition(":")
    codes = _of_repository(f"repo:{repository}", found)
    if not colon:
        # A star at the end stands for the context as well.
        return codes if repository.endswith("*") else codes | {"subject-incomplete"}
    return codes | _of_context(context, found.context)


def _of_repository(wanted: str, found: GithubSubject) -> frozenset[str]:
    plain = _IDS.sub("", wanted)
    for pattern, name, codes in (
        (wanted, found.repository, ()),
        (wanted, found.plain_repository, ("immutable-subject",)),
        (plain, found.repository, ("immutable-subject",)),
    ):
        if _fits(pattern, name):
            return frozenset(codes)
        if _fits(pattern.lower(), name.lower()):
            return frozenset({*codes, "letter-case"})
    return frozenset({"other-repository"})


def _of_context(wanted: str, found: str) -> frozenset[str]:
    if _fits(wanted, found):
        return frozenset()
    if _fits(wanted.lower(), found.lower()):
        return frozenset({"letter-case"})
    if _fits(f"{wanted}:*", found):
        return frozenset({"customized-subject"})
    for start, both, either in (
        (_ENVIRONMENT, "other-environment", "environment-changes-sub"),
        (_PULL_REQUEST, "other-subject", "pull-request-subject"),
        (_REF, "other-ref", "other-subject"),
    ):
        if wanted.startswith(start) or found.startswith(start):
            return frozenset({both if wanted.startswith(start) and found.startswith(start) else either})
    return frozenset({"other-subject"})
