# SPDX-License-Identifier: Apache-2.0

output "role_arns" {
  description = "ARNs of the roles `deploy` and `developer`: the action's `role-to-assume`."
  value       = { for name, role in module.aws.roles : name => role.arn }
}

output "trust_policies" {
  description = "Trust policies of the roles, in JSON: the action's `trust-policy`."
  value       = { for name, role in module.aws.roles : name => role.trust_policy }
}

output "action_inputs" {
  description = "Inputs of the action for the pipeline; its private key comes from a secret."
  value       = merge(local.okta.action_inputs["deploy"], { role-to-assume = module.aws.roles["deploy"].arn, aws-region = var.region })
}

output "login" {
  description = "What people need for `okta-aws login`."
  value       = { okta-issuer = local.okta.issuer, okta-client-id = local.okta.people.client_id, role-to-assume = module.aws.roles["developer"].arn }
}
