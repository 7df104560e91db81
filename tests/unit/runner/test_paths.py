# SPDX-License-Identifier: Apache-2.0
"""Paths that a Docker action exports are the host's."""

from __future__ import annotations

import pytest

from okta_aws.runner.paths import host_path, is_shared

TEMP = "host:/home/runner/work/_temp"


@pytest.mark.parametrize(
    ("path", "on_host"),
    [
        ("/github/home/.aws/config", "/home/runner/work/_temp/_github_home/.aws/config"),
        ("/github/home", "/home/runner/work/_temp/_github_home"),
        ("/github/runner_temp/aws/config", "/home/runner/work/_temp/aws/config"),
        ("/github/home/../home/x", "/home/runner/work/_temp/_github_home/x"),
    ],
)
def test_a_mounted_path_is_told_as_the_host_has_it(path: str, on_host: str) -> None:
    assert host_path(path, docker_form=True, host_temp=TEMP) == on_host


@pytest.mark.parametrize("path", ["/github/workspace/x", "/root/.aws/config", "/github/home/../x", "/github/homes/x"])
def test_what_cannot_be_told_is_not_guessed(path: str) -> None:
    assert host_path(path, docker_form=True, host_temp=TEMP) is None


@pytest.mark.parametrize("host_temp", ["", "/tmp", "host:", "host:relative"])
def test_without_the_runners_prefix_paths_stay(host_temp: str) -> None:
    assert host_path("/github/home/.aws/config", docker_form=True, host_temp=host_temp) == "/github/home/.aws/config"


def test_outside_a_docker_action_paths_stay() -> None:
    assert host_path("/github/home/x", docker_form=False, host_temp=TEMP) == "/github/home/x"


@pytest.mark.parametrize("path", ["/github/home/x", "/github/workspace/x", "/github/runner_temp/x"])
def test_the_mounts_outlive_the_container(path: str) -> None:
    assert is_shared(path, docker_form=True)


@pytest.mark.parametrize("path", ["/root/x", "/github/home/../x", "/github/homes/x", "relative"])
def test_other_folders_go_with_the_container(path: str) -> None:
    assert not is_shared(path, docker_form=True)
    assert is_shared(path, docker_form=False)
