# SPDX-License-Identifier: Apache-2.0

locals {
  buckets = { state = var.state_bucket, plans = var.plan_bucket }
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:access is told by CloudTrail's data events; a log bucket is the account's, not the example's
  #checkov:skip=CKV_AWS_144:a second region is a choice of the account
  #checkov:skip=CKV2_AWS_62:nothing waits for events of these buckets
  #checkov:skip=CKV2_AWS_6:aws_s3_bucket_public_access_block.this has both buckets; checkov cannot follow its for_each
  #checkov:skip=CKV2_AWS_61:aws_s3_bucket_lifecycle_configuration.this has both buckets; checkov cannot follow its for_each
  #checkov:skip=CKV_AWS_21:aws_s3_bucket_versioning.this has both buckets; checkov cannot follow its for_each
  #checkov:skip=CKV_AWS_145:aws_s3_bucket_server_side_encryption_configuration.this has both; checkov cannot follow its for_each
  for_each = local.buckets

  bucket        = each.value
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.objects.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "tls" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyOverTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [each.value.arn, "${each.value.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

# A plan holds secrets in clear and is of no use after its pull request; of the state old versions help to go back.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    dynamic "expiration" {
      for_each = each.key == "plans" ? [var.plan_days] : []

      content {
        days = expiration.value
      }
    }

    noncurrent_version_expiration {
      noncurrent_days = each.key == "plans" ? var.plan_days : 365
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
