# SPDX-License-Identifier: Apache-2.0

run "an_okta_machine_is_bound_by_aud_and_exact_sub" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition == { StringEquals = { "acme.okta.com/oauth2/aus123:aud" = ["api://aws"], "acme.okta.com/oauth2/aus123:sub" = ["0oaMACHINE"] } }
    error_message = "the condition is not aud and sub alone: ${output.json}"
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Principal.Federated == "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123"
    error_message = "the principal is not the provider: ${output.json}"
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Action == ["sts:AssumeRoleWithWebIdentity"]
    error_message = "there are other actions: ${output.json}"
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Effect == "Allow"
    error_message = "it does not allow: ${output.json}"
  }
}

run "the_document_is_of_the_current_policy_version" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
  }

  assert {
    condition     = jsondecode(output.json).Version == "2012-10-17"
    error_message = "another version: ${output.json}"
  }
}

run "the_length_is_that_of_the_minified_json" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
  }

  assert {
    condition     = output.length == length(jsonencode(jsondecode(output.json)))
    error_message = "the length differs: ${output.json}"
  }
}

run "tags_and_source_identity_are_allowed_only_when_asked_for" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"], tag_session = true, set_source_identity = true }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Action == ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]
    error_message = "the actions differ: ${output.json}"
  }
}

run "tags_alone_do_not_bring_source_identity" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"], tag_session = true }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Action == ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    error_message = "the actions differ: ${output.json}"
  }
}

run "people_need_their_app_mfa_and_a_persons_id" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oaPEOPLE" } }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition == { StringEquals = { "acme.okta.com/oauth2/aus123:aud" = ["0oaPEOPLE"] }, StringLike = { "acme.okta.com/oauth2/aus123:sub" = ["00u*"] }, "ForAnyValue:StringEquals" = { "acme.okta.com/oauth2/aus123:amr" = ["mfa"] } }
    error_message = "the condition differs: ${output.json}"
  }
}

run "named_people_are_exact_and_no_longer_a_pattern" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oaPEOPLE", user_ids = ["00uANNA", "00uBERT"] } }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition == { StringEquals = { "acme.okta.com/oauth2/aus123:aud" = ["0oaPEOPLE"], "acme.okta.com/oauth2/aus123:sub" = ["00uANNA", "00uBERT"] }, "ForAnyValue:StringEquals" = { "acme.okta.com/oauth2/aus123:amr" = ["mfa"] } }
    error_message = "the condition differs: ${output.json}"
  }
}

run "mfa_can_be_waived_and_only_then_amr_is_absent" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oaPEOPLE", require_mfa = false } }]
  }

  assert {
    condition     = !strcontains(output.json, "amr") && strcontains(output.json, "00u*")
    error_message = "amr is still there: ${output.json}"
  }
}

run "mfa_values_of_ones_own_replace_the_default" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oaPEOPLE", mfa_values = ["hwk", "phr"] } }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition["ForAnyValue:StringEquals"]["acme.okta.com/oauth2/aus123:amr"] == ["hwk", "phr"]
    error_message = "amr differs: ${output.json}"
  }
}

run "people_may_name_their_client_id_as_the_audience_too" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["0oaPEOPLE"], okta_people = { client_id = "0oaPEOPLE" } }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition.StringEquals["acme.okta.com/oauth2/aus123:aud"] == ["0oaPEOPLE"]
    error_message = "aud differs: ${output.json}"
  }
}

