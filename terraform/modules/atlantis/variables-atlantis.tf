# SPDX-License-Identifier: Apache-2.0

variable "atlantis_image" {
  description = "Image of Atlantis, by digest: `ghcr.io/runatlantis/atlantis:v0.47.1@sha256:...`, or one that is built from it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.:_/-]*(:[A-Za-z0-9_.-]+)?@sha256:[0-9a-f]{64}$", var.atlantis_image))
    error_message = "atlantis_image: got ${jsonencode(var.atlantis_image)}; give it by digest: NAME@sha256: and 64 digits. A tag is another image tomorrow; `docker buildx imagetools inspect NAME:TAG` tells the digest."
  }

  # Where the tag of the official image is there too, it has to say the same.
  validation {
    condition     = try(regex(":v?([0-9]+\\.[0-9]+\\.[0-9]+)[^@/]*@", var.atlantis_image)[0], var.atlantis_version) == var.atlantis_version
    error_message = "atlantis_image: its tag in ${jsonencode(var.atlantis_image)} is not atlantis_version, ${jsonencode(var.atlantis_version)}; a digest does not tell its version, so give the one that the image has."
  }
}

variable "atlantis_version" {
  description = "Version of Atlantis in the image, 0.47.1 or later. It becomes a label of the container."
  type        = string
  nullable    = false

  # https://github.com/runatlantis/atlantis/security/advisories/GHSA-rjh2-4xgw-p2hj
  validation {
    condition = try(
      tonumber(split(".", var.atlantis_version)[0]) * 1000000 + tonumber(split(".", var.atlantis_version)[1]) * 1000 + tonumber(regex("^[0-9]+\\.[0-9]+\\.([0-9]+)$", var.atlantis_version)[0]) >= 47001,
      false
    )
    error_message = "atlantis_version: got ${jsonencode(var.atlantis_version)}; give 0.47.1 or later, without v. Before it the name of a workspace is run by a shell (GHSA-rjh2-4xgw-p2hj)."
  }
}

variable "oauth2_proxy_image" {
  description = "Image of oauth2-proxy, by digest: `quay.io/oauth2-proxy/oauth2-proxy:v7.13.0@sha256:...`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.:_/-]*(:[A-Za-z0-9_.-]+)?@sha256:[0-9a-f]{64}$", var.oauth2_proxy_image))
    error_message = "oauth2_proxy_image: got ${jsonencode(var.oauth2_proxy_image)}; give it by digest: NAME@sha256: and 64 digits. A tag is another image tomorrow; `docker buildx imagetools inspect NAME:TAG` tells the digest."
  }
}

variable "github" {
  description = "What Atlantis is on GitHub: an App (`app_id`, `app_key_secret_arn`) or a user (`user`, `token_secret_arn`), and the webhook's secret. Secrets are ARNs of Secrets Manager or SSM; a JSON key may follow: `...:secret:NAME-xxxxxx:KEY::`."
  type = object({
    hostname            = optional(string)
    app_id              = optional(string)
    app_installation_id = optional(string)
    app_slug            = optional(string)
    app_key_secret_arn  = optional(string)
    user                = optional(string)
    token_secret_arn    = optional(string)
    webhook_secret_arn  = string
  })
  nullable = false

  validation {
    condition = (
      (var.github.app_id != null && var.github.app_key_secret_arn != null && var.github.user == null && var.github.token_secret_arn == null) ||
      (var.github.app_id == null && var.github.app_key_secret_arn == null && var.github.app_installation_id == null && var.github.app_slug == null && var.github.user != null && var.github.token_secret_arn != null)
    )
    error_message = "github: got ${jsonencode([for name in ["app_id", "app_installation_id", "app_slug", "app_key_secret_arn", "user", "token_secret_arn"] : name if var.github[name] != null])}; give app_id and app_key_secret_arn for an App, or user and token_secret_arn for a user's token, not both."
  }

  validation {
    condition     = alltrue([for id in [var.github.app_id, var.github.app_installation_id] : id == null || can(regex("^[1-9][0-9]*$", id))])
    error_message = "github: app_id and app_installation_id are numbers, got ${jsonencode([var.github.app_id, var.github.app_installation_id])}. The client id of an App (Iv...) is another thing."
  }

  validation {
    condition     = var.github.hostname == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9](:[0-9]+)?$", var.github.hostname))
    error_message = "github.hostname: got ${jsonencode(var.github.hostname)}; give the name of the server alone, such as \"github.acme.example\". null is github.com."
  }

  # What was given is not repeated: it may be the secret itself.
  validation {
    condition = alltrue([for arn in [var.github.app_key_secret_arn, var.github.token_secret_arn, var.github.webhook_secret_arn] :
      arn == null || can(regex("^arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[^:]*:[^:]*:[^:]*)?|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+)$", arn))
    ])
    error_message = "github: app_key_secret_arn, token_secret_arn and webhook_secret_arn are ARNs of existing secrets: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx or arn:aws:ssm:REGION:ACCOUNT:parameter/NAME. If it is a secret's value that you wrote there, it is in your shell's history and logs now: replace it."
  }
}

