# SPDX-License-Identifier: Apache-2.0
"""The protocol of GitHub's runner: commands, files, context, paths, summary. Knows nothing of AWS or Okta."""
