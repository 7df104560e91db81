# SPDX-License-Identifier: Apache-2.0
"""IAM policy documents and how AWS matches them: read, operators, wildcards, variables, conditions, actions. Pure."""
