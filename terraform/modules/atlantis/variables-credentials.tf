# SPDX-License-Identifier: Apache-2.0

variable "credentials" {
  description = "Role sessions for Terraform, from Okta: a container of another user holds the Okta app's key and gives Atlantis what `map` says. Without it Terraform has nothing in AWS. `map` is the text of the map file, `repo_config` then what `okta-aws atlantis init` made of it; `atlantis_image` has to have `okta-aws`. `environment` is for `{environment: NAME}` in the map. Keys and tokens are ARNs: `okta_private_key_arn` of the app whose tokens the roles trust, `okta_groups_key_arn` of the app in the map's section `okta` (of the same org), `github_token_arn` of a token that may read pull requests and members, for `verify-approval`. Key ids are for keys that are no JWK."
  type = object({
    map                  = string
    okta_issuer          = string
    okta_client_id       = string
    okta_key_id          = optional(string)
    okta_private_key_arn = string
    okta_groups_key_arn  = optional(string)
    okta_groups_key_id   = optional(string)
    github_token_arn     = optional(string)
    environment          = optional(map(string), {})
  })
  default = null

  # A task definition has 64 KiB for everything.
  validation {
    condition     = var.credentials == null || try(length([for project in yamldecode(var.credentials.map).projects : project.repository]) > 0 && length(var.credentials.map) <= 24576, false)
    error_message = "credentials.map: it is no map of 24 KiB at most whose projects have a repository; give the text of the file: file(\"atlantis-map.yaml\"). `okta-aws atlantis init --check` says what is wrong with it."
  }

  validation {
    condition     = var.credentials == null || try(can(regex("^https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9]/oauth2/[A-Za-z0-9]+$", var.credentials.okta_issuer)) && !can(regex("^https://[^./]+-admin\\.", var.credentials.okta_issuer)), false)
    error_message = "credentials.okta_issuer: got ${jsonencode(try(var.credentials.okta_issuer, null))}; give the custom authorization server that the roles trust: https://acme.okta.com/oauth2/aus123."
  }

  validation {
    condition     = var.credentials == null || try(can(regex("^[A-Za-z0-9_-]+$", var.credentials.okta_client_id)), false)
    error_message = "credentials.okta_client_id: got ${jsonencode(try(var.credentials.okta_client_id, null))}; give the client id of the service app, such as \"0oa123\"."
  }

  # What was given is not repeated: it may be the secret itself.
  validation {
    condition = var.credentials == null || try(alltrue([for arn in [var.credentials.okta_private_key_arn, var.credentials.okta_groups_key_arn, var.credentials.github_token_arn] :
      arn == null || can(regex("^arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[^:]*:[^:]*:[^:]*)?|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+)$", arn))
    ]), false)
    error_message = "credentials: okta_private_key_arn, okta_groups_key_arn and github_token_arn are ARNs of existing secrets: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx or arn:aws:ssm:REGION:ACCOUNT:parameter/NAME. If it is a secret's value that you wrote there, it is in your shell's history and logs now: replace it."
  }

  # Both files come from one map: a server without the helper has no credentials, a helper without the server no use.
  validation {
    condition     = (var.credentials != null) == try(strcontains(var.repo_config, "okta-aws atlantis credentials"), false)
    error_message = "credentials: ${var.credentials == null ? "it is not given, but workflows of repo_config ask its helper" : "no workflow of repo_config asks its helper"}; give the map and the repos.yaml that `okta-aws atlantis init` made of it, or neither."
  }

  validation {
    condition     = var.credentials == null || can(regex("okta-aws", yamldecode(var.repo_config).team_authz.command))
    error_message = "credentials: repo_config has no team_authz that runs okta-aws, so nobody asks the map who may apply; give the repos.yaml that `okta-aws atlantis init` made."
  }

  validation {
    condition     = length([for name in keys(try(var.credentials.environment, {})) : name if !can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name)) || can(regex("(?i)(^aws_|^okta_|^atlantis_|^tf_cli_|secret|token|password|private_key|credential|api_key|^(http|https|no)_proxy$|^ld_|^python|^path$|^home$)", name))]) == 0
    error_message = "credentials.environment: got the names ${jsonencode(keys(try(var.credentials.environment, {})))}; it is for plain values that the map names, such as VPC_ID. A secret's value would be in the state: name it in the map, {secret: NAME} or {parameter: NAME}."
  }
}
