# SPDX-License-Identifier: Apache-2.0

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  account_id = "111122223333"
}

run "only_the_environment_may_deploy" {
  command = plan

  assert {
    condition     = jsondecode(module.aws.roles.deploy.trust_policy).Statement[0].Condition == { StringEquals = { "token.actions.githubusercontent.com:aud" = ["sts.amazonaws.com"], "token.actions.githubusercontent.com:sub" = ["repo:acme/app:environment:production"] } }
    error_message = "the trust differs: ${module.aws.roles.deploy.trust_policy}"
  }
}

run "with_the_numbers_both_subjects_are_trusted" {
  command = plan

  variables {
    github_owner_id      = "1001"
    github_repository_id = "2002"
  }

  assert {
    condition     = length(jsondecode(module.aws.roles.deploy.trust_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"]) == 2
    error_message = "the trust differs: ${module.aws.roles.deploy.trust_policy}"
  }
}
