# SPDX-License-Identifier: Apache-2.0
mock_provider "okta" {}

run "a_key_with_the_private_member_d_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])), d = "not-a-real-value" })] } }
  }

  expect_failures = [var.services]
}

run "a_key_with_the_private_member_p_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])), p = "not-a-real-value" })] } }
  }

  expect_failures = [var.services]
}

run "a_key_with_the_private_member_q_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])), q = "not-a-real-value" })] } }
  }

  expect_failures = [var.services]
}

run "a_key_with_the_private_member_dp_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])), dp = "not-a-real-value" })] } }
  }

  expect_failures = [var.services]
}

run "a_key_with_the_private_member_dq_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])), dq = "not-a-real-value" })] } }
  }

  expect_failures = [var.services]
}

run "a_key_with_the_private_member_qi_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])), qi = "not-a-real-value" })] } }
  }

  expect_failures = [var.services]
}

run "a_key_with_further_primes_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])), oth = [] })] } }
  }

  expect_failures = [var.services]
}

run "an_elliptic_key_with_its_private_member_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "two", kty = "EC", crv = "P-256", d = null, x = join("", [for i in range(43) : "x"]), y = join("", [for i in range(43) : "y"]) })] } }
  }

  expect_failures = [var.services]
}

run "a_symmetric_key_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "oct", k = "not-a-real-value" })] } }
  }

  expect_failures = [var.services]
}

run "a_private_key_hidden_behind_a_public_one_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) }), jsonencode({ kid = "two", kty = "EC", crv = "P-256", d = "not-a-real-value", x = join("", [for i in range(43) : "x"]), y = join("", [for i in range(43) : "y"]) })] } }
  }

  expect_failures = [var.services]
}

run "a_pem_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = ["-----BEGIN PUBLIC KEY-----\nnot a key\n-----END PUBLIC KEY-----"] } }
  }

  expect_failures = [var.services]
}

run "text_that_is_no_json_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = ["deploy.jwk.json"] } }
  }

  expect_failures = [var.services]
}

run "a_json_list_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = ["[]"] } }
  }

  expect_failures = [var.services]
}

run "a_set_of_keys_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ keys = [jsondecode(jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) }))] })] } }
  }

  expect_failures = [var.services]
}

run "a_key_without_an_id_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = null, kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
  }

  expect_failures = [var.services]
}

run "a_key_of_an_unknown_kind_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "OKP", crv = "Ed25519", x = "xx" })] } }
  }

  expect_failures = [var.services]
}

run "an_rsa_key_without_a_modulus_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB" })] } }
  }

  expect_failures = [var.services]
}

run "a_modulus_with_padding_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s==", join("", [for i in range(341) : "A"])) })] } }
  }

  expect_failures = [var.services]
}

run "an_rsa_key_of_1024_bits_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(170) : "A"])) })] } }
  }

  expect_failures = [var.services]
}

run "an_rsa_key_of_2047_bits_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("f%s", join("", [for i in range(341) : "A"])) })] } }
  }

  expect_failures = [var.services]
}

run "a_curve_of_another_size_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "two", kty = "EC", x = join("", [for i in range(28) : "x"]), y = join("", [for i in range(28) : "y"]) })] } }
  }

  expect_failures = [var.services]
}

run "a_curve_that_does_not_fit_its_coordinates_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "two", kty = "EC", crv = "P-256", x = join("", [for i in range(64) : "x"]), y = join("", [for i in range(64) : "y"]) })] } }
  }

  expect_failures = [var.services]
}

run "coordinates_of_two_sizes_are_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "two", kty = "EC", crv = "P-256", x = join("", [for i in range(43) : "x"]), y = join("", [for i in range(64) : "y"]) })] } }
  }

  expect_failures = [var.services]
}

run "a_curve_that_okta_does_not_take_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "two", kty = "EC", crv = "secp256k1", x = join("", [for i in range(43) : "x"]), y = join("", [for i in range(43) : "y"]) })] } }
  }

  expect_failures = [var.services]
}

run "a_key_for_encryption_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])), use = "enc" })] } }
  }

  expect_failures = [var.services]
}

run "the_same_key_id_twice_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) }), jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
  }

  expect_failures = [var.services]
}

run "a_service_without_any_key_is_refused" {
  command = plan

  variables {
    services = { deploy = {} }
  }

  expect_failures = [var.services]
}

run "keys_and_their_address_together_are_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })], jwks_uri = "https://keys.example.com/jwks.json" } }
  }

  expect_failures = [var.services]
}

run "an_address_of_keys_without_tls_is_refused" {
  command = plan

  variables {
    services = { deploy = { jwks_uri = "http://keys.example.com/jwks.json" } }
  }

  expect_failures = [var.services]
}

