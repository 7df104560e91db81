# SPDX-License-Identifier: Apache-2.0

output "role_arn" {
  description = "ARN of the role: the action's `role-to-assume`."
  value       = module.role.arn
}

output "trust_policy" {
  description = "Trust policy of the role, in JSON."
  value       = module.role.trust_policy
}

output "action_inputs" {
  description = "Inputs of the action; the private key comes from a secret."
  value       = merge(module.okta.action_inputs["deploy"], { role-to-assume = module.role.arn, aws-region = var.region })
}

output "key_ids" {
  description = "Ids of the keys that Okta takes at present."
  value       = module.okta.services["deploy"].key_ids
}
