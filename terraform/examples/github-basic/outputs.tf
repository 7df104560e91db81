# SPDX-License-Identifier: Apache-2.0

output "role_arn" {
  description = "For the action's input `role-to-assume`."
  value       = module.aws.role_arns.deploy
}

output "provider_arn" {
  description = "ARN of GitHub's identity provider."
  value       = module.aws.identity_providers.github.arn
}
