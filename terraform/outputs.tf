# SPDX-License-Identifier: Apache-2.0

locals {
  roles = merge([for key, made in module.roles : {
    for kind, role in made.roles : (kind == "role" ? key : "${key}-${kind}") => role
  }]...)
}

output "identity_providers" {
  description = "The identity providers by your name for them: `arn`, `issuer`, `key_prefix` of the condition keys, `audiences`."
  value = { for name, provider in module.identity_providers : name => {
    arn        = provider.arn
    issuer     = provider.issuer
    key_prefix = provider.key_prefix
    audiences  = provider.audiences
  } }
}

output "roles" {
  description = "The roles by your name for them, a pair as `NAME-plan` and `NAME-apply`: `arn`, `name`, `unique_id`, `trust_policy`, `trust_policy_length`, `permission_policies`."
  value       = local.roles
}

output "role_arns" {
  description = "ARN of each role, by the same names."
  value       = { for name, role in local.roles : name => role.arn }
}
