# SPDX-License-Identifier: Apache-2.0

output "arn" {
  description = "ARN of the provider, known at plan time. What uses it waits for the provider."
  value       = local.arn

  depends_on = [aws_iam_openid_connect_provider.this]
}

output "issuer" {
  description = "URL of the issuer."
  value       = local.issuer
}

output "key_prefix" {
  description = "Prefix of the provider's condition keys: the issuer without `https://`."
  value       = local.key_prefix
}

output "audiences" {
  description = "Audiences the provider accepts."
  value       = local.audiences
}
