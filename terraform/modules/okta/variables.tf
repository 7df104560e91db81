# SPDX-License-Identifier: Apache-2.0

variable "create" {
  description = "Whether anything is created. With false, all outputs are empty."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the authorization server, and the beginning of all other names."
  type        = string
  default     = "aws"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}$", var.name))
    error_message = "name: wanted 1 to 60 letters, digits, spaces, dots, dashes or underscores, such as \"aws\"; found ${jsonencode(var.name)}."
  }
}

variable "description" {
  description = "Description of the authorization server."
  type        = string
  default     = "Tokens that AWS takes for role credentials"
  nullable    = false
}

variable "issuer_mode" {
  description = "Host of the issuer: `ORG_URL` (acme.okta.com) or `CUSTOM_URL` (the org's own domain)."
  type        = string
  default     = "ORG_URL"
  nullable    = false

  validation {
    condition     = contains(["ORG_URL", "CUSTOM_URL"], var.issuer_mode)
    error_message = "issuer_mode: wanted ORG_URL or CUSTOM_URL; found ${jsonencode(var.issuer_mode)}. With DYNAMIC the issuer follows the host that was asked, and AWS compares it byte for byte."
  }
}

variable "audience" {
  description = "The `aud` of access tokens; goes into the client id list of the identity provider in AWS. Any text that nothing else in the org uses."
  type        = string
  default     = "api://aws"
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s*]{1,255}$", var.audience))
    error_message = "audience: wanted 1 to 255 characters without space and *, such as \"api://aws\"; found ${jsonencode(var.audience)}."
  }

  validation {
    condition     = var.audience != "api://default"
    error_message = "audience: found \"api://default\", which is the audience of Okta's server \"default\": any client of that server could ask for a token with it. Wanted one of its own, such as \"api://aws\"."
  }
}

variable "scope" {
  description = "The scope that machines ask for; the action's `okta-scope`."
  type        = string
  default     = "aws"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._:/-]*$", var.scope)) && !startswith(var.scope, "okta.")
    error_message = "scope: wanted one word of letters, digits, dots, colons, slashes, dashes and underscores that does not begin with \"okta.\", such as \"aws\"; found ${jsonencode(var.scope)}."
  }

  validation {
    condition     = !contains(["openid", "profile", "email", "address", "phone", "groups", "offline_access", "device_sso"], var.scope)
    error_message = "scope: found ${jsonencode(var.scope)}, which is for people; Okta refuses it to machines. Wanted one of your own, such as \"aws\"."
  }
}

