# SPDX-License-Identifier: Apache-2.0

locals {
  described = { for kind in keys(local.roles) : kind => {
    arn                 = try(aws_iam_role.this[kind].arn, null)
    name                = try(aws_iam_role.this[kind].name, null)
    unique_id           = try(aws_iam_role.this[kind].unique_id, null)
    trust_policy        = module.trust[kind].json
    trust_policy_length = module.trust[kind].length
    permission_policies = local.inline[kind]
  } }
}

output "arn" {
  description = "ARN of the role. What uses it waits for the role's policies. `null` for a pair."
  value       = try(local.described.role.arn, null)

  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy_attachment.this]
}

output "name" {
  description = "Name of the role. `null` for a pair."
  value       = try(local.described.role.name, null)
}

output "unique_id" {
  description = "Unique id of the role (`AROA...`). `null` for a pair."
  value       = try(local.described.role.unique_id, null)
}

output "trust_policy" {
  description = "Trust policy as JSON, minified; built with `create = false` too, for a role you already own. `null` for a pair."
  value       = try(local.described.role.trust_policy, null)
}

output "trust_policy_length" {
  description = "Length of the trust policy in characters, as IAM counts it. `null` for a pair."
  value       = try(local.described.role.trust_policy_length, null)
}

output "permission_policies" {
  description = "Inline policies of the role: name to JSON. `null` for a pair."
  value       = try(local.described.role.permission_policies, null)
}

output "roles" {
  description = "The same of each role, by `role`, or `plan` and `apply`."
  value       = local.described

  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy_attachment.this]

  precondition {
    condition     = length(local.shared_subjects) == 0
    error_message = "plan_apply: ${jsonencode(local.shared_subjects)} may take both roles, so whoever plans may apply. Give apply a subject of its own: an environment that plan does not use, or another Okta client."
  }

  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  precondition {
    condition     = alltrue([for policies in values(local.inline) : sum(concat([0], [for document in values(policies) : length(replace(document, "/[[:space:]]/", ""))])) <= 10240])
    error_message = "inline_policies and s3: together they are ${jsonencode({ for kind, policies in local.inline : kind => sum(concat([0], [for document in values(policies) : length(replace(document, "/[[:space:]]/", ""))])) })} characters; IAM accepts 10240 for all inline policies of a role. Move some into a managed policy (managed_policies)."
  }
}
