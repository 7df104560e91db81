# SPDX-License-Identifier: Apache-2.0

module "identity_providers" {
  source   = "./modules/oidc-provider"
  for_each = var.identity_providers

  create      = var.create && each.value.create
  name        = each.key
  issuer      = each.value.issuer
  github      = each.value.github
  audiences   = each.value.audiences
  thumbprints = each.value.thumbprints
  account_id  = var.account_id
  tags        = merge(var.tags, each.value.tags)
}

locals {
  # A statement names its provider by our key; the role wants the ARN.
  trust = { for key, role in var.roles : key => [
    for s in role.trust : merge(s, { provider_arn = s.provider == null ? s.provider_arn : module.identity_providers[s.provider].arn })
  ] }
  plan_apply = { for key, role in var.roles : key => role.plan_apply == null ? null : merge(role.plan_apply, {
    for kind in ["plan", "apply"] : kind => merge(role.plan_apply[kind], { trust = [
      for s in role.plan_apply[kind].trust : merge(s, { provider_arn = s.provider == null ? s.provider_arn : module.identity_providers[s.provider].arn })
    ] })
  }) }
}

module "roles" {
  source   = "./modules/role"
  for_each = var.roles

  create                = var.create
  name                  = "${var.name}${coalesce(each.value.name, each.key)}"
  description           = each.value.description
  path                  = each.value.path
  tags                  = merge(var.tags, each.value.tags)
  trust                 = local.trust[each.key]
  plan_apply            = local.plan_apply[each.key]
  s3                    = each.value.s3
  managed_policies      = each.value.managed_policies
  inline_policies       = each.value.inline_policies
  permissions_boundary  = each.value.permissions_boundary
  max_session_duration  = each.value.max_session_duration
  force_detach_policies = each.value.force_detach_policies
  trust_policy_quota    = each.value.trust_policy_quota
}
