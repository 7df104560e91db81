# SPDX-License-Identifier: Apache-2.0
"""Where the command line's settings come from, and what counts before what; okta-aws-cli's machines among them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fakes.fixtures import PROJECT
from fakes.laptop import CLIENT, Laptop
from okta_aws.demo.issuer import Client
from okta_aws.demo.signing import SigningKey
from okta_aws.settings import okta_aws_cli


def session_name(laptop: Laptop, *flags: str, **environ: str) -> str:
    """The session's name, which each source of settings gives another value."""
    outcome = laptop.run("credentials", *flags, environ=environ)
    assert outcome.status == 0, outcome.err
    return laptop.aws.requests[-1].form()["RoleSessionName"]


def test_flags_count_before_variables_before_the_profile_before_the_default(laptop: Laptop) -> None:
    path = laptop.toml("default", "deploy")
    path.write_text(path.read_text() + 'role-session-name = "of-the-profile"\n')
    assert session_name(laptop) == CLIENT
    assert session_name(laptop, "--profile", "deploy") == "of-the-profile"
    assert session_name(laptop, OKTA_AWS_PROFILE="deploy") == "of-the-profile"
    variable = {"OKTA_AWS_PROFILE": "deploy", "OKTA_AWS_ROLE_SESSION_NAME": "of-the-variable"}
    assert session_name(laptop, **variable) == "of-the-variable"
    assert session_name(laptop, "--role-session-name", "of-the-flag", **variable) == "of-the-flag"


def test_the_profile_counts_before_awss_own_variables(laptop: Laptop) -> None:
    laptop.toml("default")
    outcome = laptop.run("exec", "--", "sh", "-c", 'echo "$AWS_REGION"', environ={"AWS_REGION": "us-west-2"})
    assert outcome.out == "eu-west-1\n"


@pytest.mark.parametrize("way", ["flag", "variable"])
def test_another_file_may_be_named(laptop: Laptop, way: str, tmp_path: Path) -> None:
    other = laptop.toml("default").rename(tmp_path / "other.toml")
    if way == "flag":
        assert laptop.run("credentials", "--config", str(other)).status == 0
    else:
        assert laptop.run("credentials", environ={"OKTA_AWS_CONFIG": str(other)}).status == 0


def test_a_file_in_the_working_directory_or_above_is_ignored(laptop: Laptop, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "below").mkdir(parents=True)
    moved = laptop.toml("default").rename(checkout / "okta-aws.toml")
    assert moved.exists()
    for folder in (checkout, checkout / "below"):
        outcome = laptop.run("credentials", cwd=folder)
        assert (outcome.status, outcome.out) == (2, "")
        assert "aws-region (not set)" in outcome.err


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_file_that_others_may_write_is_refused(laptop: Laptop, what: str) -> None:
    path = laptop.toml("default")
    (path if what == "file" else path.parent).chmod(0o777)
    outcome = laptop.run("credentials")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("error[unsafe-file]")
    assert laptop.issuer.requests == []


def test_all_mistakes_of_a_profile_are_told_with_their_lines(laptop: Laptop) -> None:
    laptop.toml("x").write_text("[default]\nrole-to-asume = 'a'\nokta-client-secret = 'hush-hush'\nverify-token = 3\n")
    outcome = laptop.run("credentials")
    assert outcome.status == 2
    for line, word in enumerate(("role-to-asume", "okta-client-secret", "verify-token"), 2):
        assert f"  {word} (okta-aws.toml [default] line {line}): wanted " in outcome.err
    assert "hush-hush" not in outcome.err


def test_a_wrong_value_is_told_with_its_line(laptop: Laptop) -> None:
    path = laptop.toml("default")
    path.write_text(path.read_text() + 'role-duration-seconds = 1\nmystery-file = "x"\n')
    assert "did you mean" not in laptop.run("credentials").err
    path.write_text(path.read_text().replace('mystery-file = "x"\n', ""))
    assert "role-duration-seconds (okta-aws.toml [default] line 8): wanted" in laptop.run("credentials").err


KEY = SigningKey.new("RS256", "kid-machine")


