# SPDX-License-Identifier: Apache-2.0

locals {
  role = {
    suffix           = ""
    trust            = var.trust
    s3               = var.s3
    managed_policies = var.managed_policies
    inline_policies  = var.inline_policies
  }
  pair = { for kind in ["plan", "apply"] : kind => {
    suffix           = "-${kind}"
    trust            = var.plan_apply[kind].trust
    s3               = var.plan_apply[kind].s3
    managed_policies = var.plan_apply[kind].managed_policies
    inline_policies  = var.plan_apply[kind].inline_policies
  } if var.plan_apply != null }
  roles = var.plan_apply == null ? { role = local.role } : local.pair

  partitions = { for kind, role in local.roles : kind => try(split(":", role.trust[0].provider_arn)[1], "aws") }
  made       = { for kind, role in local.roles : kind => role if var.create }
}

module "trust" {
  source   = "./trust"
  for_each = local.roles

  statements = each.value.trust
  quota      = var.trust_policy_quota
}

module "s3" {
  source   = "./s3"
  for_each = local.roles

  buckets   = each.value.s3
  partition = local.partitions[each.key]
}

locals {
  inline = { for kind, role in local.roles : kind => merge(
    role.inline_policies,
    length(role.s3) == 0 ? {} : { s3 = module.s3[kind].json },
    var.plan_apply == null ? {} : { terraform-state = local.state_access[kind] },
  ) }

  # Their keys come from names alone, so that they are known before the documents are.
  inline_of = { for kind, role in local.roles : kind => concat(
    keys(role.inline_policies),
    length(role.s3) == 0 ? [] : ["s3"],
    var.plan_apply == null ? [] : ["terraform-state"],
  ) }
  inline_keys = merge([for kind, names in local.inline_of : { for name in names : "${kind}/${name}" => { kind = kind, name = name } if var.create }]...)
  attachments = merge([for kind, role in local.roles : { for name, arn in role.managed_policies : "${kind}/${name}" => { kind = kind, arn = arn } if var.create }]...)
}

resource "aws_iam_role" "this" {
  for_each = local.made

  name                  = "${var.name}${each.value.suffix}"
  description           = var.description
  path                  = var.path
  assume_role_policy    = module.trust[each.key].json
  max_session_duration  = var.max_session_duration
  permissions_boundary  = var.permissions_boundary
  force_detach_policies = var.force_detach_policies
  tags                  = var.tags
}

resource "aws_iam_role_policy" "this" {
  for_each = local.inline_keys

  name   = each.value.name
  role   = aws_iam_role.this[each.value.kind].name
  policy = local.inline[each.value.kind][each.value.name]
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.attachments

  role       = aws_iam_role.this[each.value.kind].name
  policy_arn = each.value.arn
}

locals {
  # A subject that both roles trust would make the pair one role, unless apply alone demands an environment besides.
  # A workflow file is no such difference: the same file plans, and planning runs the code of the pull request.
  apart = {
    plan  = try(module.trust["plan"].subjects_of_any_environment, [])
    apply = try(module.trust["apply"].subjects_of_any_environment, [])
  }
  shared_subjects = [for subject in try(module.trust["apply"].subjects, []) : subject
    if contains(try(module.trust["plan"].subjects, []), subject) && (contains(local.apart.apply, subject) || !contains(local.apart.plan, subject))
  ]
}
