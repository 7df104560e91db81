# SPDX-License-Identifier: Apache-2.0
mock_provider "okta" {}

variables {
  okta_org_name = "acme"
}

run "without_the_application_there_are_only_groups" {
  command = apply

  assert {
    condition     = keys(output.group_ids) == ["aws-approvers-production"] && output.github_app_id == null
    error_message = "wanted the group and no application"
  }

  assert {
    condition     = length(okta_app_group_assignment.github) == 0
    error_message = "wanted no assignment"
  }
}
