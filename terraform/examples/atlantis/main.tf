# SPDX-License-Identifier: Apache-2.0

# Atlantis for one repository, as a GitHub App, in a VPC that exists. People sign in with Okta. The secrets exist too:
# docs/how-to/atlantis.md says how they are made.

provider "aws" {
  region = var.region
}

module "atlantis" {
  source = "../../modules/atlantis"

  name            = var.name
  hostname        = var.hostname
  certificate_arn = var.certificate_arn

  vpc_id                   = var.vpc_id
  load_balancer_subnet_ids = var.public_subnet_ids
  task_subnet_ids          = var.private_subnet_ids
  webhook_cidrs            = var.webhook_cidrs
  people_cidrs             = var.people_cidrs

  atlantis_image            = var.atlantis_image
  atlantis_version          = var.atlantis_version
  oauth2_proxy_image        = var.oauth2_proxy_image
  default_terraform_version = var.terraform_version

  repo_allowlist = [var.repository]

  # Who may do what, with which role: the map, and what `okta-aws atlantis init --map atlantis-map.yaml --output generated`
  # made of it.
  repo_config = file("${path.module}/generated/repos.yaml")
  credentials = {
    map                  = file("${path.module}/atlantis-map.yaml")
    okta_issuer          = var.okta_roles.issuer
    okta_client_id       = var.okta_roles.client_id
    okta_key_id          = var.okta_roles.key_id
    okta_private_key_arn = var.secret_arns.okta_roles_key
    okta_groups_key_arn  = var.secret_arns.okta_groups_key
    okta_groups_key_id   = var.okta_roles.groups_key_id
    github_token_arn     = var.secret_arns.github_token
    environment          = { VPC_ID = var.vpc_id }
  }

  github = {
    app_id             = var.github_app_id
    app_slug           = var.github_app_slug
    app_key_secret_arn = var.secret_arns.github_app_key
    webhook_secret_arn = var.secret_arns.github_webhook
  }

  okta = {
    issuer            = var.okta_issuer
    client_id         = var.okta_client_id
    client_secret_arn = var.secret_arns.okta_client
    cookie_secret_arn = var.secret_arns.cookie
  }

  deletion_protection   = var.deletion_protection
  wait_for_steady_state = var.wait_for_steady_state
}
