# SPDX-License-Identifier: Apache-2.0

output "issuer" {
  description = "The issuer: the action's `okta-issuer`, and `issuer` of the identity provider in AWS."
  value       = one(okta_auth_server.this[*].issuer)
}

output "authorization_server_id" {
  description = "Id of the authorization server."
  value       = one(okta_auth_server.this[*].id)
}

output "audience" {
  description = "The `aud` of machines' tokens."
  value       = var.create ? var.audience : null
}

output "audiences" {
  description = "All audiences that tokens of this server carry: `audiences` of the identity provider in AWS."
  value       = var.create ? concat(length(var.services) > 0 ? [var.audience] : [], okta_app_oauth.people[*].client_id) : []
}

output "scope" {
  description = "The scope that machines ask for."
  value       = one(okta_auth_server_scope.this[*].name)
}

output "services" {
  description = "Service applications by name: `client_id`, which is the `sub` of their tokens, `app_id`, `label`, `key_ids`."
  value = {
    for name, app in okta_app_oauth.service : name => {
      client_id = app.client_id
      app_id    = app.id
      label     = app.label
      key_ids   = [for text in var.services[name].public_keys : jsondecode(text).kid]
    }
  }
}

output "action_inputs" {
  description = "Inputs of the action by service; `okta-key-id` only where a service has exactly one key. The private key comes from a secret."
  value = {
    for name, app in okta_app_oauth.service : name => merge(
      {
        okta-issuer    = okta_auth_server.this[0].issuer
        okta-client-id = app.client_id
        okta-scope     = okta_auth_server_scope.this[0].name
        audience       = var.audience
      },
      { for text in var.services[name].public_keys : "okta-key-id" => jsondecode(text).kid if length(var.services[name].public_keys) == 1 }
    )
  }
}

output "service_trust" {
  description = "By service, a statement for `trust` of the role module; add `provider_arn` (`provider` in the root module)."
  value = {
    for name, app in okta_app_oauth.service : name => {
      audiences   = [var.audience]
      subjects    = [app.client_id]
      tag_session = length(var.experimental_session_tags.services) > 0
    }
  }
}

output "people" {
  description = "The application for people: `client_id`, which is the `aud` of their ID tokens, `app_id`, `label`; null without one."
  value = one([
    for app in okta_app_oauth.people : { client_id = app.client_id, app_id = app.id, label = app.label }
  ])
}

output "people_trust" {
  description = "A statement for `trust` of the role module that lets people in, with two factors; null without them. Add `provider_arn` (`provider` in the root module)."
  value = one([
    for app in okta_app_oauth.people : {
      okta_people = { client_id = app.client_id }
      tag_session = length(var.experimental_session_tags.people) > 0
    }
  ])
}

output "group_ids" {
  description = "Ids of the groups that may sign in, by name."
  value       = local.group_ids
}
