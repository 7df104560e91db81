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

run "only_what_is_posted_to_events_by_github_passes_by_the_sign_in" {
  command = plan

  assert {
    condition     = aws_lb_listener.this[0].port == 443 && aws_lb_listener.this[0].protocol == "HTTPS" && startswith(aws_lb_listener.this[0].ssl_policy, "ELBSecurityPolicy-TLS13-")
    error_message = "the listener has no TLS"
  }

  assert {
    condition     = length(aws_lb_listener_rule.webhook) == 2 && length(aws_lb_listener_rule.api) == 0
    error_message = "there are other rules"
  }

  assert {
    condition = alltrue([for rule in values(aws_lb_listener_rule.webhook) :
      flatten([for c in rule.condition : [for p in c.path_pattern : p.values]]) == ["/events"] && flatten([for c in rule.condition : [for m in c.http_request_method : m.values]]) == ["POST"]
    ])
    error_message = "a rule takes more than POST /events"
  }

  assert {
    condition     = toset(flatten([for rule in values(aws_lb_listener_rule.webhook) : [for c in rule.condition : [for s in c.source_ip : s.values]]])) == toset(var.webhook_cidrs)
    error_message = "the rules take other addresses"
  }

  assert {
    condition     = alltrue([for rule in values(aws_lb_listener_rule.webhook) : length(flatten([for c in rule.condition : concat([for p in c.path_pattern : p.values], [for m in c.http_request_method : m.values], [for s in c.source_ip : s.values])])) <= 5])
    error_message = "a rule has more values than AWS takes"
  }
}

run "the_task_is_reached_from_the_load_balancer_alone" {
  command = plan

  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.https)) == toset(concat(var.webhook_cidrs, var.people_cidrs)) && alltrue([for rule in values(aws_vpc_security_group_ingress_rule.https) : rule.from_port == 443 && rule.to_port == 443])
    error_message = "the load balancer is open to others"
  }

  assert {
    condition     = { for name, rule in aws_vpc_security_group_ingress_rule.task : name => rule.from_port } == { atlantis = 4141, oauth2-proxy = 4180 } && alltrue([for rule in values(aws_vpc_security_group_ingress_rule.task) : rule.cidr_ipv4 == null])
    error_message = "the task is open to others"
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.cidr) == ["0.0.0.0/0"] && aws_vpc_security_group_egress_rule.cidr["0.0.0.0/0"].from_port == 443
    error_message = "the task reaches other ports"
  }
}

run "what_the_task_may_reach_can_be_narrowed" {
  command = plan

  variables {
    egress_cidrs        = []
    egress_prefix_lists = { s3 = "pl-01" }
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.cidr) == 0 && aws_vpc_security_group_egress_rule.prefix_list["s3"].prefix_list_id == "pl-01"
    error_message = "it reaches more"
  }
}

run "two_of_them_never_run_at_once_and_nobody_opens_a_shell" {
  command = plan

  assert {
    condition     = aws_ecs_service.this[0].desired_count == 1 && aws_ecs_service.this[0].deployment_minimum_healthy_percent == 0 && aws_ecs_service.this[0].deployment_maximum_percent == 100 && aws_ecs_service.this[0].availability_zone_rebalancing == "DISABLED"
    error_message = "two can run"
  }

  assert {
    condition     = !aws_ecs_service.this[0].enable_execute_command && !aws_ecs_service.this[0].network_configuration[0].assign_public_ip
    error_message = "it has a shell or a public address"
  }

  assert {
    condition     = aws_lb.this[0].enable_deletion_protection && aws_lb.this[0].drop_invalid_header_fields
    error_message = "the load balancer is not protected"
  }
}

