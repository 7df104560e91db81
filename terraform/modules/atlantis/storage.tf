# SPDX-License-Identifier: Apache-2.0

resource "aws_efs_file_system" "this" {
  count = var.create ? 1 : 0

  creation_token = var.name
  encrypted      = true
  kms_key_id     = local.kms_key
  tags           = merge(var.tags, { Name = var.name })
}

resource "aws_efs_backup_policy" "this" {
  count = var.create ? 1 : 0

  file_system_id = aws_efs_file_system.this[0].id

  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_efs_mount_target" "this" {
  for_each = { for at, subnet in var.task_subnet_ids : tostring(at) => subnet if var.create }

  file_system_id  = aws_efs_file_system.this[0].id
  subnet_id       = each.value
  security_groups = [aws_security_group.this["data"].id]
}

# User and group of the official image.
resource "aws_efs_access_point" "this" {
  count = var.create ? 1 : 0

  file_system_id = aws_efs_file_system.this[0].id
  tags           = merge(var.tags, { Name = var.name })

  posix_user {
    uid = 100
    gid = 1000
  }

  root_directory {
    path = "/atlantis"

    creation_info {
      owner_uid   = 100
      owner_gid   = 1000
      permissions = "0700"
    }
  }
}

resource "aws_efs_file_system_policy" "this" {
  count = var.create ? 1 : 0

  file_system_id = aws_efs_file_system.this[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    # Without one EFS adds its own, and each plan would take it away.
    Id = var.name
    Statement = [
      {
        Sid       = "TaskByItsAccessPoint"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.this["task"].arn }
        Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
        Resource  = aws_efs_file_system.this[0].arn
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.this[0].arn } }
      },
      {
        Sid       = "NothingWithoutTls"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = "*"
        Resource  = aws_efs_file_system.this[0].arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}
