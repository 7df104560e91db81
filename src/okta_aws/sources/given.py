# SPDX-License-Identifier: Apache-2.0
"""A token that is at hand already: as a value, or in a file that somebody else keeps fresh."""

from __future__ import annotations

import errno
import os
import stat

from okta_aws.errors import SourceError
from okta_aws.opening import CAREFULLY, NO_LINK
from okta_aws.secret import Secret
from okta_aws.tokens.token import MAX_CHARACTERS, Token, parse

# The kubelet projects service account tokens through symbolic links that it swaps; they are its own, under this root.
_KUBELET_ROOT = "/var/run/secrets/"


class GivenValue:
    """The token of the option ``web-identity-token``."""

    name = "value"

    def __init__(self, token: Secret) -> None:
        self._token = token

    def fetch(self) -> Token | None:
        """The token. Raises ``TokenError`` where it is none."""
        return parse(self._token.reveal())

    def why_not(self) -> str:
        """Never needed: a value that was given always counts."""
        return ""


class GivenFile:
    """The token in the file ``web-identity-token-file``; read anew for each ``fetch``, since its keeper renews it."""

    name = "file"

    def __init__(self, path: str, kubelet_root: str = _KUBELET_ROOT) -> None:
        self._path = path
        self._kubelet_root = kubelet_root

    def fetch(self) -> Token | None:
        """The token. Raises ``SourceError`` where the file cannot be read, ``TokenError`` where it holds no token."""
        try:
            text = _read(self._path, self._kubelet_root)
        except OSError as cause:
            raise self._unreadable(cause) from None
        return parse(text.strip())

    def why_not(self) -> str:
        """Never needed: a file that was named always counts."""
        return ""

    def _unreadable(self, cause: OSError) -> SourceError:
        found = (cause.strerror or str(cause)).lower()
        fix: tuple[str, ...] = ("check the path and who may read it",)
        if cause.errno == errno.ENOENT:
            fix = (
                "check the path; a relative one starts at the workspace",
                "the Docker form sees only the workspace and the runner's temporary folder: put the file there",
            )
        elif cause.errno == errno.ELOOP:
            found, fix = (
                "a symbolic link",
                ("give the path of the file itself; only Kubernetes' service account tokens may be links",),
            )
        return SourceError(
            "token-file", f"reading the token file {self._path}", wanted="a file with a token", found=found, fix=fix
        )


def _read(path: str, kubelet_root: str) -> str:
    is_kubelets = os.path.normpath(path).startswith(kubelet_root)
    flags = os.O_RDONLY | CAREFULLY | (0 if is_kubelets else NO_LINK)
    with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        data = file.read(4 * MAX_CHARACTERS + 1)
    return data.decode("utf-8", "replace")
