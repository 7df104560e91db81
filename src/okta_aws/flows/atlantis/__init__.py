# SPDX-License-Identifier: Apache-2.0
"""What the credentials helper beside Atlantis does for a request."""
