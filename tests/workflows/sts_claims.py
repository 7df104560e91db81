# SPDX-License-Identifier: Apache-2.0
"""STS that knows GitHub's claims as condition keys, as AWS does since 2026 and the stand-in does not.

The role's trust policy is judged whole, by the evaluator that `okta-aws explain` uses; the stand-in then judges what it
knows of it.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from okta_aws.demo.sts_front import ACTION, StsFront
from okta_aws.demo.sts_rules import AwsRefusal
from okta_aws.demo.web import Request, Response
from okta_aws.policies.document import Document, document
from okta_aws.trust.context import Request as Asked
from okta_aws.trust.evaluate import evaluate

KEY = "token.actions.githubusercontent.com:job_workflow_ref"


class StsWithClaims(StsFront):
    """The AWS endpoint; the trust policies of the roles in ``whole`` are judged by all claims."""

    whole: dict[str, Document]

    def know(self, iam: Any, role_arn: str) -> None:  # noqa: ANN401  (a boto3 client)
        """Judges this role's trust policy from now on, and leaves to the stand-in what that knows."""
        name = role_arn.rpartition("/")[2]
        policy = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        self.whole = {**getattr(self, "whole", {}), role_arn: document(policy)}
        for statement in policy["Statement"]:
            assert statement["Condition"]["StringEquals"].pop(KEY), "the role has to name our workflow file"
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(policy))

    def answer(self, request: Request) -> Response:
        form = request.form() if request.method == "POST" else {}
        policy = getattr(self, "whole", {}).get(form.get("RoleArn", ""))
        if form.get("Action") == ACTION and policy is not None:
            payload = form["WebIdentityToken"].split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            if evaluate(policy, Asked(claims)).answer != "allow":
                refusal = AwsRefusal("AccessDenied", f"Not authorized to perform sts:{ACTION}", 403)
                return Response(refusal.status, refusal.xml("claims"), "text/xml")
        return super().answer(request)
