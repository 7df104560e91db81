# SPDX-License-Identifier: Apache-2.0

locals {
  services = var.create ? var.services : {}
  people   = var.create ? var.people : null

  # Static names, so that a plan can tell the assignments before Okta has given the ids.
  people_groups = local.people == null ? [] : concat(keys(local.people.groups), keys(local.people.existing_groups))
  group_ids = local.people == null ? {} : merge(
    { for name, group in okta_group.this : name => group.id },
    local.people.existing_groups
  )

  device_grant = "urn:ietf:params:oauth:grant-type:device_code"
  tag_claim    = "https://aws.amazon.com/tags/principal_tags"
}

################################################################################
# Authorization server
################################################################################

resource "okta_auth_server" "this" {
  count = var.create ? 1 : 0

  name        = var.name
  description = var.description
  audiences   = [var.audience]
  issuer_mode = var.issuer_mode
}

resource "okta_auth_server_scope" "this" {
  count = length(local.services) > 0 ? 1 : 0

  auth_server_id   = okta_auth_server.this[0].id
  name             = var.scope
  description      = "Roles in AWS for machines"
  consent          = "IMPLICIT"
  metadata_publish = "NO_CLIENTS"
}

################################################################################
# Machines: one service application for each pipeline
################################################################################

resource "okta_app_oauth" "service" {
  for_each = local.services

  label                      = coalesce(each.value.label, "${var.name}-${each.key}")
  type                       = "service"
  grant_types                = ["client_credentials"]
  response_types             = ["token"]
  token_endpoint_auth_method = "private_key_jwt"
  jwks_uri                   = each.value.jwks_uri
  omit_secret                = true

  dynamic "jwks" {
    for_each = [for text in each.value.public_keys : jsondecode(text)]

    content {
      kid = jwks.value.kid
      kty = jwks.value.kty
      n   = try(jwks.value.n, null)
      e   = try(jwks.value.e, null)
      x   = try(jwks.value.x, null)
      y   = try(jwks.value.y, null)
    }
  }

  dynamic "network" {
    for_each = length(each.value.network_zones) > 0 ? [each.value.network_zones] : []

    content {
      connection = "ZONE"
      include    = network.value
    }
  }
}

resource "okta_auth_server_policy" "services" {
  count = length(local.services) > 0 ? 1 : 0

  auth_server_id   = okta_auth_server.this[0].id
  name             = "${var.name}-services"
  description      = "The service applications of ${var.name}, nobody else"
  priority         = 1
  client_whitelist = [for app in okta_app_oauth.service : app.client_id]
}

# No groups here: Okta never matches a rule with groups when no user is there, as with client credentials.
resource "okta_auth_server_policy_rule" "services" {
  count = length(local.services) > 0 ? 1 : 0

  auth_server_id                = okta_auth_server.this[0].id
  policy_id                     = okta_auth_server_policy.services[0].id
  name                          = "client-credentials"
  priority                      = 1
  grant_type_whitelist          = ["client_credentials"]
  scope_whitelist               = [okta_auth_server_scope.this[0].name]
  access_token_lifetime_minutes = var.service_token_lifetime_minutes
}

################################################################################
# People: one native application for the device flow
################################################################################

resource "okta_group" "this" {
  for_each = local.people == null ? {} : local.people.groups

  name        = each.key
  description = each.value.description
}

resource "okta_app_signon_policy" "this" {
  count = local.people != null && try(local.people.sign_on_policy.create, false) ? 1 : 0

  name        = "${var.name}-people"
  description = "Two factors for ${var.name}; what no rule allows is refused"
  catch_all   = false
}

resource "okta_app_signon_policy_rule" "this" {
  count = length(okta_app_signon_policy.this)

  policy_id                   = okta_app_signon_policy.this[0].id
  name                        = "two-factors"
  priority                    = 1
  access                      = "ALLOW"
  factor_mode                 = "2FA"
  type                        = "ASSURANCE"
  re_authentication_frequency = local.people.sign_on_policy.ask_again_after
}

resource "okta_app_oauth" "people" {
  count = local.people == null ? 0 : 1

  label = coalesce(local.people.label, "${var.name}-people")
  type  = "native"
  # The provider refuses a native application without authorization_code; the rule below allows the device flow alone.
  grant_types                = ["authorization_code", local.device_grant]
  response_types             = ["code"]
  redirect_uris              = local.people.redirect_uris
  token_endpoint_auth_method = "none"
  pkce_required              = true
  omit_secret                = true
  authentication_policy      = one(concat(okta_app_signon_policy.this[*].id, compact([local.people.sign_on_policy.id])))

  # So that at no moment one factor is enough.
  depends_on = [okta_app_signon_policy_rule.this]
}

# One resource for each group: the provider's plural form would remove what was assigned elsewhere.
resource "okta_app_group_assignment" "this" {
  for_each = toset(local.people_groups)

  app_id   = okta_app_oauth.people[0].id
  group_id = local.group_ids[each.key]
}

resource "okta_auth_server_policy" "people" {
  count = local.people == null ? 0 : 1

  auth_server_id   = okta_auth_server.this[0].id
  name             = "${var.name}-people"
  description      = "The application for people of ${var.name}, nobody else"
  priority         = length(local.services) > 0 ? 2 : 1
  client_whitelist = [okta_app_oauth.people[0].client_id]

  # Okta moves a policy whose priority is taken: the first has to be there first.
  depends_on = [okta_auth_server_policy.services]
}

resource "okta_auth_server_policy_rule" "people" {
  count = local.people == null ? 0 : 1

  auth_server_id                = okta_auth_server.this[0].id
  policy_id                     = okta_auth_server_policy.people[0].id
  name                          = "device-flow"
  priority                      = 1
  grant_type_whitelist          = [local.device_grant]
  scope_whitelist               = ["openid"]
  group_whitelist               = [for name in local.people_groups : local.group_ids[name]]
  access_token_lifetime_minutes = 5
}

################################################################################
# Session tags (experimental)
################################################################################

resource "okta_auth_server_claim" "service_tag" {
  for_each = length(local.services) > 0 ? var.experimental_session_tags.services : {}

  auth_server_id = okta_auth_server.this[0].id
  name           = "${local.tag_claim}/${each.key}"
  value          = each.value
  value_type     = "EXPRESSION"
  claim_type     = "RESOURCE"
  scopes         = [okta_auth_server_scope.this[0].name]
}

resource "okta_auth_server_claim" "people_tag" {
  for_each = local.people != null ? var.experimental_session_tags.people : {}

  auth_server_id          = okta_auth_server.this[0].id
  name                    = "${local.tag_claim}/${each.key}"
  value                   = each.value
  value_type              = "EXPRESSION"
  claim_type              = "IDENTITY"
  scopes                  = ["openid"]
  always_include_in_token = true
}
