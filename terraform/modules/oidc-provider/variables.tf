# SPDX-License-Identifier: Apache-2.0

variable "create" {
  description = "Whether to create the provider. `false`: it exists already, and only the outputs are built."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Value of the provider's `Name` tag. The provider itself is known by its issuer."
  type        = string
  default     = null
}

variable "issuer" {
  description = "Issuer of the tokens, byte for byte the `iss` they carry, path included: `https://acme.okta.com/oauth2/aus123`. Exactly one of `issuer` and `github`."
  type        = string
  default     = null

  validation {
    condition     = (var.issuer == null) != (var.github == null)
    error_message = "issuer and github: ${var.issuer == null ? "neither was" : "both were"} given; give exactly one. An Okta issuer looks like \"https://acme.okta.com/oauth2/aus123\"; github = {} is github.com."
  }

  validation {
    condition     = var.issuer == null || can(regex("^https://[^/]", var.issuer))
    error_message = "issuer: got ${jsonencode(var.issuer)}; it must begin with \"https://\", in lower case, followed by a host."
  }

  validation {
    condition     = var.issuer == null || !can(regex("[[:space:]]|[[:cntrl:]]", var.issuer))
    error_message = "issuer: got ${jsonencode(var.issuer)}, which holds white space; give the issuer exactly as the tokens carry it in iss."
  }

  validation {
    condition     = var.issuer == null || !can(regex("^[A-Za-z]+://[^/]*@", var.issuer))
    error_message = "issuer: a user name or password stands before the host; give scheme, host and path only."
  }

  validation {
    condition     = var.issuer == null || !can(regex("^[A-Za-z]+://[^/@]*:[0-9]*(/|$)", var.issuer))
    error_message = "issuer: got ${jsonencode(var.issuer)}; IAM accepts no port, so the issuer must be served on 443 and name none."
  }

  validation {
    condition     = var.issuer == null || !can(regex("[?#]", var.issuer))
    error_message = "issuer: got ${jsonencode(var.issuer)}; an issuer has no query (?) and no fragment (#)."
  }

  validation {
    condition     = var.issuer == null || !can(regex("/$", var.issuer))
    error_message = "issuer: got ${jsonencode(var.issuer)}; take the trailing slash away. AWS compares it byte for byte with iss, which has none."
  }

  validation {
    condition     = var.issuer == null || !can(regex("^https://[^./]+-admin\\.", lower(var.issuer)))
    error_message = "issuer: got ${jsonencode(var.issuer)}, Okta's admin console; tokens come from the host without \"-admin\"."
  }

  validation {
    condition = var.issuer == null || can(regex(
      "^https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]([a-z0-9-]*[a-z0-9])(:[0-9]*)?(/|$|[?#])",
      replace(var.issuer, "/^https://[^/@]*@/", "https://")
    )) || !can(regex("^https://[^/]", var.issuer))
    error_message = "issuer: got ${jsonencode(var.issuer)}; its host must be a full DNS name in lower case, such as acme.okta.com (no IP address, no wildcard)."
  }

  validation {
    condition     = var.issuer == null || !can(regex("[^:]//|/\\.\\.?(/|$)|[*\\\\]", var.issuer))
    error_message = "issuer: got ${jsonencode(var.issuer)}; its path has an empty or a dot segment, a backslash or a wildcard. Copy the value of \"issuer\" from the issuer's discovery document."
  }

  validation {
    condition     = var.issuer == null || !can(regex("/\\.well-known/|/v1/(token|authorize|keys)$", var.issuer))
    error_message = "issuer: got ${jsonencode(var.issuer)}, the address of a document or an endpoint; the issuer is the part before \"/.well-known\" or \"/v1\"."
  }

  validation {
    condition     = var.issuer == null || !can(regex("^https://[^/]*\\.(okta|oktapreview|okta-emea)\\.com/oauth2(/v1)?/?$", var.issuer))
    error_message = "issuer: got ${jsonencode(var.issuer)}, which names no authorization server; Okta's issuers are https://HOST (the org itself) or https://HOST/oauth2/ID."
  }

  validation {
    condition     = var.issuer == null || try(length(var.issuer), 0) <= 255
    error_message = "issuer: it is ${try(length(var.issuer), 0)} characters long; IAM accepts at most 255."
  }
}

