# SPDX-License-Identifier: Apache-2.0
"""Images that are others tomorrow, and versions with known holes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from okta_aws.atlantis.checks.rule import Problem, Rule
from okta_aws.atlantis.setup_files.facts import Setup
from okta_aws.trust.finding import Severity

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_TAG = re.compile(r":(?P<tag>[^/:@]+)$")
_VERSION = re.compile(r"v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?P<more>[-+].*)?")
# Source: https://github.com/runatlantis/atlantis/security/advisories/GHSA-rjh2-4xgw-p2hj
_SAFE = (0, 47, 1)


def _tag(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        image = server.image
        if image is None or not image.known or _DIGEST.search(image.value):
            continue
        found = _TAG.search(image.value)
        tag = found["tag"] if found else "latest"
        fix = "give it by digest, NAME:TAG@sha256:DIGEST; docker buildx imagetools inspect NAME:TAG tells it"
        if tag in {"latest", "dev"} or tag.startswith(("latest-", "dev-")):
            yield Problem(image.place, f"the image is {tag}: another one at every start", fix, "latest")
        else:
            message = f"the image has the tag {tag[:60]} and no digest: who may push there chooses what runs here"
            yield Problem(image.place, message, fix, "tag", Severity.WARNING)


def _version(setup: Setup) -> Iterator[Problem]:
    for server in setup.servers:
        found = _VERSION.fullmatch(server.version.value) if server.version is not None else None
        if found is None or server.version is None:
            continue
        number = tuple(map(int, found.groups()[:3]))
        if number < _SAFE:
            message = (
                f"Atlantis {'.'.join(map(str, number))} runs the name of a workspace in a shell (GHSA-rjh2-4xgw-p2hj)"
            )
            yield Problem(server.version.place, message, "take 0.47.1 or later")


MUTABLE_IMAGE = Rule("mutable-image", Severity.ERROR, "The image is not named by its digest", _tag)
VULNERABLE_VERSION = Rule("vulnerable-version", Severity.ERROR, "This version of Atlantis has a known hole", _version)
