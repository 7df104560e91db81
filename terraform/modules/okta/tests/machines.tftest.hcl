# SPDX-License-Identifier: Apache-2.0
mock_provider "okta" {}

run "a_service_application_has_the_public_key_and_no_secret" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
  }

  assert {
    condition     = okta_app_oauth.service["deploy"].type == "service" && okta_app_oauth.service["deploy"].token_endpoint_auth_method == "private_key_jwt"
    error_message = "wanted a service application with private_key_jwt"
  }

  assert {
    condition     = okta_app_oauth.service["deploy"].grant_types == toset(["client_credentials"])
    error_message = "wanted client_credentials alone"
  }

  assert {
    condition     = okta_app_oauth.service["deploy"].omit_secret
    error_message = "a secret must not reach the state"
  }

  assert {
    condition     = [for key in okta_app_oauth.service["deploy"].jwks : key.kid] == ["one"] && okta_app_oauth.service["deploy"].jwks[0].e == "AQAB"
    error_message = "wanted the key as given"
  }

  assert {
    condition     = okta_app_oauth.service["deploy"].label == "aws-deploy"
    error_message = "wanted the label from the names"
  }
}

run "two_keys_of_both_kinds_are_there_while_a_key_is_rotated" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) }), jsonencode({ kid = "two", kty = "EC", crv = "P-256", use = "sig", alg = "ES256", x = join("", [for i in range(43) : "x"]), y = join("", [for i in range(43) : "y"]) })] } }
  }

  assert {
    condition     = [for key in okta_app_oauth.service["deploy"].jwks : key.kid] == ["one", "two"]
    error_message = "wanted both keys, in the order given"
  }

  assert {
    condition     = okta_app_oauth.service["deploy"].jwks[1].kty == "EC" && okta_app_oauth.service["deploy"].jwks[1].n == null && length(okta_app_oauth.service["deploy"].jwks[1].x) == 43
    error_message = "wanted the coordinates and no modulus"
  }

  assert {
    condition     = output.services["deploy"].key_ids == ["one", "two"]
    error_message = "wanted the ids of both keys"
  }

  assert {
    condition     = !contains(keys(output.action_inputs["deploy"]), "okta-key-id")
    error_message = "with two keys, which one signs is not for the module to say"
  }
}

run "keys_may_be_fetched_from_an_address" {
  command = plan

  variables {
    services = { deploy = { jwks_uri = "https://keys.example.com/jwks.json" } }
  }

  assert {
    condition     = okta_app_oauth.service["deploy"].jwks_uri == "https://keys.example.com/jwks.json" && length(okta_app_oauth.service["deploy"].jwks) == 0
    error_message = "wanted the address and no keys"
  }
}

run "the_only_policy_is_for_exactly_these_applications" {
  command = apply

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] }, plan = { jwks_uri = "https://keys.example.com/jwks.json" } }
  }

  assert {
    condition     = okta_auth_server_policy.services[0].client_whitelist == toset([okta_app_oauth.service["deploy"].client_id, okta_app_oauth.service["plan"].client_id])
    error_message = "wanted both client ids and no other"
  }

  assert {
    condition     = okta_auth_server_policy.services[0].priority == 1 && length(okta_auth_server_policy.people) == 0
    error_message = "wanted one policy, the first"
  }
}

run "the_rule_for_machines_has_no_groups_and_short_tokens" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
  }

  assert {
    condition     = okta_auth_server_policy_rule.services[0].grant_type_whitelist == toset(["client_credentials"])
    error_message = "wanted client_credentials alone"
  }

  assert {
    condition     = okta_auth_server_policy_rule.services[0].group_whitelist == null && okta_auth_server_policy_rule.services[0].user_whitelist == null
    error_message = "Okta never matches a rule with groups for a machine"
  }

  assert {
    condition     = okta_auth_server_policy_rule.services[0].scope_whitelist == toset(["aws"])
    error_message = "wanted the scope alone"
  }

  assert {
    condition     = okta_auth_server_policy_rule.services[0].access_token_lifetime_minutes == 5
    error_message = "wanted Okta's shortest lifetime"
  }
}

