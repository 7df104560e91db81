# SPDX-License-Identifier: Apache-2.0

run "an_arn_instead_of_a_buckets_name_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "arn:aws:s3:::acme", access = "read" }]
  }

  expect_failures = [var.buckets]
}

run "a_bucket_with_a_path_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme/releases", access = "read" }]
  }

  expect_failures = [var.buckets]
}

run "every_bucket_at_once_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "*", access = "read" }]
  }

  expect_failures = [var.buckets]
}

run "a_bucket_cut_short_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme-*", access = "read" }]
  }

  expect_failures = [var.buckets]
}

run "upper_case_in_a_bucket_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "Acme", access = "read" }]
  }

  expect_failures = [var.buckets]
}

run "an_unknown_access_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme", access = "admin" }]
  }

  expect_failures = [var.buckets]
}

run "an_action_instead_of_an_access_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme", access = "s3:*" }]
  }

  expect_failures = [var.buckets]
}

run "a_prefix_without_its_slash_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme", access = "read", prefixes = ["logs"] }]
  }

  expect_failures = [var.buckets]
}

run "a_prefix_that_begins_with_a_slash_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme", access = "read", prefixes = ["/logs/"] }]
  }

  expect_failures = [var.buckets]
}

run "a_prefix_with_a_wildcard_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme", access = "read", prefixes = ["*/"] }]
  }

  expect_failures = [var.buckets]
}

run "a_prefix_with_a_policy_variable_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme", access = "read", prefixes = ["$${aws:username}/"] }]
  }

  expect_failures = [var.buckets]
}

run "an_empty_prefix_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme", access = "read", prefixes = [""] }]
  }

  expect_failures = [var.buckets]
}

run "an_alias_of_a_key_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme", access = "read", kms_key_arns = ["arn:aws:kms:eu-central-1:111122223333:alias/acme"] }]
  }

  expect_failures = [var.buckets]
}

run "every_key_at_once_is_refused" {
  command = plan

  variables {
    buckets = [{ bucket = "acme", access = "read", kms_key_arns = ["*"] }]
  }

  expect_failures = [var.buckets]
}
