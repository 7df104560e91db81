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
  target = module.okta.okta_app_oauth.service
  values = { client_id = "0oa1machine" }
}

override_resource {
  target = module.okta.okta_app_oauth.people
  values = { client_id = "0oa1people" }
}

variables {
  okta_org_name = "acme"
  bucket        = "releases"
  account_id    = "123456789012"
  public_keys   = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })]
}

run "the_pipeline_s_application_may_use_its_role_and_no_other" {
  command = apply

  assert {
    condition     = jsondecode(output.trust_policies["deploy"]).Statement[0].Condition.StringEquals["acme.okta.com/oauth2/aus1example:sub"] == ["0oa1machine"]
    error_message = "wanted the service application as the subject"
  }

  assert {
    condition     = jsondecode(output.trust_policies["deploy"]).Statement[0].Condition.StringEquals["acme.okta.com/oauth2/aus1example:aud"] == ["api://aws"]
    error_message = "wanted the server's audience"
  }

  assert {
    condition     = jsondecode(output.trust_policies["deploy"]).Statement[0].Principal.Federated == "arn:aws:iam::123456789012:oidc-provider/acme.okta.com/oauth2/aus1example"
    error_message = "wanted the provider of the Okta issuer"
  }

  assert {
    condition     = length(jsondecode(output.trust_policies["deploy"]).Statement) == 1
    error_message = "wanted one statement"
  }
}

run "people_with_two_factors_may_use_theirs" {
  command = apply

  assert {
    condition     = jsondecode(output.trust_policies["developer"]).Statement[0].Condition.StringEquals["acme.okta.com/oauth2/aus1example:aud"] == ["0oa1people"]
    error_message = "wanted the application for people as the audience"
  }

  assert {
    condition     = strcontains(jsonencode(jsondecode(output.trust_policies["developer"]).Statement[0].Condition), "00u*") && strcontains(jsonencode(jsondecode(output.trust_policies["developer"]).Statement[0].Condition), "mfa")
    error_message = "wanted a person as the subject, with two factors"
  }
}

run "the_action_gets_what_it_needs_but_no_secret" {
  command = apply

  assert {
    condition     = keys(output.action_inputs) == ["audience", "aws-region", "okta-client-id", "okta-issuer", "okta-key-id", "okta-scope", "role-to-assume"]
    error_message = "wanted these inputs"
  }

  assert {
    condition     = output.login.okta-client-id == "0oa1people" && output.login.okta-issuer == "https://acme.okta.com/oauth2/aus1example"
    error_message = "wanted what people need"
  }
}
