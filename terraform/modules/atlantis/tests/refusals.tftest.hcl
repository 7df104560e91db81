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
  team_allowlist            = ["*:plan", "platform:apply"]
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

# Each line is refused by itself; many stand in one run because a run takes seconds.

run "each_of_the_first_wrong_values_is_refused" {
  command = plan

  variables {
    # a name too long for a target group
    name = "atlantis-of-the-whole-company"
    # a url as the hostname
    hostname = "https://atlantis.acme.com"
    # a certificate that is no arn
    certificate_arn = "atlantis.acme.com"
    # a tls policy that takes tls 1 0
    ssl_policy = "ELBSecurityPolicy-2016-08"
    # a vpc by name
    vpc_id = "main"
    # one subnet for the load balancer
    load_balancer_subnet_ids = ["subnet-01"]
    # no subnet for the task
    task_subnet_ids = []
    # webhooks from everywhere
    webhook_cidrs = ["0.0.0.0/0"]
    # nobody who may look
    people_cidrs = []
    # egress to a name
    egress_cidrs = ["github.com"]
    # a prefix list by name
    egress_prefix_lists = { s3 = "com.amazonaws.eu-central-1.s3" }
    # atlantis by tag
    atlantis_image = "ghcr.io/runatlantis/atlantis:v0.47.1"
    # oauth2 proxy by tag
    oauth2_proxy_image = "quay.io/oauth2-proxy/oauth2-proxy:v7.13.0"
    # an app and a user at once
    github = { app_id = "1", app_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a", user = "bot", token_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:b", webhook_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:c" }
    # all repositories there are
    repo_allowlist = ["*"]
    # everybody who may apply
    team_allowlist = ["*:apply"]
    # all commands there will ever be
    allow_commands = ["all"]
    # a range of terraform versions
    default_terraform_version = "~> 1.11"
    # a variable with credentials
    environment = { AWS_ACCESS_KEY_ID = "x" }
    # okta s admin console
    okta = { issuer = "https://acme-admin.okta.com", client_id = "0oa1", client_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a", cookie_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:b" }
    # an api for everybody
    api = { secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:api", cidrs = ["0.0.0.0/0"] }
    # redis by url
    redis = { host = "redis://locks", security_group_id = "sg-01" }
    # a helper that no workflow asks
    credentials = { map = "projects: [{ repository: github.com/acme/infrastructure }]", okta_issuer = "https://acme.okta.com/oauth2/aus123", okta_client_id = "0oaROLES", okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3" }
    # a boundary that is no policy
    permissions_boundary = "boundary"
    # a key by alias
    kms_key_arn = "alias/atlantis"
    # a key of secrets by alias
    secret_kms_key_arns = ["alias/secrets"]
    # days that cloudwatch does not take
    log_retention_days = 100
    # a processor and a half
    cpu = 1536
    # another architecture
    cpu_architecture = "RISCV"
    # a bucket by arn
    access_logs_bucket = "arn:aws:s3:::logs"
  }

  expect_failures = [
    var.name,
    var.hostname,
    var.certificate_arn,
    var.ssl_policy,
    var.vpc_id,
    var.load_balancer_subnet_ids,
    var.task_subnet_ids,
    var.webhook_cidrs,
    var.people_cidrs,
    var.egress_cidrs,
    var.egress_prefix_lists,
    var.atlantis_image,
    var.oauth2_proxy_image,
    var.github,
    var.repo_allowlist,
    var.team_allowlist,
    var.allow_commands,
    var.default_terraform_version,
    var.environment,
    var.okta,
    var.api,
    var.redis,
    var.credentials,
    var.permissions_boundary,
    var.kms_key_arn,
    var.secret_kms_key_arns,
    var.log_retention_days,
    var.cpu,
    var.cpu_architecture,
    var.access_logs_bucket,
  ]
}

run "each_of_the_second_wrong_values_is_refused" {
  command = plan

  variables {
    # webhooks by ipv6
    webhook_cidrs = ["2a0a:a440::/29"]
    # atlantis latest
    atlantis_image = "ghcr.io/runatlantis/atlantis:latest"
    # neither app nor user
    github = { webhook_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:c" }
    # all repositories of github
    repo_allowlist = ["github.com/*"]
    # a team that may everything
    team_allowlist = ["platform:*"]
    # arguments for every terraform
    environment = { TF_CLI_ARGS_plan = "-var-file=x" }
    # an issuer with a slash at its end
    okta = { issuer = "https://acme.okta.com/", client_id = "0oa1", client_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a", cookie_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:b" }
    # an api secret that is no arn
    api = { secret_arn = "not-an-arn", cidrs = ["198.51.100.0/24"] }
    # a redis password that is no arn
    redis = { host = "locks", security_group_id = "sg-01", password_secret_arn = "not-an-arn" }
    # more memory than the processors take
    memory = 16384
  }

  expect_failures = [
    var.webhook_cidrs,
    var.atlantis_image,
    var.github,
    var.repo_allowlist,
    var.team_allowlist,
    var.environment,
    var.okta,
    var.api,
    var.redis,
    var.memory,
  ]
}

run "each_of_the_third_wrong_values_is_refused" {
  command = plan

  variables {
    # a tag of another version than was stated
    atlantis_image = "ghcr.io/runatlantis/atlantis:v0.47.0@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    # the client id of an app as its number
    github = { app_id = "Iv23abc", app_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a", webhook_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:b" }
    # no repository at all
    repo_allowlist = ["!github.com/acme/secret"]
    # nobody who decides
    team_allowlist = []
    # a token as a variable
    environment = { TFE_TOKEN = "x" }
    # okta s client secret itself
    okta = { issuer = "https://acme.okta.com", client_id = "0oa1", client_secret_arn = "not-an-arn", cookie_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:b" }
    # less memory than the files in it need
    memory = 512
  }

  expect_failures = [
    var.atlantis_image,
    var.github,
    var.repo_allowlist,
    var.team_allowlist,
    var.environment,
    var.okta,
    var.memory,
  ]
}

run "each_of_the_fourth_wrong_values_is_refused" {
  command = plan

  variables {
    # atlantis with the hole in workspace names
    atlantis_version = "0.47.0"
    # the webhook secret itself
    github = { app_id = "1", app_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a", webhook_secret_arn = "not-an-arn" }
    # a team by its name
    team_allowlist = ["Platform Team:apply"]
    # forks by the back door
    environment = { ATLANTIS_ALLOW_FORK_PRS = "true" }
    # a client id that is none
    okta = { issuer = "https://acme.okta.com", client_id = "my app", client_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a", cookie_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:b" }
  }

  expect_failures = [
    var.atlantis_version,
    var.github,
    var.team_allowlist,
    var.environment,
    var.okta,
  ]
}

run "each_of_the_fifth_wrong_values_is_refused" {
  command = plan

  variables {
    # atlantis of years ago
    atlantis_version = "0.9.99"
    # a github server with a scheme
    github = { hostname = "https://github.acme.example", app_id = "1", app_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a", webhook_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:b" }
    # repo config that is no yaml
    repo_config = "repos: ["
    # a variable that no shell takes
    environment = { "A-B" = "x" }
  }

  expect_failures = [
    var.atlantis_version,
    var.github,
    var.repo_config,
    var.environment,
  ]
}

run "each_of_the_sixth_wrong_values_is_refused" {
  command = plan

  variables {
    # a version that is none
    atlantis_version = "latest"
    # workflows of the pull request
    repo_config = <<-EOT
      repos:
        - id: /.*/
          apply_requirements: [approved, mergeable, undiverged]
          allow_custom_workflows: true
    EOT
  }

  expect_failures = [
    var.atlantis_version,
    var.repo_config,
  ]
}

run "each_of_the_seventh_wrong_values_is_refused" {
  command = plan

  variables {
    # a workflow that the pull request chooses
    repo_config = <<-EOT
      repos:
        - id: /.*/
          apply_requirements: [approved, mergeable, undiverged]
          allowed_overrides: [workflow]
    EOT
  }

  expect_failures = [
    var.repo_config,
  ]
}

run "each_of_the_eighth_wrong_values_is_refused" {
  command = plan

  variables {
    # an apply without approval
    repo_config = <<-EOT
      repos:
        - id: /.*/
          apply_requirements: [mergeable, undiverged]
    EOT
  }

  expect_failures = [
    var.repo_config,
  ]
}

run "each_of_the_ninth_wrong_values_is_refused" {
  command = plan

  variables {
    # one repository that needs less
    repo_config = <<-EOT
      repos:
        - id: /.*/
          apply_requirements: [approved, mergeable, undiverged]
        - id: github.com/acme/sandbox
          apply_requirements: []
    EOT
  }

  expect_failures = [
    var.repo_config,
  ]
}

run "each_of_the_tenth_wrong_values_is_refused" {
  command = plan

  variables {
    # requirements of one repository alone
    repo_config = <<-EOT
      repos:
        - id: github.com/acme/infrastructure
          apply_requirements: [approved, mergeable, undiverged]
    EOT
  }

  expect_failures = [
    var.repo_config,
  ]
}

run "each_of_the_eleventh_wrong_values_is_refused" {
  command = plan

  variables {
    team_allowlist = []
    # workflows that ask a helper which is not there
    repo_config = <<-EOT
      repos:
        - id: /.*/
          workflow: okta-aws
          apply_requirements: [approved, mergeable, undiverged]
      team_authz:
        command: /usr/local/bin/okta-aws
      workflows:
        okta-aws:
          plan:
            steps: [{ multienv: { command: okta-aws atlantis credentials plan } }, init, plan]
    EOT
  }

  expect_failures = [
    var.credentials,
  ]
}

run "each_of_the_twelfth_wrong_values_is_refused" {
  command = plan

  variables {
    # a helper, and nobody who asks the map
    credentials = { map = "projects: [{ repository: github.com/acme/infrastructure }]", okta_issuer = "https://acme.okta.com/oauth2/aus123", okta_client_id = "0oaROLES", okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:okta-a1b2c3" }
    repo_config = <<-EOT
      repos:
        - id: /.*/
          workflow: okta-aws
          apply_requirements: [approved, mergeable, undiverged]
      workflows:
        okta-aws:
          plan:
            steps: [{ multienv: { command: okta-aws atlantis credentials plan } }, init, plan]
    EOT
  }

  expect_failures = [
    var.credentials,
  ]
}
