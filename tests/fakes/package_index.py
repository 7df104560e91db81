# SPDX-License-Identifier: Apache-2.0
"""A package index on loopback, as pip wants it (PEP 503), with the wheels of one folder. Counts what is asked."""

from __future__ import annotations

import re
from pathlib import Path

from okta_aws.demo.web import Request, Response, StandIn


class PackageIndex(StandIn):
    """``wheels``: the folder. ``.url`` + "/simple/" is the index; ``damaged``: send wheels with a byte too many."""

    def __init__(self, wheels: Path, *, damaged: bool = False) -> None:
        super().__init__()
        self._wheels = wheels
        self._damaged = damaged

    def answer(self, request: Request) -> Response:
        """The list of one project's files, or a file."""
        kind, _, name = request.path.strip("/").partition("/")
        if kind == "simple":
            links = (f'<a href="/files/{wheel.name}">{wheel.name}</a>' for wheel in self._of(name.strip("/")))
            return Response(200, f"<!DOCTYPE html><body>{' '.join(links)}</body>".encode(), "text/html")
        file = self._wheels / Path(name).name
        if not file.is_file():
            return Response(404)
        return Response(200, file.read_bytes() + b"x" * self._damaged, "application/octet-stream")

    def downloads(self) -> list[str]:
        """The wheels that were fetched."""
        return [request.path.rpartition("/")[2] for request in self.requests if request.path.endswith(".whl")]

    def _of(self, project: str) -> list[Path]:
        return [
            wheel for wheel in sorted(self._wheels.glob("*.whl")) if _normal(wheel.name.partition("-")[0]) == project
        ]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
