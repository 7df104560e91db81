# SPDX-License-Identifier: Apache-2.0

output "group_ids" {
  description = "Ids of the groups of approvers, by name."
  value       = local.group_ids
}

output "github_app_id" {
  description = "Id of the application for GitHub; null where the org has none."
  value       = one(data.okta_app.github[*].id)
}
