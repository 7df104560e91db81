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
  identity_providers = {
    okta   = { issuer = "https://acme.okta.com/oauth2/aus123", audiences = ["api://aws", "0oaPEOPLE"] }
    github = { github = {} }
  }
}

run "one_call_makes_providers_roles_and_their_policies" {
  command = plan

  variables {
    roles = {
      deploy = {
        trust            = [{ provider = "okta", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
        s3               = [{ bucket = "acme-artifacts", access = "full" }]
        managed_policies = { audit = "arn:aws:iam::aws:policy/SecurityAudit" }
      }
      people = { trust = [{ provider = "okta", okta_people = { client_id = "0oaPEOPLE" } }] }
      ci     = { trust = [{ provider = "github", github = { owner = "acme", repository = "app", environments = ["production"] } }] }
    }
  }

  assert {
    condition     = { for name, provider in output.identity_providers : name => provider.arn } == { okta = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
    error_message = "the providers differ: ${jsonencode(output.identity_providers)}"
  }

  assert {
    condition     = { for name, role in output.roles : name => role.name } == { deploy = "deploy", people = "people", ci = "ci" }
    error_message = "the roles differ"
  }

  assert {
    condition     = jsondecode(output.roles.deploy.trust_policy).Statement[0].Principal.Federated == output.identity_providers.okta.arn
    error_message = "the role trusts another provider: ${output.roles.deploy.trust_policy}"
  }

  assert {
    condition     = jsondecode(output.roles.people.trust_policy).Statement[0].Condition["ForAnyValue:StringEquals"]["acme.okta.com/oauth2/aus123:amr"] == ["mfa"]
    error_message = "people need no MFA: ${output.roles.people.trust_policy}"
  }

  assert {
    condition     = keys(output.roles.deploy.permission_policies) == ["s3"]
    error_message = "the policies differ"
  }
}

run "one_role_may_trust_okta_and_github" {
  command = plan

  variables {
    roles = {
      deploy = { trust = [
        { provider = "okta", audiences = ["api://aws"], subjects = ["0oaMACHINE"] },
        { provider = "github", github = { owner = "acme", repository = "app", refs = ["refs/heads/main"] } },
      ] }
    }
  }

  assert {
    condition     = [for s in jsondecode(output.roles.deploy.trust_policy).Statement : s.Principal.Federated] == [output.identity_providers.okta.arn, output.identity_providers.github.arn]
    error_message = "the statements differ: ${output.roles.deploy.trust_policy}"
  }
}

run "every_role_gets_the_prefix" {
  command = plan

  variables {
    name  = "acme-"
    roles = { ci = { name = "deploy", trust = [{ provider = "okta", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }] } }
  }

  assert {
    condition     = output.roles.ci.name == "acme-deploy"
    error_message = "the name is ${output.roles.ci.name}"
  }
}

run "a_pair_shows_as_two_roles" {
  command = plan

  variables {
    roles = {
      infra = { plan_apply = {
        state = { bucket = "acme-state", key = "infra.tfstate" }
        plan  = { trust = [{ provider = "github", github = { owner = "acme", repository = "infra", pull_request = true } }] }
        apply = { trust = [{ provider = "github", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
      } }
    }
  }

  assert {
    condition     = { for name, role in output.roles : name => role.name } == { infra-plan = "infra-plan", infra-apply = "infra-apply" }
    error_message = "the roles differ: ${jsonencode(keys(output.roles))}"
  }
}

run "a_provider_made_elsewhere_is_named_by_its_arn" {
  command = plan

  variables {
    identity_providers = {}
    roles              = { ci = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }] } }
  }

  assert {
    condition     = jsondecode(output.roles.ci.trust_policy).Statement[0].Principal.Federated == "arn:aws:iam::111122223333:oidc-provider/acme.okta.com"
    error_message = "the provider differs"
  }
}

run "an_existing_provider_is_trusted_without_being_made" {
  command = plan

  variables {
    identity_providers = { github = { create = false, github = {} } }
    roles              = { ci = { trust = [{ provider = "github", github = { owner = "acme", repository = "app", pull_request = true } }] } }
  }

  assert {
    condition     = jsondecode(output.roles.ci.trust_policy).Statement[0].Principal.Federated == "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    error_message = "the provider differs"
  }
}

run "without_create_nothing_is_made_and_the_outputs_are_there" {
  command = plan

  variables {
    create = false
    roles  = { ci = { trust = [{ provider = "okta", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }] } }
  }

  assert {
    condition     = output.role_arns == { ci = null } && strcontains(output.roles.ci.trust_policy, "0oaMACHINE")
    error_message = "a role is made, or its trust is missing"
  }
}

run "nothing_given_makes_nothing" {
  command = plan

  variables {
    identity_providers = {}
  }

  assert {
    condition     = length(output.roles) == 0 && length(output.identity_providers) == 0
    error_message = "something is made"
  }
}

run "a_misspelt_provider_is_refused" {
  command = plan

  variables {
    roles = { ci = { trust = [{ provider = "otka", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }] } }
  }

  expect_failures = [var.roles]
}

run "a_statement_without_a_provider_is_refused" {
  command = plan

  variables {
    roles = { ci = { trust = [{ audiences = ["api://aws"], subjects = ["0oaMACHINE"] }] } }
  }

  expect_failures = [var.roles]
}

run "an_audience_the_provider_lacks_is_refused" {
  command = plan

  variables {
    roles = { ci = { trust = [{ provider = "okta", audiences = ["api://other"], subjects = ["0oaMACHINE"] }] } }
  }

  expect_failures = [var.roles]
}

run "people_of_an_app_the_provider_lacks_are_refused" {
  command = plan

  variables {
    roles = { people = { trust = [{ provider = "okta", okta_people = { client_id = "0oaOTHERS" } }] } }
  }

  expect_failures = [var.roles]
}

run "a_role_without_trust_is_refused" {
  command = plan

  variables {
    roles = { ci = {} }
  }

  expect_failures = [var.roles]
}

run "two_roles_of_one_name_are_refused" {
  command = plan

  variables {
    roles = {
      a = { name = "ci", trust = [{ provider = "okta", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }] }
      b = { name = "ci", trust = [{ provider = "okta", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }] }
    }
  }

  expect_failures = [var.roles]
}

run "a_provider_with_issuer_and_github_is_refused" {
  command = plan

  variables {
    identity_providers = { x = { issuer = "https://acme.okta.com", github = {}, audiences = ["a"] } }
  }

  expect_failures = [var.identity_providers]
}

run "one_issuer_given_twice_is_refused" {
  command = plan

  variables {
    identity_providers = { a = { github = {} }, b = { github = {} } }
  }

  expect_failures = [var.identity_providers]
}

run "a_prefix_with_a_slash_is_refused" {
  command = plan

  variables {
    name = "acme/"
  }

  expect_failures = [var.name]
}

run "an_account_that_is_no_account_is_refused" {
  command = plan

  variables {
    account_id = "acme"
  }

  expect_failures = [var.account_id]
}

run "two_roles_that_differ_by_case_alone_are_refused" {
  command = plan

  variables {
    roles = {
      Deploy = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaA"] }] }
      deploy = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaA"] }] }
    }
  }

  expect_failures = [var.roles]
}

run "a_role_under_the_key_of_a_pair_s_half_is_refused" {
  command = plan

  variables {
    roles = {
      infra-plan = { name = "other", trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaA"] }] }
      infra = { plan_apply = {
        state = { bucket = "acme-state", key = "network/terraform.tfstate" }
        plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaPLAN"] }] }
        apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaAPPLY"] }] }
      } }
    }
  }

  expect_failures = [var.roles]
}
