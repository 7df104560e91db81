# SPDX-License-Identifier: Apache-2.0
"""A step of somebody's pipeline: uses AWS as its SDK finds it, and shows what became of the action's outputs."""

from __future__ import annotations

import os

import boto3
from botocore.exceptions import ClientError


def main() -> None:
    bucket = os.environ["BUCKET"]
    by_variables = boto3.Session(
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_SESSION_TOKEN"]
    )
    by_variables.client("s3").put_object(Bucket=bucket, Key="allowed/outputs.json", Body=os.environ["OUTPUTS"].encode())
    by_profile = boto3.Session(profile_name="deploy")
    by_profile.client("s3").put_object(Bucket=bucket, Key="allowed/by-profile", Body=b"")
    try:
        by_profile.client("s3").put_object(Bucket=bucket, Key="elsewhere/file", Body=b"")
    except ClientError as error:
        print("elsewhere:", error.response["Error"]["Code"])
    print("a careless step shows", os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_SESSION_TOKEN"])


main()