run "an_address_of_keys_with_a_password_is_refused" {
  command = plan

  variables {
    services = { deploy = { jwks_uri = "https://user:password@keys.example.com/jwks.json" } }
  }

  expect_failures = [var.services]
}

run "a_name_of_a_service_with_a_space_is_refused" {
  command = plan

  variables {
    services = { "my deploy" = { jwks_uri = "https://keys.example.com/jwks.json" } }
  }

  expect_failures = [var.services]
}

run "a_dynamic_issuer_is_refused" {
  command = plan

  variables {
    services    = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    issuer_mode = "DYNAMIC"
  }

  expect_failures = [var.issuer_mode]
}

run "the_audience_of_the_default_server_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    audience = "api://default"
  }

  expect_failures = [var.audience]
}

run "an_empty_audience_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    audience = ""
  }

  expect_failures = [var.audience]
}

run "an_audience_with_a_wildcard_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    audience = "api://*"
  }

  expect_failures = [var.audience]
}

run "a_scope_of_two_words_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    scope    = "aws assume"
  }

  expect_failures = [var.scope]
}

run "a_scope_that_is_for_people_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    scope    = "openid"
  }

  expect_failures = [var.scope]
}

run "a_scope_of_oktas_own_api_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    scope    = "okta.users.read"
  }

  expect_failures = [var.scope]
}

run "a_name_that_is_empty_is_refused" {
  command = plan

  variables {
    services = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    name     = ""
  }

  expect_failures = [var.name]
}

run "a_token_lifetime_of_4_minutes_is_refused" {
  command = plan

  variables {
    services                       = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    service_token_lifetime_minutes = 4
  }

  expect_failures = [var.service_token_lifetime_minutes]
}

run "a_token_lifetime_of_1441_minutes_is_refused" {
  command = plan

  variables {
    services                       = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    service_token_lifetime_minutes = 1441
  }

  expect_failures = [var.service_token_lifetime_minutes]
}

run "a_token_lifetime_of_5_5_minutes_is_refused" {
  command = plan

  variables {
    services                       = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    service_token_lifetime_minutes = 5.5
  }

  expect_failures = [var.service_token_lifetime_minutes]
}

run "people_without_a_group_are_refused" {
  command = plan

  variables {
    people = {}
  }

  expect_failures = [var.people]
}

run "a_group_that_is_created_and_exists_is_refused" {
  command = plan

  variables {
    people = { groups = { oncall = {} }, existing_groups = { oncall = "00g1abc" } }
  }

  expect_failures = [var.people]
}

run "a_groups_name_in_place_of_its_id_is_refused" {
  command = plan

  variables {
    people = { existing_groups = { oncall = "oncall" } }
  }

  expect_failures = [var.people]
}

run "the_group_of_everyone_is_refused" {
  command = plan

  variables {
    people = { groups = { Everyone = {} } }
  }

  expect_failures = [var.people]
}

run "a_new_and_an_existing_sign_on_policy_are_refused" {
  command = plan

  variables {
    people = { groups = { oncall = {} }, sign_on_policy = { id = "00p1abc" } }
  }

  expect_failures = [var.people]
}

run "a_duration_in_plain_words_is_refused" {
  command = plan

  variables {
    people = { groups = { oncall = {} }, sign_on_policy = { ask_again_after = "2 hours" } }
  }

  expect_failures = [var.people]
}

run "a_redirect_to_anywhere_is_refused" {
  command = plan

  variables {
    people = { groups = { oncall = {} }, redirect_uris = ["https://*.example.com"] }
  }

  expect_failures = [var.people]
}

run "a_session_tag_of_awss_own_is_refused" {
  command = plan

  variables {
    services                  = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    experimental_session_tags = { services = { "aws:Team" = "app.clientId" } }
  }

  expect_failures = [var.experimental_session_tags]
}

run "a_session_tag_of_a_machine_that_asks_for_a_user_is_refused" {
  command = plan

  variables {
    services                  = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    experimental_session_tags = { services = { Mail = "user.email" } }
  }

  expect_failures = [var.experimental_session_tags]
}

run "more_session_tags_than_aws_takes_are_refused" {
  command = plan

  variables {
    services                  = { deploy = { public_keys = [jsonencode({ kid = "one", kty = "RSA", e = "AQAB", n = format("u%s", join("", [for i in range(341) : "A"])) })] } }
    experimental_session_tags = { services = { for i in range(51) : "tag${i}" => "app.clientId" } }
  }

  expect_failures = [var.experimental_session_tags]
}
