# SPDX-License-Identifier: Apache-2.0
"""Use cases: the order of effects. No printing, no environment, no clock of their own."""
