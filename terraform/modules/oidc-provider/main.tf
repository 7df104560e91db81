# SPDX-License-Identifier: Apache-2.0

data "aws_partition" "this" {}

data "aws_caller_identity" "this" {
  count = var.account_id == null ? 1 : 0
}

locals {
  # https://docs.github.com/en/actions/reference/security/oidc: one issuer for github.com, and others for an
  # enterprise's own path, for data residency and for GitHub Enterprise Server.
  github_issuer = (
    try(var.github.server, null) != null ? "https://${var.github.server}/_services/token" :
    try(var.github.subdomain, null) != null ? "https://token.actions.${var.github.subdomain}.ghe.com" :
    try(var.github.enterprise_slug, null) != null ? "https://token.actions.githubusercontent.com/${var.github.enterprise_slug}" :
    "https://token.actions.githubusercontent.com"
  )

  issuer     = var.github == null ? var.issuer : local.github_issuer
  audiences  = var.audiences != null ? var.audiences : var.github != null ? ["sts.amazonaws.com"] : []
  key_prefix = trimprefix(local.issuer, "https://")
  account_id = var.account_id != null ? var.account_id : data.aws_caller_identity.this[0].account_id

  # Built, not read from the resource: a trust policy that names it is then known at plan time and shows no
  # change when only a tag of the provider does.
  arn = "arn:${data.aws_partition.this.partition}:iam::${local.account_id}:oidc-provider/${local.key_prefix}"
}

resource "aws_iam_openid_connect_provider" "this" {
  count = var.create ? 1 : 0

  url             = local.issuer
  client_id_list  = local.audiences
  thumbprint_list = length(var.thumbprints) > 0 ? var.thumbprints : null
  tags            = merge(var.name == null ? {} : { Name = var.name }, var.tags)
}
