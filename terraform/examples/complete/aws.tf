# SPDX-License-Identifier: Apache-2.0

provider "aws" {
  region = var.region
}

module "aws" {
  source = "../.."

  name       = var.name
  account_id = var.account_id

  # The issuer byte for byte, and the audiences of its tokens: of machines the server's, of people their application.
  identity_providers = {
    okta = {
      issuer    = local.okta.issuer
      audiences = local.okta.audiences
    }
  }

  roles = {
    # The pipeline: this one Okta application, nobody else.
    deploy = {
      trust = [merge({ provider = "okta" }, local.okta.service_trust["deploy"])]
      s3    = [{ bucket = var.bucket, access = "write", prefixes = ["releases/"] }]
    }
    # People of the groups, signed in with two factors.
    developer = {
      trust = [merge({ provider = "okta" }, local.okta.people_trust)]
      s3    = [{ bucket = var.bucket, access = "read" }]
    }
  }
}
