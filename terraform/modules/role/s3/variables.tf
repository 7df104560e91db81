# SPDX-License-Identifier: Apache-2.0

variable "buckets" {
  description = "Buckets and what may be done with their objects: `read` (list, get), `write` (put alone), `full` (read, write, delete). `prefixes` limit it to parts of a bucket; `kms_key_arns` are the keys the objects are encrypted with."
  type = list(object({
    bucket       = string
    access       = string
    prefixes     = optional(list(string), [])
    kms_key_arns = optional(list(string), [])
  }))
  default  = []
  nullable = false

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  validation {
    condition = alltrue([for entry in var.buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", entry.bucket))])
    error_message = join("\n", [for i, entry in var.buckets :
      "s3[${i}].bucket: got ${jsonencode(entry.bucket)}; give the name of one bucket, no ARN, no path and no wildcard: \"acme-artifacts\". Parts of it are prefixes."
      if !can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", entry.bucket))
    ])
  }

  validation {
    condition = alltrue([for entry in var.buckets : try(contains(["read", "write", "full"], entry.access), false)])
    error_message = join("\n", [for i, entry in var.buckets :
      "s3[${i}].access: got ${jsonencode(entry.access)}; give \"read\" (list and get), \"write\" (put alone) or \"full\" (list, get, put, delete)."
      if !try(contains(["read", "write", "full"], entry.access), false)
    ])
  }

  validation {
    condition = alltrue([for entry in var.buckets : alltrue([for prefix in entry.prefixes : can(regex("^[^/*?][^*?]*/$|^[^/*?]/$", prefix)) && !can(regex("\\$\\{", prefix))])])
    error_message = join("\n", [for i, entry in var.buckets :
      "s3[${i}].prefixes: got ${jsonencode(entry.prefixes)}; each begins without a slash, ends with one and holds no wildcard: \"releases/\". (\"logs\" would also open \"logs-private/\".) Leave it out for the whole bucket."
      if !alltrue([for prefix in entry.prefixes : can(regex("^[^/*?][^*?]*/$|^[^/*?]/$", prefix)) && !can(regex("\\$\\{", prefix))])
    ])
  }

  validation {
    condition = alltrue([for entry in var.buckets : alltrue([for key in entry.kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", key))])])
    error_message = join("\n", [for i, entry in var.buckets :
      "s3[${i}].kms_key_arns: got ${jsonencode(entry.kms_key_arns)}; each is the ARN of one key: arn:aws:kms:REGION:ACCOUNT:key/ID. A policy that names an alias allows nothing."
      if !alltrue([for key in entry.kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", key))])
    ])
  }
}

variable "partition" {
  description = "Partition of the buckets: `aws`, `aws-cn`, `aws-us-gov`."
  type        = string
  default     = "aws"
  nullable    = false
}
