# SPDX-License-Identifier: Apache-2.0

output "json" {
  description = "The trust policy, minified as IAM counts it."
  value       = local.json

  precondition {
    condition     = length(local.json) <= var.quota
    error_message = "trust: the policy is ${length(local.json)} characters long, trust_policy_quota is ${var.quota}. Name fewer subjects, split the role in two, or ask AWS to raise the quota \"Role trust policy length\" (at most 8192) and set trust_policy_quota to it."
  }
}

output "length" {
  description = "Length of the trust policy in characters."
  value       = length(local.json)
}

output "subjects" {
  description = "Each exact subject with its provider and audience."
  value       = flatten(local.named_subjects)
}

output "subjects_of_any_environment" {
  description = "Those of them whose statement does not claim an environment besides."
  value       = flatten([for i, s in var.statements : local.named_subjects[i] if !contains(keys(s.github_claims), "environment")])
}
