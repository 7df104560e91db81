# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from okta_aws.errors import SettingsError
from okta_aws.secret import Secret
from okta_aws.settings.options import BY_NAME, OPTIONS
from okta_aws.settings.proxies import Proxies
from okta_aws.settings.raw import RawValue, from_inputs
from okta_aws.settings.session_tags import Tag
from okta_aws.settings.settings import Settings, read, read_for_token
from okta_aws.settings.source import Source

ROLE = "arn:aws:iam::123456789012:role/deploy"
LEAST = {"role-to-assume": ROLE, "aws-region": "eu-central-1"}
OKTA = {
    "okta-issuer": "https://acme.okta.com/oauth2/aus1",
    "okta-client-id": "0oa1",
    "okta-client-secret": "marked-secret",
}
POLICY = "arn:aws:iam::123456789012:policy/p"


def _read(inputs: Mapping[str, str] = {}, session_name: str = "") -> Settings:
    """What the action reads from these inputs and the least there must be."""
    given = {**LEAST, **inputs}
    return read(
        from_inputs({BY_NAME[name].input_variable: text for name, text in given.items()}), session_name=session_name
    )


def _problems(inputs: Mapping[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        _read(inputs)
    return [problem.line() for problem in refused.value.problems]


def test_a_role_and_a_region_are_enough() -> None:
    settings = _read()
    assert settings.role is not None
    assert (settings.role.text, settings.role_name) == (ROLE, "")
    assert (settings.session.name, settings.session.duration_s) == ("", 3600)
    assert (settings.session.inline_policy, settings.session.managed_policies) == ("", ())
    assert dataclasses.astuple(settings.endpoint) == ("eu-central-1", "", False, False)
    assert dataclasses.astuple(settings.patience) == (12, 120, 0)
    assert dataclasses.astuple(settings.hand_over) == ("", False, True, False, False, "", False)
    assert settings.source == Source(None, "sts.amazonaws.com")
    assert dataclasses.astuple(settings.existing) == (False, 900, False)
    assert (settings.network.proxies, settings.network.ca_bundle) == (Proxies(), "")
    assert (settings.allowed_accounts, settings.summary) == (frozenset(), "on-refusal")


def test_every_option_reaches_the_settings() -> None:
    settings = _read(
        {
            "role-session-name": "me@here",
            "role-duration-seconds": "900",
            "inline-session-policy": "{}",
            "managed-session-policies": f"{POLICY}1\n{POLICY}2",
            "token-source": "github",
            "audience": "an-audience",
            "allowed-account-ids": "123456789012, 210987654321",
            "mask-aws-account-id": "true",
            "aws-profile": "a-profile",
            "overwrite-aws-profile": "true",
            "output-credentials": "true",
            "output-env-credentials": "true",
            "use-fips-endpoint": "true",
            "use-dualstack-endpoint": "true",
            "retry-max-attempts": "3",
            "action-timeout-s": "10",
            "retry-access-denied-s": "30",
            "special-characters-workaround": "true",
            "verify-token": "true",
            "use-existing-credentials": "true",
            "minimum-remaining-s": "60",
            "ca-bundle": "/etc/ca.pem",
            "no-proxy": "A.invalid b.invalid",
            "role-external-id": "an-id",
            "role-skip-session-tagging": "true",
            "custom-tags": '{"Team": "a"}',
            "transitive-tag-keys": "Team,Repository",
            "summary": "never",
            "host-temp": "host:/tmp/x",
        }
    )
    assert (settings.session.name, settings.session.duration_s) == ("me@here", 900)
    assert (settings.session.inline_policy, settings.session.managed_policies) == ("{}", (f"{POLICY}1", f"{POLICY}2"))
    assert dataclasses.astuple(settings.endpoint) == ("eu-central-1", "", True, True)
    assert dataclasses.astuple(settings.patience) == (3, 10, 30)
    assert dataclasses.astuple(settings.hand_over) == ("a-profile", True, True, True, True, "host:/tmp/x", True)
    assert settings.source == Source("github", "an-audience", verify=True)
    assert dataclasses.astuple(settings.existing) == (True, 60, False)
    assert settings.network.ca_bundle == "/etc/ca.pem"
    assert settings.network.proxies.exceptions == ("a.invalid", "b.invalid")
    assert (settings.session.external_id, settings.session.tagging) == ("an-id", False)
    assert (settings.session.custom_tags, settings.session.transitive_tag_keys) == (
        (Tag("Team", "a"),),
        ("Team", "Repository"),
    )
    assert settings.allowed_accounts == {"123456789012", "210987654321"}
    assert settings.summary == "never"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        _read().summary = "always"  # type: ignore[misc]


def test_the_session_name_of_the_entry_point_stands_where_the_user_gave_none() -> None:
    assert _read(session_name="GitHubActions").session.name == "GitHubActions"
    assert _read({"role-session-name": "mine"}, session_name="GitHubActions").session.name == "mine"


def test_no_retry_is_one_attempt_whatever_their_number() -> None:
    assert _read({"disable-retry": "true", "retry-max-attempts": "7"}).patience.max_attempts == 1


def test_a_profile_takes_the_place_of_variables_unless_both_are_wanted() -> None:
    assert _read({"aws-profile": "p"}).hand_over.as_variables is False
    assert _read({"aws-profile": "p", "output-env-credentials": "true"}).hand_over.as_variables is True
    assert _read({"output-env-credentials": "false"}).hand_over.as_variables is False


@pytest.mark.parametrize("name", ["role-to-assume", "aws-region"])
def test_role_and_region_are_required(name: str) -> None:
    (line,) = _problems({"token-source": "github", name: " "})
    assert line.startswith(f"{name} (not set): wanted ")
    assert "found nothing" in line


def test_the_origin_of_a_stand_in_is_told() -> None:
    with pytest.raises(SettingsError) as refused:
        read(from_inputs({"INPUT_ROLE-TO-ASSUME": ROLE, "AWS_REGION": "Frankfurt"}))
    assert [problem.origin for problem in refused.value.problems] == ["environment AWS_REGION"]


WRONG = {
    "role-to-assume": "a role",
    "aws-region": "us_east_1",
    "role-session-name": "x",
    "role-duration-seconds": "899",
    "inline-session-policy": "{",
    "managed-session-policies": "nonsense",
    "token-source": "gitlab",
    "okta-issuer": "http://acme.okta.com/",
    "allowed-account-ids": "12345",
    "mask-aws-account-id": "maybe",
    "aws-profile": "a]b",
    "overwrite-aws-profile": "yes",
    "output-credentials": "on",
    "output-env-credentials": "1",
    "sts-endpoint": "http://sts.invalid",
    "use-fips-endpoint": "no",
    "use-dualstack-endpoint": "off",
    "retry-max-attempts": "0",
    "disable-retry": "0",
    "action-timeout-s": "-1",
    "summary": "sometimes",
    "audience": "\udcff",
    "role-external-id": "x",
    "role-chaining": "oui",
    "role-skip-session-tagging": "non",
    "custom-tags": "[]",
    "force-skip-oidc": "2",
    "use-existing-credentials": "si",
    "minimum-remaining-s": "43201",
    "unset-current-credentials": "-",
    "special-characters-workaround": "ja",
    "http-proxy": "ftp://proxy.invalid",
    "retry-access-denied-s": "1e3",
    "ca-bundle": "PRIVATE KEY",
    "verify-token": "tru",
}


def test_twenty_wrong_inputs_at_once_are_twenty_lines_once() -> None:
    lines = _problems({**WRONG, "okta-client-id": "0oa1", "okta-client-secret": "s"})
    assert len(WRONG) > 30
    assert sorted(line.partition(" ")[0] for line in lines) == sorted(WRONG)
    assert all("(input)" in line for line in lines)


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_input_is_one_line_by_itself(name: str) -> None:
    others = {"okta-client-id": "0oa1", "okta-client-secret": "s"} if name == "okta-issuer" else {}
    (line,) = _problems({name: WRONG[name], **others})
    assert line.startswith(f"{name} (input): wanted ")


@pytest.mark.parametrize(
    "region",
    [
        "us-east-1",
        "ap-southeast-7",
        "cn-north-1",
        "us-gov-west-1",
        "us-isob-east-1",
        "aws-global",
        "eusc-de-east-1",
        "local",
    ],
)
def test_regions_are_taken_that_nobody_knows_yet(region: str) -> None:
    assert _read({"aws-region": region}).endpoint.region == region


@pytest.mark.parametrize(
    "region",
    [
        "US-EAST-1",
        "us-east-1.evil.invalid",
        "us/east",
        "us-east-1@x",
        "-us",
        "us-",
        "1us",
        "u",
        "us east",
        "ü-1",
        "a" * 65,
        "us-east-1#",
    ],
)
def test_what_would_change_the_host_is_no_region(region: str) -> None:
    assert len(_problems({"aws-region": region})) == 1


def test_a_policy_longer_than_sts_takes_is_refused() -> None:
    longest = '{"a": "' + "x" * (2048 - 9) + '"}'
    assert len(_read({"inline-session-policy": longest}).session.inline_policy) == 2048
    (line,) = _problems({"inline-session-policy": longest.replace("a", "ab")})
    assert "wanted at most 2048 characters, found 2049" in line


def test_ten_managed_policies_are_enough() -> None:
    assert len(_read({"managed-session-policies": ",".join([POLICY] * 10)}).session.managed_policies) == 10
    (line,) = _problems({"managed-session-policies": ",".join([POLICY] * 11)})
    assert "wanted at most 10 ARNs, found 11" in line


@pytest.mark.parametrize(
    "arn",
    ["p", "arn:aws:iam::123456789012:role/p", f"{POLICY} {POLICY}", "arn:a:policy/", "arn:" + "x" * 2048 + ":policy/p"],
)
def test_a_managed_policy_is_named_by_its_arn(arn: str) -> None:
    assert len(_problems({"managed-session-policies": f"{POLICY}\n{arn}"})) == 1


def test_a_policy_s_name_may_hold_a_comma() -> None:
    assert _read({"managed-session-policies": f"{POLICY},p, {POLICY}"}).session.managed_policies == (
        f"{POLICY},p",
        POLICY,
    )


@pytest.mark.parametrize("mark", [*"[]#;\\/ \"'", "\n", "\x1b", "\u202e"])
def test_a_profile_name_cannot_break_the_file_it_is_in(mark: str) -> None:
    assert len(_problems({"aws-profile": f"a{mark}b"})) == 1
    assert len(_problems({"aws-profile": "a" * 129})) == 1


@pytest.mark.parametrize("accounts", ["1", "1234567890123", "123456789012,x", "١٢٣٤٥٦٧٨٩٠١٢", "1234-5678-9012"])
def test_an_account_is_twelve_digits(accounts: str) -> None:
    assert len(_problems({"allowed-account-ids": accounts})) == 1


@pytest.mark.parametrize("other", ["use-fips-endpoint", "use-dualstack-endpoint"])
def test_an_endpoint_of_ones_own_has_no_variants(other: str) -> None:
    (line,) = _problems({"sts-endpoint": "https://sts.invalid", other: "true"})
    assert line.startswith("sts-endpoint (input): wanted either")


def test_the_source_follows_from_what_is_set() -> None:
    assert _read({"web-identity-token-file": "t"}).source.name == "file"
    assert _read({"web-identity-token": "t"}).source.name == "value"
    okta = _read(OKTA).source
    assert okta.name == "okta"
    assert okta.okta is not None
    assert (okta.okta.issuer, okta.okta.client_id, okta.okta.key_id, okta.okta.scopes) == (
        OKTA["okta-issuer"],
        "0oa1",
        "",
        (),
    )
    assert (okta.okta.client_secret, okta.okta.private_key) == (Secret("marked-secret"), None)


@pytest.mark.parametrize(
    "inputs", [{"web-identity-token-file": "t"}, {"web-identity-token": "t"}, OKTA], ids=["file", "value", "okta"]
)
def test_the_default_audience_is_of_github_alone(inputs: Mapping[str, str]) -> None:
    assert _read(inputs).source.audience == ""
    assert _read({**inputs, "audience": "a"}).source.audience == "a"


CONFLICTS: list[Mapping[str, str]] = [
    {"web-identity-token-file": "t", "web-identity-token": "t"},
    {"web-identity-token-file": "t", **OKTA},
    {"web-identity-token": "t", "okta-scope": "s"},
    {"token-source": "github", "web-identity-token": "t"},
    {"token-source": "github", **OKTA},
    {"token-source": "okta", "web-identity-token-file": "t"},
    {"token-source": "value", "web-identity-token": "t", "web-identity-token-file": "t"},
]


@pytest.mark.parametrize("inputs", CONFLICTS, ids=" and ".join)
def test_two_sources_are_one_problem(inputs: Mapping[str, str]) -> None:
    (line,) = [line for line in _problems(inputs) if not line.startswith("okta-")]
    assert line.startswith("token-source (")
    assert "wanted one source" in line


@pytest.mark.parametrize(("source", "missing"), [("file", "web-identity-token-file"), ("value", "web-identity-token")])
def test_a_source_that_was_chosen_needs_its_token(source: str, missing: str) -> None:
    (line,) = _problems({"token-source": source})
    assert line.startswith(f"{missing} (not set): ")


def test_okta_needs_an_issuer_a_client_and_one_of_key_and_secret() -> None:
    lines = _problems({"token-source": "okta"})
    assert [line.partition(" ")[0] for line in lines] == ["okta-issuer", "okta-client-id", "okta-private-key"]
    (line,) = _problems({**OKTA, "okta-private-key": "k"})
    assert line.startswith("okta-client-secret (input): wanted either")


@pytest.mark.parametrize(
    "issuer",
    [
        "https://acme.okta.com/oauth2/aus1/",
        "https://acme.okta.com/",
        "https://acme-admin.okta.com/oauth2/aus1",
        "https://acme-admin.okta.com:443/oauth2/aus1",
        "http://acme.okta.com/oauth2/aus1",
        "https://me:pass@acme.okta.com/oauth2/aus1",
        "https://acme.okta.com:port/oauth2/aus1",
        "https://acme.okta.com/oauth2/aus1?a=b",
        "https://acme.okta.com/oauth2/aus1?",
        "acme.okta.com/oauth2/aus1",
        "0oa1",
    ],
)
def test_an_issuer_that_could_not_work_is_one_problem(issuer: str) -> None:
    (line,) = _problems({**OKTA, "okta-issuer": issuer})
    assert line.startswith("okta-issuer (input): wanted ")
    assert "me:pass" not in line


@pytest.mark.parametrize(
    "issuer",
    ["https://login.acme.invalid/oauth2/default", "https://acme.okta.com:8443/x", "http://127.0.0.1:8080/oauth2/aus1"],
)
def test_issuers_on_other_hosts_and_ports_are_taken(issuer: str) -> None:
    okta = _read({**OKTA, "okta-issuer": issuer}).source.okta
    assert okta is not None
    assert okta.issuer == issuer


def test_a_token_alone_needs_neither_role_nor_region() -> None:
    raw = {option.name: RawValue(option.default, "default") for option in OPTIONS if option.default}
    source, patience, _ = read_for_token(raw | {name: RawValue(text, "flag") for name, text in OKTA.items()})
    assert (source.name, patience.max_attempts) == ("okta", 12)
    with pytest.raises(SettingsError) as refused:
        read_for_token({"token-source": RawValue("okta", "flag"), "retry-max-attempts": RawValue("x", "flag")})
    assert len(refused.value.problems) == 4


@pytest.mark.parametrize("inputs", [OKTA, {"web-identity-token": "marked-secret"}], ids=["okta", "value"])
def test_settings_do_not_show_their_secrets(inputs: Mapping[str, str]) -> None:
    assert "marked-secret" not in repr(_read(inputs))


_TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *WRONG.values(),
            *LEAST.values(),
            "true",
            "900",
            "file",
            "okta",
            "github",
            "value",
            POLICY,
            "https://a.invalid",
            "{}",
        ]
    ),
    st.builds(
        json.dumps,
        st.recursive(
            st.none() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=5
        ),
    ),
    st.binary(max_size=20).map(lambda data: data.decode("utf-8", "surrogateescape")),
)
_SECRET_OPTIONS = [option.name for option in OPTIONS if option.secret]


