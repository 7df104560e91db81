# SPDX-License-Identifier: Apache-2.0
"""What is sent to Atlantis, and that there is no way to leave out the pull request."""

from __future__ import annotations

import json
import time

import pytest

from okta_aws.atlantis.answers import Place
from okta_aws.atlantis.client import Atlantis, Task
from okta_aws.demo.web import Request, Response, StandIn
from okta_aws.http import Http
from okta_aws.secret import Secret


@pytest.mark.parametrize("number", [0, -1, True, False])
def test_a_task_without_a_pull_request_cannot_be(number: int) -> None:
    with pytest.raises(ValueError, match="positive number"):
        Task("acme/infra", number, "main", "main", Place(".", "default"))


def test_a_project_is_named_where_it_has_a_name() -> None:
    named = Task("acme/infra", 7, "change", "main", Place("a", "b", "c")).body()
    assert json.loads(named)["Paths"] == [{"directory": "a", "workspace": "b", "project_name": "c"}]
    nameless = Task("acme/infra", 7, "change", "main", Place("a", "b")).body()
    assert json.loads(nameless)["Paths"] == [{"directory": "a", "workspace": "b"}]


@pytest.mark.parametrize("secret", ["not-a-real-secret", 'not"a\\real<secret>&'])
def test_the_api_s_secret_is_in_no_answer_however_json_writes_it(secret: str) -> None:
    # Go writes <, > and & of a text as \u003c, \u003e and \u0026.
    written = json.dumps(f"Plan: {secret} to add.")
    for one in "<>&":
        written = written.replace(one, f"\\u{ord(one):04x}")
    plan = f'{{"ProjectResults": [{{"PlanSuccess": {{"TerraformOutput": {written}}}}}]}}'
    with Canned(plan.encode()) as server:
        http = Http(monotonic=time.monotonic, debug=lambda _: None)
        atlantis = Atlantis(http, server.url, Secret(secret), lambda _: 10.0)
        found = atlantis.plan(Task("acme/infra", 7, "change", "main", Place("a", "b")), "change")
        http.close()
    assert found.projects[0].output == "Plan: *** to add.\n"


class Canned(StandIn):
    """One answer to everything."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._body = body

    def answer(self, request: Request) -> Response:  # noqa: ARG002 - whatever it is
        return Response(200, self._body, "application/json")
