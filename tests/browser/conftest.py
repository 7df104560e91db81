# SPDX-License-Identifier: Apache-2.0
"""A real browser without a screen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service


@pytest.fixture
def chromium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chrome]:
    """Debian's Chromium; `scripts/test browser` installs it."""
    programs = [shutil.which(name) for name in ("chromium", "chromedriver")]
    assert all(programs), "chromium or chromedriver is missing; run: scripts/test browser"
    browser, driver = map(str, programs)
    monkeypatch.setenv("HOME", str(tmp_path / "browser"))  # where it would leave its traces
    options = ChromeOptions()
    options.binary_location = browser
    options.add_argument("--headless=new")
    options.add_argument("--disable-dev-shm-usage")
    # No name is looked up outside, and nothing is fetched that no page asked for.
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.add_argument("--disable-background-networking")
    options.add_argument("--disable-component-update")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # it refuses to start as root otherwise
    chrome = Chrome(options=options, service=Service(driver))
    try:
        yield chrome
    finally:
        chrome.quit()
