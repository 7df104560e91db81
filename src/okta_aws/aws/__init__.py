# SPDX-License-Identifier: Apache-2.0
"""AWS's side: the STS endpoint, the request, and what its refusals mean."""
