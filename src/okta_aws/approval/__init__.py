# SPDX-License-Identifier: Apache-2.0
"""Who may approve what: one decision for workflows and for Atlantis. No I/O."""