run "a_machine_and_people_of_one_org_never_share_a_statement" {
  command = plan

  variables {
    statements = [
      { provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"] },
      { provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oaPEOPLE" } },
    ]
  }

  assert {
    condition     = length(jsondecode(output.json).Statement) == 2
    error_message = "they are not two statements: ${output.json}"
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition.StringEquals["acme.okta.com/oauth2/aus123:aud"] != jsondecode(output.json).Statement[1].Condition.StringEquals["acme.okta.com/oauth2/aus123:aud"]
    error_message = "both take the same audience: ${output.json}"
  }

  assert {
    condition     = !startswith(jsondecode(output.json).Statement[0].Condition.StringEquals["acme.okta.com/oauth2/aus123:sub"][0], trimsuffix(jsondecode(output.json).Statement[1].Condition.StringLike["acme.okta.com/oauth2/aus123:sub"][0], "*"))
    error_message = "the pattern of people matches the machine: ${output.json}"
  }
}

run "several_providers_are_separate_statements" {
  command = plan

  variables {
    statements = [
      { provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"] },
      { provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", refs = ["refs/heads/main"] } },
    ]
  }

  assert {
    condition     = [for s in jsondecode(output.json).Statement : s.Principal.Federated] == ["arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]
    error_message = "the principals differ: ${output.json}"
  }

  assert {
    condition     = alltrue([for s in jsondecode(output.json).Statement : length([for key in flatten([for keys in values(s.Condition) : keys(keys)]) : key if startswith(key, regex(":oidc-provider/(.*)$", s.Principal.Federated)[0])]) == length(flatten([for keys in values(s.Condition) : keys(keys)]))])
    error_message = "a statement holds keys of another provider: ${output.json}"
  }
}

run "for_all_values_is_never_written" {
  command = plan

  variables {
    statements = [
      { provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaMACHINE"] },
      { provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", okta_people = { client_id = "0oaPEOPLE" } },
    ]
  }

  assert {
    condition     = !strcontains(output.json, "ForAllValues")
    error_message = "ForAllValues is there: ${output.json}"
  }
}

run "github_environments_become_subjects" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", environments = ["production"] } }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition == { StringEquals = { "token.actions.githubusercontent.com:aud" = ["sts.amazonaws.com"], "token.actions.githubusercontent.com:sub" = ["repo:acme/app:environment:production"] } }
    error_message = "the condition differs: ${output.json}"
  }
}

run "a_colon_in_an_environment_is_encoded" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", environments = ["eu:production"] } }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:acme/app:environment:eu%3Aproduction"]
    error_message = "the subject differs: ${output.json}"
  }
}

run "with_ids_both_subject_forms_are_trusted" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", owner_id = "1001", repository = "app", repository_id = "2002", refs = ["refs/heads/main"] } }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:acme/app:ref:refs/heads/main", "repo:acme@1001/app@2002:ref:refs/heads/main"]
    error_message = "the subjects differ: ${output.json}"
  }
}

run "environments_refs_and_pull_requests_add_up" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", environments = ["a", "b"], refs = ["refs/tags/v1"], pull_request = true } }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:acme/app:environment:a", "repo:acme/app:environment:b", "repo:acme/app:ref:refs/tags/v1", "repo:acme/app:pull_request"]
    error_message = "the subjects differ: ${output.json}"
  }
}

run "github_claims_narrow_the_same_statement" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", environments = ["production"] }, github_claims = { repository_id = ["2002"], job_workflow_ref = ["acme/ci/.github/workflows/deploy.yml@refs/tags/v1"] } }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:repository_id"] == ["2002"] && jsondecode(output.json).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:job_workflow_ref"] == ["acme/ci/.github/workflows/deploy.yml@refs/tags/v1"]
    error_message = "the claims are not demanded: ${output.json}"
  }

  assert {
    condition     = length(jsondecode(output.json).Statement) == 1 && jsondecode(output.json).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:acme/app:environment:production"]
    error_message = "the subject is gone: ${output.json}"
  }
}

run "every_claim_aws_knows_can_be_demanded" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", subjects = ["repo:acme/app:pull_request"], audiences = ["sts.amazonaws.com"], github_claims = { actor = ["x"], actor_id = ["1"], enterprise_id = ["2"], environment = ["x"], job_workflow_ref = ["a/b/.github/workflows/c.yaml@0123456789012345678901234567890123456789"], ref = ["x"], repository = ["x"], repository_id = ["3"], workflow = ["x"] } }]
  }

  assert {
    condition     = length(jsondecode(output.json).Statement[0].Condition.StringEquals) == 11
    error_message = "some claims are missing: ${output.json}"
  }
}

