# SPDX-License-Identifier: Apache-2.0

output "plan_role_arn" {
  description = "For the workflow's input `plan-role`."
  value       = module.aws.role_arns.terraform-plan
}

output "apply_role_arn" {
  description = "For the workflow's input `apply-role`."
  value       = module.aws.role_arns.terraform-apply
}

output "seal_role_arn" {
  description = "Role of the seal job."
  value       = module.aws.role_arns.seal
}

output "seal_key_arn" {
  description = "Key that signs plans."
  value       = aws_kms_key.seal.arn
}

output "plan_bucket" {
  description = "Bucket of the plan files."
  value       = aws_s3_bucket.this["plans"].bucket
}

output "backend" {
  description = "Settings of the S3 backend."
  value = {
    bucket       = aws_s3_bucket.this["state"].bucket
    key          = var.state_key
    region       = var.region
    encrypt      = true
    kms_key_id   = aws_kms_key.objects.arn
    use_lockfile = true
  }
}

output "roles" {
  description = "The roles with their policies."
  value       = module.aws.roles
}
