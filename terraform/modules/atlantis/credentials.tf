# SPDX-License-Identifier: Apache-2.0

locals {
  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html: the image declares the socket's folder, so
  # that the volume is the helper's own.
  credentials_container = [for name in local.helper : merge(local.hardened[name], {
    image = var.atlantis_image
    # Atlantis is 100:1000: another user, and a group that may connect to the socket.
    user       = "101:1000"
    entryPoint = ["sh", "-c"]
    # A task definition hands over no file, and the map is too long for an argument.
    command     = ["umask 077 && printf %s \"$OKTA_AWS_ATLANTIS_MAP_TEXT\" >/tmp/atlantis-map.yaml && unset OKTA_AWS_ATLANTIS_MAP_TEXT && exec okta-aws atlantis helper"]
    environment = [for variable, value in local.credentials_environment : { name = variable, value = value }]
    mountPoints = [{ sourceVolume = name, containerPath = local.socket, readOnly = false }]
    healthCheck = {
      # Whether it listens; to ask it something would be a line of its audit log each time.
      command     = ["CMD", "grep", "--quiet", "${local.socket}/helper.sock", "/proc/net/unix"]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 30
    }
    linuxParameters = merge(local.hardened[name].linuxParameters, {
      tmpfs = [{ containerPath = "/tmp", size = 16, mountOptions = ["uid=101", "gid=1000", "mode=0700", "nosuid", "nodev", "noexec"] }]
    })
  })]

  credentials_environment = var.credentials == null ? {} : merge(var.credentials.environment, { for name, value in {
    HOME                       = "/tmp"
    OKTA_AWS_ATLANTIS_MAP      = "/tmp/atlantis-map.yaml"
    OKTA_AWS_ATLANTIS_MAP_TEXT = var.credentials.map
    OKTA_AWS_OKTA_ISSUER       = var.credentials.okta_issuer
    OKTA_AWS_OKTA_CLIENT_ID    = var.credentials.okta_client_id
    OKTA_AWS_OKTA_KEY_ID       = var.credentials.okta_key_id
    # The org that the key for groups may be shown to: the map's own section `okta` has to name it.
    OKTA_AWS_OKTA_ORG           = var.credentials.okta_groups_key_arn == null ? null : regex("^https://[^/]+", var.credentials.okta_issuer)
    OKTA_AWS_OKTA_GROUPS_KEY_ID = var.credentials.okta_groups_key_id
  } : name => value if value != null })

  credentials_secrets = var.credentials == null ? {} : { for name, arn in {
    OKTA_AWS_OKTA_PRIVATE_KEY = var.credentials.okta_private_key_arn
    OKTA_AWS_OKTA_GROUPS_KEY  = var.credentials.okta_groups_key_arn
    OKTA_AWS_GITHUB_TOKEN     = var.credentials.github_token_arn
  } : name => arn if arn != null }
}
