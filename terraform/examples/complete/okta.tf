# SPDX-License-Identifier: Apache-2.0

# Who it is comes from the environment: OKTA_API_CLIENT_ID, OKTA_API_PRIVATE_KEY, OKTA_API_PRIVATE_KEY_ID, OKTA_API_SCOPES.
provider "okta" {
  org_name = var.okta_org_name
  base_url = var.okta_base_url
}

module "okta" {
  source = "../../modules/okta"

  name     = var.name
  audience = var.audience

  services = {
    deploy = { public_keys = var.public_keys }
  }

  people = {
    groups = { for name, description in var.groups : name => { description = description } }
  }
}

# All that AWS has to know about Okta.
locals {
  okta = module.okta
}
