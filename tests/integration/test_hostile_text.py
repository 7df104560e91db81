# SPDX-License-Identifier: Apache-2.0
"""Inputs, claims, and what identity providers and AWS say, all of it hostile: nothing comes of it but text.

What a step printed and wrote is read as the runner reads it, and compared with what an honest step leaves.
"""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fakes.hostile import FRAGMENTS, LONG, MARK, assert_harmless, texts, with_bytes
from fakes.job import Step
from fakes.loopback import Reply, Request, Server, http_server
from fakes.prefork import Prefork, PreforkJob, prefork
from fakes.sts_answers import ACCOUNT, EXPIRATION, granted, refused, session_arn
from fakes.tokens import unsigned_jwt
from okta_aws.settings.options import OPTIONS, OUTPUTS

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
APP = "0oaPIPELINE"
VARIABLES = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"}
NAMES = VARIABLES | {"AWS_PROFILE", "OKTA_AWS_EXPIRATION", "written"} | {output.name for output in OUTPUTS}
PROFILE_FILES = {"home/.aws/credentials", "home/.aws/config"}
EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass
class Speaker:
    """What the one server answers; it is every server at once."""

    says: Callable[[Request], Reply] = lambda _: Reply(404)

    def answer(self, request: Request) -> Reply:
        return self.says(request)


