# SPDX-License-Identifier: Apache-2.0
"""What the user asked for: the table of options, raw text with its origin, and the frozen ``Settings``."""