variable "services" {
  description = <<-EOT
    Service applications by name, one for each pipeline: AWS tells them apart by their client ids.
    `public_keys`: the JSON text of public JWKs, as `okta-aws jwk` prints them, two at a time while a key is rotated;
    or `jwks_uri`: where Okta fetches them. `network_zones`: ids of the zones from which tokens may be asked for, or
    `ALL_IP_ZONES`; empty: from anywhere.
  EOT
  type = map(object({
    label         = optional(string)
    public_keys   = optional(list(string), [])
    jwks_uri      = optional(string)
    network_zones = optional(list(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.services) : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", name))])
    error_message = "services: wanted names of 1 to 40 letters, digits, dots, dashes and underscores, such as \"deploy\"; found ${jsonencode(keys(var.services))}."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : (length(service.public_keys) > 0) != (service.jwks_uri != null)])
    error_message = "services: wanted exactly one of public_keys and jwks_uri for each; found ${join("; ", [for name, service in var.services : "${name} with ${length(service.public_keys) > 0 ? "both" : "none"}" if(length(service.public_keys) > 0) == (service.jwks_uri != null)])}."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : service.jwks_uri == null || can(regex("^https://[^/@?#\\s]+(/[^@?#\\s]*)?$", service.jwks_uri))])
    error_message = "services: jwks_uri: wanted an https URL without user, query and fragment, such as \"https://keys.example.com/jwks.json\"; found ${jsonencode({ for name, service in var.services : name => service.jwks_uri if service.jwks_uri != null })}."
  }

  validation {
    condition     = alltrue(flatten([for service in values(var.services) : [for text in service.public_keys : can(keys(jsondecode(text)))]]))
    error_message = "services: public_keys: wanted the JSON text of public JWKs, such as file(\"deploy.jwk.json\") made by `okta-aws jwk KEY.pem`; found ${jsonencode({ for name, service in var.services : name => [for text in service.public_keys : can(keys(jsondecode(text))) ? "a JSON object" : strcontains(text, "-----BEGIN") ? "a PEM" : "no JSON object"] })}."
  }

  # Private members: RFC 7518, sections 6.2.2, 6.3.2 and 6.4.
  validation {
    condition     = alltrue(flatten([for service in values(var.services) : [for text in service.public_keys : [for member in try(keys(jsondecode(text)), []) : !contains(["d", "p", "q", "dp", "dq", "qi", "oth", "k"], member)]]]))
    error_message = "services: public_keys: wanted public keys only, as all of this is kept in Terraform's state; found the private members ${jsonencode({ for name, service in var.services : name => [for text in service.public_keys : setintersection(try(keys(jsondecode(text)), []), ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])] })}. Give what `okta-aws jwk KEY.pem` prints; if that private key was stored or shared, make a new one."
  }

  validation {
    condition     = alltrue(flatten([for service in values(var.services) : [for text in service.public_keys : !can(jsondecode(text).keys)]]))
    error_message = "services: public_keys: wanted each JWK as a text of its own; found a set (\"keys\") in ${jsonencode([for name, service in var.services : name if anytrue([for text in service.public_keys : can(jsondecode(text).keys)])])}. Take the keys out of it, or give its address as jwks_uri."
  }

  validation {
    condition = alltrue(flatten([for service in values(var.services) : [
      for text in service.public_keys : try(
        can(regex("^\\S{1,255}$", jsondecode(text).kid)) && alltrue([
          for member in { RSA = ["n", "e"], EC = ["x", "y"] }[jsondecode(text).kty] : can(regex("^[A-Za-z0-9_-]+$", jsondecode(text)[member]))
        ]),
        !can(keys(jsondecode(text))) || can(jsondecode(text).keys)
      )
    ]]))
    error_message = "services: public_keys: wanted JWKs with kid, kty RSA with n and e or kty EC with x and y, in base64url, as `okta-aws jwk KEY.pem` prints them; found ${jsonencode({ for name, service in var.services : name => [for text in service.public_keys : try("kty ${jsondecode(text).kty} with ${join(", ", keys(jsondecode(text)))}", "no kty")] })}."
  }

  validation {
    condition     = alltrue(flatten([for service in values(var.services) : [for text in service.public_keys : try(jsondecode(text).use, "sig") == "sig"]]))
    error_message = "services: public_keys: wanted keys that check signatures (use \"sig\" or no use); found ${jsonencode({ for name, service in var.services : name => [for text in service.public_keys : try("use ${jsondecode(text).use}", "no use")] })}."
  }

  # 2048 bits are 342 characters, of which the first holds the highest six bits.
  validation {
    condition     = alltrue(flatten([for service in values(var.services) : [for text in service.public_keys : try(jsondecode(text).kty != "RSA" || can(regex("^([g-z0-9_-].{341}|.{343,})$", jsondecode(text).n)), true)]]))
    error_message = "services: public_keys: wanted RSA keys of 2048 bits or more; found ${jsonencode({ for name, service in var.services : name => [for text in service.public_keys : try("${jsondecode(text).kty} with n of about ${floor(length(jsondecode(text).n) * 3 / 4) * 8} bits", "not RSA")] })}."
  }

  # 32, 48 and 66 bytes in base64url.
  validation {
    condition = alltrue(flatten([for service in values(var.services) : [
      for text in service.public_keys : try(
        jsondecode(text).kty != "EC" || (
          contains(can(jsondecode(text).crv) ? [lookup({ "P-256" = 43, "P-384" = 64, "P-521" = 88 }, jsondecode(text).crv, 0)] : [43, 64, 88], length(jsondecode(text).x)) &&
          length(jsondecode(text).x) == length(jsondecode(text).y)
        ), true
      )
    ]]))
    error_message = "services: public_keys: wanted EC keys on P-256, P-384 or P-521 (x and y of 43, 64 or 88 characters); found ${jsonencode({ for name, service in var.services : name => [for text in service.public_keys : try("${jsondecode(text).kty} on ${try(jsondecode(text).crv, "an unnamed curve")} with x of ${length(jsondecode(text).x)} and y of ${length(jsondecode(text).y)} characters", "not EC")] })}."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : length(distinct([for index, text in service.public_keys : try(jsondecode(text).kid, index)])) == length(service.public_keys)])
    error_message = "services: public_keys: wanted each kid once in a service; found ${jsonencode({ for name, service in var.services : name => [for text in service.public_keys : try(jsondecode(text).kid, "no kid")] })}."
  }
}

variable "service_token_lifetime_minutes" {
  description = "How long an access token of a machine lasts. The AWS session's length does not depend on it."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.service_token_lifetime_minutes >= 5 && var.service_token_lifetime_minutes <= 1440 && floor(var.service_token_lifetime_minutes) == var.service_token_lifetime_minutes
    error_message = "service_token_lifetime_minutes: wanted a whole number from 5 to 1440, Okta's limits; found ${var.service_token_lifetime_minutes}."
  }
}

