# SPDX-License-Identifier: Apache-2.0

locals {
  suffix = var.partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
  reads  = ["s3:GetObject", "s3:GetObjectVersion"]
  # An upload in parts has to be ended, and parts of an encrypted one are read again by KMS.
  writes = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
  object_actions = {
    read  = local.reads
    write = local.writes
    full  = concat(local.reads, local.writes, ["s3:DeleteObject"])
  }
  key_actions = {
    read  = ["kms:Decrypt"]
    write = ["kms:Decrypt", "kms:GenerateDataKey"]
    full  = ["kms:Decrypt", "kms:GenerateDataKey"]
  }

  # The bucket itself is another resource than its objects, the mistake of many a hand-written policy.
  list_statements = [for entry in var.buckets : merge(
    {
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = ["arn:${var.partition}:s3:::${entry.bucket}"]
    },
    length(entry.prefixes) == 0 ? {} : {
      Condition = { StringLike = { "s3:prefix" = flatten([for prefix in entry.prefixes : [prefix, "${prefix}*"]]) } }
    },
  ) if entry.access != "write"]
  object_statements = [for entry in var.buckets : {
    Effect = "Allow"
    Action = lookup(local.object_actions, entry.access, [])
    Resource = (length(entry.prefixes) == 0
      ? ["arn:${var.partition}:s3:::${entry.bucket}/*"]
    : [for prefix in entry.prefixes : "arn:${var.partition}:s3:::${entry.bucket}/${prefix}*"])
  }]
  key_statements = [for entry in var.buckets : {
    Effect    = "Allow"
    Action    = lookup(local.key_actions, entry.access, [])
    Resource  = entry.kms_key_arns
    Condition = { StringEquals = { "kms:ViaService" = distinct([for key in entry.kms_key_arns : "s3.${try(split(":", key)[3], "")}.${local.suffix}"]) } }
  } if length(entry.kms_key_arns) > 0]

  json = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.list_statements, local.object_statements, local.key_statements)
  })
}
