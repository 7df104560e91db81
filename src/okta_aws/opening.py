# SPDX-License-Identifier: Apache-2.0
"""Flags for opening files that somebody else may have put there. Windows has but the last of them."""

from __future__ import annotations

import os

CAREFULLY = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""A FIFO that nobody writes to is not waited for, no child inherits the file, and no byte is changed on the way."""

NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""The last name may be no symbolic link."""

FOLDER = getattr(os, "O_DIRECTORY", 0)
"""It has to be a folder."""
