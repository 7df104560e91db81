# SPDX-License-Identifier: Apache-2.0
"""Tokens of GitHub for several jobs, each with its own identity, as on GitHub and unlike in act.

act gives all jobs one environment, but reads expressions in it for each job. So the bearer token of the request is
looked up by the job's name there, and here the job by its bearer token.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping

from okta_aws.demo.github import GithubIssuer, Job
from okta_aws.demo.web import Request, Response


class Jobs(GithubIssuer):
    """GitHub's side of ``id-token: write`` for ``jobs``, by their names in the workflow; another job may not ask."""

    def __init__(self, jobs: Mapping[str, Job], host: str) -> None:
        super().__init__(host=host)
        self._bearers = {name: secrets.token_urlsafe(48) for name in jobs}
        self._jobs = {self._bearers[name]: job for name, job in jobs.items()}
        self._one_at_a_time = threading.Lock()

    def environment(self) -> dict[str, str]:
        """The two variables of a job that may ask, as act is to give them."""
        bearers = f"${{{{ fromJSON('{json.dumps(self._bearers)}')[github.job] }}}}"
        return {**super().environment(), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": bearers}

    def answer(self, request: Request) -> Response:
        bearer = request.headers.get("authorization", "").partition(" ")[2]
        with self._one_at_a_time:
            if bearer in self._jobs:
                self.job, self.bearer = self._jobs[bearer], bearer
            return super().answer(request)
