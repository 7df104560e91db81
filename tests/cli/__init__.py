# SPDX-License-Identifier: Apache-2.0
"""A package by intent: python-hcl2 installs one of the same name, which would be found instead."""