@given(
    st.dictionaries(st.sampled_from([option.name for option in OPTIONS]), _TEXTS),
    st.sets(st.sampled_from(_SECRET_OPTIONS)),
)
@example(dict(WRONG), set(_SECRET_OPTIONS))
def test_any_input_is_settings_or_one_error_and_no_secret_shows(inputs: dict[str, str], secret_names: set[str]) -> None:
    marked = {name: f"marked-{name}-\u00a7" for name in secret_names}
    environ = {BY_NAME[name].input_variable: text for name, text in {**inputs, **marked}.items()}
    assert not [name for name, text in marked.items() if text in _outcome(environ)]


def _outcome(environ: Mapping[str, str]) -> str:
    """The settings as they print, or the whole error, whose lines are all different."""
    try:
        return repr(read(from_inputs(environ)))
    except SettingsError as refused:
        error = refused
    lines = [problem.line() for problem in error.problems]
    assert len(set(lines)) == len(lines) > 0
    return "\n".join([*error.lines(), str(error), repr(error)])


def test_a_secret_key_in_place_of_a_role_s_name_is_refused_unseen() -> None:
    key = "Ab1/" * 10
    with pytest.raises(SettingsError) as caught:
        read({"aws-region": RawValue("eu-central-1", "input"), "role-to-assume": RawValue(key, "input")})
    assert key not in str(caught.value)
