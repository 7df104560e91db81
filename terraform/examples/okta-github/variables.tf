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

variable "approvers" {
  description = "Groups of people who may approve, by name: what for."
  type        = map(string)
  default     = { aws-approvers-production = "Approves what goes to production" }
}

variable "existing_approvers" {
  description = "Names of groups that exist already and may approve."
  type        = set(string)
  default     = []
}

variable "github_app_label" {
  description = "Label of the org's application for GitHub Enterprise, such as `GitHub Enterprise Cloud - Organization`; unset: the org has none."
  type        = string
  default     = null
}
