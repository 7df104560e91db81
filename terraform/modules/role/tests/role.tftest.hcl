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

run "one_role_has_its_name_path_description_tags_boundary_and_session" {
  command = plan

  variables {
    path                 = "/ci/"
    description          = "Deploys the application"
    tags                 = { team = "platform" }
    permissions_boundary = "arn:aws:iam::111122223333:policy/boundary"
    max_session_duration = 7200
  }

  assert {
    condition     = aws_iam_role.this["role"].name == "deploy" && aws_iam_role.this["role"].path == "/ci/" && aws_iam_role.this["role"].description == "Deploys the application"
    error_message = "name, path or description differ"
  }

  assert {
    condition     = aws_iam_role.this["role"].tags == tomap({ team = "platform" }) && aws_iam_role.this["role"].permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
    error_message = "tags or boundary differ"
  }

  assert {
    condition     = aws_iam_role.this["role"].max_session_duration == 7200 && aws_iam_role.this["role"].force_detach_policies
    error_message = "session or detaching differ"
  }
}

run "the_trust_policy_is_known_at_plan_time_and_an_output" {
  command = plan

  variables {
    tags = {}
  }

  assert {
    condition     = aws_iam_role.this["role"].assume_role_policy == output.trust_policy
    error_message = "the role has another trust than the output"
  }

  assert {
    condition     = jsondecode(output.trust_policy).Statement[0].Condition.StringEquals["acme.okta.com/oauth2/aus123:sub"] == ["0oaMACHINE"]
    error_message = "the subject differs"
  }

  assert {
    condition     = output.trust_policy_length == length(output.trust_policy)
    error_message = "the length differs"
  }
}

run "a_session_lasts_an_hour_unless_asked_otherwise" {
  command = plan

  variables {
    tags = {}
  }

  assert {
    condition     = aws_iam_role.this["role"].max_session_duration == 3600
    error_message = "it lasts ${aws_iam_role.this["role"].max_session_duration} s"
  }
}

run "a_role_may_do_nothing_unless_told" {
  command = plan

  variables {
    tags = {}
  }

  assert {
    condition     = length(aws_iam_role_policy.this) == 0 && length(aws_iam_role_policy_attachment.this) == 0
    error_message = "it has policies"
  }
}

run "buckets_become_one_inline_policy" {
  command = plan

  variables {
    s3 = [{ bucket = "acme-a", access = "read" }, { bucket = "acme-b", access = "write" }]
  }

  assert {
    condition     = keys(aws_iam_role_policy.this) == ["role/s3"]
    error_message = "the policies differ"
  }

  assert {
    condition     = length(jsondecode(aws_iam_role_policy.this["role/s3"].policy).Statement) == 3
    error_message = "the statements differ"
  }

  assert {
    condition     = jsondecode(output.permission_policies["s3"]) == jsondecode(aws_iam_role_policy.this["role/s3"].policy)
    error_message = "the output differs"
  }
}

run "managed_policies_are_attached_under_their_names" {
  command = plan

  variables {
    managed_policies = { audit = "arn:aws:iam::aws:policy/SecurityAudit", own = "arn:aws:iam::111122223333:policy/own" }
  }

  assert {
    condition     = { for key, made in aws_iam_role_policy_attachment.this : key => made.policy_arn } == { "role/audit" = "arn:aws:iam::aws:policy/SecurityAudit", "role/own" = "arn:aws:iam::111122223333:policy/own" }
    error_message = "the attachments differ"
  }
}

run "inline_documents_stay_as_they_are" {
  command = plan

  variables {
    inline_policies = { sign = jsonencode({ Version = "2012-10-17", Statement = [] }) }
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.this["role/sign"].policy) == { Version = "2012-10-17", Statement = [] } && aws_iam_role_policy.this["role/sign"].name == "sign"
    error_message = "the document differs"
  }
}

run "without_create_nothing_is_made_and_the_trust_is_still_told" {
  command = plan

  variables {
    create = false
    name   = null
  }

  assert {
    condition     = length(aws_iam_role.this) + length(aws_iam_role_policy.this) == 0
    error_message = "something is made"
  }

  assert {
    condition     = output.arn == null && output.name == null
    error_message = "there is an ARN"
  }

  assert {
    condition     = strcontains(output.trust_policy, "0oaMACHINE")
    error_message = "the trust is missing"
  }
}

run "chinas_buckets_follow_the_providers_partition" {
  command = plan

  variables {
    trust = [{ provider_arn = "arn:aws-cn:iam::111122223333:oidc-provider/acme.okta.com", audiences = ["api://aws"], subjects = ["0oaMACHINE"] }]
    s3    = [{ bucket = "acme-a", access = "write" }]
  }

  assert {
    condition     = jsondecode(output.permission_policies["s3"]).Statement[0].Resource == ["arn:aws-cn:s3:::acme-a/*"]
    error_message = "the partition is another"
  }
}