run "data_and_logs_are_encrypted_and_the_data_is_that_of_one_user" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/0123"
  }

  assert {
    condition     = aws_efs_file_system.this[0].encrypted && aws_efs_file_system.this[0].kms_key_id == var.kms_key_arn && aws_cloudwatch_log_group.this[0].kms_key_id == var.kms_key_arn && length(aws_kms_key.this) == 0
    error_message = "not with the key"
  }

  assert {
    condition     = aws_efs_access_point.this[0].posix_user[0].uid == 100 && aws_efs_access_point.this[0].posix_user[0].gid == 1000 && aws_efs_access_point.this[0].root_directory[0].creation_info[0].permissions == "0700"
    error_message = "others may read it"
  }

  assert {
    condition     = one(aws_ecs_task_definition.this[0].volume).efs_volume_configuration[0].transit_encryption == "ENABLED" && one(aws_ecs_task_definition.this[0].volume).efs_volume_configuration[0].authorization_config[0].iam == "ENABLED"
    error_message = "it is mounted without TLS or IAM"
  }
}

run "without_a_key_it_makes_one_that_rotates_and_serves_its_own_logs_alone" {
  command = plan

  assert {
    condition     = aws_kms_key.this[0].enable_key_rotation && jsondecode(aws_kms_key.this[0].policy).Statement[1].Condition.ArnEquals["kms:EncryptionContext:aws:logs:arn"] == "arn:aws:logs:eu-central-1:111122223333:log-group:/ecs/atlantis"
    error_message = "the key differs"
  }
}

run "starting_it_takes_those_secrets_and_those_logs_and_no_more" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role_policy.this["execution"].policy).Statement == [
      { Sid = "Logs", Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = ["arn:aws:logs:eu-central-1:111122223333:log-group:/ecs/atlantis:log-stream:*"] },
      { Sid = "Secrets", Effect = "Allow", Action = ["secretsmanager:GetSecretValue"], Resource = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/app-key-a1b2c3", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/shared-a1b2c3"] },
      { Sid = "Parameters", Effect = "Allow", Action = ["ssm:GetParameters"], Resource = ["arn:aws:ssm:eu-central-1:111122223333:parameter/atlantis/cookie"] },
    ]
    error_message = "it may do something else: ${aws_iam_role_policy.this["execution"].policy}"
  }

  assert {
    condition     = alltrue([for role in values(aws_iam_role.this) : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111122223333"])
    error_message = "another account's tasks could take the roles"
  }
}

run "images_in_ecr_and_own_keys_add_what_they_need" {
  command = plan

  variables {
    atlantis_image      = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/tools/atlantis:0.47.2-acme@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    atlantis_version    = "0.47.2"
    secret_kms_key_arns = ["arn:aws:kms:eu-central-1:111122223333:key/0123"]
  }

  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.this["execution"].policy).Statement : s.Resource if s.Sid == "Images"] == [["arn:aws:ecr:eu-central-1:111122223333:repository/tools/atlantis"]]
    error_message = "it may pull something else"
  }

  assert {
    condition     = one([for s in jsondecode(aws_iam_role_policy.this["execution"].policy).Statement : s if s.Sid == "Keys"]).Condition.StringEquals["kms:ViaService"] == ["secretsmanager.eu-central-1.amazonaws.com", "ssm.eu-central-1.amazonaws.com"]
    error_message = "it may decrypt more"
  }
}

run "atlantis_itself_may_do_nothing_in_aws_but_keep_its_data" {
  command = plan

  assert {
    condition     = toset([for key, policy in aws_iam_role_policy.this : key if policy.name != "start"]) == toset(["data"])
    error_message = "it has ${jsonencode(keys(aws_iam_role_policy.this))}"
  }
}

run "both_roles_are_within_the_boundary" {
  command = plan

  variables {
    permissions_boundary = "arn:aws:iam::111122223333:policy/boundary"
  }

  assert {
    condition     = alltrue([for role in values(aws_iam_role.this) : role.permissions_boundary == var.permissions_boundary])
    error_message = "a role is not bounded"
  }
}

