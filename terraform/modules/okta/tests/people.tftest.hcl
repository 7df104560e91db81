# SPDX-License-Identifier: Apache-2.0
mock_provider "okta" {}

run "people_sign_in_by_the_device_flow_without_a_secret" {
  command = plan

  variables {
    people = { groups = { aws-developers = {} } }
  }

  assert {
    condition     = okta_app_oauth.people[0].type == "native" && okta_app_oauth.people[0].token_endpoint_auth_method == "none" && okta_app_oauth.people[0].pkce_required
    error_message = "wanted a public native application with PKCE"
  }

  assert {
    condition     = okta_app_oauth.people[0].grant_types == toset(["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"])
    error_message = "wanted the device grant and the one that the provider demands"
  }

  assert {
    condition     = okta_app_oauth.people[0].omit_secret
    error_message = "a secret must not reach the state"
  }
}

run "the_rule_for_people_allows_their_groups_the_device_flow_and_openid_alone" {
  command = apply

  variables {
    people = { groups = { aws-developers = {} }, existing_groups = { oncall = "00g1abc" } }
  }

  assert {
    condition     = okta_auth_server_policy_rule.people[0].grant_type_whitelist == toset(["urn:ietf:params:oauth:grant-type:device_code"])
    error_message = "wanted the device flow alone"
  }

  assert {
    condition     = okta_auth_server_policy_rule.people[0].scope_whitelist == toset(["openid"])
    error_message = "wanted openid alone: AWS gets the ID token"
  }

  assert {
    condition     = okta_auth_server_policy_rule.people[0].group_whitelist == toset([okta_group.this["aws-developers"].id, "00g1abc"])
    error_message = "wanted exactly the groups"
  }

  assert {
    condition     = okta_auth_server_policy.people[0].client_whitelist == toset([okta_app_oauth.people[0].client_id]) && okta_auth_server_policy.people[0].priority == 1
    error_message = "wanted exactly the application, in the first policy"
  }
}

run "groups_are_created_or_taken_and_assigned_one_by_one" {
  command = plan

  variables {
    people = { groups = { aws-developers = { description = "Developers" } }, existing_groups = { oncall = "00g1abc" } }
  }

  assert {
    condition     = keys(okta_group.this) == ["aws-developers"] && okta_group.this["aws-developers"].description == "Developers"
    error_message = "wanted one new group"
  }

  assert {
    condition     = keys(okta_app_group_assignment.this) == ["aws-developers", "oncall"] && okta_app_group_assignment.this["oncall"].group_id == "00g1abc"
    error_message = "wanted an assignment for each group"
  }
}

run "two_factors_are_demanded_and_everything_else_is_refused" {
  command = apply

  variables {
    people = { groups = { aws-developers = {} } }
  }

  assert {
    condition     = okta_app_oauth.people[0].authentication_policy == okta_app_signon_policy.this[0].id
    error_message = "wanted our policy"
  }

  assert {
    condition     = !okta_app_signon_policy.this[0].catch_all
    error_message = "wanted the catch-all rule to refuse"
  }

  assert {
    condition     = okta_app_signon_policy_rule.this[0].factor_mode == "2FA" && okta_app_signon_policy_rule.this[0].access == "ALLOW" && okta_app_signon_policy_rule.this[0].re_authentication_frequency == "PT2H"
    error_message = "wanted two factors, again after two hours"
  }
}

run "a_sign_on_policy_that_exists_may_be_taken" {
  command = plan

  variables {
    people = { groups = { aws-developers = {} }, sign_on_policy = { create = false, id = "00p1abc" } }
  }

  assert {
    condition     = length(okta_app_signon_policy.this) + length(okta_app_signon_policy_rule.this) == 0 && okta_app_oauth.people[0].authentication_policy == "00p1abc"
    error_message = "wanted the policy given and no other"
  }
}

run "machines_and_people_have_a_policy_each_in_a_fixed_order" {
  command = apply

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    people   = { groups = { aws-developers = {} } }
  }

  assert {
    condition     = okta_auth_server_policy.services[0].priority == 1 && okta_auth_server_policy.people[0].priority == 2
    error_message = "wanted machines first: priorities that meet drift"
  }

  assert {
    condition     = okta_auth_server_policy.services[0].client_whitelist == toset([okta_app_oauth.service["deploy"].client_id])
    error_message = "the application for people must not be among the machines"
  }

  assert {
    condition     = output.audiences == tolist(["api://aws", okta_app_oauth.people[0].client_id])
    error_message = "wanted both audiences for the identity provider"
  }

  assert {
    condition     = output.people_trust.okta_people.client_id == okta_app_oauth.people[0].client_id
    error_message = "wanted the statement for people"
  }

  assert {
    condition     = keys(output.group_ids) == tolist(["aws-developers"])
    error_message = "wanted the group's id by its name"
  }
}

run "people_alone_need_no_scope_and_no_audience_of_machines" {
  command = apply

  variables {
    people = { groups = { aws-developers = {} } }
  }

  assert {
    condition     = length(okta_auth_server_scope.this) == 0 && output.scope == null && output.audiences == tolist([okta_app_oauth.people[0].client_id])
    error_message = "wanted the client id as the only audience"
  }
}

run "session_tags_of_people_become_claims_of_id_tokens" {
  command = apply

  variables {
    people                    = { groups = { aws-developers = {} } }
    experimental_session_tags = { people = { Mail = "user.email" } }
  }

  assert {
    condition     = okta_auth_server_claim.people_tag["Mail"].claim_type == "IDENTITY" && okta_auth_server_claim.people_tag["Mail"].always_include_in_token
    error_message = "wanted the claim in the ID token"
  }

  assert {
    condition     = length(okta_auth_server_claim.service_tag) == 0 && output.people_trust.tag_session
    error_message = "wanted it for people only, and the role to allow it"
  }
}
