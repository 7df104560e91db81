# SPDX-License-Identifier: Apache-2.0
"""A step that runs whatever happened before: shows which of AWS's variables and files it was given."""

from __future__ import annotations

import json
import os
from pathlib import Path

variables = sorted(name for name, value in os.environ.items() if name.startswith("AWS_") and value)
files = sorted(path.name for path in Path.home().glob(".aws/*"))
print("OBSERVED", json.dumps(variables + files))
