# SPDX-License-Identifier: Apache-2.0

locals {
  all_secrets = concat([for secrets in values(local.secrets) : values(secrets)]...)
  # A JSON key, stage and version may follow the ARN of a secret; a policy names the secret alone.
  manager_secrets = sort(distinct([for arn in local.all_secrets : join(":", slice(split(":", arn), 0, 7)) if split(":", arn)[2] == "secretsmanager"]))
  parameters      = sort(distinct([for arn in local.all_secrets : arn if split(":", arn)[2] == "ssm"]))

  # Images in ECR are the only ones that need permissions: HOST = ACCOUNT.dkr.ecr.REGION.SUFFIX
  ecr = sort(distinct([for image in [var.atlantis_image, var.oauth2_proxy_image] :
    "arn:${local.place.partition}:ecr:${regex("\\.ecr\\.([a-z0-9-]+)\\.", image)[0]}:${split(".", image)[0]}:repository/${regex("^[^/]+/([^:@]+)", image)[0]}"
    if can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/", image))
  ]))

  execution_statements = concat(
    [{
      Sid      = "Logs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${local.log_arn}:log-stream:*"]
    }],
    [for arns in [local.manager_secrets] : {
      Sid      = "Secrets"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = arns
    } if length(arns) > 0],
    [for arns in [local.parameters] : {
      Sid      = "Parameters"
      Effect   = "Allow"
      Action   = ["ssm:GetParameters"]
      Resource = arns
    } if length(arns) > 0],
    [for arns in [var.secret_kms_key_arns] : {
      Sid       = "Keys"
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = arns
      Condition = { StringEquals = { "kms:ViaService" = [for service in ["secretsmanager", "ssm"] : "${service}.${local.place.region}.${local.suffix}"] } }
    } if length(arns) > 0],
    [for arns in [local.ecr] : {
      Sid      = "Images"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = arns
    } if length(arns) > 0],
    # It cannot be narrowed: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    [for arns in [local.ecr] : {
      Sid      = "Registry"
      Effect   = "Allow"
      Action   = ["ecr:GetAuthorizationToken"]
      Resource = ["*"]
    } if length(arns) > 0],
  )

  # What is here every process of the task has, code of a plan too: the data, whose access point it is, and nothing else.
  policies = {
    execution = { role = "execution", name = "start", document = jsonencode({ Version = "2012-10-17", Statement = local.execution_statements }) }
    data = { role = "task", name = "data", document = jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Sid       = "Data"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
        Resource  = [one(aws_efs_file_system.this[*].arn)]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = one(aws_efs_access_point.this[*].arn) } }
      }]
    }) }
  }
}

resource "aws_iam_role" "this" {
  for_each = var.create ? { execution = "Starts ${var.name}: reads its secrets, writes its logs", task = "What ${var.name} is in AWS" } : {}

  name                  = "${var.name}-${each.key}"
  description           = each.value
  permissions_boundary  = var.permissions_boundary
  force_detach_policies = true
  tags                  = var.tags

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.place.account }
        ArnLike      = { "aws:SourceArn" = "arn:${local.place.partition}:ecs:${local.place.region}:${local.place.account}:*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  for_each = { for key, policy in local.policies : key => policy if var.create }

  name   = each.value.name
  role   = aws_iam_role.this[each.value.role].name
  policy = each.value.document
}