run "what_sessions_come_from_is_in_a_container_of_another_user" {
  command = plan

  variables {
    team_allowlist = []
    credentials = {
      map                  = "version: 1\nprojects:\n  - repository: github.com/acme/infrastructure\n"
      okta_issuer          = "https://acme.okta.com/oauth2/aus123"
      okta_client_id       = "0oaROLES"
      okta_key_id          = "atlantis-2026"
      okta_private_key_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/okta-a1b2c3:roles::"
      okta_groups_key_arn  = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/okta-a1b2c3:groups::"
      github_token_arn     = "arn:aws:ssm:eu-central-1:111122223333:parameter/atlantis/members"
      environment          = { VPC_ID = "vpc-01" }
    }
    repo_config = <<-EOT
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
  }

  assert {
    condition     = [for c in local.containers : c.name] == ["atlantis", "oauth2-proxy", "credentials"] && local.containers[2].user == "101:1000" && local.containers[0].user == "100:1000" && local.containers[2].image == var.atlantis_image
    error_message = "they are one user"
  }

  assert {
    condition     = alltrue([for c in slice(local.containers, 0, 2) : !strcontains(jsonencode([c.environment, c.secrets]), "OKTA_AWS_") && !strcontains(jsonencode(c.secrets), "secret:atlantis/okta-a1b2c3") && !strcontains(jsonencode(c.environment), "VPC_ID")])
    error_message = "Atlantis has something of the helper's"
  }

  assert {
    condition = { for s in local.containers[2].secrets : s.name => s.valueFrom } == {
      OKTA_AWS_OKTA_PRIVATE_KEY = var.credentials.okta_private_key_arn
      OKTA_AWS_OKTA_GROUPS_KEY  = var.credentials.okta_groups_key_arn
      OKTA_AWS_GITHUB_TOKEN     = var.credentials.github_token_arn
    }
    error_message = "the helper has other secrets"
  }

  assert {
    condition     = { for v in local.containers[2].environment : v.name => v.value }.OKTA_AWS_ATLANTIS_MAP_TEXT == var.credentials.map && { for v in local.containers[2].environment : v.name => v.value }.VPC_ID == "vpc-01" && { for v in local.containers[2].environment : v.name => v.value }.OKTA_AWS_OKTA_ORG == "https://acme.okta.com"
    error_message = "it has another map"
  }

  assert {
    condition     = [for m in local.containers[0].mountPoints : m if m.sourceVolume == "credentials"] == [{ sourceVolume = "credentials", containerPath = "/run/okta-aws", readOnly = true }] && local.containers[2].mountPoints == [{ sourceVolume = "credentials", containerPath = "/run/okta-aws", readOnly = false }] && toset([for v in aws_ecs_task_definition.this[0].volume : v.name]) == toset(["credentials", "data"])
    error_message = "the socket is elsewhere, or Atlantis could put another one in its place"
  }

  assert {
    condition     = local.containers[0].dependsOn == [{ containerName = "credentials", condition = "HEALTHY" }] && length(local.containers[2].portMappings) == 0 && aws_ecs_task_definition.this[0].pid_mode == null
    error_message = "Atlantis starts without it, sees its processes, or it is reached from outside"
  }

  assert {
    condition     = toset([for key, policy in aws_iam_role_policy.this : policy.name if policy.name != "start"]) == toset(["data"]) && contains(one([for s in jsondecode(aws_iam_role_policy.this["execution"].policy).Statement : s.Resource if s.Sid == "Secrets"]), "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/okta-a1b2c3")
    error_message = "the task may do something itself, or the helper's secrets cannot be read"
  }
}