variable "github" {
  description = "GitHub's issuer instead of `issuer`. `{}` is github.com; `enterprise_slug` appends the enterprise's own path; `server` is the host of a GitHub Enterprise Server; `subdomain` is SUB of SUB.ghe.com (data residency)."
  type = object({
    enterprise_slug = optional(string)
    server          = optional(string)
    subdomain       = optional(string)
  })
  default = null

  validation {
    condition     = var.github == null || length([for given in try(values(var.github), []) : given if given != null]) <= 1
    error_message = "github: ${join(" and ", [for key, given in coalesce(var.github, {}) : key if given != null])} were given; they name different issuers, so give at most one."
  }

  validation {
    condition     = try(var.github.enterprise_slug, null) == null || can(regex("^[A-Za-z0-9][A-Za-z0-9_-]*$", var.github.enterprise_slug))
    error_message = "github.enterprise_slug: got ${jsonencode(try(var.github.enterprise_slug, null))}; give the slug alone, as in github.com/enterprises/SLUG (letters, digits, - and _)."
  }

  validation {
    condition     = try(var.github.server, null) == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]([a-z0-9-]*[a-z0-9])$", var.github.server))
    error_message = "github.server: got ${jsonencode(try(var.github.server, null))}; give the host alone, in lower case, without scheme, port or path: github.acme.example."
  }

  validation {
    condition     = try(var.github.server, null) == null || !can(regex("(^|\\.)(github\\.com|ghe\\.com|githubusercontent\\.com)$", var.github.server))
    error_message = "github.server: got ${jsonencode(try(var.github.server, null))}, which is not a GitHub Enterprise Server; github.com is github = {}, SUB.ghe.com is github = { subdomain = \"SUB\" }."
  }

  validation {
    condition     = try(var.github.subdomain, null) == null || can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.github.subdomain))
    error_message = "github.subdomain: got ${jsonencode(try(var.github.subdomain, null))}; give SUB of SUB.ghe.com alone, in lower case."
  }
}

variable "audiences" {
  description = "Audiences (IAM's client ids) the provider accepts: of an Okta authorization server its audience, of people the native app's client id. `null` is `sts.amazonaws.com` for GitHub, and an error for another issuer."
  type        = list(string)
  default     = null

  validation {
    condition     = var.audiences != null || var.github != null || !var.create
    error_message = "audiences: none was given. Give the audience of the Okta authorization server (such as \"api://aws\"), the client id of the app people sign in to, or both."
  }

  validation {
    condition     = var.audiences == null || try(length(var.audiences) >= 1 && length(var.audiences) <= 100, false)
    error_message = "audiences: ${try(length(var.audiences), 0)} were given; IAM accepts 1 to 100."
  }

  validation {
    condition     = alltrue([for audience in coalesce(var.audiences, []) : try(can(regex("^[^[:space:]]{1,255}$", audience)), false)])
    error_message = "audiences: got ${jsonencode(coalesce(var.audiences, []))}; each must be 1 to 255 characters without white space."
  }

  validation {
    condition     = alltrue([for audience in coalesce(var.audiences, []) : !can(regex("[*?]", audience))])
    error_message = "audiences: got ${jsonencode(coalesce(var.audiences, []))}; IAM compares them exactly, so * and ? match nothing. Write each audience out."
  }

  validation {
    condition     = length(distinct(coalesce(var.audiences, []))) == length(coalesce(var.audiences, []))
    error_message = "audiences: got ${jsonencode(coalesce(var.audiences, []))}; one of them stands there twice."
  }
}

variable "thumbprints" {
  description = "SHA-1 thumbprints of the issuer's certificate authority, at most 5. Leave it empty: AWS knows the public authorities, and a list that was set once stays in IAM."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.thumbprints) <= 5
    error_message = "thumbprints: ${length(var.thumbprints)} were given; IAM accepts at most 5, and needs none for a public certificate authority."
  }

  validation {
    condition     = alltrue([for thumbprint in var.thumbprints : can(regex("^[0-9a-f]{40}$", thumbprint))])
    error_message = "thumbprints: got ${jsonencode(var.thumbprints)}; each is a SHA-1 digest of 40 hexadecimal digits in lower case, without colons."
  }
}

variable "account_id" {
  description = "Account that holds the provider, 12 digits. `null`: the account of the AWS provider's credentials, asked from AWS."
  type        = string
  default     = null

  validation {
    condition     = var.account_id == null || can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id: got ${jsonencode(var.account_id)}; an AWS account has 12 digits, leading zeros included (write it in quotes)."
  }
}

variable "tags" {
  description = "Tags of the provider."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 50 && alltrue([for key in keys(var.tags) : can(regex("^.{1,128}$", key)) && !startswith(lower(key), "aws:")])
    error_message = "tags: got the keys ${jsonencode(keys(var.tags))}; at most 50, each 1 to 128 characters, none beginning with \"aws:\"."
  }
}
