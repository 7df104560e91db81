# SPDX-License-Identifier: Apache-2.0

# Who it is comes from the environment: OKTA_API_CLIENT_ID, OKTA_API_PRIVATE_KEY, OKTA_API_PRIVATE_KEY_ID, OKTA_API_SCOPES.
provider "okta" {
  org_name = var.okta_org_name
  base_url = var.okta_base_url
}

locals {
  group_ids = merge(
    { for name, group in okta_group.approvers : name => group.id },
    { for name, group in data.okta_group.approvers : name => group.id }
  )
}

resource "okta_group" "approvers" {
  for_each = var.approvers

  name        = each.key
  description = each.value
}

data "okta_group" "approvers" {
  for_each = var.existing_approvers

  name = each.key
}

data "okta_app" "github" {
  count = var.github_app_label == null ? 0 : 1

  label       = var.github_app_label
  active_only = true
}

# Without the application they could approve in Okta, but not sign in to GitHub. One resource for each group:
# what others assigned stays.
resource "okta_app_group_assignment" "github" {
  for_each = var.github_app_label == null ? toset([]) : setunion(keys(var.approvers), var.existing_approvers)

  app_id   = data.okta_app.github[0].id
  group_id = local.group_ids[each.key]
}
