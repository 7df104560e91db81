# SPDX-License-Identifier: Apache-2.0

locals {
  groups = {
    load-balancer = "Load balancer: https from people, GitHub and runners"
    task          = "Atlantis: from the load balancer alone"
    data          = "Data of Atlantis: NFS from the task alone"
  }
  https_from = toset(concat(var.webhook_cidrs, var.people_cidrs, try(var.api.cidrs, [])))

  # A rule takes five values: method and path of the webhook leave three, method and two paths of the API two.
  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
  webhook_rules = { for at, cidrs in chunklist(sort(var.webhook_cidrs), 3) : tostring(at) => cidrs if var.create }
  api_rules     = { for at, cidrs in chunklist(sort(try(var.api.cidrs, [])), 2) : tostring(at) => cidrs if var.create }
}

resource "aws_security_group" "this" {
  # checkov:skip=CKV2_AWS_5:all three are attached, by their keys, which the check does not follow
  for_each = { for name, told in local.groups : name => told if var.create }

  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  for_each = var.create ? local.https_from : []

  security_group_id = aws_security_group.this["load-balancer"].id
  description       = "https"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "to_task" {
  for_each = { for name, port in local.ports : name => port if var.create }

  security_group_id            = aws_security_group.this["load-balancer"].id
  description                  = each.key
  referenced_security_group_id = aws_security_group.this["task"].id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  tags                         = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "task" {
  for_each = { for name, port in local.ports : name => port if var.create }

  security_group_id            = aws_security_group.this["task"].id
  description                  = each.key
  referenced_security_group_id = aws_security_group.this["load-balancer"].id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "cidr" {
  for_each = var.create ? toset(var.egress_cidrs) : []

  security_group_id = aws_security_group.this["task"].id
  description       = "https"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "prefix_list" {
  for_each = { for name, id in var.egress_prefix_lists : name => id if var.create }

  security_group_id = aws_security_group.this["task"].id
  description       = "https to ${each.key}"
  prefix_list_id    = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "redis" {
  count = var.create && var.redis != null ? 1 : 0

  security_group_id            = aws_security_group.this["task"].id
  description                  = "Locks in Redis"
  referenced_security_group_id = var.redis.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.redis.port
  to_port                      = var.redis.port
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "data" {
  count = var.create ? 1 : 0

  security_group_id            = aws_security_group.this["task"].id
  description                  = "NFS"
  referenced_security_group_id = aws_security_group.this["data"].id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  tags                         = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "data" {
  count = var.create ? 1 : 0

  security_group_id            = aws_security_group.this["data"].id
  description                  = "NFS"
  referenced_security_group_id = aws_security_group.this["task"].id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  tags                         = var.tags
}

resource "aws_lb" "this" {
  # checkov:skip=CKV_AWS_91:access_logs_bucket is the caller's: a bucket of the module would be one more place to keep
  # checkov:skip=CKV2_AWS_28:its doors are a signed webhook and a sign-in; output load_balancer_arn takes a web ACL
  count = var.create ? 1 : 0

  name                       = var.name
  internal                   = var.internal
  load_balancer_type         = "application"
  ip_address_type            = "ipv4"
  subnets                    = var.load_balancer_subnet_ids
  security_groups            = [aws_security_group.this["load-balancer"].id]
  enable_deletion_protection = var.deletion_protection
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  # Logs of a plan stream for as long as it runs, with pauses.
  idle_timeout = 300
  tags         = var.tags

  dynamic "access_logs" {
    for_each = var.access_logs_bucket == null ? [] : [var.access_logs_bucket]

    content {
      bucket  = access_logs.value
      prefix  = var.name
      enabled = true
    }
  }
}

resource "aws_lb_target_group" "this" {
  # checkov:skip=CKV_AWS_378:TLS ends at the load balancer; the hop to the task is between two security groups of one VPC
  for_each = { for name, port in local.ports : name => port if var.create }

  name                 = "${var.name}-${each.key == "atlantis" ? "atlantis" : "proxy"}"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = each.value
  deregistration_delay = 30
  tags                 = var.tags

  health_check {
    path                = each.key == "atlantis" ? "/healthz" : "/ping"
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 4
  }
}

# Whatever no rule below names asks for a sign-in first.
resource "aws_lb_listener" "this" {
  count = var.create ? 1 : 0

  load_balancer_arn = aws_lb.this[0].arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = var.ssl_policy
  certificate_arn   = var.certificate_arn
  tags              = var.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this["oauth2-proxy"].arn
  }
}

resource "aws_lb_listener_rule" "webhook" {
  for_each = local.webhook_rules

  listener_arn = aws_lb_listener.this[0].arn
  priority     = 100 + tonumber(each.key)
  tags         = var.tags

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this["atlantis"].arn
  }

  condition {
    path_pattern {
      values = ["/events"]
    }
  }

  condition {
    http_request_method {
      values = ["POST"]
    }
  }

  condition {
    source_ip {
      values = each.value
    }
  }
}

resource "aws_lb_listener_rule" "api" {
  for_each = local.api_rules

  listener_arn = aws_lb_listener.this[0].arn
  priority     = 200 + tonumber(each.key)
  tags         = var.tags

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this["atlantis"].arn
  }

  condition {
    path_pattern {
      values = ["/api/apply", "/api/plan"]
    }
  }

  condition {
    http_request_method {
      values = ["POST"]
    }
  }

  condition {
    source_ip {
      values = each.value
    }
  }
}
