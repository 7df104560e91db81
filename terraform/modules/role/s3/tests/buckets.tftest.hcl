# SPDX-License-Identifier: Apache-2.0

run "reading_lists_the_bucket_and_gets_its_objects" {
  command = plan

  variables {
    buckets = [{ bucket = "acme-artifacts", access = "read" }]
  }

  assert {
    condition = jsondecode(output.json).Statement == [
      { Effect = "Allow", Action = ["s3:ListBucket"], Resource = ["arn:aws:s3:::acme-artifacts"] },
      { Effect = "Allow", Action = ["s3:GetObject", "s3:GetObjectVersion"], Resource = ["arn:aws:s3:::acme-artifacts/*"] },
    ]
    error_message = "the statements differ: ${output.json}"
  }
}

run "writing_puts_and_neither_reads_lists_nor_deletes" {
  command = plan

  variables {
    buckets = [{ bucket = "acme-artifacts", access = "write" }]
  }

  assert {
    condition = jsondecode(output.json).Statement == [
      { Effect = "Allow", Action = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], Resource = ["arn:aws:s3:::acme-artifacts/*"] },
    ]
    error_message = "the statements differ: ${output.json}"
  }
}

run "full_access_deletes_too_but_never_touches_the_bucket_itself" {
  command = plan

  variables {
    buckets = [{ bucket = "acme-artifacts", access = "full" }]
  }

  assert {
    condition     = toset(flatten([for s in jsondecode(output.json).Statement : s.Action])) == toset(["s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:DeleteObject"])
    error_message = "the actions differ: ${output.json}"
  }
}

run "no_statement_ever_has_a_wildcard_action_or_every_resource" {
  command = plan

  variables {
    buckets = [
      { bucket = "acme-a", access = "read" },
      { bucket = "acme-b", access = "write", prefixes = ["x/"] },
      { bucket = "acme-c", access = "full", kms_key_arns = ["arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"] },
    ]
  }

  assert {
    condition     = alltrue([for s in jsondecode(output.json).Statement : !anytrue([for action in s.Action : strcontains(action, "*")]) && !contains(s.Resource, "*")])
    error_message = "a wildcard is there: ${output.json}"
  }
}

run "prefixes_bound_both_the_objects_and_the_listing" {
  command = plan

  variables {
    buckets = [{ bucket = "acme-artifacts", access = "read", prefixes = ["releases/", "docs/v1/"] }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Condition == { StringLike = { "s3:prefix" = ["releases/", "releases/*", "docs/v1/", "docs/v1/*"] } }
    error_message = "the listing is not bound: ${output.json}"
  }

  assert {
    condition     = jsondecode(output.json).Statement[1].Resource == ["arn:aws:s3:::acme-artifacts/releases/*", "arn:aws:s3:::acme-artifacts/docs/v1/*"]
    error_message = "the objects are not bound: ${output.json}"
  }
}

run "a_key_for_reading_decrypts_alone_and_only_through_s3" {
  command = plan

  variables {
    buckets = [{ bucket = "acme-artifacts", access = "read", kms_key_arns = ["arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"] }]
  }

  assert {
    condition = jsondecode(output.json).Statement[2] == {
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = ["arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"]
      Condition = { StringEquals = { "kms:ViaService" = ["s3.eu-central-1.amazonaws.com"] } }
    }
    error_message = "the key's statement differs: ${output.json}"
  }
}

run "a_key_for_writing_makes_data_keys_too" {
  command = plan

  variables {
    buckets = [{ bucket = "acme-artifacts", access = "write", kms_key_arns = ["arn:aws:kms:eu-central-1:111122223333:key/mrk-0123456789abcdef"] }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[1].Action == ["kms:Decrypt", "kms:GenerateDataKey"]
    error_message = "the key's actions differ: ${output.json}"
  }
}

run "china_has_its_own_partition_and_service_name" {
  command = plan

  variables {
    partition = "aws-cn"
    buckets   = [{ bucket = "acme-artifacts", access = "write", kms_key_arns = ["arn:aws-cn:kms:cn-north-1:111122223333:key/11111111"] }]
  }

  assert {
    condition     = jsondecode(output.json).Statement[0].Resource == ["arn:aws-cn:s3:::acme-artifacts/*"] && jsondecode(output.json).Statement[1].Condition.StringEquals["kms:ViaService"] == ["s3.cn-north-1.amazonaws.com.cn"]
    error_message = "the partition is not China's: ${output.json}"
  }
}

run "without_buckets_there_is_no_policy" {
  command = plan

  assert {
    condition     = output.json == null
    error_message = "there is one: ${jsonencode(output.json)}"
  }
}
