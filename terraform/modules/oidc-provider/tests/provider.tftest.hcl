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

run "an_okta_issuer_keeps_its_path_byte_for_byte" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/oauth2/ausABC123"
    audiences = ["api://aws"]
  }

  assert {
    condition     = aws_iam_openid_connect_provider.this[0].url == "https://acme.okta.com/oauth2/ausABC123"
    error_message = "the url is ${aws_iam_openid_connect_provider.this[0].url}"
  }

  assert {
    condition     = output.issuer == "https://acme.okta.com/oauth2/ausABC123"
    error_message = "the issuer is ${output.issuer}"
  }

  assert {
    condition     = output.key_prefix == "acme.okta.com/oauth2/ausABC123"
    error_message = "the prefix is ${output.key_prefix}"
  }

  assert {
    condition     = output.arn == "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/ausABC123"
    error_message = "the ARN is ${output.arn}"
  }

  assert {
    condition     = toset(aws_iam_openid_connect_provider.this[0].client_id_list) == toset(["api://aws"])
    error_message = "the audiences differ"
  }
}

run "the_org_server_of_okta_is_an_issuer_without_a_path" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com"
    audiences = ["0oaPEOPLE"]
  }

  assert {
    condition     = output.key_prefix == "acme.okta.com"
    error_message = "the prefix is ${output.key_prefix}"
  }
}

run "a_custom_domain_is_an_issuer_too" {
  command = plan

  variables {
    issuer    = "https://login.acme.example/oauth2/default"
    audiences = ["api://default"]
  }

  assert {
    condition     = output.key_prefix == "login.acme.example/oauth2/default"
    error_message = "the prefix is ${output.key_prefix}"
  }
}

run "github_com_needs_nothing_but_an_empty_object" {
  command = plan

  variables {
    github = {}
  }

  assert {
    condition     = output.issuer == "https://token.actions.githubusercontent.com"
    error_message = "the issuer is ${output.issuer}"
  }

  assert {
    condition     = output.audiences == tolist(["sts.amazonaws.com"])
    error_message = "the audience is not STS"
  }
}

run "an_enterprises_slug_becomes_the_path" {
  command = plan

  variables {
    github = { enterprise_slug = "acme-inc" }
  }

  assert {
    condition     = output.issuer == "https://token.actions.githubusercontent.com/acme-inc"
    error_message = "the issuer is ${output.issuer}"
  }
}

run "a_github_enterprise_server_has_its_own_issuer" {
  command = plan

  variables {
    github = { server = "github.acme.example" }
  }

  assert {
    condition     = output.issuer == "https://github.acme.example/_services/token"
    error_message = "the issuer is ${output.issuer}"
  }
}

run "data_residency_has_its_own_issuer" {
  command = plan

  variables {
    github = { subdomain = "acme" }
  }

  assert {
    condition     = output.issuer == "https://token.actions.acme.ghe.com"
    error_message = "the issuer is ${output.issuer}"
  }
}

run "given_thumbprints_are_sent_as_they_are" {
  command = plan

  variables {
    github      = {}
    thumbprints = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
  }

  assert {
    condition     = aws_iam_openid_connect_provider.this[0].thumbprint_list == tolist(["6938fd4d98bab03faadb97b34396831e3780aea1"])
    error_message = "the thumbprints differ"
  }
}

run "an_existing_provider_is_not_made_and_still_has_its_arn" {
  command = plan

  variables {
    create = false
    issuer = "https://acme.okta.com/oauth2/aus123"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.this) == 0
    error_message = "it is made"
  }

  assert {
    condition     = output.arn == "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123"
    error_message = "the ARN is ${output.arn}"
  }
}

run "name_and_tags_become_tags" {
  command = plan

  variables {
    github = {}
    name   = "github"
    tags   = { team = "platform" }
  }

  assert {
    condition     = aws_iam_openid_connect_provider.this[0].tags == tomap({ Name = "github", team = "platform" })
    error_message = "the tags differ"
  }
}

run "a_hundred_audiences_are_accepted" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com"
    audiences = [for n in range(100) : "aud-${n}"]
  }

  assert {
    condition     = length(output.audiences) == 100
    error_message = "they are fewer"
  }
}

run "the_account_is_asked_for_when_it_is_not_given" {
  command = plan

  variables {
    account_id = null
    github     = {}
  }

  override_data {
    target = data.aws_caller_identity.this[0]
    values = { account_id = "444455556666" }
  }

  assert {
    condition     = output.arn == "arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com"
    error_message = "the ARN is ${output.arn}"
  }
}

run "another_partition_shows_in_the_arn" {
  command = plan

  variables {
    github = {}
  }

  override_data {
    target = data.aws_partition.this
    values = { partition = "aws-us-gov" }
  }

  assert {
    condition     = output.arn == "arn:aws-us-gov:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    error_message = "the ARN is ${output.arn}"
  }
}
