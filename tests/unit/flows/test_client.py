# SPDX-License-Identifier: Apache-2.0
"""What a run knows besides its single requests: the clock, and which files and addresses a container can see."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from fakes.clock import Clock
from fakes.loopback import Reply, http_server, unused_port
from okta_aws.errors import Error, NeedsHost, NetworkError
from okta_aws.flows.client import Client
from okta_aws.runner.context import Context
from okta_aws.settings.proxies import NO_PROXIES, Proxies, Proxy
from okta_aws.settings.settings import Network, Patience

HOST, DOCKER = (Context.from_environ({"GITHUB_WORKSPACE": folder}) for folder in ("/tmp", "/github/workspace"))


def _client(
    clock: Clock,
    context: Context = HOST,
    bundle: str = "",
    proxies: Proxies = NO_PROXIES,
    window_s: int = 0,
    origin: str = "input",
) -> Client:
    return Client(Patience(3, 60, window_s), Network(proxies, bundle, origin), context, clock.time(), clock.said.append)


def _error() -> Error:
    return Error("role-refused", "asking", fix="the fix of the error itself")


@pytest.mark.parametrize(
    ("off_s", "said"),
    [
        (0, ""),
        (29, ""),
        (-29, ""),
        (31, "31 s behind that of 127.0.0.1"),
        (-3600, "3600 s ahead of that of 127.0.0.1"),
    ],
)
@pytest.mark.parametrize("later_s", [0, 500], ids=["at once", "later"])
def test_a_clock_that_does_harm_is_told_first_however_long_ago_the_answer_was(
    off_s: int, said: str, later_s: int
) -> None:
    clock = Clock()
    date = formatdate(clock.now + off_s, usegmt=True)
    client = _client(clock)
    with http_server(lambda _: Reply(headers={"Date": date})) as server:
        client.http.get(server.url(), {}, within_s=5)
    clock.sleep(later_s)
    error = client.explained(_error())
    client.close()
    assert error.fix[-1] == "the fix of the error itself"
    assert len(error.fix) == (2 if said else 1)
    assert said in error.fix[0]


@pytest.mark.parametrize("date", [None, "yesterday", "", "Thu, 99 Jan 2026 00:00:00 GMT"])
def test_a_date_that_is_missing_or_none_says_nothing(date: str | None) -> None:
    client = _client(Clock())
    with http_server(lambda _: Reply(headers={} if date is None else {"Date": date})) as server:
        client.http.get(server.url(), {}, within_s=5)
    assert client.explained(_error()).fix == ("the fix of the error itself",)
    client.close()


@pytest.mark.parametrize("bundle", ["/etc/ca.pem", "../ca.pem", "certs/../../../etc/ca.pem", "/github/workspace"])
def test_a_bundle_outside_of_what_a_container_sees_needs_the_host(bundle: str) -> None:
    with pytest.raises(NeedsHost) as failed:
        _client(Clock(), DOCKER, bundle)
    assert failed.value.problems[0].option == "ca-bundle"
    _client(Clock(), HOST, bundle).close()


@pytest.mark.parametrize(
    "bundle", ["", "ca.pem", "certs/ca.pem", "/github/runner_temp/ca.pem", "-----BEGIN CERTIFICATE-----\n"]
)
def test_a_bundle_inside_or_as_text_does_not(bundle: str) -> None:
    _client(Clock(), DOCKER, bundle).close()


def _refused(client: Client, url: str) -> Error:
    with pytest.raises(NetworkError) as failed:
        client.http.get(url, {}, within_s=5)
    client.close()
    return client.explained(failed.value)


def test_loopback_is_another_machine_in_a_container() -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    assert _refused(_client(Clock()), url).code == "network-connect"
    error = _refused(_client(Clock(), DOCKER), url)
    assert (error.code, error.exit_status) == ("needs-host", 2)


def test_so_is_a_proxy_there_whatever_lies_behind_it() -> None:
    proxies = Proxies(Proxy("127.0.0.1", unused_port(), False, None))
    assert _refused(_client(Clock(), DOCKER, proxies=proxies), "http://sts.example/").code == "needs-host"


def test_a_window_for_new_roles_is_open_only_where_one_was_asked_for() -> None:
    clock = Clock()
    assert _client(clock).new_role_until is None
    assert _client(clock, window_s=30).new_role_until == clock.now + 30


def test_a_variable_of_the_runner_that_names_a_ca_bundle_out_of_sight_is_left_alone() -> None:
    docker = Context.from_environ({"GITHUB_WORKSPACE": "/github/workspace"})
    _client(Clock(), docker, "/etc/ssl/corporate.pem", origin="environment AWS_CA_BUNDLE").close()
    with pytest.raises(NeedsHost):
        _client(Clock(), docker, "/etc/ssl/corporate.pem")