run "an_enterprises_own_issuer_keeps_its_path_in_the_keys" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com/acme-inc", github = { owner = "acme", repository = "app", pull_request = true } }]
  }

  assert {
    condition     = keys(jsondecode(output.json).Statement[0].Condition.StringEquals) == ["token.actions.githubusercontent.com/acme-inc:aud", "token.actions.githubusercontent.com/acme-inc:sub"]
    error_message = "the keys differ: ${output.json}"
  }
}

run "a_github_enterprise_server_has_keys_of_its_host" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/github.acme.example/_services/token", github = { owner = "acme", repository = "app", pull_request = true } }]
  }

  assert {
    condition     = keys(jsondecode(output.json).Statement[0].Condition.StringEquals) == ["github.acme.example/_services/token:aud", "github.acme.example/_services/token:sub"]
    error_message = "the keys differ: ${output.json}"
  }
}

run "data_residency_has_keys_of_its_subdomain" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.acme.ghe.com", github = { owner = "acme", repository = "app", pull_request = true } }]
  }

  assert {
    condition     = keys(jsondecode(output.json).Statement[0].Condition.StringEquals) == ["token.actions.acme.ghe.com:aud", "token.actions.acme.ghe.com:sub"]
    error_message = "the keys differ: ${output.json}"
  }
}

run "a_wildcard_subject_is_compared_as_a_pattern" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme/app:ref:refs/tags/*"] }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition == { StringEquals = { "token.actions.githubusercontent.com:aud" = ["sts.amazonaws.com"] }, StringLike = { "token.actions.githubusercontent.com:sub" = ["repo:acme/app:ref:refs/tags/*"] } }
    error_message = "the condition differs: ${output.json}"
  }
}

run "exact_and_wildcard_subjects_are_alternatives" {
  command = plan

  variables {
    statements = [
      { provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/app:pull_request"] },
      { provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme/app:ref:refs/tags/*"] },
    ]
  }

  assert {
    condition     = length(jsondecode(output.json).Statement) == 2 && alltrue([for s in jsondecode(output.json).Statement : length(flatten([for operator, keys in s.Condition : [for key in keys(keys) : key if endswith(key, ":sub")]])) == 1])
    error_message = "both stand in one statement, which demands both: ${output.json}"
  }
}

run "a_whole_owner_is_let_in_only_with_a_pinned_workflow" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme/*"], github_claims = { job_workflow_ref = ["acme/ci/.github/workflows/deploy.yml@refs/tags/v1"] } }]
  }

  assert {
    condition     = contains(keys(jsondecode(output.json).Statement[0].Condition.StringEquals), "token.actions.githubusercontent.com:job_workflow_ref")
    error_message = "the workflow is not demanded: ${output.json}"
  }
}

run "other_partitions_keep_their_arn" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws-cn:iam::111122223333:oidc-provider/acme.okta.com", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Principal.Federated == "arn:aws-cn:iam::111122223333:oidc-provider/acme.okta.com"
    error_message = "the ARN differs: ${output.json}"
  }
}

run "an_ampersand_counts_as_one_character" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "app", environments = ["r&d"] } }]
  }

  assert {
    condition     = strcontains(output.json, "environment:r&d")
    error_message = "it was escaped: ${output.json}"
  }
}

run "a_long_policy_fits_a_raised_quota" {
  command = plan

  variables {
    statements = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = [for n in range(200) : "0oa${n}abcdefghijklmnop"] }]
    quota      = 8192
  }

  assert {
    condition     = output.length > 2048 && output.length <= 8192
    error_message = "the length is not between the quotas: ${output.json}"
  }
}
