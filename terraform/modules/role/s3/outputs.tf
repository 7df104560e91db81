# SPDX-License-Identifier: Apache-2.0

output "json" {
  description = "The permission policy, or null without buckets."
  value       = length(var.buckets) == 0 ? null : local.json
}
