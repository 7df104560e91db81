# SPDX-License-Identifier: Apache-2.0

output "url" {
  description = "Where people find Atlantis."
  value       = "https://${var.hostname}"
}

output "webhook_url" {
  description = "Where GitHub sends its events: the URL of the App's or the repository's webhook."
  value       = "https://${var.hostname}/events"
}

output "okta_redirect_uri" {
  description = "Sign-in redirect URI of the Okta app."
  value       = "https://${var.hostname}/oauth2/callback"
}

output "load_balancer_arn" {
  description = "ARN of the load balancer, for a web ACL or an alarm."
  value       = try(aws_lb.this[0].arn, null)
}

output "load_balancer_dns_name" {
  description = "Name of the load balancer: what `hostname` has to be an alias of."
  value       = try(aws_lb.this[0].dns_name, null)
}

output "load_balancer_zone_id" {
  description = "Zone of the load balancer's name, for an alias record."
  value       = try(aws_lb.this[0].zone_id, null)
}

output "task_role_arn" {
  description = "ARN of the role that each process of the task has: it may keep the data and nothing else, so let no other role trust it."
  value       = try(aws_iam_role.this["task"].arn, null)
}

output "execution_role_arn" {
  description = "ARN of the role that starts the task: the principal for the policies of the secrets' keys."
  value       = try(aws_iam_role.this["execution"].arn, null)
}

output "task_security_group_id" {
  description = "Security group of the task: what Redis and endpoints of the VPC have to let in."
  value       = try(aws_security_group.this["task"].id, null)
}

output "cluster_arn" {
  description = "ARN of the ECS cluster."
  value       = try(aws_ecs_cluster.this[0].arn, null)
}

output "service_name" {
  description = "Name of the ECS service."
  value       = try(aws_ecs_service.this[0].name, null)
}

output "log_group_name" {
  description = "Name of the log group: streams begin with the container's name."
  value       = try(aws_cloudwatch_log_group.this[0].name, null)
}

output "file_system_id" {
  description = "Id of the file system with plans, clones and locks."
  value       = try(aws_efs_file_system.this[0].id, null)
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts logs and data."
  value       = local.kms_key
}
