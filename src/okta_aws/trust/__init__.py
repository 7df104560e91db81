# SPDX-License-Identifier: Apache-2.0
"""Why a role would say yes or no to a web identity token. Pure."""
