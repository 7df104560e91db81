# SPDX-License-Identifier: Apache-2.0

run "an_empty_trust_is_refused" {
  command = plan

  variables {
    statements = []
  }

  expect_failures = [var.statements]
}

run "a_statement_without_any_subject_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"] }]
  }

  expect_failures = [var.statements]
}

run "a_statement_with_two_forms_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"], okta_people = { client_id = "0oaPEOPLE" } }]
  }

  expect_failures = [var.statements]
}

run "exact_and_wildcard_in_one_statement_are_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:pull_request"], dangerous_wildcard_subjects = ["repo:acme/app:*"] }]
  }

  expect_failures = [var.statements]
}

run "a_statement_without_audience_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", subjects = ["0oaMACHINE"] }]
  }

  expect_failures = [var.statements]
}

run "an_empty_list_of_audiences_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = [], subjects = ["0oaMACHINE"] }]
  }

  expect_failures = [var.statements]
}

run "github_with_an_empty_list_of_audiences_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = [], github = { owner = "acme", repository = "app", pull_request = true } }]
  }

  expect_failures = [var.statements]
}

run "an_empty_audience_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = [""], subjects = ["0oaMACHINE"] }]
  }

  expect_failures = [var.statements]
}

run "a_wildcard_audience_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["*"], subjects = ["0oaMACHINE"] }]
  }

  expect_failures = [var.statements]
}

run "a_policy_variable_in_a_subject_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["machine-$${aws:username}"] }]
  }

  expect_failures = [var.statements]
}

run "a_policy_variable_in_an_environment_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", environments = ["$${x}"] } }]
  }

  expect_failures = [var.statements]
}

run "an_empty_list_of_subjects_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = [] }]
  }

  expect_failures = [var.statements]
}

run "an_empty_subject_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = [""] }]
  }

  expect_failures = [var.statements]
}

run "a_wildcard_among_exact_subjects_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:*"] }]
  }

  expect_failures = [var.statements]
}

run "a_question_mark_among_exact_subjects_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHIN?"] }]
  }

  expect_failures = [var.statements]
}

run "a_persons_id_among_plain_subjects_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["0oaPEOPLE"], subjects = ["00uANNA"] }]
  }

  expect_failures = [var.statements]
}

run "a_pattern_of_persons_outside_okta_people_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["0oaPEOPLE"], dangerous_wildcard_subjects = ["00uabcdefgh*"] }]
  }

  expect_failures = [var.statements]
}

run "a_pattern_of_client_ids_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], dangerous_wildcard_subjects = ["0oa12345*"] }]
  }

  expect_failures = [var.statements]
}

run "a_bare_star_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["*"] }]
  }

  expect_failures = [var.statements]
}

run "a_star_after_repo_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:*"] }]
  }

  expect_failures = [var.statements]
}

run "an_owner_cut_short_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme*"] }]
  }

  expect_failures = [var.statements]
}

run "an_owner_cut_short_with_claims_is_refused_too" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme*/app:*"], github_claims = { repository_id = ["1"] } }]
  }

  expect_failures = [var.statements]
}

run "a_whole_owner_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme/*"] }]
  }

  expect_failures = [var.statements]
}

run "a_whole_owner_with_its_id_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme@1001/*"] }]
  }

  expect_failures = [var.statements]
}

run "a_repository_cut_short_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme/app*"] }]
  }

  expect_failures = [var.statements]
}

run "any_repository_with_one_environment_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme/*:environment:production"] }]
  }

  expect_failures = [var.statements]
}

run "a_customised_github_subject_with_a_wildcard_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repository_owner:*"] }]
  }

  expect_failures = [var.statements]
}

run "a_github_subject_that_names_nobody_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["environment:production"] }]
  }

  expect_failures = [var.statements]
}

run "an_okta_client_at_githubs_provider_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["0oaMACHINE"] }]
  }

  expect_failures = [var.statements]
}

run "a_provider_that_is_no_arn_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "https://acme.okta.com", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
  }

  expect_failures = [var.statements]
}

run "a_provider_with_a_wildcard_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/*", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
  }

  expect_failures = [var.statements]
}

run "a_saml_provider_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:saml-provider/okta", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
  }

  expect_failures = [var.statements]
}

run "github_without_any_job_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app" } }]
  }

  expect_failures = [var.statements]
}

run "github_at_an_okta_provider_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", github = { owner = "acme", repository = "app", pull_request = true } }]
  }

  expect_failures = [var.statements]
}

run "an_owner_with_a_slash_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme/app", repository = "app", pull_request = true } }]
  }

  expect_failures = [var.statements]
}

run "an_owner_that_is_a_wildcard_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "*", repository = "app", pull_request = true } }]
  }

  expect_failures = [var.statements]
}

