terraform {
  backend "s3" {
    bucket = "acme-state"
    key    = "network"
    region = "eu-central-1"
  }
}

provider "aws" {
  region = "eu-central-1"
}
