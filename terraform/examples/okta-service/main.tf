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

  services = {
    # While the key is rotated, two: then both may sign. See docs/how-to/okta-key-rotation.md.
    deploy = { public_keys = var.public_keys }
  }
}

module "oidc_provider" {
  source = "../../modules/oidc-provider"

  issuer     = module.okta.issuer
  audiences  = module.okta.audiences
  account_id = var.account_id
}

module "role" {
  source = "../../modules/role"

  name  = "example-okta-service"
  trust = [merge({ provider_arn = module.oidc_provider.arn }, module.okta.service_trust["deploy"])]
  s3    = [{ bucket = var.bucket, access = "write", prefixes = ["releases/"] }]
}