run "a_repository_with_a_wildcard_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "*", pull_request = true } }]
  }

  expect_failures = [var.statements]
}

run "one_id_without_the_other_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", owner_id = "1001", pull_request = true } }]
  }

  expect_failures = [var.statements]
}

run "an_id_that_is_no_number_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", owner_id = "acme", repository_id = "2", pull_request = true } }]
  }

  expect_failures = [var.statements]
}

run "ids_on_a_github_enterprise_server_are_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/github.acme.example/_services/token", github = { owner = "acme", repository = "app", owner_id = "1", repository_id = "2", pull_request = true } }]
  }

  expect_failures = [var.statements]
}

run "a_branch_by_its_short_name_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", refs = ["main"] } }]
  }

  expect_failures = [var.statements]
}

run "a_ref_with_a_wildcard_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", refs = ["refs/heads/*"] } }]
  }

  expect_failures = [var.statements]
}

run "an_environment_with_a_wildcard_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", environments = ["prod*"] } }]
  }

  expect_failures = [var.statements]
}

run "an_empty_environment_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", environments = [""] } }]
  }

  expect_failures = [var.statements]
}

run "a_claim_aws_does_not_know_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:pull_request"], github_claims = { repository_owner = ["acme"] } }]
  }

  expect_failures = [var.statements]
}

run "sub_as_a_claim_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:pull_request"], github_claims = { sub = ["x"] } }]
  }

  expect_failures = [var.statements]
}

run "claims_of_a_github_enterprise_server_are_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/github.acme.example/_services/token", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:pull_request"], github_claims = { repository_id = ["1"] } }]
  }

  expect_failures = [var.statements]
}

run "a_claim_without_values_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:pull_request"], github_claims = { environment = [] } }]
  }

  expect_failures = [var.statements]
}

run "a_claim_with_a_wildcard_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:pull_request"], github_claims = { environment = ["prod*"] } }]
  }

  expect_failures = [var.statements]
}

run "a_repository_id_that_is_a_name_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:pull_request"], github_claims = { repository_id = ["acme/app"] } }]
  }

  expect_failures = [var.statements]
}

run "a_workflow_without_its_ref_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:pull_request"], github_claims = { job_workflow_ref = ["acme/ci/.github/workflows/deploy.yml"] } }]
  }

  expect_failures = [var.statements]
}

run "a_workflow_with_a_short_ref_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:pull_request"], github_claims = { job_workflow_ref = ["acme/ci/.github/workflows/deploy.yml@v1"] } }]
  }

  expect_failures = [var.statements]
}

run "people_at_githubs_provider_are_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", okta_people = { client_id = "0oaPEOPLE" } }]
  }

  expect_failures = [var.statements]
}

run "people_with_another_audience_are_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], okta_people = { client_id = "0oaPEOPLE" } }]
  }

  expect_failures = [var.statements]
}

run "people_with_a_url_for_a_client_are_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "api://aws" } }]
  }

  expect_failures = [var.statements]
}

run "people_with_a_wildcard_client_are_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oa*" } }]
  }

  expect_failures = [var.statements]
}

run "people_named_by_login_are_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oaPEOPLE", user_ids = ["anna@acme.example"] } }]
  }

  expect_failures = [var.statements]
}

run "a_pattern_among_named_people_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oaPEOPLE", user_ids = ["00u*"] } }]
  }

  expect_failures = [var.statements]
}

run "a_password_does_not_count_as_mfa" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oaPEOPLE", mfa_values = ["pwd"] } }]
  }

  expect_failures = [var.statements]
}

run "mfa_without_any_value_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oaPEOPLE", mfa_values = [] } }]
  }

  expect_failures = [var.statements]
}

run "a_policy_over_the_quota_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = [for n in range(100) : "0oa${n}abcdefghijklmnop"] }]
  }

  expect_failures = [output.json]
}

run "a_policy_over_a_raised_quota_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = [for n in range(400) : "0oa${n}abcdefghijklmnop"] }]
    quota      = 8192
  }

  expect_failures = [output.json]
}

run "a_quota_aws_never_grants_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
    quota      = 8193
  }

  expect_failures = [var.quota]
}

run "a_quota_below_awss_own_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
    quota      = 2000
  }

  expect_failures = [var.quota]
}

run "an_empty_place_among_the_subjects_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE", null] }]
  }

  expect_failures = [var.statements]
}

run "an_empty_place_among_the_environments_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", environments = [null] } }]
  }

  expect_failures = [var.statements]
}

run "a_claim_that_is_null_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", environments = ["production"] }, github_claims = { job_workflow_ref = null } }]
  }

  expect_failures = [var.statements]
}

run "a_policy_variable_in_the_provider_is_refused" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/$${aws:PrincipalTag/x}.example.com", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
  }

  expect_failures = [var.statements]
}