run "the_containers_are_hardened" {
  command = plan

  assert {
    condition     = alltrue([for c in local.containers : c.readonlyRootFilesystem && !c.privileged && c.linuxParameters.capabilities.drop == ["ALL"] && !startswith(c.user, "0") && strcontains(c.image, "@sha256:")])
    error_message = "one is not"
  }

  assert {
    condition     = local.containers[0].dockerLabels["org.opencontainers.image.version"] == "0.47.1" && local.containers[0].user == "100:1000"
    error_message = "user or version differ"
  }

  assert {
    condition     = strcontains(local.containers[0].healthCheck.command[1], "http://127.0.0.1:4141/healthz")
    error_message = "nobody asks for its health"
  }
}

run "atlantis_is_hardened" {
  command = plan

  assert {
    condition = { for name in ["ALLOW_FORK_PRS", "DISABLE_APPLY_ALL", "CHECKOUT_STRATEGY", "HIDE_PREV_PLAN_COMMENTS", "WRITE_GIT_CREDS", "RESTRICT_FILE_LIST", "WEBSOCKET_CHECK_ORIGIN"] : name => local.atlantis_environment["ATLANTIS_${name}"] } == {
      ALLOW_FORK_PRS = "false", DISABLE_APPLY_ALL = "true", CHECKOUT_STRATEGY = "merge", HIDE_PREV_PLAN_COMMENTS = "true", WRITE_GIT_CREDS = "true", RESTRICT_FILE_LIST = "true", WEBSOCKET_CHECK_ORIGIN = "true"
    }
    error_message = "its settings differ"
  }

  assert {
    condition     = jsondecode(local.atlantis_environment.ATLANTIS_REPO_CONFIG_JSON).repos[0].apply_requirements == ["approved", "mergeable", "undiverged"] && !jsondecode(local.atlantis_environment.ATLANTIS_REPO_CONFIG_JSON).repos[0].allow_custom_workflows && jsondecode(local.atlantis_environment.ATLANTIS_REPO_CONFIG_JSON).repos[0].allowed_overrides == []
    error_message = "its repos.yaml differs"
  }

  assert {
    condition     = local.atlantis_environment.ATLANTIS_GH_TEAM_ALLOWLIST == "*:plan,platform:apply" && local.atlantis_environment.ATLANTIS_REPO_ALLOWLIST == "github.com/acme/infrastructure"
    error_message = "others may ask it"
  }
}

run "each_secret_is_an_arn_of_its_own_container" {
  command = plan

  assert {
    condition     = { for c in local.containers : c.name => [for s in c.secrets : s.name] } == { atlantis = ["ATLANTIS_GH_APP_KEY", "ATLANTIS_GH_WEBHOOK_SECRET"], oauth2-proxy = ["OAUTH2_PROXY_CLIENT_SECRET", "OAUTH2_PROXY_COOKIE_SECRET"] }
    error_message = "the secrets differ: no API secret unless given"
  }

  assert {
    condition     = alltrue(flatten([for c in local.containers : [for s in c.secrets : startswith(s.valueFrom, "arn:aws:")]]))
    error_message = "one is a value"
  }
}

run "a_user_s_token_stands_in_for_the_app" {
  command = plan

  variables {
    github = {
      user               = "acme-atlantis"
      token_secret_arn   = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/token-a1b2c3"
      webhook_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/webhook-a1b2c3"
    }
  }

  assert {
    condition     = [for s in local.containers[0].secrets : s.name] == ["ATLANTIS_GH_TOKEN", "ATLANTIS_GH_WEBHOOK_SECRET"] && local.atlantis_environment.ATLANTIS_GH_USER == "acme-atlantis" && !contains(keys(local.atlantis_environment), "ATLANTIS_GH_APP_ID")
    error_message = "it is not the user"
  }
}

