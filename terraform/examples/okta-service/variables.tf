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

variable "public_keys" {
  description = "Public keys of the pipeline, each the text that `okta-aws jwk KEY.pem` prints."
  type        = list(string)
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
