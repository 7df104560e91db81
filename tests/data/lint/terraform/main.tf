# SPDX-License-Identifier: Apache-2.0

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_openid_connect_provider" "slash" {
  url            = "https://acme.okta.com/oauth2/aus123/"
  client_id_list = ["api://aws"]
}

locals {
  issuer = "token.actions.githubusercontent.com"
}

data "aws_iam_policy_document" "wildcard" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "${local.issuer}:sub"
      values   = ["repo:*"]
    }
  }
}

resource "aws_iam_role" "wildcard" {
  name               = "wildcard"
  assume_role_policy = data.aws_iam_policy_document.wildcard.json
}

resource "aws_iam_role" "encoded" {
  name                 = "encoded"
  max_session_duration = 43200
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:acme@1001/app@2002:*"
        }
      }
    }]
  })
}

resource "aws_iam_role" "heredoc" {
  name = "heredoc"
  # okta-aws-lint: ignore[missing-audience] the provider lists one audience only
  assume_role_policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/acme.okta.com/oauth2/aus123"},
          "Action": "sts:*",
          "Condition": {"StringEquals": {"acme.okta.com/oauth2/aus123:sub": "0oa1234567"}}
        }
      ]
    }
  EOT
}

resource "aws_iam_role" "variable" {
  name               = "variable"
  assume_role_policy = var.trust
}

resource "aws_iam_role_policy_attachment" "admin" {
  role       = aws_iam_role.wildcard.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
