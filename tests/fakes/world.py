# SPDX-License-Identifier: Apache-2.0
"""What an administrator sets up on the AWS side before a pipeline can have a role: provider, role, bucket."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.sts_front import StsFront

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient
    from types_boto3_s3 import S3Client

# One for all: what a session learns of AWS's services takes a tenth of a second to read.
BOTO = boto3.session.Session(region_name=REGION)


@dataclass(frozen=True, slots=True)
class Account:
    """One AWS account behind ``front``, empty at first: take a fresh number for each test."""

    front: StsFront
    emulator: Emulator
    number: str

    @classmethod
    def new(cls, front: StsFront, emulator: Emulator) -> Account:
        """An account nobody used before."""
        return cls(front, emulator, str(10**11 + secrets.randbelow(9 * 10**11)))

    def iam(self) -> IAMClient:
        """The administrator's IAM client."""
        return self.emulator.iam(self.number)

    def provider(self, issuer: str, audiences: Sequence[str]) -> str:
        """Registers an issuer; the provider's ARN."""
        answer = self.iam().create_open_id_connect_provider(Url=issuer, ClientIDList=list(audiences))
        return answer["OpenIDConnectProviderArn"]

    def role(self, trust: Mapping[str, Any], name: str = "deploy", longest_s: int = 3600) -> str:
        """Makes a role with that trust policy; its ARN."""
        document = json.dumps(trust)
        made = self.iam().create_role(RoleName=name, AssumeRolePolicyDocument=document, MaxSessionDuration=longest_s)
        return made["Role"]["Arn"]

    def bucket(self, role: str = "deploy", prefix: str = "allowed/", condition: Mapping[str, Any] | None = None) -> str:
        """Makes a bucket and lets the role write under ``prefix``; the bucket's name."""
        name = f"bucket-{secrets.token_hex(6)}"
        with s3_client(self.front, self.number, self.emulator.admin_secret) as s3:
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        actions = ["s3:PutObject", "s3:GetObject"]
        resource = f"arn:aws:s3:::{name}/{prefix}*"
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition or {}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam().put_role_policy(RoleName=role, PolicyName="bucket", PolicyDocument=document)
        return name


def trust(
    provider_arn: str, *, sub: str, aud: str, actions: Sequence[str] = ("sts:AssumeRoleWithWebIdentity",)
) -> dict[str, Any]:
    """The trust policy for one subject and one audience of a provider."""
    issuer = provider_arn.partition(":oidc-provider/")[2]
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": list(actions),
        "Condition": {"StringEquals": {f"{issuer}:sub": sub, f"{issuer}:aud": aud}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def s3_client(front: StsFront, key_id: str, secret: str, token: str | None = None) -> contextlib.closing[S3Client]:
    """S3 with these keys."""
    client = BOTO.client(
        "s3",
        endpoint_url=front.url,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )
    return contextlib.closing(client)


def may_write(front: StsFront, credentials: Mapping[str, Any], bucket: str, key: str) -> bool:
    """Whether these credentials (as STS names their parts) can put an object; any other refusal than 403 is raised."""
    keys = [credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    try:
        with s3_client(front, *keys) as s3:
            s3.put_object(Bucket=bucket, Key=key, Body=b"written by a test")
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDenied":
            return False
        raise
    return True
