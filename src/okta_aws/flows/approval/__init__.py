# SPDX-License-Identifier: Apache-2.0
"""Sealing a Terraform plan, and applying exactly what was sealed and approved."""
