# SPDX-License-Identifier: Apache-2.0
"""The host's path of a file that a Docker action wrote.

The runner translates host paths in variables and inputs on the way into the container, and nothing on the way out
(actions/runner, ``ContainerInfo.cs``). A variable for later steps must therefore hold the host's path: steps on the
host take it as it is, later containers get it translated. The host's temporary folder comes in through an input whose
default is ``host:${{ runner.temp }}``; the prefix keeps the runner from translating it.
"""

from __future__ import annotations

import posixpath

_PREFIX = "host:"
# Container folder to folder under the host's temporary one (``ContainerActionHandler.cs``). The workspace is mounted as
# well, but nothing tells its place on the host.
_MOUNTS = (("/github/home", "_github_home"), ("/github/runner_temp", ""))


def host_path(path: str, *, docker_form: bool, host_temp: str) -> str | None:
    """Where steps on the host find ``path`` (absolute, as this process sees it); ``None`` where that cannot be told.

    ``host_temp``: the input of that name. Outside a Docker action, and without the prefix (other runners, tests), paths
    are the same for all.
    """
    if not docker_form or not host_temp.startswith(_PREFIX + "/"):
        return path
    normal = posixpath.normpath(path)
    temp = host_temp.removeprefix(_PREFIX)
    for mounted, folder in _MOUNTS:
        if normal == mounted or normal.startswith(mounted + "/"):
            return posixpath.normpath(posixpath.join(temp, folder, "." + normal[len(mounted) :]))
    return None


def is_shared(path: str, *, docker_form: bool) -> bool:
    """Whether ``path`` outlives this process's container: what is outside the mounts goes with it."""
    normal = posixpath.normpath(path)
    return not docker_form or normal.startswith(("/github/home/", "/github/runner_temp/", "/github/workspace/"))
