# SPDX-License-Identifier: Apache-2.0

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  account_id = "111122223333"
}

run "http_is_refused" {
  command = plan

  variables {
    issuer    = "http://acme.okta.com/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "an_upper_case_scheme_is_refused" {
  command = plan

  variables {
    issuer    = "HTTPS://acme.okta.com/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "an_issuer_without_scheme_is_refused" {
  command = plan

  variables {
    issuer    = "acme.okta.com/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "an_empty_issuer_is_refused" {
  command = plan

  variables {
    issuer    = ""
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_port_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com:8443/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "even_the_standard_port_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com:443/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_query_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/oauth2/aus1?x=1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_fragment_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/oauth2/aus1#x"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_trailing_slash_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/oauth2/aus1/"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_trailing_slash_after_the_host_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "the_admin_console_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme-admin.okta.com/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "user_information_is_refused" {
  command = plan

  variables {
    issuer    = "https://user:word@acme.okta.com/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "white_space_is_refused" {
  command = plan

  variables {
    issuer    = " https://acme.okta.com/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_line_end_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/oauth2/aus1\n"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "an_upper_case_host_is_refused" {
  command = plan

  variables {
    issuer    = "https://Acme.okta.com/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "an_ip_address_is_refused" {
  command = plan

  variables {
    issuer    = "https://192.0.2.1/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_host_without_domain_is_refused" {
  command = plan

  variables {
    issuer    = "https://localhost/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_wildcard_host_is_refused" {
  command = plan

  variables {
    issuer    = "https://*.okta.com/oauth2/aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_discovery_document_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/oauth2/aus1/.well-known/openid-configuration"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_token_endpoint_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/oauth2/aus1/v1/token"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_path_without_an_authorization_server_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/oauth2"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "an_empty_path_segment_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/oauth2//aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "a_dot_segment_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/oauth2/../aus1"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "an_issuer_too_long_for_iam_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com/${join("", [for n in range(250) : "a"])}"
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "neither_issuer_nor_github_is_refused" {
  command = plan

  variables {
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "both_issuer_and_github_are_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com"
    github    = {}
    audiences = ["api://aws"]
  }

  expect_failures = [var.issuer]
}

run "two_kinds_of_github_are_refused" {
  command = plan

  variables {
    github = { server = "github.acme.example", subdomain = "acme" }
  }

  expect_failures = [var.github]
}

run "a_slug_with_a_slash_is_refused" {
  command = plan

  variables {
    github = { enterprise_slug = "acme/inc" }
  }

  expect_failures = [var.github]
}

run "a_server_with_a_scheme_is_refused" {
  command = plan

  variables {
    github = { server = "https://github.acme.example" }
  }

  expect_failures = [var.github]
}

run "a_server_with_a_port_is_refused" {
  command = plan

  variables {
    github = { server = "github.acme.example:8443" }
  }

  expect_failures = [var.github]
}

run "github_com_as_a_server_is_refused" {
  command = plan

  variables {
    github = { server = "github.com" }
  }

  expect_failures = [var.github]
}

run "a_subdomain_with_its_domain_is_refused" {
  command = plan

  variables {
    github = { subdomain = "acme.ghe.com" }
  }

  expect_failures = [var.github]
}

run "an_issuer_without_audiences_is_refused" {
  command = plan

  variables {
    issuer = "https://acme.okta.com"
  }

  expect_failures = [var.audiences]
}

run "an_empty_list_of_audiences_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com"
    audiences = []
  }

  expect_failures = [var.audiences]
}

run "an_empty_audience_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com"
    audiences = [""]
  }

  expect_failures = [var.audiences]
}

run "an_audience_with_white_space_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com"
    audiences = ["api://aws "]
  }

  expect_failures = [var.audiences]
}

run "a_wildcard_audience_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com"
    audiences = ["*"]
  }

  expect_failures = [var.audiences]
}

run "an_audience_given_twice_is_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com"
    audiences = ["api://aws", "api://aws"]
  }

  expect_failures = [var.audiences]
}

run "more_than_a_hundred_audiences_are_refused" {
  command = plan

  variables {
    issuer    = "https://acme.okta.com"
    audiences = [for n in range(101) : "aud-${n}"]
  }

  expect_failures = [var.audiences]
}

run "a_sha256_thumbprint_is_refused" {
  command = plan

  variables {
    github      = {}
    thumbprints = ["${sha256("x")}"]
  }

  expect_failures = [var.thumbprints]
}

run "a_thumbprint_with_colons_is_refused" {
  command = plan

  variables {
    github      = {}
    thumbprints = ["69:38:FD:4D:98:BA:B0:3F:AA:DB:97:B3:43:96:83:1E:37:80:AE:A1"]
  }

  expect_failures = [var.thumbprints]
}

run "six_thumbprints_are_refused" {
  command = plan

  variables {
    github      = {}
    thumbprints = [for n in range(6) : sha1("${n}")]
  }

  expect_failures = [var.thumbprints]
}

run "an_account_of_eleven_digits_is_refused" {
  command = plan

  variables {
    github     = {}
    account_id = "11112222333"
  }

  expect_failures = [var.account_id]
}

run "a_tag_of_awss_own_is_refused" {
  command = plan

  variables {
    github = {}
    tags   = { "aws:x" = "y" }
  }

  expect_failures = [var.tags]
}