run "people_sign_in_with_okta_and_narrower_by_group" {
  command = plan

  variables {
    okta = {
      issuer            = "https://acme.okta.com/oauth2/aus123"
      client_id         = "0oaATLANTIS"
      client_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:client-a1b2c3"
      cookie_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:cookie-a1b2c3"
      groups            = ["platform", "readers"]
    }
  }

  assert {
    condition     = local.proxy_environment.OAUTH2_PROXY_ALLOWED_GROUPS == "platform,readers" && local.proxy_environment.OAUTH2_PROXY_SCOPE == "openid email profile groups" && local.proxy_environment.OAUTH2_PROXY_OIDC_ISSUER_URL == "https://acme.okta.com/oauth2/aus123"
    error_message = "the sign-in differs"
  }

  assert {
    condition     = local.proxy_environment.OAUTH2_PROXY_REDIRECT_URL == output.okta_redirect_uri && local.proxy_environment.OAUTH2_PROXY_UPSTREAMS == "http://127.0.0.1:4141" && local.proxy_environment.OAUTH2_PROXY_REVERSE_PROXY == "false"
    error_message = "it leads elsewhere"
  }
}

run "the_api_is_for_two_paths_and_the_runners_addresses" {
  command = plan

  variables {
    api = { secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:atlantis/api-a1b2c3", cidrs = ["198.51.100.0/24", "198.51.101.0/24", "198.51.102.0/24"] }
  }

  assert {
    condition     = length(aws_lb_listener_rule.api) == 2 && alltrue([for rule in values(aws_lb_listener_rule.api) : toset(flatten([for c in rule.condition : [for p in c.path_pattern : p.values]])) == toset(["/api/apply", "/api/plan"])])
    error_message = "the rules differ"
  }

  assert {
    condition     = contains([for s in local.containers[0].secrets : s.name], "ATLANTIS_API_SECRET") && contains(keys(aws_vpc_security_group_ingress_rule.https), "198.51.100.0/24")
    error_message = "the API has no secret or no way"
  }
}

run "locks_in_redis_use_tls" {
  command = plan

  variables {
    redis = { host = "locks.acme.internal", security_group_id = "sg-01", password_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:redis-a1b2c3" }
  }

  assert {
    condition     = local.atlantis_environment.ATLANTIS_LOCKING_DB_TYPE == "redis" && local.atlantis_environment.ATLANTIS_REDIS_TLS_ENABLED == "true" && local.atlantis_environment.ATLANTIS_REDIS_INSECURE_SKIP_VERIFY == "false" && local.atlantis_environment.ATLANTIS_REDIS_PORT == "6379"
    error_message = "the locks are elsewhere"
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.redis[0].referenced_security_group_id == "sg-01" && aws_vpc_security_group_egress_rule.redis[0].from_port == 6379
    error_message = "there is no way to it"
  }
}

run "a_repos_yaml_of_one_s_own_decides_who_is_authorised" {
  command = plan

  variables {
    team_allowlist = []
    repo_config    = <<-EOT
      repos:
        - id: /.*/
          apply_requirements: [approved, mergeable, undiverged]
        - id: github.com/acme/infrastructure
          workflow: terraform
      team_authz:
        command: /usr/local/bin/decide
      workflows:
        terraform:
          plan:
            steps: [init, plan]
    EOT
  }

  assert {
    condition     = jsondecode(local.atlantis_environment.ATLANTIS_REPO_CONFIG_JSON).team_authz.command == "/usr/local/bin/decide" && jsondecode(local.atlantis_environment.ATLANTIS_REPO_CONFIG_JSON).repos[1].workflow == "terraform" && !contains(keys(local.atlantis_environment), "ATLANTIS_GH_TEAM_ALLOWLIST")
    error_message = "another repos.yaml runs"
  }
}

run "create_false_makes_nothing" {
  command = plan

  variables {
    create = false
  }

  assert {
    condition     = length(concat(aws_ecs_service.this, aws_lb.this, aws_kms_key.this, aws_efs_file_system.this, values(aws_iam_role.this), values(aws_iam_role_policy.this), values(aws_security_group.this), values(aws_lb_listener_rule.webhook))) == 0 && output.url == "https://atlantis.acme.com"
    error_message = "it makes something"
  }
}
