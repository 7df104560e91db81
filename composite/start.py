# SPDX-License-Identifier: Apache-2.0
"""The action without Docker: `start.py main` for the step, `start.py post` for the end of the job."""

from __future__ import annotations

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "src"), HERE]

from libraries import Libraries  # noqa: E402  (the paths come first)

from okta_aws import action  # noqa: E402

if __name__ == "__main__":
    sys.meta_path.insert(0, Libraries(os.environ))
    (action.post if sys.argv[1:] == ["post"] else action.main)()
