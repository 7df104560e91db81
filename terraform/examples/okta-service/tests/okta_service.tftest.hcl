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

variables {
  okta_org_name = "acme"
  bucket        = "releases"
  account_id    = "123456789012"
  public_keys   = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })]
}

run "the_role_trusts_exactly_the_application" {
  command = apply

  assert {
    condition     = jsondecode(output.trust_policy).Statement[0].Condition.StringEquals["acme.okta.com/oauth2/aus1example:sub"] == ["0oa1machine"]
    error_message = "wanted the service application as the subject"
  }

  assert {
    condition     = jsondecode(output.trust_policy).Statement[0].Condition.StringEquals["acme.okta.com/oauth2/aus1example:aud"] == ["api://aws"]
    error_message = "wanted the server's audience"
  }

  assert {
    condition     = jsondecode(output.trust_policy).Statement[0].Principal.Federated == "arn:aws:iam::123456789012:oidc-provider/acme.okta.com/oauth2/aus1example"
    error_message = "wanted the provider of the Okta issuer"
  }
}

run "both_keys_count_while_one_takes_the_other_s_place" {
  command = apply

  variables {
    public_keys = concat([jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })], [jsonencode({ kid = "two", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })])
  }

  assert {
    condition     = output.key_ids == ["one", "two"]
    error_message = "wanted both"
  }

  assert {
    condition     = !contains(keys(output.action_inputs), "okta-key-id")
    error_message = "which of the two signs is for the pipeline to say"
  }
}
