# SPDX-License-Identifier: Apache-2.0

variable "okta_org_name" {
  description = "The org: `acme` of https://acme.okta.com."
  type        = string
}

variable "okta_base_url" {
  description = "The rest of the org's host."
  type        = string
  default     = "okta.com"
}

variable "groups" {
  description = "Groups of people who may use the role: name to description."
  type        = map(string)
  default     = { aws-developers = "May read the releases" }
}

variable "bucket" {
  description = "Name of a bucket that exists."
  type        = string
}

variable "region" {
  description = "Region of the AWS provider."
  type        = string
  default     = "eu-central-1"
}

variable "account_id" {
  description = "Number of the AWS account; unset: asked from AWS."
  type        = string
  default     = null
}
