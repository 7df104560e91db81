# SPDX-License-Identifier: Apache-2.0

resource "aws_kms_key" "objects" {
  description             = "Encrypts Terraform's states and plans"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TheAccountDecidesByIam"
      Effect    = "Allow"
      Principal = { AWS = local.root }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

# What this key signed, an approver saw. So the key itself names the one role that signs: a policy elsewhere in the
# account, an administrator's too, cannot add another.
resource "aws_kms_key" "seal" {
  #checkov:skip=CKV_AWS_7:KMS rotates no asymmetric key
  description              = "Signs plans"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
  deletion_window_in_days  = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TheAccountDecidesByIam"
        Effect    = "Allow"
        Principal = { AWS = local.root }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "OnlyTheSealSigns"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = "kms:Sign"
        Resource  = "*"
        Condition = { ArnNotEquals = {
          "aws:PrincipalArn" = "arn:${data.aws_partition.this.partition}:iam::${local.account_id}:role/${var.name}-terraform-seal"
        } }
      },
    ]
  })
}

resource "aws_kms_alias" "seal" {
  name          = "alias/${var.name}-terraform-seal"
  target_key_id = aws_kms_key.seal.key_id
}