variable "repo_allowlist" {
  description = "Repositories that Atlantis works for: `github.com/acme/infrastructure`. A `*` may stand for the end of a repository's name; `!` before an entry takes it out."
  type        = list(string)
  nullable    = false

  validation {
    condition = length([for entry in var.repo_allowlist : entry if !startswith(entry, "!")]) > 0 && alltrue([for entry in var.repo_allowlist :
      can(regex("^!?[a-z0-9.-]+\\.[a-z0-9-]+(:[0-9]+)?/[A-Za-z0-9-]+/[A-Za-z0-9._-]*\\*?$", entry)) && !endswith(entry, "/")
    ])
    error_message = "repo_allowlist: got ${jsonencode(var.repo_allowlist)}; each is HOST/OWNER/REPOSITORY, such as \"github.com/acme/infrastructure\" or \"github.com/acme/terraform-*\". With a wider one strangers could install your App, or fork, and have your server plan their code."
  }
}

variable "team_allowlist" {
  description = "Who may do what: `TEAM:COMMAND` with the slug of a GitHub team of the repositories' owner, such as `platform:apply`. `*` is everybody who may comment, and never for what changes things."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for entry in var.team_allowlist : can(regex("^(\\*|[a-z0-9][a-z0-9_-]*):(version|plan|apply|unlock|approve_policies|policy_check|import|state)$", entry))])
    error_message = "team_allowlist: got ${jsonencode(var.team_allowlist)}; each is SLUG:COMMAND, with the command of version, plan, apply, unlock, approve_policies, policy_check, import, state. A team is known by its slug, in small letters."
  }

  validation {
    condition     = length([for entry in var.team_allowlist : entry if can(regex("^\\*:(apply|import|state|approve_policies)$", entry))]) == 0
    error_message = "team_allowlist: got ${jsonencode(var.team_allowlist)}; everybody who can comment, in a public repository everybody, would ${join(", ", [for entry in var.team_allowlist : split(":", entry)[1] if startswith(entry, "*:")])}. Name a team."
  }

  validation {
    condition     = (length(var.team_allowlist) > 0) != can(yamldecode(var.repo_config).team_authz.command)
    error_message = "team_allowlist: ${length(var.team_allowlist) > 0 ? "it was given beside team_authz in repo_config, which replaces it; take one away" : "it is empty, and repo_config has no team_authz: everybody who can comment could apply. Give [\"platform:apply\", \"*:plan\"]"}."
  }
}

variable "repo_config" {
  description = "Server-side `repos.yaml`, as text. `null`: all repositories need `approved`, `mergeable` and `undiverged` to apply, override nothing and have no workflow of their own."
  type        = string
  default     = null

  validation {
    condition     = var.repo_config == null || can([for repo in yamldecode(var.repo_config).repos : repo.id])
    error_message = "repo_config: it is no YAML with a list `repos` whose entries have an `id`; give the text of a server-side repos.yaml."
  }

  validation {
    condition     = var.repo_config == null || alltrue([for repo in try(yamldecode(var.repo_config).repos, []) : !try(tobool(repo.allow_custom_workflows), false)])
    error_message = "repo_config: allow_custom_workflows is true for ${jsonencode([for repo in try(yamldecode(var.repo_config).repos, []) : repo.id if try(tobool(repo.allow_custom_workflows), false)])}; whoever opens a pull request would run programs on the server. Define workflows in this file instead."
  }

  validation {
    condition = var.repo_config == null || length(setintersection(
      toset(flatten([for repo in try(yamldecode(var.repo_config).repos, []) : try(repo.allowed_overrides, [])])),
      ["workflow", "plan_requirements", "apply_requirements", "import_requirements", "custom_policy_check", "policy_check"]
    )) == 0
    error_message = "repo_config: allowed_overrides has ${jsonencode(setintersection(toset(flatten([for repo in try(yamldecode(var.repo_config).repos, []) : try(repo.allowed_overrides, [])])), ["workflow", "plan_requirements", "apply_requirements", "import_requirements", "custom_policy_check", "policy_check"]))}; atlantis.yaml comes from the pull request, so it would choose its own rules, or the role of another project. Set them here."
  }

  # The last match wins for each key, so each that sets it counts, and one has to be for all.
  validation {
    condition = var.repo_config == null || (
      anytrue([for repo in try(yamldecode(var.repo_config).repos, []) : try(repo.id == "/.*/" && can(repo.apply_requirements), false)]) &&
      alltrue([for repo in try(yamldecode(var.repo_config).repos, []) : length(setsubtract(["approved", "mergeable", "undiverged"], try(repo.apply_requirements, ["approved", "mergeable", "undiverged"]))) == 0])
    )
    error_message = "repo_config: apply_requirements must hold approved, mergeable and undiverged for \"/.*/\" and wherever else it is set; wanting are ${jsonencode({ for repo in try(yamldecode(var.repo_config).repos, []) : repo.id => setsubtract(["approved", "mergeable", "undiverged"], try(repo.apply_requirements, [])) if length(setsubtract(["approved", "mergeable", "undiverged"], try(repo.apply_requirements, []))) > 0 })}. Without them an unreviewed or an outdated change is applied."
  }
}

