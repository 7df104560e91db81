# SPDX-License-Identifier: Apache-2.0
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

mock_provider "okta" {
  mock_resource "okta_auth_server" {
    defaults = {
      id     = "aus1example"
      issuer = "https://acme.okta.com/oauth2/aus1example"
    }
  }
}

override_resource {
  target = module.okta.okta_app_oauth.people
  values = { client_id = "0oa1people" }
}

variables {
  okta_org_name = "acme"
  bucket        = "releases"
  account_id    = "123456789012"
}

run "people_of_the_groups_may_use_the_role_with_two_factors" {
  command = apply

  assert {
    condition     = jsondecode(output.trust_policy).Statement[0].Condition.StringEquals["acme.okta.com/oauth2/aus1example:aud"] == ["0oa1people"]
    error_message = "wanted the application for people as the audience"
  }

  assert {
    condition     = strcontains(jsonencode(jsondecode(output.trust_policy).Statement[0].Condition), "00u*") && strcontains(jsonencode(jsondecode(output.trust_policy).Statement[0].Condition), "mfa")
    error_message = "wanted a person as the subject, with two factors"
  }

  assert {
    condition     = keys(output.group_ids) == tolist(["aws-developers"])
    error_message = "wanted the group"
  }

  assert {
    condition     = output.login.okta-client-id == "0oa1people"
    error_message = "wanted what people need"
  }
}
