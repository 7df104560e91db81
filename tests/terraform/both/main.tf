# SPDX-License-Identifier: Apache-2.0
# Machines and people of one Okta org, and a job of GitHub, each with a role of its own.

variable "issuer" {
  type = string
}

variable "bucket" {
  type = string
}

provider "aws" {}

module "aws" {
  source = "../terraform"

  identity_providers = {
    okta   = { issuer = var.issuer, audiences = ["api://aws", "0oaPEOPLE"] }
    github = { github = {} }
  }

  roles = {
    machine = {
      trust = [{ provider = "okta", audiences = ["api://aws"], subjects = ["0oaPIPELINE"] }]
      s3    = [{ bucket = var.bucket, access = "full", prefixes = ["machine/"] }]
    }
    person = {
      trust = [{ provider = "okta", okta_people = { client_id = "0oaPEOPLE" } }]
      s3    = [{ bucket = var.bucket, access = "full", prefixes = ["person/"] }]
    }
    job = {
      trust = [{
        provider = "github"
        github = {
          owner         = "acme"
          owner_id      = "1000001"
          repository    = "infrastructure"
          repository_id = "2000002"
          environments  = ["production"]
        }
      }]
      s3 = [{ bucket = var.bucket, access = "write", prefixes = ["job/"] }]
    }
  }
}

output "role_arns" {
  value = module.aws.role_arns
}

output "roles" {
  value = module.aws.roles
}

output "identity_providers" {
  value = module.aws.identity_providers
}
