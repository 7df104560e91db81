# SPDX-License-Identifier: Apache-2.0

locals {
  home   = "/home/atlantis"
  data   = "/atlantis-data"
  socket = "/run/okta-aws"
  helper = var.credentials == null ? [] : ["credentials"]

  # Who may apply, and what it takes. No workflow of a pull request, nothing that it overrides.
  repo_config = var.repo_config != null ? jsonencode(yamldecode(var.repo_config)) : jsonencode({
    repos = [{
      id                     = "/.*/"
      plan_requirements      = ["undiverged"]
      apply_requirements     = local.requirements
      import_requirements    = local.requirements
      allowed_overrides      = []
      allow_custom_workflows = false
    }]
  })
  requirements = ["approved", "mergeable", "undiverged"]

  # https://www.runatlantis.io/docs/server-configuration.html
  atlantis_environment = merge(
    var.environment,
    {
      HOME                                     = local.home
      TMPDIR                                   = "/tmp"
      ATLANTIS_PORT                            = tostring(local.ports.atlantis)
      ATLANTIS_ATLANTIS_URL                    = "https://${var.hostname}"
      ATLANTIS_DATA_DIR                        = local.data
      ATLANTIS_REPO_ALLOWLIST                  = join(",", var.repo_allowlist)
      ATLANTIS_REPO_CONFIG_JSON                = local.repo_config
      ATLANTIS_ALLOW_COMMANDS                  = join(",", var.allow_commands)
      ATLANTIS_ALLOW_FORK_PRS                  = "false"
      ATLANTIS_CHECKOUT_STRATEGY               = "merge"
      ATLANTIS_DEFAULT_TF_VERSION              = var.default_terraform_version
      ATLANTIS_DISABLE_APPLY_ALL               = "true"
      ATLANTIS_FAIL_ON_PRE_WORKFLOW_HOOK_ERROR = "true"
      ATLANTIS_HIDE_PREV_PLAN_COMMENTS         = "true"
      ATLANTIS_RESTRICT_FILE_LIST              = "true"
      ATLANTIS_WEBSOCKET_CHECK_ORIGIN          = "true"
      ATLANTIS_WRITE_GIT_CREDS                 = "true"
    },
    { for name, value in {
      ATLANTIS_GH_HOSTNAME            = var.github.hostname
      ATLANTIS_GH_APP_ID              = var.github.app_id
      ATLANTIS_GH_APP_INSTALLATION_ID = var.github.app_installation_id
      ATLANTIS_GH_APP_SLUG            = var.github.app_slug
      ATLANTIS_GH_USER                = var.github.user
      ATLANTIS_GH_TEAM_ALLOWLIST      = length(var.team_allowlist) == 0 ? null : join(",", var.team_allowlist)
    } : name => value if value != null },
    var.redis == null ? {} : {
      ATLANTIS_LOCKING_DB_TYPE            = "redis"
      ATLANTIS_REDIS_HOST                 = try(var.redis.host, "")
      ATLANTIS_REDIS_PORT                 = try(tostring(var.redis.port), "")
      ATLANTIS_REDIS_TLS_ENABLED          = "true"
      ATLANTIS_REDIS_INSECURE_SKIP_VERIFY = "false"
    },
  )

  # https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview
  # `reverse_proxy` stays off: nothing that a client writes into X-Forwarded-* is believed.
  proxy_environment = merge(
    {
      OAUTH2_PROXY_PROVIDER                 = "oidc"
      OAUTH2_PROXY_PROVIDER_DISPLAY_NAME    = "Okta"
      OAUTH2_PROXY_OIDC_ISSUER_URL          = var.okta.issuer
      OAUTH2_PROXY_CLIENT_ID                = var.okta.client_id
      OAUTH2_PROXY_REDIRECT_URL             = "https://${var.hostname}/oauth2/callback"
      OAUTH2_PROXY_HTTP_ADDRESS             = "0.0.0.0:${local.ports["oauth2-proxy"]}"
      OAUTH2_PROXY_UPSTREAMS                = "http://127.0.0.1:${local.ports.atlantis}"
      OAUTH2_PROXY_EMAIL_DOMAINS            = join(",", var.okta.email_domains)
      OAUTH2_PROXY_CODE_CHALLENGE_METHOD    = "S256"
      OAUTH2_PROXY_INSECURE_OIDC_SKIP_NONCE = "false"
      OAUTH2_PROXY_COOKIE_NAME              = "__Host-atlantis"
      OAUTH2_PROXY_COOKIE_SECURE            = "true"
      OAUTH2_PROXY_COOKIE_HTTPONLY          = "true"
      OAUTH2_PROXY_COOKIE_SAMESITE          = "lax"
      OAUTH2_PROXY_COOKIE_EXPIRE            = "8h"
      OAUTH2_PROXY_REVERSE_PROXY            = "false"
      OAUTH2_PROXY_PASS_BASIC_AUTH          = "false"
      OAUTH2_PROXY_SILENCE_PING_LOGGING     = "true"
      OAUTH2_PROXY_SKIP_PROVIDER_BUTTON     = "true"
      OAUTH2_PROXY_SCOPE                    = length(var.okta.groups) == 0 ? "openid email profile" : "openid email profile groups"
    },
    length(var.okta.groups) == 0 ? {} : { OAUTH2_PROXY_ALLOWED_GROUPS = join(",", var.okta.groups) },
  )

  # Names of variables to where ECS reads their values.
  secrets = merge({
    atlantis = { for name, arn in {
      ATLANTIS_GH_WEBHOOK_SECRET = var.github.webhook_secret_arn
      ATLANTIS_GH_APP_KEY        = var.github.app_key_secret_arn
      ATLANTIS_GH_TOKEN          = var.github.token_secret_arn
      ATLANTIS_API_SECRET        = try(var.api.secret_arn, null)
      ATLANTIS_REDIS_PASSWORD    = try(var.redis.password_secret_arn, null)
    } : name => arn if arn != null }
    oauth2-proxy = {
      OAUTH2_PROXY_CLIENT_SECRET = var.okta.client_secret_arn
      OAUTH2_PROXY_COOKIE_SECRET = var.okta.cookie_secret_arn
    }
  }, { for name in local.helper : name => local.credentials_secrets })

  containers = concat([
    merge(local.hardened["atlantis"], {
      image       = var.atlantis_image
      command     = ["server"]
      user        = "100:1000"
      stopTimeout = 120
      environment = [for name, value in local.atlantis_environment : { name = name, value = value }]
      dockerLabels = {
        "org.opencontainers.image.version" = var.atlantis_version
      }
      mountPoints = concat(
        [{ sourceVolume = "data", containerPath = local.data, readOnly = false }],
        # To connect to a socket takes no right to write to its folder.
        [for name in local.helper : { sourceVolume = name, containerPath = local.socket, readOnly = true }],
      )
      dependsOn = [for name in local.helper : { containerName = name, condition = "HEALTHY" }]
      healthCheck = {
        command     = ["CMD-SHELL", "curl --fail --silent --output /dev/null http://127.0.0.1:${local.ports.atlantis}/healthz || exit 1"]
        interval    = 30
        timeout     = 5
        retries     = 3
        startPeriod = 60
      }
      # Short-lived files and the credentials of git are in memory alone.
      linuxParameters = merge(local.hardened["atlantis"].linuxParameters, {
        tmpfs = [
          { containerPath = local.home, size = 64, mountOptions = ["uid=100", "gid=1000", "mode=0700", "nosuid", "nodev"] },
          { containerPath = "/tmp", size = 512, mountOptions = ["uid=100", "gid=1000", "mode=0700", "nosuid", "nodev"] },
        ]
      })
    }),
    merge(local.hardened["oauth2-proxy"], {
      image       = var.oauth2_proxy_image
      user        = "65532:65532"
      environment = [for name, value in local.proxy_environment : { name = name, value = value }]
      mountPoints = []
    }),
  ], local.credentials_container)

  hardened = { for name in concat(keys(local.ports), local.helper) : name => {
    name                   = name
    essential              = true
    privileged             = false
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { add = [], drop = ["ALL"] } }
    portMappings           = [for port in [lookup(local.ports, name, null)] : { containerPort = port, hostPort = port, protocol = "tcp" } if port != null]
    secrets                = [for variable, arn in local.secrets[name] : { name = variable, valueFrom = arn }]
    systemControls         = []
    volumesFrom            = []
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = local.log_group
        awslogs-region        = local.place.region
        awslogs-stream-prefix = name
      }
    }
  } }
}
