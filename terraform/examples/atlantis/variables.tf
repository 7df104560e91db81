# SPDX-License-Identifier: Apache-2.0

variable "region" {
  description = "Region of the AWS provider."
  type        = string
  default     = "eu-central-1"
}

variable "name" {
  description = "Name of the cluster, the service and the load balancer."
  type        = string
  default     = "atlantis"
}

variable "hostname" {
  description = "Name that people and GitHub use."
  type        = string
  default     = "atlantis.acme.com"
}

variable "certificate_arn" {
  description = "ARN of the ACM certificate for it, of this region."
  type        = string
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}

variable "public_subnet_ids" {
  description = "Subnets of the load balancer, of two zones."
  type        = list(string)
}

variable "private_subnet_ids" {
  description = "Subnets of Atlantis, each of another zone, with a way to the internet."
  type        = list(string)
}

variable "webhook_cidrs" {
  description = "IPv4 ranges of GitHub's webhooks: `gh api meta --jq '.hooks[] | select(contains(\":\") | not)'`."
  type        = list(string)
  default     = ["192.30.252.0/22", "185.199.108.0/22", "140.82.112.0/20", "143.55.64.0/20"]
}

variable "people_cidrs" {
  description = "IPv4 ranges of the office or the VPN."
  type        = list(string)
}

variable "atlantis_image" {
  description = "Image of Atlantis with okta-aws, by digest: `docker/atlantis/build` makes it."
  type        = string
}

variable "atlantis_version" {
  description = "Version of Atlantis in that image."
  type        = string
}

variable "oauth2_proxy_image" {
  description = "Image of oauth2-proxy by digest."
  type        = string
}

variable "terraform_version" {
  description = "Version of Terraform for projects that name none."
  type        = string
  default     = "1.11.4"
}

variable "repository" {
  description = "The repository that Atlantis works for."
  type        = string
  default     = "github.com/acme/infrastructure"
}

variable "github_app_id" {
  description = "Number of the GitHub App."
  type        = string
}

variable "github_app_slug" {
  description = "Slug of the GitHub App: the end of its page's address."
  type        = string
}

variable "okta_issuer" {
  description = "The Okta org that people sign in with."
  type        = string
  default     = "https://acme.okta.com"
}

variable "okta_client_id" {
  description = "Client id of the OIDC web app in Okta."
  type        = string
}

variable "okta_roles" {
  description = "Where role sessions come from: the custom authorization server that the roles trust, the service app there and the id of its key; and the id of the key of the app that reads groups."
  type = object({
    issuer        = string
    client_id     = string
    key_id        = string
    groups_key_id = string
  })
}

variable "secret_arns" {
  description = "ARNs of the secrets: what they hold is neither an input nor in the state."
  type = object({
    github_app_key  = string
    github_webhook  = string
    okta_client     = string
    cookie          = string
    okta_roles_key  = string
    okta_groups_key = string
    github_token    = string
  })
}

variable "deletion_protection" {
  description = "Whether the load balancer refuses to be deleted."
  type        = bool
  default     = true
}

variable "wait_for_steady_state" {
  description = "Whether an apply waits until Atlantis is healthy."
  type        = bool
  default     = true
}
