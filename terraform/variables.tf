# SPDX-License-Identifier: Apache-2.0

variable "create" {
  description = "Whether to create anything. `false`: only the outputs are built."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Put before the name of each role, as it stands: `acme-`."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{0,58}$", var.name))
    error_message = "name: got ${jsonencode(var.name)}; it begins the names of roles, so it holds letters, digits and +=,.@_- only, at most 58."
  }
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "account_id" {
  description = "Account that holds the identity providers, 12 digits. `null`: the account of the AWS provider's credentials, asked from AWS."
  type        = string
  default     = null

  validation {
    condition     = var.account_id == null || can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id: got ${jsonencode(var.account_id)}; an AWS account has 12 digits, leading zeros included (write it in quotes)."
  }
}

variable "identity_providers" {
  description = "Issuers AWS shall accept tokens of, by a name of your own: Okta by `issuer`, GitHub by `github` (`{}` is github.com). `create = false` names one that exists already: an account has one provider for each issuer."
  type = map(object({
    create = optional(bool, true)
    issuer = optional(string)
    github = optional(object({
      enterprise_slug = optional(string)
      server          = optional(string)
      subdomain       = optional(string)
    }))
    audiences   = optional(list(string))
    thumbprints = optional(list(string), [])
    tags        = optional(map(string), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for provider in values(var.identity_providers) : (provider.issuer == null) != (provider.github == null)])
    error_message = "identity_providers: ${jsonencode([for name, provider in var.identity_providers : name if(provider.issuer == null) == (provider.github == null)])} need exactly one of issuer (Okta: \"https://acme.okta.com/oauth2/aus123\") and github ({} is github.com)."
  }

  validation {
    condition     = length(distinct([for provider in values(var.identity_providers) : coalesce(provider.issuer, jsonencode(provider.github), "-")])) == length(var.identity_providers)
    error_message = "identity_providers: two of ${jsonencode(keys(var.identity_providers))} have the same issuer; an account has one provider for each issuer, so give it once with all its audiences."
  }
}

variable "roles" {
  description = "Roles by a name of your own; the key is the role's name unless `name` says otherwise. Each takes what modules/role takes; a statement of `trust` names its `provider` by the key in `identity_providers`, or another one by `provider_arn`."
  type = map(object({
    name        = optional(string)
    description = optional(string)
    path        = optional(string, "/")
    tags        = optional(map(string), {})
    trust = optional(list(object({
      provider                    = optional(string)
      provider_arn                = optional(string)
      audiences                   = optional(list(string))
      subjects                    = optional(list(string))
      dangerous_wildcard_subjects = optional(list(string))
      github = optional(object({
        owner         = string
        owner_id      = optional(string)
        repository    = string
        repository_id = optional(string)
        environments  = optional(list(string), [])
        refs          = optional(list(string), [])
        pull_request  = optional(bool, false)
      }))
      okta_people = optional(object({
        client_id   = string
        require_mfa = optional(bool, true)
        mfa_values  = optional(list(string), ["mfa"])
        user_ids    = optional(list(string), [])
      }))
      github_claims       = optional(map(list(string)), {})
      tag_session         = optional(bool, false)
      set_source_identity = optional(bool, false)
    })), [])
    plan_apply = optional(object({
      state = object({
        bucket               = string
        key                  = string
        workspaces           = optional(list(string), [])
        workspace_key_prefix = optional(string, "env:")
        kms_key_arns         = optional(list(string), [])
      })
      plan = object({
        trust = list(object({
          provider                    = optional(string)
          provider_arn                = optional(string)
          audiences                   = optional(list(string))
          subjects                    = optional(list(string))
          dangerous_wildcard_subjects = optional(list(string))
          github = optional(object({
            owner         = string
            owner_id      = optional(string)
            repository    = string
            repository_id = optional(string)
            environments  = optional(list(string), [])
            refs          = optional(list(string), [])
            pull_request  = optional(bool, false)
          }))
          okta_people = optional(object({
            client_id   = string
            require_mfa = optional(bool, true)
            mfa_values  = optional(list(string), ["mfa"])
            user_ids    = optional(list(string), [])
          }))
          github_claims       = optional(map(list(string)), {})
          tag_session         = optional(bool, false)
          set_source_identity = optional(bool, false)
        }))
        s3 = optional(list(object({
          bucket       = string
          access       = string
          prefixes     = optional(list(string), [])
          kms_key_arns = optional(list(string), [])
        })), [])
        managed_policies = optional(map(string), {})
        inline_policies  = optional(map(string), {})
      })
      apply = object({
        trust = list(object({
          provider                    = optional(string)
          provider_arn                = optional(string)
          audiences                   = optional(list(string))
          subjects                    = optional(list(string))
          dangerous_wildcard_subjects = optional(list(string))
          github = optional(object({
            owner         = string
            owner_id      = optional(string)
            repository    = string
            repository_id = optional(string)
            environments  = optional(list(string), [])
            refs          = optional(list(string), [])
            pull_request  = optional(bool, false)
          }))
          okta_people = optional(object({
            client_id   = string
            require_mfa = optional(bool, true)
            mfa_values  = optional(list(string), ["mfa"])
            user_ids    = optional(list(string), [])
          }))
          github_claims       = optional(map(list(string)), {})
          tag_session         = optional(bool, false)
          set_source_identity = optional(bool, false)
        }))
        s3 = optional(list(object({
          bucket       = string
          access       = string
          prefixes     = optional(list(string), [])
          kms_key_arns = optional(list(string), [])
        })), [])
        managed_policies = optional(map(string), {})
        inline_policies  = optional(map(string), {})
      })
    }))
    s3 = optional(list(object({
      bucket       = string
      access       = string
      prefixes     = optional(list(string), [])
      kms_key_arns = optional(list(string), [])
    })), [])
    managed_policies      = optional(map(string), {})
    inline_policies       = optional(map(string), {})
    permissions_boundary  = optional(string)
    max_session_duration  = optional(number, 3600)
    force_detach_policies = optional(bool, true)
    trust_policy_quota    = optional(number, 2048)
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for role in values(var.roles) : alltrue([
      for s in concat(role.trust, try(role.plan_apply.plan.trust, []), try(role.plan_apply.apply.trust, [])) : (s.provider == null) != (s.provider_arn == null)
    ])])
    error_message = "roles: in ${jsonencode([for key, role in var.roles : key if anytrue([
      for s in concat(role.trust, try(role.plan_apply.plan.trust, []), try(role.plan_apply.apply.trust, [])) : (s.provider == null) == (s.provider_arn == null)
    ])])} a statement of trust has both provider and provider_arn, or neither; give provider, a key of identity_providers, or the ARN of a provider made elsewhere."
  }

  validation {
    condition = alltrue([for role in values(var.roles) : alltrue([
      for s in concat(role.trust, try(role.plan_apply.plan.trust, []), try(role.plan_apply.apply.trust, [])) : s.provider == null ? true : contains(keys(var.identity_providers), s.provider)
    ])])
    error_message = "roles: the provider ${jsonencode(distinct(flatten([for role in values(var.roles) : [
      for s in concat(role.trust, try(role.plan_apply.plan.trust, []), try(role.plan_apply.apply.trust, [])) : s.provider if s.provider != null && !contains(keys(var.identity_providers), coalesce(s.provider, "-"))
    ]])))} is no key of identity_providers, which has ${jsonencode(keys(var.identity_providers))}."
  }

  validation {
    condition = alltrue([for role in values(var.roles) : alltrue([
      for s in concat(role.trust, try(role.plan_apply.plan.trust, []), try(role.plan_apply.apply.trust, [])) :
      try(var.identity_providers[s.provider].audiences, null) == null ? true : alltrue([
        for aud in s.audiences != null ? s.audiences : s.okta_people != null ? [s.okta_people.client_id] : ["sts.amazonaws.com"] : contains(var.identity_providers[s.provider].audiences, aud)
      ])
    ])])
    error_message = "roles: in ${jsonencode([for key, role in var.roles : key if !alltrue([
      for s in concat(role.trust, try(role.plan_apply.plan.trust, []), try(role.plan_apply.apply.trust, [])) :
      try(var.identity_providers[s.provider].audiences, null) == null ? true : alltrue([
        for aud in s.audiences != null ? s.audiences : s.okta_people != null ? [s.okta_people.client_id] : ["sts.amazonaws.com"] : contains(var.identity_providers[s.provider].audiences, aud)
      ])
    ])])} a statement demands an aud (a client id, for okta_people) that its identity provider's audiences lack, so AWS would refuse every token. Add it there: ${jsonencode({ for name, provider in var.identity_providers : name => provider.audiences })}."
  }

  validation {
    condition     = alltrue([for key, role in var.roles : (length(role.trust) > 0) != (role.plan_apply != null)])
    error_message = "roles: ${jsonencode([for key, role in var.roles : key if(length(role.trust) > 0) == (role.plan_apply != null)])} need exactly one of trust (one role) and plan_apply (a pair)."
  }

  # IAM does not tell names apart by case.
  validation {
    condition = length(distinct([for name in flatten([for key, role in var.roles : role.plan_apply == null ? [coalesce(role.name, key)] : ["${coalesce(role.name, key)}-plan", "${coalesce(role.name, key)}-apply"]]) : lower(name)])) == length(flatten([
      for key, role in var.roles : role.plan_apply == null ? [key] : ["${key}-plan", "${key}-apply"]
    ]))
    error_message = "roles: two of ${jsonencode(flatten([for key, role in var.roles : role.plan_apply == null ? [coalesce(role.name, key)] : ["${coalesce(role.name, key)}-plan", "${coalesce(role.name, key)}-apply"]]))} have the same name, for IAM in any case; a pair takes NAME-plan and NAME-apply."
  }

  validation {
    condition     = length(setintersection([for key, role in var.roles : key if role.plan_apply == null], flatten([for key, role in var.roles : ["${key}-plan", "${key}-apply"] if role.plan_apply != null]))) == 0
    error_message = "roles: the keys ${jsonencode(setintersection([for key, role in var.roles : key if role.plan_apply == null], flatten([for key, role in var.roles : ["${key}-plan", "${key}-apply"] if role.plan_apply != null])))} are those of a pair in the outputs too, KEY-plan and KEY-apply; give that role another key (its name may stay, by name)."
  }
}
