# SPDX-License-Identifier: Apache-2.0
terraform {
  required_version = ">= 1.9"

  required_providers {
    okta = {
      source  = "okta/okta"
      version = "~> 6.12"
    }
  }
}

variable "public_keys" {
  type = list(string)
}

module "okta" {
  source = "../terraform/modules/okta"

  services = {
    deploy = { public_keys = var.public_keys }
    plan   = { jwks_uri = "https://keys.example.com/jwks.json", network_zones = ["ALL_IP_ZONES"] }
  }

  people = {
    groups = { aws-developers = {} }
  }

  experimental_session_tags = {
    services = { Team = "app.profile.team" }
    people   = { Mail = "user.email" }
  }
}

output "okta" {
  value = module.okta
}