variable "allow_commands" {
  description = "Commands that a comment may ask for."
  type        = list(string)
  default     = ["version", "plan", "apply", "unlock", "approve_policies"]
  nullable    = false

  validation {
    condition     = length(var.allow_commands) > 0 && alltrue([for command in var.allow_commands : contains(["version", "plan", "apply", "unlock", "approve_policies", "import", "state"], command)])
    error_message = "allow_commands: got ${jsonencode(var.allow_commands)}; name each of version, plan, apply, unlock, approve_policies, import, state that you want. `all` would let in what later versions bring."
  }
}

variable "default_terraform_version" {
  description = "Version of Terraform for projects that name none: `1.11.4`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", var.default_terraform_version))
    error_message = "default_terraform_version: got ${jsonencode(var.default_terraform_version)}; give one version in full, such as \"1.11.4\", without v."
  }
}

variable "environment" {
  description = "More variables for Atlantis, none of them secret. What the module sets itself cannot be set here."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "environment: got the names ${jsonencode(keys(var.environment))}; each is letters, digits and underscores, no digit first."
  }

  validation {
    condition     = length([for name in keys(var.environment) : name if can(regex("(?i)(^aws_(access_key|secret|session_token|security_token|profile|role_arn|web_identity|container_|config_file|shared_cred)|^tf_cli_args|secret|token|password|private_key|credential|api_key|^(http|https|no)_proxy$|^ld_|^path$|^home$|^tmpdir$|^git_)", name))]) == 0
    error_message = "environment: ${jsonencode([for name in keys(var.environment) : name if can(regex("(?i)(^aws_(access_key|secret|session_token|security_token|profile|role_arn|web_identity|container_|config_file|shared_cred)|^tf_cli_args|secret|token|password|private_key|credential|api_key|^(http|https|no)_proxy$|^ld_|^path$|^home$|^tmpdir$|^git_)", name))])} are names of secrets, of identities or of what changes how programs run; each plan would see them, and they would be in the state. The module takes secrets as ARNs."
  }

  validation {
    condition = length([for name in keys(var.environment) : name if startswith(name, "ATLANTIS_") && contains([
      "PORT", "ATLANTIS_URL", "DATA_DIR", "REPO_ALLOWLIST", "REPO_CONFIG", "REPO_CONFIG_JSON", "ALLOW_COMMANDS", "ALLOW_FORK_PRS", "CHECKOUT_STRATEGY",
      "DEFAULT_TF_VERSION", "DISABLE_APPLY_ALL", "FAIL_ON_PRE_WORKFLOW_HOOK_ERROR", "HIDE_PREV_PLAN_COMMENTS", "RESTRICT_FILE_LIST", "WEBSOCKET_CHECK_ORIGIN",
      "WRITE_GIT_CREDS", "GH_ALLOW_MERGEABLE_BYPASS_APPLY", "GH_TEAM_ALLOWLIST", "CONFIG", "SKIP_CLONE_NO_CHANGES",
    ], trimprefix(name, "ATLANTIS_"))]) == 0
    error_message = "environment: got ${jsonencode([for name in keys(var.environment) : name if startswith(name, "ATLANTIS_")])}; some of them are the module's own or would weaken it. Its inputs are for what may be chosen."
  }
}

