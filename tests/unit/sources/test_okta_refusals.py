# SPDX-License-Identifier: Apache-2.0
"""Each refusal of Okta's catalogue becomes its own error with a way out; unknown ones are quoted with care.

The texts are those of Okta's published catalogue of OAuth 2.0 errors, release 2026.08.1.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.errors import Error, NetworkError
from okta_aws.sources.okta_refusals import REFUSALS, Sent, dpop_bound, org_server, refusal

SENT = Sent(
    "https://acme.okta.com/oauth2/aus1/v1/token", "0oaAPP", ("aws", "audit"), "kid key-1, RS256, from a JWK", None
)

# One line a refusal: Okta's error, its description, our code.
DATA = Path(__file__).resolve().parents[2] / "data/okta-refusals.tsv"
CATALOGUE = [tuple(line.split("\t")) for line in DATA.read_text().splitlines()]


def of(error: str, description: str, sent: Sent = SENT) -> Error:
    return refusal({"error": error, "error_description": description}, 401, "asking Okta for a token", sent)


@pytest.mark.parametrize(("error", "description", "code"), CATALOGUE)
def test_a_refusal_of_the_catalogue_has_its_code_and_a_way_out(error: str, description: str, code: str) -> None:
    ours = of(error, description)
    assert ours.code == code
    assert ours.exit_status == (9 if code == "okta-unavailable" else 3)
    assert ours.wanted
    assert ours.fix
    assert ours.found.startswith(error)
    assert description[:60] in ours.found


@pytest.mark.parametrize(("error", "description", "code"), CATALOGUE)
def test_case_and_blanks_of_the_text_do_not_matter(error: str, description: str, code: str) -> None:
    assert of(error.upper(), f"  {description.upper()}\n".replace(" ", "  ")).code == code


def test_every_row_of_the_table_serves_a_text_of_the_catalogue() -> None:
    served = {
        next((row for row in REFUSALS if row[0] == error and row[1] in description.lower()), None)
        for error, description, _ in CATALOGUE
    }
    assert [row for row in REFUSALS if row not in served] == []


def test_only_what_passes_by_itself_is_tried_again() -> None:
    again = {row.code for error, description, _ in CATALOGUE if (row := of(error, description)).retry is not None}
    assert again == {"okta-unavailable", "okta-assertion-replayed"}


@pytest.mark.parametrize(
    ("description", "sent"),
    [
        ("The audience claim for client_assertion must be the endpoint invoked for the request.", "aud https://acme.okta.com/oauth2/aus1/v1/token"),
        ("The client_assertion JWT kid is invalid.", "kid key-1, RS256, from a JWK"),
        ("The subject claim for client_assertion is not a valid client_id.", "iss and sub 0oaAPP"),
    ],
)  # fmt: skip
def test_the_part_of_our_request_that_was_refused_is_named(description: str, sent: str) -> None:
    assert of("invalid_client", description).found.endswith(f"; sent {sent}")


@pytest.mark.parametrize(
    ("ahead_s", "said"),
    [
        (None, "the answer has no date to compare this machine's clock with"),
        (0.9, "this machine's clock agrees with Okta's within 2 s"),
        (-1.9, "this machine's clock agrees with Okta's within 2 s"),
        (90.4, "this machine's clock is 90 s ahead of Okta's"),
        (-3600.0, "this machine's clock is 3600 s behind Okta's"),
    ],
)
def test_a_clock_refusal_tells_the_measured_skew(ahead_s: float | None, said: str) -> None:
    sent = Sent("", "", (), "", ahead_s)
    assert of("invalid_client", "The client_assertion token is expired.", sent).found.endswith(f"; {said}")


def test_braces_in_what_was_sent_are_only_text() -> None:
    sent = Sent("", "{key}{0}", ("{clock}",), "", None)
    found = of("access_denied", "Policy evaluation failed for this request, {client}", sent).found
    assert found.endswith('{client}"; sent client {key}{0}, scopes {clock}')


def test_okta_own_form_of_errors_is_understood_too() -> None:
    error = refusal({"errorCode": "E0000022", "errorSummary": "No such method"}, 405, "asking", SENT)
    assert (error.code, error.found) == ("okta-refused", 'E0000022: "No such method"')


@pytest.mark.parametrize(
    "said", [{}, {"error": 7}, {"error": None, "error_description": "x"}, {"message": "Forbidden"}]
)
def test_an_answer_without_an_error_in_it_is_garbage(said: dict[str, object]) -> None:
    error = refusal(said, 403, "asking Okta for a token", SENT)
    assert isinstance(error, NetworkError)
    assert error.code == "network-garbage"
    assert "403" in error.found


def test_a_long_foreign_text_is_cut_and_kept_on_one_line() -> None:
    found = of("invalid_target", "word\r\n::set-env name=A::b\x1b[31m \u202e " * 50).found
    assert len(found) < 230
    assert found.isprintable()
    assert found.startswith('invalid_target: "word ::set-env name=A::b?[31m ? word')


def test_a_secret_that_somebody_echoes_is_not_repeated() -> None:
    echoed = secrets.token_urlsafe(40)
    for said in ({"error": echoed}, {"error": "invalid_target", "error_description": f"bad secret {echoed}!"}):
        error = refusal(said, 400, "asking", SENT)
        assert echoed not in "\n".join(error.lines())
        assert "(a long word)" in error.found


@given(
    st.dictionaries(
        st.sampled_from(["error", "error_description", "errorCode", "errorSummary"]),
        st.text() | st.none() | st.integers(),
    )
)
def test_any_answer_becomes_an_error_on_one_printable_line(said: dict[str, object]) -> None:
    error = refusal(said, 400, "asking", SENT)
    assert error.headline().isprintable()
    assert len(error.found) < 400


def test_a_bound_token_and_the_org_server_have_the_same_way_out_wherever_they_are_seen() -> None:
    assert dpop_bound("asking").fix == of("use_dpop_nonce", "").fix
    assert (
        org_server("asking", "https://acme.okta.com").fix
        == of("unsupported_grant_type", "custom authorization server").fix
    )
