# SPDX-License-Identifier: Apache-2.0
"""Which source serves; the only list of them all."""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from dataclasses import replace

from okta_aws.errors import NeedsHost, SourceError
from okta_aws.http import Http
from okta_aws.retry import Persistence, Time
from okta_aws.runner.context import Context
from okta_aws.runner.paths import is_shared
from okta_aws.settings.source import Source
from okta_aws.sources.base import TokenSource
from okta_aws.sources.github_oidc import REQUEST_TOKEN, GithubOidc
from okta_aws.tokens.token import Token


def choose(source: Source, has_role: bool, environ: Mapping[str, str], context: Context) -> Source:
    """``source``, or what the environment decides where the settings leave it open.

    A role is given and the job may ask for a GitHub token: that. Else the AWS credentials of the environment; but in a
    job that has none of those either, it is the missing permission that must be told about.
    """
    if source.name is not None:
        return source
    may_ask = bool(environ.get(REQUEST_TOKEN))
    has_keys = bool(environ.get("AWS_ACCESS_KEY_ID"))
    wants_token = has_role and (may_ask or (context.on_github and context.docker_form and not has_keys))
    return replace(source, name="github" if wants_token else "ambient")


def select(
    source: Source, environ: Mapping[str, str], context: Context, http: Http, persistence: Persistence, time: Time
) -> TokenSource:
    """The source that the settings name, or else the job's GitHub token. A source that was chosen has no stand-in."""
    if source.okta is not None:
        from okta_aws.sources.okta_client import OktaClientSource

        return OktaClientSource(source.okta, http, persistence, time)
    if source.name == "file":
        from okta_aws.sources.given import GivenFile

        # A relative path starts at the workspace, as configure-aws-credentials reads it.
        path = os.path.join(context.workspace, source.token_file)
        if not is_shared(path, docker_form=context.docker_form):
            wanted = "a file that a container can see"
            raise NeedsHost("web-identity-token-file", "input", wanted, ascii(source.token_file))
        return GivenFile(path)
    if source.token is not None:
        from okta_aws.sources.given import GivenValue

        return GivenValue(source.token)
    return GithubOidc(source.audience, environ, context, http, persistence)


def fetch(source: TokenSource) -> Token:
    """The source's token. Raises ``SourceError`` (no-source) with the source's reason where there is none."""
    token = source.fetch()
    if token is None:
        raise SourceError(
            "no-source",
            "looking for a token",
            wanted="a token source",
            found=f"{source.name}: {source.why_not()}",
            fix="set the okta-* options or web-identity-token-file, or run in a GitHub job with id-token: write",
        )
    return token
