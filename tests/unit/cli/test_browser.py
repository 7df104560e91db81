# SPDX-License-Identifier: Apache-2.0
"""Whether a browser is opened without being asked for."""

from __future__ import annotations

import pytest

from okta_aws.cli.browser import is_at_hand


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":10", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, False),
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, False),
        ("win32", {}, True),
    ],
)
def test_only_where_somebody_sits_at_this_screen(platform: str, environ: dict[str, str], expected: bool) -> None:
    assert is_at_hand(environ, platform) is expected
