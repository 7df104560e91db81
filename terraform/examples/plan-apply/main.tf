# SPDX-License-Identifier: Apache-2.0

# The AWS side of the reusable workflow use-terraform:
#   plan   reads the state and puts the plan file; it runs the pull request's code, so it may do nothing else
#   seal   gets the plan file, renders it, signs, and puts that under sealed/; bound to our workflow file and to one
#          environment
#   apply  gets plan and seal, checks the signature, marks the plan under applied/ and applies it; bound to an
#          environment with reviewers

provider "aws" {
  region = var.region
}

data "aws_caller_identity" "this" {
  count = var.account_id == null ? 1 : 0
}

data "aws_partition" "this" {}

locals {
  account_id = var.account_id != null ? var.account_id : data.aws_caller_identity.this[0].account_id
  root       = "arn:${data.aws_partition.this.partition}:iam::${local.account_id}:root"

  repository = {
    owner         = var.github_owner
    owner_id      = var.github_owner_id
    repository    = var.github_repository
    repository_id = var.github_repository_id
  }

  # As the S3 backend names the states of workspaces.
  states = [for workspace in var.workspaces : workspace == "default" ? var.state_key : "env:/${workspace}/${var.state_key}"]

  # Else S3 answers 403, not 404, where there is no state yet. It asks for this right without a prefix.
  may_list_states = { Effect = "Allow", Action = ["s3:ListBucket"], Resource = [aws_s3_bucket.this["state"].arn] }

  may_sign   = ["kms:Sign", "kms:GetPublicKey", "kms:DescribeKey"]
  may_verify = ["kms:Verify", "kms:GetPublicKey", "kms:DescribeKey"]
}

module "aws" {
  source = "../../"

  name       = "${var.name}-"
  account_id = local.account_id

  identity_providers = {
    github = { create = var.create_provider, github = {} }
  }

  roles = {
    terraform = {
      description = "Terraform of ${var.github_owner}/${var.github_repository}"

      plan_apply = {
        state = {
          bucket       = aws_s3_bucket.this["state"].bucket
          key          = var.state_key
          workspaces   = var.workspaces
          kms_key_arns = [aws_kms_key.objects.arn]
        }

        plan = {
          # Pull requests, and the default branch for the drift check.
          trust            = [{ provider = "github", github = merge(local.repository, { pull_request = true, refs = ["refs/heads/${var.default_branch}"] }) }]
          managed_policies = var.plan_policies
          # Put alone: what the pull request's code planned it can neither read back nor take away.
          s3 = [{
            bucket       = aws_s3_bucket.this["plans"].bucket
            access       = "write"
            prefixes     = ["${var.github_repository}/"]
            kms_key_arns = [aws_kms_key.objects.arn]
          }]
          inline_policies = { states = jsonencode({ Version = "2012-10-17", Statement = [local.may_list_states] }) }
        }

        apply = {
          trust            = [{ provider = "github", github = merge(local.repository, { environments = [var.apply_environment] }) }]
          managed_policies = var.apply_policies
          s3 = [
            {
              bucket       = aws_s3_bucket.this["plans"].bucket
              access       = "read"
              prefixes     = ["${var.github_repository}/", "sealed/", "applied/"]
              kms_key_arns = [aws_kms_key.objects.arn]
            },
            # That a sealed plan was begun is marked there, so that nobody applies it twice.
            {
              bucket       = aws_s3_bucket.this["plans"].bucket
              access       = "write"
              prefixes     = ["applied/"]
              kms_key_arns = [aws_kms_key.objects.arn]
            },
          ]
          inline_policies = { verify = jsonencode({
            Version   = "2012-10-17"
            Statement = [{ Effect = "Allow", Action = local.may_verify, Resource = [aws_kms_key.seal.arn] }, local.may_list_states]
          }) }
        }
      }
    }

    seal = {
      name        = "terraform-seal"
      description = "Renders and signs the plans of ${var.github_owner}/${var.github_repository}"

      trust = [{
        provider      = "github"
        github        = merge(local.repository, { environments = [var.seal_environment] })
        github_claims = { job_workflow_ref = var.workflow_refs }
      }]

      s3 = [
        {
          bucket       = aws_s3_bucket.this["plans"].bucket
          access       = "read"
          prefixes     = ["${var.github_repository}/"]
          kms_key_arns = [aws_kms_key.objects.arn]
        },
        {
          bucket       = aws_s3_bucket.this["plans"].bucket
          access       = "write"
          prefixes     = ["sealed/"]
          kms_key_arns = [aws_kms_key.objects.arn]
        },
      ]

      inline_policies = { sign = jsonencode({
        Version = "2012-10-17"
        Statement = [
          { Effect = "Allow", Action = local.may_sign, Resource = [aws_kms_key.seal.arn] },
          # The seal names the version of the state the plan was made from.
          {
            Effect   = "Allow"
            Action   = ["s3:GetObject"]
            Resource = [for state in local.states : "${aws_s3_bucket.this["state"].arn}/${state}"]
          },
          local.may_list_states,
        ]
      }) }
    }
  }
}
