# SPDX-License-Identifier: Apache-2.0
"""Trust policies out of files: JSON of AWS's tools, Terraform (plan, state, HCL), CloudFormation. One form a module."""