@dataclass(frozen=True, repr=False)
class Stage:
    """A process that forks steps, the server, and room for jobs."""

    process: Prefork
    speaker: Speaker
    server: Server
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __repr__(self) -> str:
        return "the stage"

    def job(self, environ: Mapping[str, str] | None = None, /, **inputs: str) -> PreforkJob:
        named = {name.replace("_", "-"): text for name, text in inputs.items()}
        given = {"aws-region": "eu-central-1", "retry-max-attempts": "1", "role-to-assume": ROLE}
        given |= {"sts-endpoint": self.server.url("/sts")}
        environ = {"RUNNER_DEBUG": "1", "AWS_EC2_METADATA_DISABLED": "true", **(environ or {})}
        return PreforkJob(self.folder / str(next(self.numbers)), given | named, environ, self.process)

    def github(self) -> dict[str, str]:
        url = self.server.url("/github?x=1")
        return {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-bearer"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    speaker = Speaker()
    with http_server(speaker.answer) as server, prefork() as process:
        yield Stage(process, speaker, server, tmp_path_factory.mktemp("hostile"))


KEY, SESSION_TOKEN = (f"{word}-{secrets.token_hex(12)}" for word in ("key", "session"))
HONEST_TOKEN = unsigned_jwt(iss="https://issuer.invalid", sub="me", aud="sts.amazonaws.com")
HONEST_SECRETS = (KEY, SESSION_TOKEN, "KEYIDOFATEST")


def of_github(token: str, sts: Reply | None = None) -> Callable[[Request], Reply]:
    """A token service that gives this token, and STS that gives this answer."""

    def says(request: Request) -> Reply:
        if request.target.startswith("/github"):
            return Reply(200, json.dumps({"value": token}).encode())
        return sts or granted(KEY, SESSION_TOKEN)

    return says


def raw(text: str) -> bytes:
    """``text`` as bytes, those that are no UTF-8 as they were."""
    return text.encode("utf-8", "surrogateescape")


def through_github(stage: Stage, token: str, sts: Reply | None = None, /, **inputs: str) -> tuple[Step, PreforkJob]:
    stage.speaker.says = of_github(token, sts)
    job = stage.job(**inputs)
    return job.step({}, **stage.github()), job


def test_the_check_sees_an_honest_step_as_harmless_and_each_injection_as_none(stage: Stage) -> None:
    step, job = through_github(stage, HONEST_TOKEN, output_credentials="true", summary="always")
    assert step.status == 0, step.log()
    hidden = (*HONEST_SECRETS, HONEST_TOKEN)
    assert_harmless(step, job, masks=hidden, names=NAMES)
    for line in (f"::set-env name={MARK}::1", f"::add-mask::{MARK}", f"x ##[add-mask]{MARK}", "\x1b[2J", "::notice::x"):
        worse = Step(0, f"{step.stdout}{line}\n", "", 0, step.files)
        with pytest.raises(AssertionError):
            assert_harmless(worse, job, masks=hidden, names=NAMES)
    for kind in ("ENV", "OUTPUT", "STATE"):
        files = {**step.files, kind: f"{step.files[kind]}{MARK}=1\n"}
        with pytest.raises(AssertionError):
            assert_harmless(Step(0, step.stdout, "", 0, files), job, masks=hidden, names=NAMES)
    (job.workspace / MARK).touch()
    with pytest.raises(AssertionError):
        assert_harmless(step, job, masks=hidden, names=NAMES)


INPUTS = sorted(option.name for option in OPTIONS)
ONE_INPUT = texts(without="\0") | with_bytes(without="\0")


@pytest.mark.parametrize("name", INPUTS)
@settings(EXAMPLES, max_examples=12)
@example(text=LONG)
@example(text=f"\n::set-env name={MARK}::1\n")
@example(text=f"%0A::add-mask::{MARK}\udcff")
@given(text=ONE_INPUT)
def test_an_input_stays_an_input(stage: Stage, name: str, text: str) -> None:
    step, job = through_github(stage, HONEST_TOKEN, **{name: text})
    secret = next(option.secret for option in OPTIONS if option.name == name)
    masks = [*HONEST_SECRETS, HONEST_TOKEN, *([text.strip()] if secret else [])]
    # Of a proxy's address the password is masked too, which is any part of such a text.
    within = text if name == "http-proxy" else ""
    assert_harmless(step, job, masks=masks, within=within, names=NAMES, files=PROFILE_FILES)


@EXAMPLES
@given(given_texts=st.dictionaries(st.sampled_from(INPUTS), ONE_INPUT, min_size=2, max_size=12))
def test_many_inputs_at_once_stay_inputs(stage: Stage, given_texts: dict[str, str]) -> None:
    step, job = through_github(stage, HONEST_TOKEN, **given_texts)
    masks = [*HONEST_SECRETS, HONEST_TOKEN, *(text.strip() for text in given_texts.values())]
    within = given_texts.get("http-proxy", "")
    assert_harmless(step, job, masks=masks, within=within, names=NAMES, files=PROFILE_FILES)


JOB_VARIABLES = [
    "GITHUB_ACTOR", "GITHUB_REF", "GITHUB_SHA", "GITHUB_REPOSITORY", "GITHUB_WORKFLOW", "GITHUB_ACTION", "GITHUB_JOB",
    "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_HEAD_REF", "GITHUB_BASE_REF", "GITHUB_TRIGGERING_ACTOR",
    "GITHUB_RUN_ID", "AWS_REGION", "AWS_CA_BUNDLE", "ROLE_TO_ASSUME", "NO_PROXY", "STATE_written",
]  # fmt: skip


@EXAMPLES
@given(variables=st.dictionaries(st.sampled_from(JOB_VARIABLES), texts(without="\0"), min_size=1, max_size=6))
def test_the_names_of_branches_and_people_stay_names(stage: Stage, variables: dict[str, str]) -> None:
    stage.speaker.says = of_github(HONEST_TOKEN, granted(KEY, SESSION_TOKEN))
    key_id, key = f"K{secrets.token_hex(10)}", secrets.token_hex(20)
    job = stage.job(variables, aws_access_key_id=key_id, aws_secret_access_key=key)
    step = job.step()
    assert_harmless(step, job, masks=[key_id, key, *HONEST_SECRETS], names=NAMES)
    job = stage.job(variables)
    assert_harmless(job.step({}, **stage.github()), job, masks=[HONEST_TOKEN, *HONEST_SECRETS], names=NAMES)


CLAIMS = st.dictionaries(
    st.sampled_from(["sub", "iss", "aud", "azp", "exp", "iat", "amr", "repository", "ref", "actor", "kid"]) | texts(),
    texts(longest=4) | st.lists(texts(longest=2), max_size=2) | st.none() | st.integers() | st.floats(allow_nan=True),
    max_size=5,
)


@EXAMPLES
@example(claims={"sub": LONG[:10000]}, denied=True)
@example(claims={"sub": "".join(FRAGMENTS).encode(errors="ignore").decode(), "aud": "sts.amazonaws.com"}, denied=False)
@example(claims={"sub": "\udfff\udc00", "aud": "sts.amazonaws.com"}, denied=False)
@example(claims={"sub": "a\n\x1b[2J\u202e", "aud": "sts.amazonaws.com"}, denied=False)
@given(claims=CLAIMS, denied=st.booleans())
def test_a_claim_stays_a_claim(stage: Stage, claims: dict[str, object], denied: bool) -> None:
    token = unsigned_jwt(**{"aud": "sts.amazonaws.com", **claims})
    answer = refused(403, "AccessDenied", "Not authorized") if denied else None
    step, job = through_github(stage, token, answer, summary="always", aws_profile="p")
    assert_harmless(step, job, masks=[token, *HONEST_SECRETS], names=NAMES, files=PROFILE_FILES)


def xml(text: str) -> bytes:
    """``text`` in an XML element, as far as XML can hold it; what it cannot is left in, for an answer that is none."""
    return raw(escape(text))


@EXAMPLES
@example(code=LONG, message="", request_id="", status=400)
@example(code="AccessDenied", message=LONG[: 1 << 19], request_id=f"\n::add-mask::{MARK}", status=403)
@given(
    code=st.sampled_from(["AccessDenied", "InvalidIdentityToken", "ValidationError", "Throttling"]) | texts(),
    message=texts() | with_bytes(),
    request_id=texts(),
    status=st.sampled_from([200, 301, 400, 403, 404, 429, 500]),
)
def test_what_aws_says_stays_what_it_says(stage: Stage, code: str, message: str, request_id: str, status: int) -> None:
    body = (
        b"<ErrorResponse><Error><Code>%b</Code><Message>%b</Message></Error><RequestId>%b</RequestId></ErrorResponse>"
    )
    answer = Reply(status, body % (xml(code), xml(message), xml(request_id)))
    step, job = through_github(stage, HONEST_TOKEN, answer)
    assert step.status in (5, 9)
    assert_harmless(step, job, masks=[HONEST_TOKEN, *HONEST_SECRETS])


GRANTED = ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Arn"]


@EXAMPLES
@given(parts=st.dictionaries(st.sampled_from(GRANTED), texts(without="\0"), min_size=1, max_size=3))
def test_credentials_that_are_more_than_credentials_are_refused_or_only_text(
    stage: Stage, parts: dict[str, str]
) -> None:
    honest = {"AccessKeyId": "KEYIDOFATEST", "SecretAccessKey": KEY, "SessionToken": SESSION_TOKEN}
    fields = {**honest, "Expiration": EXPIRATION, "Arn": session_arn(), **parts}
    inner = b"".join(b"<%b>%b</%b>" % (name.encode(), xml(text), name.encode()) for name, text in fields.items())
    answer = Reply(200, b"<AssumeRoleWithWebIdentityResponse>%b</AssumeRoleWithWebIdentityResponse>" % inner)
    step, job = through_github(
        stage, HONEST_TOKEN, answer, output_credentials="true", aws_profile="p", summary="always"
    )
    masks = [HONEST_TOKEN, *HONEST_SECRETS, *(text.strip() for text in parts.values())]
    assert_harmless(step, job, masks=masks, names=NAMES, files=PROFILE_FILES)
    for name, text in step.outputs.items():
        assert text.isprintable(), name


@EXAMPLES
@given(
    error=st.sampled_from(["invalid_client", "access_denied", "invalid_scope", "E0000047"]) | texts(),
    description=texts(),
    hint=texts(without="\r\n"),
    status=st.sampled_from([200, 302, 400, 401, 403, 429, 503]),
    native=st.booleans(),
)
def test_what_okta_says_stays_what_it_says(
    stage: Stage,
    error: str,
    description: str,
    hint: str,
    status: int,
    native: bool,
) -> None:
    issuer = stage.server.url("/oauth2/aus1")
    names = ("errorCode", "errorSummary") if native else ("error", "error_description")
    body = json.dumps(dict(zip(names, (error, description), strict=True))).encode()
    headers = dict.fromkeys(["Date", "Retry-After", "X-Rate-Limit-Reset", "Location"], hint)

    def says(request: Request) -> Reply:
        if request.method == "GET":
            return Reply(200, json.dumps(metadata(issuer)).encode())
        return Reply(status, body, headers)

    stage.speaker.says = says
    job = stage.job(okta_issuer=issuer, okta_client_id=APP, okta_client_secret="a-secret-of-a-test")
    step = job.step()
    assert step.status in (3, 9)
    assert_harmless(step, job, masks=["a-secret-of-a-test"])


def metadata(issuer: str) -> dict[str, object]:
    return {"issuer": issuer, "token_endpoint": f"{issuer}/v1/token", "jwks_uri": f"{issuer}/v1/keys"}


@EXAMPLES
@given(
    changes=st.dictionaries(
        st.sampled_from(["issuer", "token_endpoint", "jwks_uri", "token_endpoint_auth_methods_supported"]),
        texts() | st.none() | st.lists(texts(longest=2), max_size=2) | st.integers(),
        min_size=1,
    ),
    prefixed=st.booleans(),
)
def test_what_a_discovery_document_says_stays_what_it_says(
    stage: Stage,
    changes: dict[str, object],
    prefixed: bool,
) -> None:
    issuer = stage.server.url("/oauth2/aus1")
    if prefixed:
        changes = {name: f"{issuer}{value}" if isinstance(value, str) else value for name, value in changes.items()}
    stage.speaker.says = lambda _: Reply(200, json.dumps({**metadata(issuer), **changes}).encode())
    job = stage.job(okta_issuer=issuer, okta_client_id=APP, okta_client_secret="a-secret-of-a-test")
    step = job.step()
    assert step.status in (3, 9)
    assert_harmless(step, job, masks=["a-secret-of-a-test"])


@EXAMPLES
@given(
    body=texts() | with_bytes(), status=st.sampled_from([200, 302, 400, 500]), place=st.sampled_from(["github", "sts"])
)
def test_an_answer_that_is_anything_stays_unsaid(stage: Stage, body: str, status: int, place: str) -> None:
    honest = of_github(HONEST_TOKEN)
    stage.speaker.says = lambda request: (
        Reply(status, raw(body)) if request.target.startswith(f"/{place}") else honest(request)
    )
    job = stage.job()
    step = job.step({}, **stage.github())
    assert step.status in (3, 4, 9)
    assert_harmless(step, job, masks=[HONEST_TOKEN, *HONEST_SECRETS])
