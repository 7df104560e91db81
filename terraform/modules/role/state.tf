# SPDX-License-Identifier: Apache-2.0

# What the S3 backend needs with use_lockfile (Terraform 1.10 and later): the state, and the lock beside it.
# https://developer.hashicorp.com/terraform/language/backend/s3
locals {
  state = var.plan_apply == null ? null : var.plan_apply.state
  states = local.state == null ? [] : distinct([for workspace in length(local.state.workspaces) == 0 ? ["default"] : local.state.workspaces :
    workspace == "default" ? local.state.key : "${local.state.workspace_key_prefix}/${workspace}/${local.state.key}"
  ])
  state_actions = { plan = ["s3:GetObject"], apply = ["s3:GetObject", "s3:PutObject"] }

  state_access = { for kind, actions in local.state_actions : kind => jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Effect   = "Allow"
          Action   = ["s3:ListBucket"]
          Resource = ["arn:${local.partitions[kind]}:s3:::${local.state.bucket}"]
          # `terraform init` lists the workspaces; the rest tells an absent state from a forbidden one.
          Condition = { StringEquals = { "s3:prefix" = concat(local.states, [for key in local.states : "${key}.tflock"], ["${local.state.workspace_key_prefix}/"]) } }
        },
        {
          Effect   = "Allow"
          Action   = actions
          Resource = [for key in local.states : "arn:${local.partitions[kind]}:s3:::${local.state.bucket}/${key}"]
        },
        {
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
          Resource = [for key in local.states : "arn:${local.partitions[kind]}:s3:::${local.state.bucket}/${key}.tflock"]
        },
      ],
      [for keys in [local.state.kms_key_arns] : {
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = keys
        Condition = { StringEquals = { "kms:ViaService" = distinct([for key in keys : "s3.${try(split(":", key)[3], "")}.${local.partitions[kind] == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}"]) } }
      } if length(keys) > 0],
    )
  }) if local.state != null }
}
