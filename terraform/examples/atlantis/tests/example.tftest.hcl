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
  certificate_arn    = "arn:aws:acm:eu-central-1:111122223333:certificate/0123"
  vpc_id             = "vpc-01"
  public_subnet_ids  = ["subnet-01", "subnet-02"]
  private_subnet_ids = ["subnet-03", "subnet-04"]
  people_cidrs       = ["203.0.113.0/24"]
  atlantis_image     = "ghcr.io/runatlantis/atlantis@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  atlantis_version   = "0.47.1"
  oauth2_proxy_image = "quay.io/oauth2-proxy/oauth2-proxy@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  github_app_id      = "123456"
  github_app_slug    = "acme-atlantis"
  okta_client_id     = "0oaATLANTIS"
  okta_roles = {
    issuer        = "https://acme.okta.com/oauth2/aus123"
    client_id     = "0oaROLES"
    key_id        = "roles-2026"
    groups_key_id = "groups-2026"
  }
  secret_arns = {
    github_app_key  = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/github-app-key-a1b2c3"
    github_webhook  = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/github-webhook-a1b2c3"
    okta_client     = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/okta-client-a1b2c3"
    okta_roles_key  = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/okta-roles-a1b2c3"
    okta_groups_key = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/okta-groups-a1b2c3"
    github_token    = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/github-token-a1b2c3"
    cookie          = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/cookie-a1b2c3"
  }
}

run "it_says_what_github_and_okta_have_to_know" {
  command = plan

  assert {
    condition     = output.webhook_url == "https://atlantis.acme.com/events" && output.okta_redirect_uri == "https://atlantis.acme.com/oauth2/callback"
    error_message = "the addresses differ"
  }
}
