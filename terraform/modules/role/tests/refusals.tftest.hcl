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
  name  = "deploy"
  trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
}

run "a_role_without_a_name_is_refused" {
  command = plan

  variables {
    name = null
  }

  expect_failures = [var.name]
}

run "a_name_with_a_slash_is_refused" {
  command = plan

  variables {
    name = "ci/deploy"
  }

  expect_failures = [var.name]
}

run "a_name_of_65_characters_is_refused" {
  command = plan

  variables {
    name = join("", [for n in range(65) : "a"])
  }

  expect_failures = [var.name]
}

run "a_path_without_its_slashes_is_refused" {
  command = plan

  variables {
    path = "ci"
  }

  expect_failures = [var.path]
}

run "a_session_under_an_hour_is_refused" {
  command = plan

  variables {
    max_session_duration = 900
  }

  expect_failures = [var.max_session_duration]
}

run "a_session_over_twelve_hours_is_refused" {
  command = plan

  variables {
    max_session_duration = 43201
  }

  expect_failures = [var.max_session_duration]
}

run "a_quota_aws_never_grants_is_refused" {
  command = plan

  variables {
    trust_policy_quota = 9000
  }

  expect_failures = [var.trust_policy_quota]
}

run "a_policys_name_instead_of_its_arn_is_refused" {
  command = plan

  variables {
    managed_policies = { audit = "SecurityAudit" }
  }

  expect_failures = [var.managed_policies]
}

run "twenty_six_managed_policies_are_refused" {
  command = plan

  variables {
    managed_policies = { for n in range(26) : "p${n}" => "arn:aws:iam::aws:policy/P${n}" }
  }

  expect_failures = [var.managed_policies]
}

run "a_boundary_that_is_no_policy_is_refused" {
  command = plan

  variables {
    permissions_boundary = "arn:aws:iam::111122223333:role/boundary"
  }

  expect_failures = [var.permissions_boundary]
}

run "an_inline_document_that_is_no_json_is_refused" {
  command = plan

  variables {
    inline_policies = { sign = "Allow" }
  }

  expect_failures = [var.inline_policies]
}

run "an_inline_document_without_a_statement_is_refused" {
  command = plan

  variables {
    inline_policies = { sign = "{}" }
  }

  expect_failures = [var.inline_policies]
}

run "an_inline_policy_named_as_the_modules_own_is_refused" {
  command = plan

  variables {
    inline_policies = { s3 = jsonencode({ Statement = [] }) }
  }

  expect_failures = [var.inline_policies]
}

run "inline_policies_too_long_for_iam_are_refused" {
  command = plan

  variables {
    inline_policies = { long = jsonencode({ Statement = [for n in range(700) : "statement-${n}"] }) }
  }

  expect_failures = [output.roles]
}

run "a_description_too_long_for_iam_is_refused" {
  command = plan

  variables {
    description = join("", [for n in range(1001) : "a"])
  }

  expect_failures = [var.description]
}

run "a_tag_of_awss_own_is_refused" {
  command = plan

  variables {
    tags = { "aws:team" = "x" }
  }

  expect_failures = [var.tags]
}

run "a_role_without_trust_is_refused" {
  command = plan

  variables {
    trust = []
  }

  expect_failures = [var.trust]
}
