# SPDX-License-Identifier: Apache-2.0
"""What a token source is."""

from __future__ import annotations

from typing import Protocol

from okta_aws.tokens.token import Token


class TokenSource(Protocol):
    """One place that tokens come from.

    ``fetch`` answers in three ways: a token; ``None``, this is not its environment; or an ``Error``, it is, but
    something is wrong with it. Each call fetches anew where the place can issue anew.
    """

    name: str

    def fetch(self) -> Token | None:
        """A token, or ``None``; raises ``SourceError``, ``TokenError`` or ``NetworkError``."""

    def why_not(self) -> str:
        """Why ``fetch`` answered ``None``, for the list of sources tried."""