variable "okta" {
  description = "Sign-in of people: an OIDC web app of Okta, whose redirect URI is the output `okta_redirect_uri`. Okta's assignment decides who may sign in; `groups` and `email_domains` narrow it. Both secrets are ARNs, the cookie's is 32 random bytes in base64."
  type = object({
    issuer            = string
    client_id         = string
    client_secret_arn = string
    cookie_secret_arn = string
    groups            = optional(list(string), [])
    email_domains     = optional(list(string), ["*"])
  })
  nullable = false

  validation {
    condition     = can(regex("^https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9](/oauth2/[A-Za-z0-9]+)?$", var.okta.issuer)) && !can(regex("^https://[^./]+-admin\\.", var.okta.issuer))
    error_message = "okta.issuer: got ${jsonencode(var.okta.issuer)}; give https://acme.okta.com, or https://acme.okta.com/oauth2/aus123 of an authorization server: no -admin, no slash at the end."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.okta.client_id))
    error_message = "okta.client_id: got ${jsonencode(var.okta.client_id)}; give the client id of the web app, such as \"0oa123\"."
  }

  # What was given is not repeated: it may be the secret itself.
  validation {
    condition = alltrue([for arn in [var.okta.client_secret_arn, var.okta.cookie_secret_arn] :
      can(regex("^arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[^:]*:[^:]*:[^:]*)?|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+)$", arn))
    ])
    error_message = "okta: client_secret_arn and cookie_secret_arn are ARNs of existing secrets: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx or arn:aws:ssm:REGION:ACCOUNT:parameter/NAME. If it is a secret's value that you wrote there, it is in your shell's history and logs now: replace it."
  }

  validation {
    condition     = length(var.okta.email_domains) > 0 && alltrue([for text in concat(var.okta.email_domains, var.okta.groups) : length(text) > 0 && !strcontains(text, ",")])
    error_message = "okta: got the email_domains ${jsonencode(var.okta.email_domains)} and groups ${jsonencode(var.okta.groups)}; give one domain at least (\"*\" leaves it to Okta), and no commas."
  }
}

variable "api" {
  description = "Atlantis's API for pipelines, off unless given: the secret's ARN and the IPv4 addresses that may use it. Without a pull request's number the API applies what nobody approved, so the secret is worth every apply role."
  type = object({
    secret_arn = string
    cidrs      = list(string)
  })
  default = null

  validation {
    condition     = var.api == null || can(regex("^arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[^:]*:[^:]*:[^:]*)?|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+)$", var.api.secret_arn))
    error_message = "api.secret_arn: it is the ARN of an existing secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx or arn:aws:ssm:REGION:ACCOUNT:parameter/NAME, not the secret."
  }

  validation {
    condition     = var.api == null || try(length(var.api.cidrs) > 0 && alltrue([for cidr in var.api.cidrs : can(cidrnetmask(cidr)) && can(regex("/(8|9|[12][0-9]|3[0-2])$", cidr))]), false)
    error_message = "api.cidrs: got ${jsonencode(try(var.api.cidrs, null))}; give the IPv4 ranges of your runners, none larger than /8: whoever has the secret can apply what nobody approved."
  }
}

variable "redis" {
  description = "Redis for the locks instead of a file, always with TLS. Its security group has to let the output `task_security_group_id` in."
  type = object({
    host                = string
    port                = optional(number, 6379)
    security_group_id   = string
    password_secret_arn = optional(string)
  })
  default = null

  validation {
    condition     = var.redis == null || try(can(regex("^[A-Za-z0-9.-]+$", var.redis.host)) && var.redis.port > 0 && var.redis.port < 65536 && can(regex("^sg-[0-9a-f]+$", var.redis.security_group_id)), false)
    error_message = "redis: got the host ${jsonencode(try(var.redis.host, null))}, port ${jsonencode(try(var.redis.port, null))} and security group ${jsonencode(try(var.redis.security_group_id, null))}; give a host name without scheme, a port, and the id of Redis's security group: sg-0123456789abcdef0."
  }

  validation {
    condition     = try(var.redis.password_secret_arn, null) == null || can(regex("^arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[^:]*:[^:]*:[^:]*)?|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+)$", var.redis.password_secret_arn))
    error_message = "redis.password_secret_arn: it is the ARN of an existing secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx or arn:aws:ssm:REGION:ACCOUNT:parameter/NAME, not the password."
  }
}
