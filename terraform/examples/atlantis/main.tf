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
  team_allowlist = ["*:plan", "${var.apply_team}:apply", "${var.apply_team}:unlock"]

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

  # Roles that trust Atlantis's own; what each may do is written where they are made.
  base_identity = { role_arns = var.role_arns }

  deletion_protection   = var.deletion_protection
  wait_for_steady_state = var.wait_for_steady_state
}
