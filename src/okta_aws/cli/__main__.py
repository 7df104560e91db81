# SPDX-License-Identifier: Apache-2.0
"""``python -I -m okta_aws.cli``: the command line in a Python that heeds neither environment nor working directory."""

from okta_aws.cli.start import main

main()
