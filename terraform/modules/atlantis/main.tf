# SPDX-License-Identifier: Apache-2.0

locals {
  # The certificate of a load balancer is of its own account and region, so it tells all three while planning.
  place = {
    partition = split(":", var.certificate_arn)[1]
    region    = split(":", var.certificate_arn)[3]
    account   = split(":", var.certificate_arn)[4]
  }
  suffix    = local.place.partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
  log_group = "/ecs/${var.name}"
  log_arn   = "arn:${local.place.partition}:logs:${local.place.region}:${local.place.account}:log-group:${local.log_group}"
  kms_key   = var.kms_key_arn != null ? var.kms_key_arn : one(aws_kms_key.this[*].arn)
  ports     = { atlantis = 4141, oauth2-proxy = 4180 }
}

resource "aws_kms_key" "this" {
  count = var.create && var.kms_key_arn == null ? 1 : 0

  description             = "Logs and data of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags

  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.place.partition}:iam::${local.place.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Logs"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.place.region}.${local.suffix}" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = local.log_arn } }
      },
    ]
  })
}

resource "aws_cloudwatch_log_group" "this" {
  count = var.create ? 1 : 0

  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key
  tags              = var.tags
}

resource "aws_ecs_cluster" "this" {
  count = var.create ? 1 : 0

  name = var.name
  tags = var.tags

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "this" {
  count = var.create ? 1 : 0

  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.this["execution"].arn
  task_role_arn            = aws_iam_role.this["task"].arn
  container_definitions    = jsonencode(local.containers)
  tags                     = var.tags

  # In the task's own disk, for the helper's socket.
  dynamic "volume" {
    for_each = local.helper

    content {
      name = volume.value
    }
  }

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  volume {
    name = "data"

    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.this[0].id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = aws_efs_access_point.this[0].id
        iam             = "ENABLED"
      }
    }
  }
}

resource "aws_ecs_service" "this" {
  count = var.create ? 1 : 0

  name                   = var.name
  cluster                = aws_ecs_cluster.this[0].arn
  task_definition        = aws_ecs_task_definition.this[0].arn
  launch_type            = "FARGATE"
  platform_version       = "LATEST"
  enable_execute_command = false
  propagate_tags         = "SERVICE"
  wait_for_steady_state  = var.wait_for_steady_state
  tags                   = var.tags

  # Locks and plans are files of one server: the old one is gone before the new one starts.
  desired_count                      = 1
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
  availability_zone_rebalancing      = "DISABLED"
  health_check_grace_period_seconds  = 120

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.task_subnet_ids
    security_groups  = [aws_security_group.this["task"].id]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = local.ports

    content {
      target_group_arn = aws_lb_target_group.this[load_balancer.key].arn
      container_name   = load_balancer.key
      container_port   = load_balancer.value
    }
  }

  depends_on = [
    aws_efs_mount_target.this,
    aws_iam_role_policy.this,
    aws_lb_listener.this,
    aws_lb_listener_rule.webhook,
  ]
}
