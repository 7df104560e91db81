# SPDX-License-Identifier: Apache-2.0
terraform {
  required_version = ">= 1.9"

  required_providers {
    okta = {
      source  = "okta/okta"
      version = "~> 6.12"
    }
  }
}
