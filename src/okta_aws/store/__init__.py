# SPDX-License-Identifier: Apache-2.0
"""What is kept on a person's machine between two commands."""
