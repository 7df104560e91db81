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
  name = "infra"
}

run "one_switch_makes_a_pair_of_roles" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  assert {
    condition     = { for kind, role in aws_iam_role.this : kind => role.name } == { plan = "infra-plan", apply = "infra-apply" }
    error_message = "the roles differ"
  }

  assert {
    condition     = jsondecode(output.roles.plan.trust_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:acme/infra:pull_request"]
    error_message = "plan trusts another subject"
  }

  assert {
    condition     = jsondecode(output.roles.apply.trust_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:acme/infra:environment:production"]
    error_message = "apply trusts another subject"
  }

  assert {
    condition     = output.arn == null && output.trust_policy == null
    error_message = "a pair has the outputs of one role"
  }
}

run "plan_reads_the_state_and_cannot_write_it" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  assert {
    condition     = [for s in jsondecode(output.roles.plan.permission_policies["terraform-state"]).Statement : s.Action if contains(s.Resource, "arn:aws:s3:::acme-state/network/terraform.tfstate")] == [["s3:GetObject"]]
    error_message = "the actions on the state differ"
  }
}

run "plan_may_put_and_delete_its_own_lock_alone" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  assert {
    condition     = flatten([for s in jsondecode(output.roles.plan.permission_policies["terraform-state"]).Statement : s.Resource if contains(s.Action, "s3:PutObject") || contains(s.Action, "s3:DeleteObject")]) == ["arn:aws:s3:::acme-state/network/terraform.tfstate.tflock"]
    error_message = "it writes more than the lock"
  }
}

run "apply_writes_the_state_and_deletes_only_the_lock" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  assert {
    condition     = [for s in jsondecode(output.roles.apply.permission_policies["terraform-state"]).Statement : s.Action if contains(s.Resource, "arn:aws:s3:::acme-state/network/terraform.tfstate")] == [["s3:GetObject", "s3:PutObject"]]
    error_message = "the actions on the state differ"
  }

  assert {
    condition     = flatten([for s in jsondecode(output.roles.apply.permission_policies["terraform-state"]).Statement : s.Resource if contains(s.Action, "s3:DeleteObject")]) == ["arn:aws:s3:::acme-state/network/terraform.tfstate.tflock"]
    error_message = "it deletes more than the lock"
  }
}

run "neither_lists_more_of_the_bucket_than_its_own_keys" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  assert {
    condition     = alltrue([for s in concat(jsondecode(output.roles.plan.permission_policies["terraform-state"]).Statement, jsondecode(output.roles.apply.permission_policies["terraform-state"]).Statement) : s.Condition.StringEquals["s3:prefix"] == ["network/terraform.tfstate", "network/terraform.tfstate.tflock", "env:/"] if contains(s.Action, "s3:ListBucket")])
    error_message = "the listing is wider"
  }
}

run "workspaces_have_their_own_states_and_locks" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "n.tfstate", workspaces = ["default", "eu"] }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  assert {
    condition     = flatten([for s in jsondecode(output.roles.plan.permission_policies["terraform-state"]).Statement : s.Resource if !contains(s.Action, "s3:ListBucket")]) == ["arn:aws:s3:::acme-state/n.tfstate", "arn:aws:s3:::acme-state/env:/eu/n.tfstate", "arn:aws:s3:::acme-state/n.tfstate.tflock", "arn:aws:s3:::acme-state/env:/eu/n.tfstate.tflock"]
    error_message = "the objects differ"
  }
}

run "the_key_of_the_state_works_only_through_s3" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "n.tfstate", kms_key_arns = ["arn:aws:kms:eu-central-1:111122223333:key/abc"] }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  assert {
    condition     = jsondecode(output.roles.plan.permission_policies["terraform-state"]).Statement[3] == { Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = ["arn:aws:kms:eu-central-1:111122223333:key/abc"], Condition = { StringEquals = { "kms:ViaService" = ["s3.eu-central-1.amazonaws.com"] } } }
    error_message = "the statement differs"
  }
}

run "each_of_the_pair_has_permissions_of_its_own" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }], s3 = [{ bucket = "acme-plans", access = "write" }], managed_policies = { audit = "arn:aws:iam::aws:policy/SecurityAudit" } }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }], s3 = [{ bucket = "acme-plans", access = "read" }], inline_policies = { own = jsonencode({ Statement = [] }) } }
    }
  }

  assert {
    condition     = keys(aws_iam_role_policy.this) == ["apply/own", "apply/s3", "apply/terraform-state", "plan/s3", "plan/terraform-state"]
    error_message = "the inline policies differ"
  }

  assert {
    condition     = keys(aws_iam_role_policy_attachment.this) == ["plan/audit"]
    error_message = "the attachments differ"
  }

  assert {
    condition     = !strcontains(output.roles.plan.permission_policies["s3"], "GetObject") && !strcontains(output.roles.apply.permission_policies["s3"], "PutObject")
    error_message = "plan reads plans, or apply writes them"
  }
}

run "apply_may_be_bound_to_a_reusable_workflow" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", refs = ["refs/heads/main"] }, github_claims = { job_workflow_ref = ["acme/ci/.github/workflows/use-terraform.yml@refs/tags/v1"] } }] }
    }
  }

  assert {
    condition     = jsondecode(output.roles.apply.trust_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:job_workflow_ref"] == ["acme/ci/.github/workflows/use-terraform.yml@refs/tags/v1"]
    error_message = "the workflow is not demanded"
  }
}

