# SPDX-License-Identifier: Apache-2.0
"""Where a token comes from, one source a file; ``select`` knows them all."""