variable "people" {
  description = <<-EOT
    The application for people, who sign in with the device flow; unset: none. Its client id is the `aud` of their ID tokens.
    `groups`: groups to create, by name; `existing_groups`: ids of groups that exist, by any static name. Only who is in
    one of them may sign in. Members are managed elsewhere; groups assigned by others stay assigned.
    `sign_on_policy`: by default a policy that demands two factors, again `ask_again_after` (ISO 8601). With `create = false`
    the policy `id`, or else the org's default one. It needs Okta Identity Engine.
    `redirect_uris`: Okta wants one for a native application; the device flow does not use it.
  EOT
  type = object({
    label           = optional(string)
    groups          = optional(map(object({ description = optional(string, "May use roles in AWS") })), {})
    existing_groups = optional(map(string), {})
    redirect_uris   = optional(list(string), ["http://localhost/unused"])
    sign_on_policy = optional(object({
      create          = optional(bool, true)
      id              = optional(string)
      ask_again_after = optional(string, "PT2H")
    }), {})
  })
  default = null

  validation {
    condition     = var.people == null || try(length(var.people.groups) + length(var.people.existing_groups) > 0, false)
    error_message = "people: wanted at least one group, such as groups = { aws-developers = {} }; found none, so nobody could sign in."
  }

  validation {
    condition     = length(setintersection(try(keys(var.people.groups), []), try(keys(var.people.existing_groups), []))) == 0
    error_message = "people: wanted each group in groups (to create) or in existing_groups; found in both: ${join(", ", setintersection(try(keys(var.people.groups), []), try(keys(var.people.existing_groups), [])))}."
  }

  validation {
    condition     = alltrue([for id in try(values(var.people.existing_groups), []) : can(regex("^00g[A-Za-z0-9]+$", id))])
    error_message = "people: existing_groups: wanted ids, such as \"00g1abc\" (data.okta_group.NAME.id); found ${jsonencode(try(var.people.existing_groups, {}))}."
  }

  validation {
    condition     = !contains([for name in try(keys(var.people.groups), []) : lower(name)], "everyone")
    error_message = "people: groups: found \"Everyone\", the group that Okta keeps itself. Wanted a group of those who may use AWS."
  }

  validation {
    condition     = !try(var.people.sign_on_policy.create && var.people.sign_on_policy.id != null, false)
    error_message = "people: sign_on_policy: wanted either create = true, or create = false with the id of one that exists; found both (id ${try(jsonencode(var.people.sign_on_policy.id), "")})."
  }

  validation {
    condition     = var.people == null || can(regex("^P(T[0-9]+[HMS]|[0-9]+D)$", var.people.sign_on_policy.ask_again_after))
    error_message = "people: sign_on_policy: ask_again_after: wanted an ISO 8601 duration, such as PT2H, or PT0S for each time; found ${try(jsonencode(var.people.sign_on_policy.ask_again_after), "")}."
  }

  validation {
    condition     = var.people == null || try(length(var.people.redirect_uris) > 0 && alltrue([for uri in var.people.redirect_uris : can(regex("^[a-z][a-z0-9+.-]*:[^*\\s]+$", uri))]), false)
    error_message = "people: redirect_uris: wanted at least one URI without *, such as \"http://localhost/unused\"; found ${try(jsonencode(var.people.redirect_uris), "")}."
  }
}

variable "experimental_session_tags" {
  description = <<-EOT
    Experimental: session tags in AWS from claims, tag key to Okta expression, for machines' access tokens (`services`) and
    people's ID tokens (`people`). The role must allow `sts:TagSession`, else AWS refuses the token altogether. Not seen
    against a live org yet: AWS documents lists as values, and Okta's expressions give text.
  EOT
  type = object({
    services = optional(map(string), {})
    people   = optional(map(string), {})
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for key in concat(keys(var.experimental_session_tags.services), keys(var.experimental_session_tags.people)) :
      can(regex("^[\\p{L}\\p{N}_.:/=+@-]{1,128}$", key)) && !startswith(lower(key), "aws:")
    ])
    error_message = "experimental_session_tags: wanted tag keys of 1 to 128 letters, digits and _.:/=+@- that do not begin with \"aws:\"; found ${jsonencode(concat(keys(var.experimental_session_tags.services), keys(var.experimental_session_tags.people)))}."
  }

  validation {
    condition     = max(length(var.experimental_session_tags.services), length(var.experimental_session_tags.people)) <= 50
    error_message = "experimental_session_tags: wanted at most 50 tags, the limit of AWS; found ${length(var.experimental_session_tags.services)} for services, ${length(var.experimental_session_tags.people)} for people."
  }

  validation {
    condition     = !anytrue([for value in values(var.experimental_session_tags.services) : can(regex("\\buser\\.", value))])
    error_message = "experimental_session_tags: services: wanted expressions without a user, such as \"app.clientId\", since a machine has none; found ${jsonencode(var.experimental_session_tags.services)}."
  }
}
