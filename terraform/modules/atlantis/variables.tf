# SPDX-License-Identifier: Apache-2.0

variable "create" {
  description = "Whether to create anything."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the cluster, the service and the load balancer; what the others' names begin with."
  type        = string
  default     = "atlantis"
  nullable    = false

  # A target group's name has 32 characters and ends in -atlantis.
  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$", var.name)) && !startswith(var.name, "internal-")
    error_message = "name: got ${jsonencode(var.name)}; give 1 to 22 small letters, digits and hyphens, a letter first, no hyphen last, and not internal-, which AWS keeps for itself."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "hostname" {
  description = "Name that people and GitHub use: `atlantis.acme.com`. Make it an alias of the load balancer."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9]$", var.hostname))
    error_message = "hostname: got ${jsonencode(var.hostname)}; give a full DNS name in small letters, such as \"atlantis.acme.com\": no scheme, port or path."
  }
}

variable "certificate_arn" {
  description = "ARN of the ACM certificate for `hostname`, of the account and region that everything is made in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-zA-Z-]+$", var.certificate_arn))
    error_message = "certificate_arn: got ${jsonencode(var.certificate_arn)}; give arn:aws:acm:REGION:ACCOUNT:certificate/ID. Without TLS the webhook's signature and the people's cookies would be readable on the way."
  }
}

variable "ssl_policy" {
  description = "TLS policy of the listener."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  nullable    = false

  validation {
    condition     = can(regex("^ELBSecurityPolicy-TLS13-1-[23]-", var.ssl_policy))
    error_message = "ssl_policy: got ${jsonencode(var.ssl_policy)}; give one of ELBSecurityPolicy-TLS13-1-2-... or ELBSecurityPolicy-TLS13-1-3-...: the others take TLS 1.0 or 1.1, or no TLS 1.3."
  }
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^vpc-[0-9a-f]+$", var.vpc_id))
    error_message = "vpc_id: got ${jsonencode(var.vpc_id)}; give the id of a VPC: vpc-0123456789abcdef0."
  }
}

variable "load_balancer_subnet_ids" {
  description = "Subnets of the load balancer, of two zones or more: public ones, unless `internal`."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.load_balancer_subnet_ids)) >= 2 && alltrue([for id in var.load_balancer_subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))])
    error_message = "load_balancer_subnet_ids: got ${jsonencode(var.load_balancer_subnet_ids)}; give two subnets or more, of different zones: subnet-0123456789abcdef0."
  }
}

variable "task_subnet_ids" {
  description = "Private subnets for Atlantis and its data, each of another zone. They need a way to GitHub, Okta, AWS and the images' registry."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.task_subnet_ids) >= 1 && length(distinct(var.task_subnet_ids)) == length(var.task_subnet_ids) && alltrue([for id in var.task_subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))])
    error_message = "task_subnet_ids: got ${jsonencode(var.task_subnet_ids)}; give each private subnet once, one of a zone: subnet-0123456789abcdef0."
  }
}

variable "internal" {
  description = "Whether the load balancer is reached from within the VPC alone. GitHub's webhook must find a way then."
  type        = bool
  default     = false
  nullable    = false
}

variable "webhook_cidrs" {
  description = "Addresses that GitHub's webhooks come from, IPv4: `hooks` of https://api.github.com/meta, or your own GitHub server."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.webhook_cidrs) > 0 && alltrue([for cidr in var.webhook_cidrs : can(cidrnetmask(cidr)) && can(regex("/(8|9|[12][0-9]|3[0-2])$", cidr))])
    error_message = "webhook_cidrs: got ${jsonencode(var.webhook_cidrs)}; give the IPv4 ranges of `hooks` in https://api.github.com/meta, such as \"140.82.112.0/20\", none larger than /8. The load balancer has IPv4 alone, so GitHub uses these."
  }
}

variable "people_cidrs" {
  description = "Addresses that people come from, IPv4. They have to sign in with Okta besides."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.people_cidrs) > 0 && alltrue([for cidr in var.people_cidrs : can(cidrnetmask(cidr))])
    error_message = "people_cidrs: got ${jsonencode(var.people_cidrs)}; give IPv4 ranges, such as \"203.0.113.0/24\"; \"0.0.0.0/0\" leaves it to Okta alone."
  }
}

