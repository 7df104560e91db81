# SPDX-License-Identifier: Apache-2.0
"""What an existing Atlantis set-up says, out of parsed files: one form a module."""
