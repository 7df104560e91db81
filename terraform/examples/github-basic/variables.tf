# SPDX-License-Identifier: Apache-2.0

variable "region" {
  description = "Region of the AWS provider."
  type        = string
  default     = "eu-central-1"
}

variable "account_id" {
  description = "Account that holds the identity provider. `null`: asked from AWS."
  type        = string
  default     = null
}

variable "create_provider" {
  description = "`false` where the account already has GitHub's identity provider."
  type        = bool
  default     = true
}

variable "github_owner" {
  description = "Owner of the repository."
  type        = string
  default     = "acme"
}

variable "github_owner_id" {
  description = "Number of the owner: `gh api repos/OWNER/REPO --jq .owner.id`. With it both forms of GitHub's subject are trusted."
  type        = string
  default     = null
}

variable "github_repository" {
  description = "Name of the repository."
  type        = string
  default     = "app"
}

variable "github_repository_id" {
  description = "Number of the repository: `gh api repos/OWNER/REPO --jq .id`."
  type        = string
  default     = null
}

variable "environment" {
  description = "Environment the deploying job runs in. Give it required reviewers in GitHub."
  type        = string
  default     = "production"
}

variable "bucket" {
  description = "Existing bucket the job deploys to, under `site/`."
  type        = string
  default     = "acme-app-site"
}