variable "egress_cidrs" {
  description = "Addresses that Atlantis may reach by https. `[]` with `egress_prefix_lists` is the narrow choice: code of a plan can send no secret elsewhere."
  type        = list(string)
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.egress_cidrs : can(cidrnetmask(cidr))])
    error_message = "egress_cidrs: got ${jsonencode(var.egress_cidrs)}; each is an IPv4 range, such as \"10.0.0.0/16\"."
  }
}

variable "egress_prefix_lists" {
  description = "Prefix lists that Atlantis may reach by https: a name of your own to the id."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in values(var.egress_prefix_lists) : can(regex("^pl-[0-9a-f]+$", id))])
    error_message = "egress_prefix_lists: got ${jsonencode(var.egress_prefix_lists)}; each value is the id of a prefix list: pl-0123456789abcdef0."
  }
}

variable "permissions_boundary" {
  description = "ARN of the managed policy that bounds what both roles may ever do."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[^*?[:space:]]+$", var.permissions_boundary))
    error_message = "permissions_boundary: got ${jsonencode(var.permissions_boundary)}; give the ARN of a managed policy: arn:aws:iam::ACCOUNT:policy/NAME."
  }
}

variable "kms_key_arn" {
  description = "Key for logs and data; its policy has to let CloudWatch Logs in. `null`: the module makes one."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", var.kms_key_arn))
    error_message = "kms_key_arn: got ${jsonencode(var.kms_key_arn)}; give the ARN of one key: arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "secret_kms_key_arns" {
  description = "Keys that the secrets are encrypted with, where it is not AWS's own."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.secret_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", arn))])
    error_message = "secret_kms_key_arns: got ${jsonencode(var.secret_kms_key_arns)}; each is the ARN of one key: arn:aws:kms:REGION:ACCOUNT:key/ID. A policy that names an alias allows nothing."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept: a number that CloudWatch Logs takes, 0 is forever."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days: got ${var.log_retention_days}; CloudWatch Logs takes 0 (forever), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 and 3653."
  }
}

variable "cpu" {
  description = "CPU of the task in units of 1/1024 of a processor."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = contains([512, 1024, 2048, 4096, 8192, 16384], var.cpu)
    error_message = "cpu: got ${var.cpu}; give 512, 1024, 2048, 4096, 8192 or 16384."
  }
}

variable "memory" {
  description = "Memory of the task in MiB, as much as Fargate has for `cpu`."
  type        = number
  default     = 4096
  nullable    = false

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
  validation {
    condition = !contains([512, 1024, 2048, 4096, 8192, 16384], var.cpu) || (
      var.memory >= max(2048, var.cpu * 2) &&
      var.memory <= min(var.cpu * 8, var.cpu == 4096 ? 30720 : 122880, var.cpu == 8192 ? 61440 : 122880) &&
      var.memory % (var.cpu == 16384 ? 8192 : var.cpu == 8192 ? 4096 : 1024) == 0
    )
    error_message = "memory: got ${var.memory} MiB for the cpu ${var.cpu}; give a multiple of ${var.cpu == 16384 ? 8192 : var.cpu == 8192 ? 4096 : 1024} from ${max(2048, var.cpu * 2)} to ${min(var.cpu * 8, var.cpu == 4096 ? 30720 : 122880, var.cpu == 8192 ? 61440 : 122880)}. 592 MiB of it are file systems in memory."
  }
}

variable "cpu_architecture" {
  description = "Architecture of both images: `X86_64` or `ARM64`."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture: got ${jsonencode(var.cpu_architecture)}; give X86_64 or ARM64, as the images are."
  }
}

variable "deletion_protection" {
  description = "Whether the load balancer refuses to be deleted. Set it to `false`, apply, then destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "access_logs_bucket" {
  description = "Name of the bucket for the load balancer's access logs."
  type        = string
  default     = null

  validation {
    condition     = var.access_logs_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_logs_bucket))
    error_message = "access_logs_bucket: got ${jsonencode(var.access_logs_bucket)}; give the name of a bucket, no ARN and no path."
  }
}

variable "wait_for_steady_state" {
  description = "Whether an apply waits until Atlantis runs and is healthy."
  type        = bool
  default     = true
  nullable    = false
}