@pytest.fixture
def machine(laptop: Laptop) -> dict[str, str]:
    """The environment of a machine that used okta-aws-cli m2m: its variables and nothing else."""
    laptop.issuer.clients[CLIENT] = Client(CLIENT, jwks=[KEY.public_jwk()])
    base, _, server = laptop.issuer.issuer.partition("/oauth2/")
    return {
        "OKTA_AWSCLI_ORG_DOMAIN": base,  # with its scheme, since the stand-in has no https
        "OKTA_AWSCLI_AUTHZ_ID": server,
        "OKTA_AWSCLI_OIDC_CLIENT_ID": CLIENT,
        "OKTA_AWSCLI_IAM_ROLE": laptop.role,
        "OKTA_AWSCLI_KEY_ID": KEY.kid,
        "OKTA_AWSCLI_PRIVATE_KEY": KEY.pem().replace("\n", "\\n"),
        "OKTA_AWSCLI_CUSTOM_SCOPE": "aws",
        "OKTA_AWS_STS_ENDPOINT": laptop.aws.url,
    }


@pytest.mark.parametrize("key", ["variable", "file"])
def test_a_machine_of_okta_aws_cli_moves_over_unchanged(laptop: Laptop, machine: dict[str, str], key: str) -> None:
    if key == "file":
        del machine["OKTA_AWSCLI_PRIVATE_KEY"]
        (laptop.home / "key.pem").write_text(KEY.pem())
        machine["OKTA_AWSCLI_PRIVATE_KEY_FILE"] = str(laptop.home / "key.pem")
    outcome = laptop.run("credentials", "--format", "env", environ=machine)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("export AWS_ACCESS_KEY_ID='")
    form = laptop.aws.requests[-1].form()
    assert (form["RoleSessionName"], form["DurationSeconds"]) == ("okta-aws-cli", "3600")
    asked = [request.form() for request in laptop.issuer.requests if request.method == "POST"]
    assert asked[-1]["scope"] == "aws"


def test_its_own_scope_is_asked_for_where_none_is_named(laptop: Laptop, machine: dict[str, str]) -> None:
    del machine["OKTA_AWSCLI_CUSTOM_SCOPE"]
    outcome = laptop.run("credentials", environ=machine)
    assert outcome.status == 3
    asked = [request.form() for request in laptop.issuer.requests if request.method == "POST"]
    assert asked[-1]["scope"] == "okta-m2m-access"


@pytest.mark.parametrize(
    ("theirs", "beginning"),
    [("env-var", "export "), ("process-credentials", '{"Version"'), ("aws-credentials", "[default]\n"), ("", "{")],
)
def test_its_output_format_is_known(laptop: Laptop, machine: dict[str, str], theirs: str, beginning: str) -> None:
    outcome = laptop.run("credentials", environ=machine | {"OKTA_AWSCLI_FORMAT": theirs})
    assert outcome.out.startswith(beginning)


def test_ours_count_before_its(laptop: Laptop, machine: dict[str, str]) -> None:
    machine |= {"OKTA_AWS_ROLE_SESSION_NAME": "ours", "OKTA_AWSCLI_STS_ROLE_SESSION_NAME": "theirs"}
    assert session_name(laptop, **machine) == "ours"


def test_a_cached_session_ends_with_its_key_file(laptop: Laptop, machine: dict[str, str]) -> None:
    del machine["OKTA_AWSCLI_PRIVATE_KEY"]
    file = laptop.home / "key.pem"
    file.write_text(KEY.pem())
    machine["OKTA_AWSCLI_PRIVATE_KEY_FILE"] = str(file)
    first = json.loads(laptop.run("credential-process", environ=machine).out)
    assert json.loads(laptop.run("credential-process", environ=machine).out) == first
    file.write_text(SigningKey.new("RS256", KEY.kid).pem())
    assert laptop.run("credential-process", environ=machine).status == 3


def test_the_page_about_it_names_each_variable_that_is_read() -> None:
    page = (PROJECT / "docs/how-to/moving-from-okta-aws-cli.md").read_text()
    rows = set(re.findall(r"^\| `(OKTA_AWSCLI_\w+)` \|", page, re.MULTILINE))
    source = Path(okta_aws_cli.__file__).read_text()
    assert rows == set(re.findall(r'"(OKTA_AWSCLI_[A-Z_]+[A-Z])"', source)) | {"OKTA_AWSCLI_FORMAT"}
