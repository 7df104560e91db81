# SPDX-License-Identifier: Apache-2.0
"""Whether somebody on GitHub is in a group of Okta: whatever goes wrong on the way, nobody passes by accident."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes import faults
from fakes.hostile import texts
from fakes.okta_org import OktaOrg
from okta_aws.approval.decide import decide_by_rule
from okta_aws.approval.rules import Answer, Entitled, Group, OktaPeople, Rule, Told, Unknown
from okta_aws.demo.issuer import Client as App
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.web import Request, Response
from okta_aws.errors import Error
from okta_aws.flows.approval import okta_groups
from okta_aws.flows.approval.okta_groups import KEPT_S, PAUSE_S, OktaGroupsOfPeople
from okta_aws.flows.client import Client
from okta_aws.retry import Time
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.proxies import NO_PROXIES
from okta_aws.settings.settings import Network, Patience

GROUP = "AWS deployers"
EVERYBODY = Rule("**", "*", {"apply": Entitled((Group("okta-group", GROUP),), (), 1, 3)}, 2)


@dataclass
class Asker:
    """Who asks ``org``: with its own clock, that sleeping moves at once, and with the patience of a test."""

    org: OktaOrg
    ahead_s: float = 0
    slept: list[float] = field(default_factory=list)
    reported: list[Error] = field(default_factory=list)
    patience: Patience = field(default_factory=lambda: replace(okta_groups.PATIENCE, max_attempts=2, total_s=3))

    def groups(self, key: Secret | None = None, **people: object) -> OktaGroupsOfPeople:
        """As the map has it, with ``people`` changed."""
        found = OktaPeople(self.org.url, "0oaGROUPS", "githubLogin", {}, 1)
        return OktaGroupsOfPeople(
            replace(found, **people),  # type: ignore[arg-type]  # whatever the test changes
            key or self.org.app_key,
            "groups",
            self.connect,
            self.reported.append,
        )

    def connect(self) -> Client:
        """A client without proxies."""
        now = Time(self.seconds(time.time), self.seconds(time.monotonic), self.sleep, lambda: 0.0)
        context = Context.from_environ({})
        return Client(self.patience, Network(NO_PROXIES, "", ""), context, now, lambda _line: None)

    def seconds(self, clock: Callable[[], float]) -> Callable[[], float]:
        """``clock``, moved."""
        return lambda: clock() + self.ahead_s

    def sleep(self, seconds: float) -> None:
        """Takes no time at all."""
        self.slept.append(seconds)
        self.ahead_s += seconds


@pytest.fixture(name="org")
def an_org() -> Iterator[OktaOrg]:
    with OktaOrg() as org:
        org.add_group(GROUP, org.add_person("octocat"))
        org.add_person("stranger")
        yield org


@pytest.fixture(name="asker")
def somebody_who_asks(org: OktaOrg) -> Asker:
    return Asker(org)


def why(told: Told) -> str:
    assert isinstance(told, Unknown), told
    return told.why


def paths(org: OktaOrg) -> list[str]:
    return [request.path for request in org.requests]


def test_a_member_is_one_and_a_stranger_is_not(asker: Asker) -> None:
    groups = asker.groups()
    assert groups.member("octocat", GROUP) is Answer.YES
    assert groups.member("stranger", GROUP) is Answer.NO
    assert asker.reported == []


def test_only_the_two_scopes_of_reading_are_asked_for(org: OktaOrg, asker: Asker) -> None:
    asker.groups().member("octocat", GROUP)
    tokens = [request.form() for request in org.requests if request.path == "/oauth2/v1/token"]
    assert [form["scope"] for form in tokens] == ["okta.users.read okta.groups.read"]
    assert {request.method for request in org.requests if request.path.startswith("/api/")} == {"GET"}


@pytest.mark.parametrize("login", ["OCTOCAT", "Octocat", "octoCAT"])
def test_logins_are_compared_without_case(asker: Asker, login: str) -> None:
    assert asker.groups().member(login, GROUP) is Answer.YES


def test_a_letter_that_only_becomes_another_in_lower_case_is_not_that_letter(org: OktaOrg, asker: Asker) -> None:
    org.add_group("Kelvins", org.add_person("\u212aelly"))
    # Okta's own search may take the sign for Kelvin as a k, as Python does.
    assert "\u212aelly".lower() == "kelly"
    assert "nobody" in why(asker.groups().member("kelly", "Kelvins"))


def test_what_is_known_of_one_login_is_not_told_of_another_that_looks_like_it(org: OktaOrg, asker: Asker) -> None:
    org.add_group("Kellys", org.add_person("kelly"))
    groups = asker.groups()
    assert groups.member("kelly", "Kellys") is Answer.YES
    for other in ("\u212aelly", "\uff4belly", "\u043aelly", "kelly\u200b", " kelly"):
        assert why(groups.member(other, "Kellys")) == "this is no login of GitHub"


@pytest.mark.parametrize(
    ("listed", "theirs"), [("\xe9k@acme.example", "\xe9\u212a@acme.example"), ("i\xe9", "\u0130\xe9")]
)
def test_a_listed_login_beyond_ascii_is_no_other_either(org: OktaOrg, asker: Asker, listed: str, theirs: str) -> None:
    org.add_group("Odd", org.add_person("", login=theirs))
    assert "by the list of the map" in why(asker.groups(logins={"octocat": listed}).member("octocat", "Odd"))
    assert asker.groups(logins={"octocat": theirs.replace("acme", "ACME")}).member("octocat", "Odd") is Answer.YES


def test_nobody_in_okta_is_refused(asker: Asker) -> None:
    assert "nobody in Okta is mallory by githubLogin" in why(asker.groups().member("mallory", GROUP))


def test_two_people_with_one_login_are_refused(org: OktaOrg, asker: Asker) -> None:
    org.add_group("Twins", org.add_person("OctoCat"))
    assert why(asker.groups().member("octocat", GROUP)) == "2 people in Okta are octocat"


def test_more_people_than_anybody_reads_are_refused(org: OktaOrg, asker: Asker) -> None:
    for _ in range(12):
        org.add_person("crowd", status="DEPROVISIONED")
    assert "more than 10" in why(asker.groups().member("crowd", GROUP))
    org.page = 5
    assert "more than 10" in why(asker.groups().member("crowd", GROUP))


@pytest.mark.parametrize(
    "status",
    ["STAGED", "PROVISIONED", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED", "", "active"],
)
def test_who_is_not_active_is_refused(org: OktaOrg, asker: Asker, status: str) -> None:
    org.add_group("Left", org.add_person("gone", status=status))
    assert f"not active but {status}" in why(asker.groups().member("gone", "Left"))


def test_an_old_account_does_not_stand_in_the_way_of_the_new_one(org: OktaOrg, asker: Asker) -> None:
    org.add_person("octocat", status="DEPROVISIONED")
    assert asker.groups().member("octocat", GROUP) is Answer.YES


@pytest.mark.parametrize("change", [{"status": "SUSPENDED"}, {"profile": {"login": "x@acme.example"}}])
def test_what_a_search_does_not_know_yet_is_read_again(
    org: OktaOrg, asker: Asker, change: Mapping[str, object]
) -> None:  # fmt: skip
    org.index_lags()
    person = next(one for one in org.people.values() if one["profile"]["githubLogin"] == "octocat")
    person.update(change)
    assert isinstance(asker.groups().member("octocat", GROUP), Unknown)


def test_the_list_of_the_map_wins_over_the_attribute(org: OktaOrg, asker: Asker) -> None:
    boss = org.add_person("", login="Boss@acme.example")
    org.add_group("Bosses", boss)
    groups = asker.groups(logins={"octocat": "boss@acme.example"})
    assert groups.member("OctoCat", "Bosses") is Answer.YES
    assert groups.member("octocat", GROUP) is Answer.NO
    nobody = asker.groups(logins={"octocat": "nobody@acme.example"})
    assert why(nobody.member("octocat", GROUP)) == "nobody in Okta is octocat by the list of the map"


def test_one_person_is_not_two_by_list_and_attribute(org: OktaOrg, asker: Asker) -> None:
    org.add_group("Twofold", org.add_person("second", login="two@acme.example"))
    groups = asker.groups(logins={"first": "TWO@acme.example"})
    assert groups.member("first", "Twofold") is Answer.YES
    assert "another login" in why(groups.member("second", "Twofold"))


def test_another_attribute_is_the_one_that_the_map_names(org: OktaOrg, asker: Asker) -> None:
    org.add_group("Others", org.add_person("", gh_name="hubot"))
    assert asker.groups(login_attribute="gh_name").member("hubot", "Others") is Answer.YES
    assert isinstance(asker.groups().member("hubot", "Others"), Unknown)


def test_a_list_of_logins_in_the_attribute_is_no_login(org: OktaOrg, asker: Asker) -> None:
    person = org.add_person("many")
    org.add_group("Many", person)
    org.index_lags()
    org.people[person]["profile"]["githubLogin"] = ["many"]
    assert "nobody" in why(asker.groups().member("many", "Many"))


@pytest.mark.parametrize(
    "login",
    [
        "",
        '" or profile.githubLogin sw "',
        "octocat\\",
        "octo cat",
        "octocat\n",
        "../octocat",
        "öctocat",
        "a" * 200,
        "-x",
    ],
)
def test_what_is_no_login_of_github_is_not_even_asked_for(org: OktaOrg, asker: Asker, login: str) -> None:
    assert why(asker.groups().member(login, GROUP)) == "this is no login of GitHub"
    assert org.requests == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=texts() | st.sampled_from(['" or profile.name sw "', "a\\", '\\"', "ä\u2028", "x" * 255]))
def test_a_hostile_name_of_a_group_stays_a_text(org: OktaOrg, name: str) -> None:
    asker = Asker(org)
    groups = asker.groups()
    assert why(groups.member("octocat", name)) == "Okta has no group of that name"
    number = org.add_group(name, *org.members[next(iter(org.groups))])
    asker.ahead_s += PAUSE_S + 1
    assert groups.member("octocat", name) is Answer.YES
    del org.groups[number]
    assert asker.reported == []


def test_a_hostile_login_of_the_list_stays_a_text(org: OktaOrg, asker: Asker) -> None:
    name = 'o"r\\ profile.login sw "ö\u202e'
    org.add_group("Odd", org.add_person("", login=name))
    assert asker.groups(logins={"octocat": name}).member("octocat", "Odd") is Answer.YES


@pytest.mark.parametrize("name", ["aws deployers", "AWS deployers ", "AWS"])
def test_the_name_of_a_group_is_exact(asker: Asker, name: str) -> None:
    assert why(asker.groups().member("octocat", name)) == "Okta has no group of that name"


def test_a_group_whose_name_has_another_case_is_another(org: OktaOrg, asker: Asker) -> None:
    org.add_group("aws DEPLOYERS", org.add_person("hubot"))
    groups = asker.groups()
    assert groups.member("octocat", GROUP) is Answer.YES
    assert groups.member("hubot", GROUP) is Answer.NO


def test_two_groups_of_one_name_are_refused(org: OktaOrg, asker: Asker) -> None:
    # A directory or an app may bring a group of any name.
    org.add_group(GROUP)
    assert "more than one group" in why(asker.groups().member("octocat", GROUP))


@pytest.mark.parametrize("lags", [False, True])
def test_a_group_that_was_renamed_is_not_found(org: OktaOrg, asker: Asker, *, lags: bool) -> None:
    if lags:
        org.index_lags()
    next(iter(org.groups.values()))["profile"]["name"] = "Contractors"
    assert why(asker.groups().member("octocat", GROUP)) == "Okta has no group of that name"


def test_a_group_on_a_later_page_counts(org: OktaOrg, asker: Asker) -> None:
    person = next(iter(org.people))
    for number in range(7):
        org.add_group(f"Team {number}", person)
    org.page = 2
    assert asker.groups().member("octocat", "Team 6") is Answer.YES
    assert len([path for path in paths(org) if path.endswith("/groups") and "users/" in path]) == 4


def test_a_next_page_at_another_host_gets_no_token(org: OktaOrg, asker: Asker) -> None:
    with OktaOrg() as other:
        link = {"Link": f'<{other.url}/api/v1/users/x/groups?after=2>; rel="next"'}
        page = faults.answering("elsewhere", Response.of_json(200, [], link))
        org.faults.append(page.at(lambda request: request.path.endswith("/groups") and "/users/" in request.path))
        assert "the same host" in why(asker.groups().member("octocat", GROUP))
        assert other.requests == []


@pytest.mark.parametrize("place", ["http://[", "//x@127.0.0.1/", "?after=1#x", "?after=\xe9"])
def test_a_next_page_without_an_address_is_told_as_that(org: OktaOrg, asker: Asker, place: str) -> None:
    page = faults.answering("odd", Response.of_json(200, [], {"Link": f'<{place}>; rel="next"'}))
    org.faults.append(page.at(PLACES["groups"]))
    assert "the same host" in why(asker.groups().member("octocat", GROUP))
    assert [error.code for error in asker.reported] == ["network-garbage"]


def test_pages_without_end_end(org: OktaOrg, asker: Asker) -> None:
    asker.patience = Patience(2, 60, 0)
    link = {"Link": '</api/v1/users/00u1fake/groups?after=1>; rel="next"'}
    page = faults.answering("again", Response.of_json(200, [], link))
    org.faults.append(page.at(lambda request: request.path.endswith("fake/groups")).forever())
    assert "at most 40 pages" in why(asker.groups().member("octocat", GROUP))


EVERY = {
    "down": [faults.reset().forever()],
    "silent": [faults.hang().forever()],
    "silent in the middle": [faults.hang(after=faults.HALF_BODY).forever()],
    "dripping": [faults.drip(0.2).forever()],
    "no HTTP": [faults.garbage().forever()],
    "cut off": [faults.wrong_length().forever()],
    "a sign-in page": [faults.login_page().forever()],
    "nothing": [faults.empty().forever()],
    "a redirect": [faults.redirect_loop()],
    "huge": [faults.huge(6 << 20).forever()],
    "500": [faults.unavailable(500).forever()],
    "503": [faults.unavailable(503).forever()],
    "429 for long": [faults.too_many(3600).forever()],
    "null": [faults.answering("null", Response(200, b"null")).forever()],
    "an object": [faults.answering("object", Response(200, b"{}")).forever()],
    "texts": [faults.answering("texts", Response(200, b'["octocat"]')).forever()],
    "others": [faults.answering("others", Response(200, b'[{"id": 1}, {"id": "../x"}, {}]')).forever()],
    "true": [faults.answering("true", Response(200, b"true")).forever()],
    "deep": [faults.answering("deep", Response(200, b"[" * 100_000)).forever()],
    "403": [faults.answering("403", Response(403, b'{"errorCode":"E0000006","errorSummary":"No"}')).forever()],
    "404": [faults.answering("404", Response(404, b"")).forever()],
    "401": [faults.answering("401", Response(401, b"")).forever()],
}
PLACES = {
    "token": lambda request: request.path == "/oauth2/v1/token",
    "search for a person": lambda request: request.path == "/api/v1/users",
    "person": lambda request: request.path.startswith("/api/v1/users/") and not request.path.endswith("/groups"),
    "search for a group": lambda request: request.path == "/api/v1/groups",
    "groups": lambda request: request.path.endswith("/groups") and "/users/" in request.path,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", EVERY)
def test_a_fault_is_never_a_pass(org: OktaOrg, asker: Asker, place: str, fault: str) -> None:
    if "silent" in fault or fault == "dripping":
        asker.patience = Patience(2, 1, 0)
    org.faults += [one.at(PLACES[place]) for one in EVERY[fault]]
    told = asker.groups().member("octocat", GROUP)
    assert told is not Answer.YES
    assert told is not Answer.NO
    refused = decide_by_rule(EVERYBODY, "apply", "octocat", lambda _login, _group: told)
    assert not refused.allowed
    assert "cannot be told" in refused.reason
    assert sum(asker.slept) < 3


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "fault", [faults.unavailable(502), faults.reset(), faults.too_many(1)], ids=lambda one: one.name
)
def test_what_passes_is_tried_again(org: OktaOrg, asker: Asker, place: str, fault: faults.Fault) -> None:
    asker.patience = Patience(3, 30, 0)
    org.faults.append(fault.at(PLACES[place]))
    assert asker.groups().member("octocat", GROUP) is Answer.YES


def test_a_limit_is_waited_for_as_long_as_there_is_time(org: OktaOrg, asker: Asker) -> None:
    asker.patience = Patience(2, 30, 0)
    org.faults.append(faults.too_many(7).at(PLACES["groups"]))
    assert asker.groups().member("octocat", GROUP) is Answer.YES
    assert 5 < sum(asker.slept) < 9


def test_another_person_than_was_asked_for_is_nobody(org: OktaOrg, asker: Asker) -> None:
    other = Response.of_json(200, {"id": "00uOTHER", "status": "ACTIVE", "profile": {"githubLogin": "stranger"}})
    org.faults.append(faults.answering("other", other).at(PLACES["person"]).forever())
    assert "the person asked for" in why(asker.groups().member("stranger", GROUP))


def test_a_token_that_was_revoked_is_replaced_once(org: OktaOrg, asker: Asker) -> None:
    groups = asker.groups()
    assert groups.member("octocat", GROUP) is Answer.YES
    org.tokens.clear()
    assert groups.member("stranger", GROUP) is Answer.NO
    assert paths(org).count("/oauth2/v1/token") == 2


def test_a_token_is_kept_until_shortly_before_its_end(org: OktaOrg, asker: Asker) -> None:
    groups = asker.groups()
    for ahead_s in (0, 3000, 3500, 3599):
        asker.ahead_s = ahead_s
        org.clock = asker.seconds(time.time)
        groups.member("octocat", GROUP)
    assert paths(org).count("/oauth2/v1/token") == 2


@pytest.mark.parametrize(
    ("org_of", "code", "words"),
    [
        ({"dpop": True}, "okta-dpop", "DPoP"),
        ({"scopes": ("okta.users.read",)}, "okta-policy", "Okta API Scopes"),
        ({"scopes": ()}, "okta-policy", "Okta API Scopes"),
    ],
)
def test_an_app_that_may_not_says_what_to_change(org_of: Mapping[str, object], code: str, words: str) -> None:
    with OktaOrg(**org_of) as org:  # type: ignore[arg-type]  # as the row has it
        asker = Asker(org)
        assert isinstance(asker.groups().member("octocat", GROUP), Unknown)
    assert [error.code for error in asker.reported] == [code]
    assert words in "\n".join(asker.reported[0].lines())
    assert "Access Policies" not in "\n".join(asker.reported[0].lines())
    assert "AWS" not in "\n".join(asker.reported[0].lines())


def test_a_token_bound_to_a_key_is_told_as_that(org: OktaOrg, asker: Asker) -> None:
    bound = {"token_type": "DPoP", "expires_in": 3600, "access_token": "x"}
    org.faults.append(faults.answering("bound", Response.of_json(200, bound)).at(PLACES["token"]))
    assert isinstance(asker.groups().member("octocat", GROUP), Unknown)
    assert [error.code for error in asker.reported] == ["okta-dpop"]


@pytest.mark.parametrize(
    "answer",
    [
        {"token_type": "DPoP"},
        {"token_type": "mac"},
        {"scope": "okta.users.read"},
        {"scope": None},
        {"expires_in": True},
        {"expires_in": "3600"},
        {"expires_in": 0},
        {"expires_in": -3600},
        {"access_token": ""},
        {"access_token": "a\nb"},
        {"access_token": "\xe4"},
        {"access_token": 7},
        {"access_token": "x" * 20_000},
    ],
    ids=str,
)
def test_a_token_that_is_none_is_not_used(org: OktaOrg, asker: Asker, answer: Mapping[str, object]) -> None:
    whole = {
        "token_type": "Bearer",
        "expires_in": 3600,
        "access_token": "x",
        "scope": "okta.users.read okta.groups.read",
    }
    org.faults.append(faults.answering("odd", Response.of_json(200, {**whole, **answer})).at(PLACES["token"]))
    assert isinstance(asker.groups().member("octocat", GROUP), Unknown)
    assert [error.doing.partition(" (")[0] for error in asker.reported] == ["asking Okta for a token for its API"]
    assert not [path for path in paths(org) if path.startswith("/api/")]


def test_no_token_is_kept_for_longer_than_okta_lets_any_last(org: OktaOrg, asker: Asker) -> None:
    org.clients["0oaGROUPS"] = replace(org.clients["0oaGROUPS"], lifetime_s=10**400)
    groups = asker.groups()
    for ahead_s in (0, 24 * 3600):
        asker.ahead_s = ahead_s
        org.clock = asker.seconds(time.time)
        assert groups.member("octocat", GROUP) is Answer.YES
    assert paths(org).count("/oauth2/v1/token") == 2


def test_another_key_an_unknown_app_and_a_wrong_clock_are_told(asker: Asker) -> None:
    stranger = Secret(SigningKey.new("ES256").pem())
    assert isinstance(asker.groups(stranger).member("octocat", GROUP), Unknown)
    assert isinstance(asker.groups(Secret("no key")).member("octocat", GROUP), Unknown)
    assert isinstance(asker.groups(client_id="0oaNOBODY").member("octocat", GROUP), Unknown)
    asker.ahead_s = 7200
    assert isinstance(asker.groups().member("octocat", GROUP), Unknown)
    codes = [error.code for error in asker.reported]
    assert codes == ["okta-assertion-signature", "okta-key-format", "okta-assertion-subject", "okta-assertion-clock"]
    assert "clock" in "\n".join(asker.reported[-1].lines())


def test_no_secret_is_in_what_is_told(org: OktaOrg, asker: Asker) -> None:
    org.faults.append(faults.answering("401", Response(401, b"")).at(PLACES["groups"]).forever())
    told = why(asker.groups().member("octocat", GROUP))
    said = told + "".join("\n".join(error.lines()) + repr(error) for error in asker.reported)
    secrets = [*org.tokens, *(line for line in org.app_key.reveal().splitlines() if "-----" not in line)]
    assert len(secrets) > 2
    assert not [secret for secret in secrets if secret in said]


def test_foreign_words_are_quoted_on_one_line(org: OktaOrg, asker: Asker) -> None:
    words = {"errorCode": "E1\npass", "errorSummary": "line\r\npass\x1b[2J" + "A" * 9999}
    org.faults.append(faults.answering("403", Response.of_json(403, words)).at(PLACES["groups"]).forever())
    told = why(asker.groups().member("octocat", GROUP))
    assert told.isprintable()
    assert len(told) < 500


def test_what_okta_said_counts_for_a_minute(org: OktaOrg, asker: Asker) -> None:
    groups = asker.groups()
    assert groups.member("octocat", GROUP) is Answer.YES
    asked = len(org.requests)
    assert groups.member("OCTOCAT", GROUP) is Answer.YES
    assert len(org.requests) == asked
    org.members[next(iter(org.groups))].clear()
    asker.ahead_s += KEPT_S + 1
    assert groups.member("octocat", GROUP) is Answer.NO


def test_a_stranger_costs_one_search_however_many_groups_there_are(org: OktaOrg, asker: Asker) -> None:
    groups = asker.groups()
    for number in range(20):
        assert "nobody" in why(groups.member("mallory", f"Team {number}"))
        assert isinstance(groups.member("octocat", "Nothing"), Unknown)
    assert [paths(org).count(f"/api/v1/{kind}") for kind in ("users", "groups")] == [2, 1]


def test_a_doubt_is_not_kept_for_long(org: OktaOrg, asker: Asker) -> None:
    groups = asker.groups()
    assert isinstance(groups.member("newcomer", GROUP), Unknown)
    asker.ahead_s += PAUSE_S + 1
    org.members[next(iter(org.groups))].add(org.add_person("newcomer"))
    assert groups.member("newcomer", GROUP) is Answer.YES


def test_after_a_failure_nobody_waits_for_the_same_server_at_once(org: OktaOrg, asker: Asker) -> None:
    org.faults.append(faults.unavailable().forever())
    groups = asker.groups()
    first = why(groups.member("octocat", GROUP))
    asked = len(org.requests)
    assert why(groups.member("octocat", "Another")) == first
    assert len(org.requests) == asked
    org.faults.clear()
    asker.ahead_s += PAUSE_S + 1
    assert groups.member("octocat", GROUP) is Answer.YES


def test_a_key_for_another_app_is_refused_before_anything_is_read(org: OktaOrg, asker: Asker) -> None:
    other = SigningKey.new("ES256", kid="groups")
    org.clients["0oaOTHER"] = App("0oaOTHER", jwks=[other.public_jwk()], scopes=())
    assert isinstance(asker.groups(client_id="0oaOTHER").member("octocat", GROUP), Unknown)
    assert not [request for request in org.requests if is_api(request)]


def is_api(request: Request) -> bool:
    return request.path.startswith("/api/")
