# SPDX-License-Identifier: Apache-2.0
"""What every test has: the ground rules, and the stand-ins for everything outside."""

from __future__ import annotations

pytest_plugins = ["ground_rules", "fakes.fixtures"]
