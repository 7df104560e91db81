# SPDX-License-Identifier: Apache-2.0
"""What a token says. Pure: nothing here fetches, and nothing here is verified unless its name says so."""
