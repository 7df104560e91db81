# SPDX-License-Identifier: Apache-2.0
"""A person signs in, in a browser, at a provider that nobody here wrote, and writes to S3 with what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import title_is
from selenium.webdriver.support.wait import WebDriverWait

from fakes.certified_issuer import CertifiedIssuer, native
from fakes.command import okta_aws
from fakes.login import login
from fakes.world import Account, may_write, trust
from okta_aws.demo.emulator import REGION
from okta_aws.demo.sts_front import StsFront

APP, PERSON = "0oaPEOPLE", "00uPERSON"
WAIT_S = 30


@pytest.fixture
def provider() -> Iterator[CertifiedIssuer]:
    with CertifiedIssuer([native(APP)]) as running:
        yield running


@pytest.fixture
def environ(tmp_path: Path, provider: CertifiedIssuer) -> Mapping[str, str]:
    (tmp_path / "home").mkdir()
    app = {"OKTA_AWS_OKTA_ISSUER": provider.issuer, "OKTA_AWS_OKTA_CLIENT_ID": APP}
    return {"HOME": str(tmp_path / "home"), **app}


def on_page(chromium: Chrome, title: str) -> None:
    WebDriverWait(chromium, WAIT_S).until(title_is(title))


def press(chromium: Chrome, selector: str) -> None:
    chromium.find_element(By.CSS_SELECTOR, selector).click()


def approve(chromium: Chrome, address: str, code: str) -> None:
    """What a person does who types the code in by hand."""
    chromium.get(address)
    chromium.find_element(By.NAME, "user_code").send_keys(code)
    press(chromium, "button[type=submit]")
    on_page(chromium, "Device Login Confirmation")
    assert code in chromium.page_source
    press(chromium, "button[autofocus]")
    on_page(chromium, "Sign-in")
    chromium.find_element(By.NAME, "login").send_keys(PERSON)
    chromium.find_element(By.NAME, "password").send_keys("any password")
    press(chromium, "button[type=submit]")
    WebDriverWait(chromium, WAIT_S).until(lambda page: "consent" in page.page_source)
    press(chromium, "button[type=submit]")
    on_page(chromium, "Sign-in Success")


def test_who_signs_in_can_write_to_s3_and_who_signed_out_cannot_begin(
    chromium: Chrome, provider: CertifiedIssuer, environ: Mapping[str, str], aws: StsFront, account: Account
) -> None:
    role = account.role(trust(account.provider(provider.issuer, [APP]), sub=PERSON, aud=APP))
    bucket = account.bucket()
    place = {"OKTA_AWS_STS_ENDPOINT": aws.url, "AWS_REGION": REGION, "OKTA_AWS_ROLE_TO_ASSUME": role}
    with login(environ=environ) as running:
        address, code, _ = running.shown()
        approve(chromium, address, code)
        outcome = running.end()
    assert (outcome.status, outcome.out) == (0, ""), outcome.err
    assert f"Signed in as {PERSON}" in outcome.err
    given = okta_aws("credentials", "--token-source", "device", environ={**environ, **place})
    assert given.status == 0, given.err
    assert may_write(aws, json.loads(given.out), bucket, "allowed/of-a-person")
    assert not may_write(aws, json.loads(given.out), bucket, "elsewhere")
    assert okta_aws("logout", environ=environ).status == 0
    refused = okta_aws("credentials", "--token-source", "device", environ={**environ, **place})
    assert (refused.status, refused.out) == (3, "")
    assert "error[login-needed]" in refused.err


def test_who_says_no_in_the_browser_gets_nothing(chromium: Chrome, environ: Mapping[str, str], tmp_path: Path) -> None:
    with login(environ=environ) as running:
        _, _, direct = running.shown()
        chromium.get(direct)
        on_page(chromium, "Device Login Confirmation")
        press(chromium, "button[name=abort]")
        outcome = running.end()
    assert (outcome.status, outcome.out) == (3, ""), outcome.err
    assert "error[okta-device-denied]" in outcome.err
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == []
