# SPDX-License-Identifier: Apache-2.0

# Who it is comes from the environment: OKTA_API_CLIENT_ID, OKTA_API_PRIVATE_KEY, OKTA_API_PRIVATE_KEY_ID, OKTA_API_SCOPES.
provider "okta" {
  org_name = var.okta_org_name
  base_url = var.okta_base_url
}

provider "aws" {
  region = var.region
}

module "okta" {
  source = "../../modules/okta"

  name = "aws-people"

  people = {
    groups = { for name, description in var.groups : name => { description = description } }

    # Two factors, and again after a working day.
    sign_on_policy = { ask_again_after = "PT8H" }
  }
}

module "oidc_provider" {
  source = "../../modules/oidc-provider"

  issuer     = module.okta.issuer
  audiences  = module.okta.audiences
  account_id = var.account_id
}

# Whoever Okta lets in: it names no person, so it demands the application, a user's id as subject, and two factors.
module "role" {
  source = "../../modules/role"

  name  = "example-okta-people"
  trust = [merge({ provider_arn = module.oidc_provider.arn }, module.okta.people_trust)]
  s3    = [{ bucket = var.bucket, access = "read" }]
}
