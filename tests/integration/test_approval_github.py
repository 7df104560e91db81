# SPDX-License-Identifier: Apache-2.0
"""GitHub's API as PyGithub speaks it, against a stand-in that refuses what GitHub refuses."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from fakes import faults
from fakes.github_api import BOT, GithubApi, reviewers
from fakes.loopback import unused_port
from okta_aws.approval.rules import Answer
from okta_aws.errors import Error, NetworkError
from okta_aws.github_api import GithubApi as Client
from okta_aws.github_api import Reviewers
from okta_aws.secret import Secret


@pytest.fixture
def github() -> Iterator[GithubApi]:
    with GithubApi() as running:
        running.commit("main", {"README.md": "hello"})
        running.commit("change", {})
        running.open_pull("arthur", "change")
        yield running


@pytest.fixture
def ask(github: GithubApi) -> Iterator[Callable[..., Client]]:
    """Makes clients with a new token of these permissions."""
    made: list[Client] = []

    def client(*permissions: str) -> Client:
        token = github.token(BOT, frozenset(permissions or ("contents", "pull-requests:write", "actions", "members")))
        made.append(Client(github.url, github.repository, Secret(token)))
        return made[-1]

    yield client
    for one in made:
        one.close()


def test_comments_of_every_page_are_read(github: GithubApi, ask: Callable[..., Client]) -> None:
    for number in range(230):
        github.comment(github.pulls[7], "somebody", f"comment {number}")
    found = ask().comments(7)
    assert [one.body for one in found] == [f"comment {number}" for number in range(230)]


def test_reviews_of_every_page_are_read(github: GithubApi, ask: Callable[..., Client]) -> None:
    for number in range(120):
        github.review(github.pulls[7], f"reviewer{number}")
    assert len(ask().reviews(7)) == 120


def test_a_comment_is_written_and_then_replaced(ask: Callable[..., Client]) -> None:
    client = ask()
    client.write_comment(7, "first", None)
    (found,) = client.comments(7)
    assert (found.author, found.body) == (BOT, "first")
    client.write_comment(7, "second", found)
    (again,) = client.comments(7)
    assert (again.id, again.body) == (found.id, "second")
    assert again.updated_s > found.updated_s


def test_a_token_that_may_not_write_is_told_which_permission_it_lacks(ask: Callable[..., Client]) -> None:
    with pytest.raises(Error) as caught:
        ask("contents").write_comment(7, "first", None)
    assert caught.value.code == "github-api"
    assert "pull-requests: write" in caught.value.fix[0]


def test_a_file_is_read_at_a_commit_and_is_none_where_it_is_not(github: GithubApi, ask: Callable[..., Client]) -> None:
    client = ask()
    commit = client.branch_commit("main")
    assert commit == github.branches["main"]
    assert client.file("README.md", commit) == "hello"
    assert client.file("other.md", commit) is None


@pytest.mark.parametrize(
    ("state", "permissions", "answer"),
    [
        ("active", ("members",), Answer.YES),
        ("pending", ("members",), Answer.NO),
        (None, ("members",), Answer.NO),
        ("active", ("contents",), Answer.CANNOT_TELL),
        (None, ("contents",), Answer.CANNOT_TELL),
    ],
)
def test_404_means_cannot_tell_unless_the_team_itself_can_be_read(
    github: GithubApi, ask: Callable[..., Client], state: str | None, permissions: tuple[str, ...], answer: Answer
) -> None:
    github.teams["acme/platform"] = {"tamara": state} if state else {}
    assert ask(*permissions).team_member("acme/platform", "tamara") is answer


def test_an_unknown_team_cannot_be_told(ask: Callable[..., Client]) -> None:
    assert ask().team_member("acme/none", "tamara") is Answer.CANNOT_TELL


@pytest.mark.parametrize("login", ["../../user", "a/b", "", "a?b", "a%2fb"])
def test_a_login_that_is_none_goes_into_no_address(github: GithubApi, ask: Callable[..., Client], login: str) -> None:
    github.teams["acme/platform"] = {}
    assert ask().team_member("acme/platform", login) is Answer.CANNOT_TELL
    assert github.requests == []


def test_the_reviewers_of_an_environment_are_read_or_not_known(github: GithubApi, ask: Callable[..., Client]) -> None:
    github.environments["production"] = reviewers(users=("olga",), teams=("platform",))
    assert ask().environment_reviewers("production") == Reviewers(("olga",), ("platform",))
    assert ask("contents").environment_reviewers("production") is None
    assert ask().environment_reviewers("other/../production") is None


def test_a_pull_request_that_is_not_merged_has_no_merge_commit(github: GithubApi, ask: Callable[..., Client]) -> None:
    assert ask().pull_request(7).merge_commit == ""
    assert ask().merged_by(github.pulls[7].head) == []


def test_a_wrong_token_is_told_without_being_shown(github: GithubApi) -> None:
    client = Client(github.url, github.repository, Secret("not-a-real-token"))
    with pytest.raises(Error) as caught:
        client.pull_request(7)
    assert "Bad credentials" in caught.value.found
    assert "not-a-real-token" not in "\n".join(caught.value.lines())
    client.close()


def test_nobody_who_listens_is_a_matter_of_the_network() -> None:
    client = Client(f"http://127.0.0.1:{unused_port()}", "acme/infra", Secret("x"))
    with pytest.raises(NetworkError):
        client.repository()
    client.close()


def test_what_passes_is_tried_again(github: GithubApi, ask: Callable[..., Client]) -> None:
    client = ask()
    github.faults.append(faults.unavailable())
    assert client.repository().id == github.repository_id


@pytest.mark.parametrize("fault", [faults.empty, faults.garbage, faults.login_page], ids=lambda one: str(one.__name__))
def test_an_answer_that_makes_no_sense_is_an_error_of_ours(
    github: GithubApi, ask: Callable[..., Client], fault: Callable[[], faults.Fault]
) -> None:
    client = ask()
    for act in (client.repository, lambda: client.pull_request(7), lambda: client.branch_commit("main")):
        github.faults[:] = [fault().forever()]
        with pytest.raises(Error):
            act()


def test_the_stand_in_listens_on_this_machine_alone(github: GithubApi) -> None:
    assert socket.gethostbyname("127.0.0.1") in github.url
