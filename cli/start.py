# SPDX-License-Identifier: Apache-2.0
"""The command line of this checkout: `start.py LIBRARIES PROGRAM ARGUMENT…`, as PROGRAM of install.py calls it."""

from __future__ import annotations

import os
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src"), sys.argv.pop(1)]
# What `okta-aws configure` writes for AWS's tools to call: never a name to be looked for in the working directory.
sys.argv[0] = sys.argv.pop(1)

from okta_aws.cli.start import main  # noqa: E402  (the paths come first)

if __name__ == "__main__":
    main()