run "two_okta_clients_make_a_pair_too" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaPLAN"] }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaAPPLY"] }] }
    }
  }

  assert {
    condition     = length(aws_iam_role.this) == 2
    error_message = "there are not two roles"
  }
}

run "apply_bound_to_a_branch_alone_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", refs = ["refs/heads/main"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "apply_for_pull_requests_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"], pull_request = true } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "apply_with_a_wildcard_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme/infra:environment:*"] }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "apply_with_an_exact_subject_of_a_branch_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repo:acme/infra:ref:refs/heads/main"] }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "one_subject_for_plan_and_apply_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [output.roles]
}

run "one_okta_client_for_plan_and_apply_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaBOTH"] }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/acme.okta.com/oauth2/aus123", audiences = ["api://aws"], subjects = ["0oaBOTH"] }] }
    }
  }

  expect_failures = [output.roles]
}

run "a_claim_of_plan_alone_does_not_keep_the_pair_apart" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] }, github_claims = { actor = ["x"] } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [output.roles]
}

run "administrator_access_for_plan_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }], managed_policies = { all = "arn:aws:iam::aws:policy/AdministratorAccess" } }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "full_access_for_plan_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }], managed_policies = { s3 = "arn:aws:iam::aws:policy/AmazonS3FullAccess" } }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "a_state_key_with_a_wildcard_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/*" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "a_state_key_that_begins_with_a_slash_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "/n.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "a_lock_as_the_state_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "n.tfstate.tflock" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "a_state_bucket_by_its_arn_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "arn:aws:s3:::acme-state", key = "n.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "a_workspace_with_a_wildcard_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "n.tfstate", workspaces = ["*"] }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "an_alias_of_the_states_key_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "n.tfstate", kms_key_arns = ["arn:aws:kms:eu-central-1:111122223333:alias/state"] }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "trust_beside_a_pair_is_refused" {
  command = plan

  variables {
    trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }]
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.trust]
}

run "buckets_beside_a_pair_are_refused" {
  command = plan

  variables {
    s3 = [{ bucket = "acme", access = "read" }]
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.s3]
}

run "a_name_too_long_for_the_pairs_endings_is_refused" {
  command = plan

  variables {
    name = join("", [for n in range(59) : "a"])
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.name]
}

run "a_policys_name_for_plan_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }], managed_policies = { audit = "SecurityAudit" } }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "an_inline_document_of_apply_that_is_no_json_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }], inline_policies = { own = "Allow" } }
    }
  }

  expect_failures = [var.plan_apply]
}

run "a_pull_request_in_our_workflow_may_not_apply" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", refs = ["refs/heads/main"] } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true }, github_claims = { job_workflow_ref = ["acme/ci/.github/workflows/use-terraform.yml@refs/tags/v1"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "a_wildcard_in_our_workflow_may_not_apply" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], dangerous_wildcard_subjects = ["repo:acme/infra:*"], github_claims = { job_workflow_ref = ["acme/ci/.github/workflows/use-terraform.yml@refs/tags/v1"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "a_branch_that_plans_may_not_apply_by_our_workflow_alone" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", refs = ["refs/heads/main"] } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", refs = ["refs/heads/main"] }, github_claims = { job_workflow_ref = ["acme/ci/.github/workflows/use-terraform.yml@refs/tags/v1"] } }] }
    }
  }

  expect_failures = [output.roles]
}

run "a_customised_subject_of_github_without_environment_may_not_apply" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repository_id:2000002:ref:refs/heads/main"] }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "an_environment_tells_a_shared_subject_apart" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repository_id:2000002"] }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", audiences = ["sts.amazonaws.com"], subjects = ["repository_id:2000002"], github_claims = { environment = ["production"] } }] }
    }
  }

  assert {
    condition     = jsondecode(output.roles.apply.trust_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:environment"] == ["production"]
    error_message = "the environment is not demanded"
  }
}

run "a_plan_role_that_writes_the_whole_bucket_of_the_state_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }], s3 = [{ bucket = "acme-state", access = "write" }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "a_plan_role_that_writes_the_folder_of_the_state_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }], s3 = [{ bucket = "acme-state", access = "full", prefixes = ["network/"] }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "a_plan_role_that_writes_other_workspaces_states_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }], s3 = [{ bucket = "acme-state", access = "write", prefixes = ["env:/"] }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}

run "plans_may_lie_beside_the_state" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }], s3 = [{ bucket = "acme-state", access = "write", prefixes = ["plans/"] }] }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  assert {
    condition     = strcontains(output.roles.plan.permission_policies["s3"], "arn:aws:s3:::acme-state/plans/*")
    error_message = "the policy differs: ${output.roles.plan.permission_policies["s3"]}"
  }
}

run "a_plan_role_of_an_administrator_s_job_function_is_refused" {
  command = plan

  variables {
    plan_apply = {
      state = { bucket = "acme-state", key = "network/terraform.tfstate" }
      plan  = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", pull_request = true } }], managed_policies = { admin = "arn:aws:iam::aws:policy/job-function/SystemAdministrator" } }
      apply = { trust = [{ provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", github = { owner = "acme", repository = "infra", environments = ["production"] } }] }
    }
  }

  expect_failures = [var.plan_apply]
}
