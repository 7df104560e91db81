# SPDX-License-Identifier: Apache-2.0
"""What is said between Atlantis, this program, and the helper that holds the base identity."""
