# SPDX-License-Identifier: Apache-2.0
"""How PyGithub is led by our proxies, and how what it raises becomes an error of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from okta_aws.errors import Error, NetworkError

if TYPE_CHECKING:
    from okta_aws.http.requests_adapter import Route

T = TypeVar("T")

# A pull request with more comments or reviews is not read by people either.
MOST_ITEMS = 5000


@contextmanager
def connections(route: Route | None) -> Iterator[None]:
    """Clients that are made inside use the route: PyGithub takes no session, but the classes that make one."""
    if route is None:
        yield
        return
    from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

    serve = route.serve

    class Plain(HTTPRequestsConnectionClass):
        def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
            super().__init__(*arguments, **options)
            serve(self.session, self.host, self.port, max_retries=self.retry)

    class Tls(HTTPSRequestsConnectionClass):
        def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
            super().__init__(*arguments, **options)
            serve(self.session, self.host, self.port, max_retries=self.retry)

    Requester.injectConnectionClasses(Plain, Tls)
    try:
        yield
    finally:
        Requester.resetConnectionClasses()


def whole(found: T, *needed: object) -> T:
    """``found``, if none of what is ``needed`` of it is empty; PyGithub reads HTML as nothing at all."""
    if not all(needed):
        raise ValueError("an answer without what was asked for")
    return found


def or_none(ask: Callable[[], T]) -> T | None:
    from github import UnknownObjectException

    try:
        return ask()
    except UnknownObjectException:
        return None


@contextmanager
def asking(doing: str, permission: str) -> Iterator[None]:
    from github import BadAttributeException, GithubException
    from requests import RequestException

    try:
        yield
    except GithubException as refusal:
        message = refusal.data.get("message") if isinstance(refusal.data, dict) else None
        found = f'HTTP status {refusal.status}: "{str(message or refusal.message or "")[:300]}"'
        fix = (f"give the job's token the permission {permission}", "or see whether GitHub has an incident")
        raise Error("github-api", doing, found=found, fix=fix) from None
    except RequestException as cause:
        found, wrong = type(cause).__name__, ("check GITHUB_API_URL and the proxy (HTTPS_PROXY)",)
        raise NetworkError("github-api", doing, wanted="an answer of GitHub", found=found, fix=wrong) from None
    except (BadAttributeException, ValueError, KeyError, TypeError, AttributeError, AssertionError) as cause:
        found, wrong = f"something else ({type(cause).__name__})", ("check GITHUB_API_URL and the proxy (HTTPS_PROXY)",)
        raise NetworkError("network-garbage", doing, wanted="an answer of GitHub", found=found, fix=wrong) from None


def stop_at_too_many(count: int, doing: str, most: int = MOST_ITEMS) -> None:
    if count > most:
        fix = "open another pull request" if most == MOST_ITEMS else "part the folder"
        raise Error("github-api", doing, wanted=f"at most {most}", found="more", fix=fix)
