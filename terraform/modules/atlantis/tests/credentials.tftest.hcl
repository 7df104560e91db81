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
  hostname                  = "atlantis.acme.com"
  certificate_arn           = "arn:aws:acm:eu-central-1:111122223333:certificate/0123"
  vpc_id                    = "vpc-01"
  load_balancer_subnet_ids  = ["subnet-01", "subnet-02"]
  task_subnet_ids           = ["subnet-03", "subnet-04"]
  webhook_cidrs             = ["192.30.252.0/22", "185.199.108.0/22", "140.82.112.0/20", "143.55.64.0/20"]
  people_cidrs              = ["203.0.113.0/24"]
  atlantis_image            = "ghcr.io/runatlantis/atlantis:v0.47.1@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  atlantis_version          = "0.47.1"
  oauth2_proxy_image        = "quay.io/oauth2-proxy/oauth2-proxy@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  default_terraform_version = "1.11.4"
  repo_allowlist            = ["github.com/acme/infrastructure"]
  team_allowlist            = []
  repo_config               = <<-EOT
    repos:
      - id: /.*/
        workflow: okta-aws
        apply_requirements: [approved, mergeable, undiverged]
    team_authz:
      command: /usr/local/bin/okta-aws
      args: [atlantis, authorize]
    workflows:
      okta-aws:
        plan:
          steps: [{ multienv: { command: /usr/local/bin/okta-aws atlantis credentials plan } }, init, plan]
  EOT
  github = {
    app_id             = "123456"
    app_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/app-key-a1b2c3"
    webhook_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/shared-a1b2c3:webhook::"
  }
  okta = {
    issuer            = "https://acme.okta.com"
    client_id         = "0oaATLANTIS"
    client_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/shared-a1b2c3:client::"
    cookie_secret_arn = "arn:aws:ssm:eu-central-1:111122223333:parameter/atlantis/cookie"
  }
}

run "a_map_without_a_project_is_refused" {
  command = plan

  variables {
    credentials = {
      map                  = "projects: []"
      okta_issuer          = "https://acme.okta.com/oauth2/aus123"
      okta_client_id       = "0oaROLES"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3"
    }
  }

  expect_failures = [
    var.credentials,
  ]
}

run "a_map_that_is_a_path_is_refused" {
  command = plan

  variables {
    credentials = {
      map                  = "/etc/okta-aws/atlantis-map.yaml"
      okta_issuer          = "https://acme.okta.com/oauth2/aus123"
      okta_client_id       = "0oaROLES"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3"
    }
  }

  expect_failures = [
    var.credentials,
  ]
}

run "a_map_too_long_for_a_task_definition_is_refused" {
  command = plan

  variables {
    credentials = {
      map                  = "projects: [{ repository: github.com/acme/infrastructure }] ${join("", [for at in range(250) : format("# %0100d\n", at)])}"
      okta_issuer          = "https://acme.okta.com/oauth2/aus123"
      okta_client_id       = "0oaROLES"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3"
    }
  }

  expect_failures = [
    var.credentials,
  ]
}

run "the_org_where_its_authorization_server_belongs_is_refused" {
  command = plan

  variables {
    credentials = {
      map                  = "projects: [{ repository: github.com/acme/infrastructure }]"
      okta_issuer          = "https://acme.okta.com"
      okta_client_id       = "0oaROLES"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3"
    }
  }

  expect_failures = [
    var.credentials,
  ]
}

run "okta_s_admin_console_is_refused" {
  command = plan

  variables {
    credentials = {
      map                  = "projects: [{ repository: github.com/acme/infrastructure }]"
      okta_issuer          = "https://acme-admin.okta.com/oauth2/aus123"
      okta_client_id       = "0oaROLES"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3"
    }
  }

  expect_failures = [
    var.credentials,
  ]
}

run "a_client_id_that_is_none_is_refused" {
  command = plan

  variables {
    credentials = {
      map                  = "projects: [{ repository: github.com/acme/infrastructure }]"
      okta_issuer          = "https://acme.okta.com/oauth2/aus123"
      okta_client_id       = "my app"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3"
    }
  }

  expect_failures = [
    var.credentials,
  ]
}

run "the_okta_key_itself_is_refused" {
  command = plan

  variables {
    credentials = {
      map                  = "projects: [{ repository: github.com/acme/infrastructure }]"
      okta_issuer          = "https://acme.okta.com/oauth2/aus123"
      okta_client_id       = "0oaROLES"
      okta_private_key_arn = "not-an-arn"
    }
  }

  expect_failures = [
    var.credentials,
  ]
}

run "github_s_token_itself_is_refused" {
  command = plan

  variables {
    credentials = {
      map                  = "projects: [{ repository: github.com/acme/infrastructure }]"
      okta_issuer          = "https://acme.okta.com/oauth2/aus123"
      okta_client_id       = "0oaROLES"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3"
      github_token_arn     = "not-an-arn"
    }
  }

  expect_failures = [
    var.credentials,
  ]
}

run "a_secret_among_the_plain_values_is_refused" {
  command = plan

  variables {
    credentials = {
      map                  = "projects: [{ repository: github.com/acme/infrastructure }]"
      okta_issuer          = "https://acme.okta.com/oauth2/aus123"
      okta_client_id       = "0oaROLES"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3"
      environment          = { DB_PASSWORD = "x" }
    }
  }

  expect_failures = [
    var.credentials,
  ]
}

run "a_setting_of_the_helper_among_the_plain_values_is_refused" {
  command = plan

  variables {
    credentials = {
      map                  = "projects: [{ repository: github.com/acme/infrastructure }]"
      okta_issuer          = "https://acme.okta.com/oauth2/aus123"
      okta_client_id       = "0oaROLES"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3"
      environment          = { OKTA_AWS_STS_ENDPOINT = "https://sts.invalid" }
    }
  }

  expect_failures = [
    var.credentials,
  ]
}

run "nothing_is_wrong_with_it" {
  command = plan

  variables {
    credentials = {
      map                  = "projects: [{ repository: github.com/acme/infrastructure }]"
      okta_issuer          = "https://acme.okta.com/oauth2/aus123"
      okta_client_id       = "0oaROLES"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3"
    }
  }
}