run "the_server_has_one_audience_and_a_fixed_issuer" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
  }

  assert {
    condition     = okta_auth_server.this[0].audiences == toset(["api://aws"]) && okta_auth_server.this[0].issuer_mode == "ORG_URL"
    error_message = "wanted one audience and the org's own host"
  }

  assert {
    condition     = okta_auth_server_scope.this[0].name == "aws" && okta_auth_server_scope.this[0].metadata_publish == "NO_CLIENTS"
    error_message = "wanted a scope that is not published"
  }
}

run "all_names_follow_what_is_given" {
  command = plan

  variables {
    services                       = { ci = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    name                           = "cloud"
    audience                       = "api://cloud"
    scope                          = "cloud.roles"
    issuer_mode                    = "CUSTOM_URL"
    service_token_lifetime_minutes = 60
  }

  assert {
    condition     = okta_auth_server.this[0].name == "cloud" && okta_auth_server.this[0].issuer_mode == "CUSTOM_URL"
    error_message = "wanted the name and issuer mode given"
  }

  assert {
    condition     = okta_app_oauth.service["ci"].label == "cloud-ci" && okta_auth_server_policy.services[0].name == "cloud-services"
    error_message = "wanted the names to begin with it"
  }

  assert {
    condition     = okta_auth_server_policy_rule.services[0].access_token_lifetime_minutes == 60 && okta_auth_server_scope.this[0].name == "cloud.roles"
    error_message = "wanted the lifetime and scope given"
  }
}

run "a_service_may_be_held_to_network_zones" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })], network_zones = ["nzo1abc"] } }
  }

  assert {
    condition     = okta_app_oauth.service["deploy"].network[0].connection == "ZONE" && okta_app_oauth.service["deploy"].network[0].include == toset(["nzo1abc"])
    error_message = "wanted the zone"
  }
}

run "outputs_are_the_inputs_of_the_action_and_of_the_role_module" {
  command = apply

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
  }

  assert {
    condition     = output.action_inputs["deploy"] == { okta-issuer = okta_auth_server.this[0].issuer, okta-client-id = okta_app_oauth.service["deploy"].client_id, okta-scope = "aws", okta-key-id = "one", audience = "api://aws" }
    error_message = "wanted the five inputs"
  }

  assert {
    condition     = output.service_trust["deploy"].subjects[0] == okta_app_oauth.service["deploy"].client_id && output.service_trust["deploy"].audiences[0] == "api://aws" && !output.service_trust["deploy"].tag_session
    error_message = "wanted the client id as the one subject"
  }

  assert {
    condition     = output.issuer == okta_auth_server.this[0].issuer && output.scope == "aws" && output.audience == "api://aws" && length(output.audiences) == 1
    error_message = "wanted issuer, scope, audience"
  }

  assert {
    condition     = output.people == null && output.people_trust == null && length(output.group_ids) == 0
    error_message = "wanted nothing for people"
  }
}

run "nothing_is_made_with_create_false" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    people   = { groups = { aws-developers = {} } }
    create   = false
  }

  assert {
    condition     = length(okta_auth_server.this) + length(okta_app_oauth.service) + length(okta_app_oauth.people) + length(okta_group.this) + length(okta_app_signon_policy.this) + length(okta_auth_server_policy.services) + length(okta_app_group_assignment.this) == 0
    error_message = "wanted nothing"
  }

  assert {
    condition     = output.issuer == null && output.people == null && length(output.services) == 0 && length(output.audiences) == 0
    error_message = "wanted empty outputs"
  }
}

run "session_tags_of_machines_become_claims_of_access_tokens" {
  command = apply

  variables {
    services                  = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    experimental_session_tags = { services = { Team = "app.profile.team" } }
  }

  assert {
    condition     = okta_auth_server_claim.service_tag["Team"].name == "https://aws.amazon.com/tags/principal_tags/Team" && okta_auth_server_claim.service_tag["Team"].claim_type == "RESOURCE"
    error_message = "wanted AWS's claim in the access token"
  }

  assert {
    condition     = okta_auth_server_claim.service_tag["Team"].scopes == toset(["aws"])
    error_message = "wanted it for our scope only"
  }

  assert {
    condition     = output.service_trust["deploy"].tag_session
    error_message = "the role must allow sts:TagSession then"
  }
}
