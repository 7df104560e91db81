# SPDX-License-Identifier: Apache-2.0

output "role_arn" {
  description = "ARN of the role."
  value       = module.role.arn
}

output "trust_policy" {
  description = "Trust policy of the role, in JSON."
  value       = module.role.trust_policy
}

output "login" {
  description = "What people need for `okta-aws login`."
  value       = { okta-issuer = module.okta.issuer, okta-client-id = module.okta.people.client_id, role-to-assume = module.role.arn }
}

output "group_ids" {
  description = "Ids of the groups, to put people into."
  value       = module.okta.group_ids
}
