# SPDX-License-Identifier: Apache-2.0
"""The command line of this checkout: `start.py LIBRARIES ARGUMENT…`, as the program made by install.py calls it."""

from __future__ import annotations

import os
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src"), sys.argv.pop(1)]
sys.argv[0] = "okta-aws"

from okta_aws.cli.start import main  # noqa: E402  (the paths come first)

if __name__ == "__main__":
    main()
