# SPDX-License-Identifier: Apache-2.0

variable "name" {
  description = "Put before the names of the roles and of the key's alias."
  type        = string
  default     = "acme"
}

variable "region" {
  description = "Region of the buckets and keys."
  type        = string
  default     = "eu-central-1"
}

variable "account_id" {
  description = "Account that holds everything. `null`: asked from AWS."
  type        = string
  default     = null
}

variable "create_provider" {
  description = "`false` where the account already has GitHub's identity provider."
  type        = bool
  default     = true
}

variable "github_owner" {
  description = "Owner of the repository that calls the workflow."
  type        = string
  default     = "acme"
}

variable "github_owner_id" {
  description = "Number of the owner: `gh api repos/OWNER/REPO --jq .owner.id`."
  type        = string
  default     = null
}

variable "github_repository" {
  description = "Repository that calls the workflow."
  type        = string
  default     = "infra"

  validation {
    condition     = !contains(["sealed", "applied"], var.github_repository)
    error_message = "github_repository: got ${jsonencode(var.github_repository)}, a folder of the plan bucket that is the seal's own; give the plans of this repository a bucket with another layout."
  }
}

variable "github_repository_id" {
  description = "Number of the repository: `gh api repos/OWNER/REPO --jq .id`."
  type        = string
  default     = null
}

variable "default_branch" {
  description = "Branch whose drift is checked on a schedule, with the plan role."
  type        = string
  default     = "main"
}

variable "apply_environment" {
  description = "Environment of the apply job. Give it required reviewers, and let the default branch alone deploy to it."
  type        = string
  default     = "production"
}

variable "seal_environment" {
  description = "Environment of the seal job. The workflow refuses this name for any other job."
  type        = string
  default     = "terraform-seal"

  validation {
    condition     = var.seal_environment != var.apply_environment
    error_message = "seal_environment: got ${jsonencode(var.seal_environment)}, the environment of apply too; the two jobs must not be able to take each other's role."
  }
}

variable "workflow_refs" {
  description = "The reusable workflow as callers name it, each ref written out: only a job of this very file may sign."
  type        = list(string)
  default     = ["org/okta-aws-action/.github/workflows/use-terraform.yml@refs/tags/v1"]
}

variable "state_bucket" {
  description = "Name of the bucket for the state."
  type        = string
  default     = "acme-terraform-state"
}

variable "state_key" {
  description = "Key of the state: the backend's `key`. Set `use_lockfile = true` there."
  type        = string
  default     = "infra/terraform.tfstate"
}

variable "workspaces" {
  description = "Workspaces whose states the roles may use. A new one has to be made before its first plan: `terraform workspace new`."
  type        = list(string)
  default     = ["default"]
}

variable "plan_bucket" {
  description = "Name of the bucket for plan files, another one than the state's."
  type        = string
  default     = "acme-terraform-plans"

  validation {
    condition     = var.plan_bucket != var.state_bucket
    error_message = "plan_bucket: got ${jsonencode(var.plan_bucket)}, the bucket of the state; give the plans a bucket of their own."
  }
}

variable "plan_days" {
  description = "Days after which a plan file is deleted."
  type        = number
  default     = 30
}

variable "plan_policies" {
  description = "What planning reads: a name of your own to the ARN of a managed policy. SecurityAudit reads settings, no data."
  type        = map(string)
  default     = { audit = "arn:aws:iam::aws:policy/SecurityAudit" }
}

variable "apply_policies" {
  description = "What applying may change: a name of your own to the ARN of a managed policy."
  type        = map(string)
  default     = {}
}

variable "force_destroy" {
  description = "Whether `terraform destroy` also deletes what the buckets hold."
  type        = bool
  default     = false
}
