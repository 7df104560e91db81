# SPDX-License-Identifier: Apache-2.0

locals {
  key_prefixes = [for s in var.statements : try(regex(":oidc-provider/(.*)$", s.provider_arn)[0], s.provider_arn)]

  audiences = [for s in var.statements :
    s.audiences != null ? s.audiences :
    s.okta_people != null ? [s.okta_people.client_id] :
    s.github != null ? ["sts.amazonaws.com"] : []
  ]

  # GitHub's subject is the first that fits of environment, pull request, ref, in one of two forms: with names alone,
  # or with names and ids, for repositories made, renamed or transferred after 15 July 2026.
  # https://docs.github.com/en/actions/reference/security/oidc
  repositories = [for s in var.statements : s.github == null ? [] : compact([
    "repo:${s.github.owner}/${s.github.repository}",
    s.github.owner_id == null ? "" : "repo:${s.github.owner}@${coalesce(s.github.owner_id, "-")}/${s.github.repository}@${coalesce(s.github.repository_id, "-")}",
  ])]
  contexts = [for s in var.statements : s.github == null ? [] : concat(
    [for environment in s.github.environments : "environment:${replace(environment, ":", "%3A")}"],
    [for ref in s.github.refs : "ref:${ref}"],
    s.github.pull_request ? ["pull_request"] : [],
  )]

  exact_subjects = [for i, s in var.statements :
    s.subjects != null ? s.subjects :
    s.github != null ? [for pair in setproduct(local.contexts[i], local.repositories[i]) : "${pair[1]}:${pair[0]}"] :
    s.okta_people != null ? s.okta_people.user_ids : []
  ]
  # 00u is Okta's prefix of the ids of people; a machine's sub is its client id.
  wildcard_subjects = [for s in var.statements :
    s.dangerous_wildcard_subjects != null ? s.dangerous_wildcard_subjects :
    s.okta_people == null ? [] : length(s.okta_people.user_ids) == 0 ? ["00u*"] : []
  ]
  mfa_values = [for s in var.statements : s.okta_people == null ? [] : s.okta_people.require_mfa ? s.okta_people.mfa_values : []]

  named_subjects = [for i, s in var.statements : [
    for pair in setproduct(local.exact_subjects[i], local.audiences[i]) : "${pair[0]} (${local.key_prefixes[i]}, aud ${pair[1]})"
  ]]

  conditions = [for i, s in var.statements : {
    StringEquals = merge(
      { "${local.key_prefixes[i]}:aud" = local.audiences[i] },
      length(local.exact_subjects[i]) == 0 ? {} : { "${local.key_prefixes[i]}:sub" = local.exact_subjects[i] },
      { for claim, wanted in s.github_claims : "${local.key_prefixes[i]}:${claim}" => wanted },
    )
    StringLike = length(local.wildcard_subjects[i]) == 0 ? {} : { "${local.key_prefixes[i]}:sub" = local.wildcard_subjects[i] }
    # ForAnyValue, never ForAllValues: that one holds for a token without the claim.
    "ForAnyValue:StringEquals" = length(local.mfa_values[i]) == 0 ? {} : { "${local.key_prefixes[i]}:amr" = local.mfa_values[i] }
  }]

  policy = {
    Version = "2012-10-17"
    Statement = [for i, s in var.statements : {
      Effect    = "Allow"
      Principal = { Federated = s.provider_arn }
      Action = concat(
        ["sts:AssumeRoleWithWebIdentity"],
        s.tag_session ? ["sts:TagSession"] : [],
        s.set_source_identity ? ["sts:SetSourceIdentity"] : [],
      )
      Condition = { for operator, keys in local.conditions[i] : operator => keys if length(keys) > 0 }
    }]
  }

  # jsonencode writes <, > and & as six characters each; IAM would count them.
  json = replace(replace(replace(jsonencode(local.policy), "\\u003c", "<"), "\\u003e", ">"), "\\u0026", "&")
}
