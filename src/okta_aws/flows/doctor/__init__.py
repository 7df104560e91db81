# SPDX-License-Identifier: Apache-2.0
"""The chain from a job's environment to a role, link by link: what holds, what is broken, what cannot be told."""
