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

override_resource {
  target          = aws_kms_key.objects
  override_during = plan
  values          = { arn = "arn:aws:kms:eu-central-1:111122223333:key/objects" }
}

override_resource {
  target          = aws_kms_key.seal
  override_during = plan
  values          = { arn = "arn:aws:kms:eu-central-1:111122223333:key/seal" }
}

override_resource {
  target          = aws_s3_bucket.this
  override_during = plan
  values          = { arn = "arn:aws:s3:::bucket", id = "bucket" }
}

run "plan_puts_plans_and_gets_none" {
  command = plan

  assert {
    condition     = jsondecode(output.roles.terraform-plan.permission_policies["s3"]).Statement[0].Resource == ["arn:aws:s3:::acme-terraform-plans/infra/*"] && !strcontains(output.roles.terraform-plan.permission_policies["s3"], "s3:Get") && strcontains(output.roles.terraform-plan.permission_policies["s3"], "s3:PutObject")
    error_message = "the policy differs: ${output.roles.terraform-plan.permission_policies["s3"]}"
  }
}

run "apply_gets_plans_and_seals_and_puts_marks_alone" {
  command = plan

  assert {
    condition     = strcontains(output.roles.terraform-apply.permission_policies["s3"], "s3:GetObjectVersion") && flatten([for s in jsondecode(output.roles.terraform-apply.permission_policies["s3"]).Statement : s.Resource if contains(flatten([s.Action]), "s3:PutObject")]) == ["arn:aws:s3:::acme-terraform-plans/applied/*"]
    error_message = "the policy differs: ${output.roles.terraform-apply.permission_policies["s3"]}"
  }
}

run "the_seal_puts_seals_alone" {
  command = plan

  assert {
    condition     = flatten([for s in jsondecode(output.roles.seal.permission_policies["s3"]).Statement : s.Resource if contains(flatten([s.Action]), "s3:PutObject")]) == ["arn:aws:s3:::acme-terraform-plans/sealed/*"]
    error_message = "the policy differs: ${output.roles.seal.permission_policies["s3"]}"
  }
}

run "a_repository_that_is_called_like_the_seals_folder_is_refused" {
  command = plan

  variables {
    github_repository = "sealed"
  }

  expect_failures = [var.github_repository]
}

run "only_the_seal_may_sign" {
  command = plan

  assert {
    condition     = keys({ for name, role in output.roles : name => true if strcontains(join("", values(role.permission_policies)), "kms:Sign") }) == ["seal"]
    error_message = "another role may sign"
  }

  assert {
    condition     = one([for s in jsondecode(aws_kms_key.seal.policy).Statement : s.Condition.ArnNotEquals["aws:PrincipalArn"] if s.Effect == "Deny" && s.Action == "kms:Sign"]) == "arn:aws:iam::111122223333:role/${output.roles.seal.name}"
    error_message = "the key names another signer: ${aws_kms_key.seal.policy}"
  }
}

run "the_seal_needs_our_workflow_and_its_environment" {
  command = plan

  assert {
    condition = jsondecode(output.roles.seal.trust_policy).Statement[0].Condition.StringEquals == {
      "token.actions.githubusercontent.com:aud"              = ["sts.amazonaws.com"]
      "token.actions.githubusercontent.com:sub"              = ["repo:acme/infra:environment:terraform-seal"]
      "token.actions.githubusercontent.com:job_workflow_ref" = ["org/okta-aws-action/.github/workflows/use-terraform.yml@refs/tags/v1"]
    }
    error_message = "the trust differs: ${output.roles.seal.trust_policy}"
  }
}

run "no_subject_takes_two_of_the_roles" {
  command = plan

  assert {
    condition     = length(distinct(flatten([for role in values(output.roles) : jsondecode(role.trust_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"]]))) == length(flatten([for role in values(output.roles) : jsondecode(role.trust_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"]]))
    error_message = "a subject stands in two roles"
  }
}

run "one_environment_for_seal_and_apply_is_refused" {
  command = plan

  variables {
    seal_environment = "production"
  }

  expect_failures = [var.seal_environment]
}

run "one_bucket_for_state_and_plans_is_refused" {
  command = plan

  variables {
    plan_bucket = "acme-terraform-state"
  }

  expect_failures = [var.plan_bucket]
}

run "every_role_can_tell_that_there_is_no_state_yet" {
  command = plan

  assert {
    condition = alltrue([for role in values(output.roles) : anytrue(flatten([
      for policy in values(role.permission_policies) : [
        for s in jsondecode(policy).Statement : contains(flatten([s.Action]), "s3:ListBucket") && !can(s.Condition) && s.Resource == ["arn:aws:s3:::bucket"]
      ]
    ]))])
    error_message = "a role lists the bucket of the state with a condition, or not at all"
  }
}

run "the_seal_reads_the_states_of_the_named_workspaces_alone" {
  command = plan

  variables {
    workspaces = ["default", "eu"]
  }

  assert {
    condition     = [for s in jsondecode(output.roles.seal.permission_policies["sign"]).Statement : s.Resource if s.Action == ["s3:GetObject"]] == [["arn:aws:s3:::bucket/infra/terraform.tfstate", "arn:aws:s3:::bucket/env:/eu/infra/terraform.tfstate"]]
    error_message = "the policy differs: ${output.roles.seal.permission_policies["sign"]}"
  }
}
