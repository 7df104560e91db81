# SPDX-License-Identifier: Apache-2.0

variable "create" {
  description = "Whether to create anything. `false`: only the policies are built, as outputs."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the role. Of a pair the beginning: `NAME-plan` and `NAME-apply`."
  type        = string
  default     = null

  validation {
    condition     = !var.create || var.name != null
    error_message = "name: none was given; a role needs one, such as \"deploy\"."
  }

  validation {
    condition     = var.name == null || can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "name: got ${jsonencode(var.name)}; IAM accepts 1 to 64 letters, digits and +=,.@_- (a path is the input path)."
  }

  validation {
    condition     = var.name == null || var.plan_apply == null || try(length(var.name), 0) <= 58
    error_message = "name: got ${jsonencode(var.name)}, ${try(length(var.name), 0)} characters; a pair appends \"-apply\", so give at most 58."
  }
}

variable "description" {
  description = "Description of the role."
  type        = string
  default     = null

  validation {
    condition     = var.description == null || try(length(var.description), 0) <= 1000
    error_message = "description: it is ${try(length(var.description), 0)} characters long; IAM accepts at most 1000."
  }
}

variable "path" {
  description = "Path of the role."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.path)) && length(var.path) <= 512
    error_message = "path: got ${jsonencode(var.path)}; it begins and ends with a slash, at most 512 characters: \"/\" or \"/ci/\"."
  }
}

variable "tags" {
  description = "Tags of the role."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 50 && alltrue([for key in keys(var.tags) : can(regex("^.{1,128}$", key)) && !startswith(lower(key), "aws:")])
    error_message = "tags: got the keys ${jsonencode(keys(var.tags))}; at most 50, each 1 to 128 characters, none beginning with \"aws:\"."
  }
}

