# SPDX-License-Identifier: Apache-2.0

# A GitHub repository deploys to one bucket, from one environment. No secret is stored anywhere.

provider "aws" {
  region = var.region
}

module "aws" {
  source = "../../"

  account_id = var.account_id

  identity_providers = {
    github = { create = var.create_provider, github = {} }
  }

  roles = {
    deploy = {
      description = "Deploys ${var.github_owner}/${var.github_repository} from the environment ${var.environment}"

      trust = [{
        provider = "github"
        github = {
          owner         = var.github_owner
          owner_id      = var.github_owner_id
          repository    = var.github_repository
          repository_id = var.github_repository_id
          environments  = [var.environment]
        }
      }]

      s3 = [{ bucket = var.bucket, access = "full", prefixes = ["site/"] }]
    }
  }
}