variable "trust" {
  description = "Who may take the role; one statement each, one of which has to hold. A statement needs the provider, an audience and exactly one of `subjects` (exact), `dangerous_wildcard_subjects`, `github` (subjects built from names and ids) and `okta_people` (`aud` is the client id, MFA, `sub` a person's). Exactly one of `trust` and `plan_apply`."
  type = list(object({
    provider_arn                = string
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
  default  = []
  nullable = false

  validation {
    condition     = (length(var.trust) > 0) != (var.plan_apply != null)
    error_message = "trust and plan_apply: ${length(var.trust) > 0 ? "both were" : "neither was"} given; give trust for one role, or plan_apply for a pair."
  }
}

variable "plan_apply" {
  description = "A pair of roles for Terraform instead of one: `plan` reads the state and holds its lock, `apply` writes the state too and is bound to an environment or a reusable workflow. What each may do besides comes by `s3`, `managed_policies` and `inline_policies`."
  type = object({
    state = object({
      bucket               = string
      key                  = string
      workspaces           = optional(list(string), [])
      workspace_key_prefix = optional(string, "env:")
      kms_key_arns         = optional(list(string), [])
    })
    plan = object({
      trust = list(object({
        provider_arn                = string
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
        provider_arn                = string
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
  })
  default = null

  validation {
    condition     = var.plan_apply == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.plan_apply.state.bucket))
    error_message = "plan_apply.state.bucket: got ${jsonencode(try(var.plan_apply.state.bucket, null))}; give the name of the bucket that holds the state, no ARN and no path."
  }

  validation {
    condition     = var.plan_apply == null || can(regex("^[^/*?$][^*?$]*[^/*?$]$", var.plan_apply.state.key))
    error_message = "plan_apply.state.key: got ${jsonencode(try(var.plan_apply.state.key, null))}; give the backend's key, such as \"network/terraform.tfstate\": no slash at its ends, no wildcard, no variable."
  }

  validation {
    condition     = !endswith(try(var.plan_apply.state.key, ""), ".tflock")
    error_message = "plan_apply.state.key: got ${jsonencode(try(var.plan_apply.state.key, null))}, a lock; give the state's own key, the lock's is made from it."
  }

  validation {
    condition     = alltrue([for workspace in try(var.plan_apply.state.workspaces, []) : can(regex("^[A-Za-z0-9_.~-]{1,90}$", workspace))])
    error_message = "plan_apply.state.workspaces: got ${jsonencode(try(var.plan_apply.state.workspaces, []))}; each is the name of one workspace, without slash and wildcard. Empty is \"default\" alone."
  }

  validation {
    condition     = var.plan_apply == null || can(regex("^[^/*?$]([^*?$]*[^/*?$])?$", var.plan_apply.state.workspace_key_prefix))
    error_message = "plan_apply.state.workspace_key_prefix: got ${jsonencode(try(var.plan_apply.state.workspace_key_prefix, null))}; give the backend's own value, \"env:\" if you set none."
  }

  validation {
    condition     = alltrue([for key in try(var.plan_apply.state.kms_key_arns, []) : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", key))])
    error_message = "plan_apply.state.kms_key_arns: got ${jsonencode(try(var.plan_apply.state.kms_key_arns, []))}; each is the ARN of one key: arn:aws:kms:REGION:ACCOUNT:key/ID. A policy that names an alias allows nothing."
  }

  validation {
    condition = alltrue([for arn in concat(values(try(var.plan_apply.plan.managed_policies, {})), values(try(var.plan_apply.apply.managed_policies, {}))) :
      can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[^*?[:space:]]+$", arn))
    ])
    error_message = "plan_apply: got the managed_policies ${jsonencode([try(var.plan_apply.plan.managed_policies, {}), try(var.plan_apply.apply.managed_policies, {})])}; each value is the ARN of a managed policy: arn:aws:iam::aws:policy/SecurityAudit or arn:aws:iam::ACCOUNT:policy/NAME."
  }

  validation {
    condition = alltrue([for kind in ["plan", "apply"] : alltrue([for name, document in try(var.plan_apply[kind].inline_policies, {}) :
      can(jsondecode(document).Statement) && can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", name)) && !contains(["s3", "terraform-state"], name)
    ])])
    error_message = "plan_apply: got the inline_policies ${jsonencode({ for kind in ["plan", "apply"] : kind => keys(try(var.plan_apply[kind].inline_policies, {})) })}; each needs a name of 1 to 128 letters, digits and +=,.@_- other than s3 and terraform-state, and a JSON document with a Statement."
  }

  # Planning runs the code of the pull request: what this role may do, its author may do.
  validation {
    condition     = alltrue([for arn in values(try(var.plan_apply.plan.managed_policies, {})) : !can(regex(":policy/(.*/)?(AdministratorAccess.*|PowerUserAccess|.*FullAccess|.*Administrator)$", arn))])
    error_message = "plan_apply.plan.managed_policies: got ${jsonencode(try(var.plan_apply.plan.managed_policies, {}))}; a plan runs the code of the pull request, so its role only reads. Give AWS's SecurityAudit or ViewOnlyAccess, or a policy of your own."
  }

  validation {
    condition = try(alltrue([for entry in try(var.plan_apply.plan.s3, []) :
      entry.bucket != var.plan_apply.state.bucket || entry.access == "read" || (length(entry.prefixes) > 0 && alltrue([
        for prefix in entry.prefixes : !startswith(var.plan_apply.state.key, prefix) && !startswith("${coalesce(var.plan_apply.state.workspace_key_prefix, "-")}/", prefix) && !startswith(prefix, "${coalesce(var.plan_apply.state.workspace_key_prefix, "-")}/")
      ]))
    ]), true)
    error_message = "plan_apply.plan.s3: got ${jsonencode(try(var.plan_apply.plan.s3, []))}, which writes where the state ${jsonencode(try("${var.plan_apply.state.bucket}/${var.plan_apply.state.key}", null))} lies; what planning may do, the author of a pull request may do. Give it another bucket, or prefixes apart from the state."
  }

  validation {
    condition = alltrue([for s in try(var.plan_apply.apply.trust, []) :
      contains(keys(s.github_claims), "environment")
      || (contains(keys(s.github_claims), "job_workflow_ref") && s.dangerous_wildcard_subjects == null && !try(s.github.pull_request, false) && alltrue([for sub in coalesce(s.subjects, []) : !can(regex(":pull_request$", sub))]))
      || (s.github != null && try(length(s.github.environments) > 0 && length(s.github.refs) == 0 && !s.github.pull_request, false))
      || (s.github == null && s.dangerous_wildcard_subjects == null && alltrue([for sub in coalesce(s.subjects, []) : can(regex("(^|:)environment:[^:]", sub)) || !can(regex(":oidc-provider/(token\\.actions\\.githubusercontent\\.com(/[^/]+)?|token\\.actions\\.[^/.]+\\.ghe\\.com|[^/]+/_services/token)$", s.provider_arn))]))
    ])
    error_message = join("\n", [for i, s in try(var.plan_apply.apply.trust, []) :
      "plan_apply.apply.trust[${i}]: nothing binds it to an approval. Use github = { ..., environments = [\"production\"] } without refs and pull_request, exact subjects of an environment, refs = [\"refs/heads/main\"] with github_claims = { job_workflow_ref = [\"acme/workflows/.github/workflows/use-terraform.yml@refs/tags/v1\"] }, or the client id of an Okta app whose key is a secret of that environment."
      if !(
        contains(keys(s.github_claims), "environment")
        || (contains(keys(s.github_claims), "job_workflow_ref") && s.dangerous_wildcard_subjects == null && !try(s.github.pull_request, false) && alltrue([for sub in coalesce(s.subjects, []) : !can(regex(":pull_request$", sub))]))
        || (s.github != null && try(length(s.github.environments) > 0 && length(s.github.refs) == 0 && !s.github.pull_request, false))
        || (s.github == null && s.dangerous_wildcard_subjects == null && alltrue([for sub in coalesce(s.subjects, []) : can(regex("(^|:)environment:[^:]", sub)) || !can(regex(":oidc-provider/(token\\.actions\\.githubusercontent\\.com(/[^/]+)?|token\\.actions\\.[^/.]+\\.ghe\\.com|[^/]+/_services/token)$", s.provider_arn))]))
      )
    ])
  }
}

variable "s3" {
  description = "Buckets the role may use and how: `read` (list, get), `write` (put alone) or `full` (list, get, put, delete), the whole bucket or `prefixes` that end in a slash, and the keys its objects are encrypted with."
  type = list(object({
    bucket       = string
    access       = string
    prefixes     = optional(list(string), [])
    kms_key_arns = optional(list(string), [])
  }))
  default  = []
  nullable = false

  validation {
    condition     = var.plan_apply == null || length(var.s3) == 0
    error_message = "s3: it was given beside plan_apply; say for which role: plan_apply.plan.s3 or plan_apply.apply.s3."
  }
}

variable "managed_policies" {
  description = "Managed policies to attach: a name of your own to the ARN. The names are the keys of the resources, so they must be known at plan time; the ARNs need not."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.managed_policies) : can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[^*?[:space:]]+$", arn))])
    error_message = "managed_policies: got ${jsonencode(var.managed_policies)}; each value is the ARN of a managed policy: arn:aws:iam::aws:policy/ReadOnlyAccess or arn:aws:iam::ACCOUNT:policy/NAME."
  }

  validation {
    condition     = length(var.managed_policies) <= 25
    error_message = "managed_policies: ${length(var.managed_policies)} were given; a role takes 10, or up to 25 where AWS raised the quota."
  }

  validation {
    condition     = var.plan_apply == null || length(var.managed_policies) == 0
    error_message = "managed_policies: it was given beside plan_apply; say for which role: plan_apply.plan.managed_policies or plan_apply.apply.managed_policies."
  }
}

variable "inline_policies" {
  description = "Inline policies: name to JSON document. `s3` and `terraform-state` are names the module uses."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for document in values(var.inline_policies) : can(jsondecode(document).Statement)])
    error_message = "inline_policies: ${jsonencode([for name, document in var.inline_policies : name if !can(jsondecode(document).Statement)])} hold no policy; give JSON with a Statement, as jsonencode or aws_iam_policy_document make it."
  }

  validation {
    condition     = alltrue([for name in keys(var.inline_policies) : can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", name)) && !contains(["s3", "terraform-state"], name)])
    error_message = "inline_policies: got the names ${jsonencode(keys(var.inline_policies))}; each is 1 to 128 letters, digits and +=,.@_-, and neither s3 nor terraform-state, which the module makes itself."
  }

  validation {
    condition     = var.plan_apply == null || length(var.inline_policies) == 0
    error_message = "inline_policies: it was given beside plan_apply; say for which role: plan_apply.plan.inline_policies or plan_apply.apply.inline_policies."
  }
}

variable "permissions_boundary" {
  description = "ARN of the managed policy that bounds what the role may ever do."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[^*?[:space:]]+$", var.permissions_boundary))
    error_message = "permissions_boundary: got ${jsonencode(var.permissions_boundary)}; give the ARN of a managed policy: arn:aws:iam::ACCOUNT:policy/NAME."
  }
}

variable "max_session_duration" {
  description = "Longest session in seconds, 3600 to 43200."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.max_session_duration >= 3600 && var.max_session_duration <= 43200 && floor(var.max_session_duration) == var.max_session_duration
    error_message = "max_session_duration: got ${var.max_session_duration}; it is a whole number of seconds from 3600 (1 hour) to 43200 (12 hours)."
  }
}

variable "force_detach_policies" {
  description = "Whether destroying the role also detaches policies that somebody attached by hand."
  type        = bool
  default     = true
  nullable    = false
}

variable "trust_policy_quota" {
  description = "Longest trust policy the account allows: 2048 characters, or up to 8192 where AWS raised the quota \"Role trust policy length\"."
  type        = number
  default     = 2048
  nullable    = false

  validation {
    condition     = var.trust_policy_quota >= 2048 && var.trust_policy_quota <= 8192 && floor(var.trust_policy_quota) == var.trust_policy_quota
    error_message = "trust_policy_quota: got ${var.trust_policy_quota}; it is a whole number from 2048 (AWS's default) to 8192 (the most AWS grants)."
  }
}
