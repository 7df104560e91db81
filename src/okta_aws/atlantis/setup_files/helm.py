# SPDX-License-Identifier: Apache-2.0
"""Values of Atlantis's own Helm chart (github.com/runatlantis/helm-charts), alone or below the name of the chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from okta_aws.atlantis.setup_files import flags
from okta_aws.atlantis.setup_files.facts import Place, Server, Setting, is_true, line_of, mapping, objects
from okta_aws.atlantis.setup_files.images import version_of
from okta_aws.policies.json_text import JsonObject
from okta_aws.trust.provider_name import UNKNOWN

_OWN = ("orgAllowlist", "vcsSecretName", "githubApp", "allowForkPRs", "atlantisUrl", "disableApplyAll")
_PLAIN = {
    "atlantisUrl": "atlantis-url",
    "orgAllowlist": "repo-allowlist",
    "allowForkPRs": "allow-fork-prs",
    "disableApplyAll": "disable-apply-all",
    "defaultTFVersion": "default-tf-version",
    "enableProfilingAPI": "enable-profiling-api",
}
# Group of the chart, its key, Atlantis's flag.
_GROUPS = (
    *(("github", "user", "gh-user"), ("github", "token", "gh-token"), ("github", "secret", "gh-webhook-secret")),
    *(("githubApp", "id", "gh-app-id"), ("githubApp", "key", "gh-app-key")),
    *(("githubApp", "secret", "gh-webhook-secret"), ("gitlab", "user", "gitlab-user")),
    *(("gitlab", "token", "gitlab-token"), ("gitlab", "secret", "gitlab-webhook-secret")),
    *(("gitea", "user", "gitea-user"), ("gitea", "token", "gitea-token"), ("gitea", "secret", "gitea-webhook-secret")),
    *(("bitbucket", "user", "bitbucket-user"), ("bitbucket", "token", "bitbucket-token")),
    *(("bitbucket", "secret", "bitbucket-webhook-secret"), ("azuredevops", "user", "azuredevops-user")),
    *(
        ("azuredevops", "token", "azuredevops-token"),
        ("azuredevops", "webhookPassword", "azuredevops-webhook-password"),
    ),
    *(("basicAuth", "username", "web-username"), ("basicAuth", "password", "web-password")),
    ("api", "secret", "api-secret"),
)
# Annotations with which an ingress controller or load balancer signs people in.
_SIGN_IN = ("nginx.ingress.kubernetes.io/auth-url", "alb.ingress.kubernetes.io/auth-type")
_TLS = ("alb.ingress.kubernetes.io/certificate-arn", "cert-manager.io/cluster-issuer")
_ROLE = "eks.amazonaws.com/role-arn"


def values_in(value: Mapping[str, Any]) -> JsonObject | None:
    """The chart's values, where ``value`` has any."""
    for one in (value, value.get("atlantis")):
        if isinstance(one, JsonObject) and any(name in one for name in _OWN):
            return one
    return None


def server_of(values: JsonObject, file: str) -> Server:
    """The server that the chart makes of ``values``."""
    at = Place(file, values.line, "values")
    unseen = [f"the secret {one}" for one in values.get("loadEnvFromSecrets") or () if isinstance(one, str)]
    if values.get("vcsSecretName"):
        unseen.append(f"the secret {values['vcsSecretName']}")
    arguments = flags.of_arguments(flags.words_of(values.get("extraArgs")), at)
    variables = flags.of_environment(_environment(values), at)
    image = _image(values, at)
    return Server(
        at,
        flags.together(arguments, variables.flags, _settings(values, at)),
        variables.others,
        image,
        version_of(image),
        _roles(values, at),
        sign_in=any(name in _annotations(values) for name in _SIGN_IN),
        tls=_has_tls(values),
        unseen=tuple(unseen if values.get("loadEnvFromSecrets") else ()),
        secrets_unseen=bool(unseen),
    )


def credentials_of(values: JsonObject, file: str) -> Setting | None:
    """AWS credentials that the chart makes a file of."""
    group = mapping(values.get("aws"))
    found = group.get("credentials")
    if not isinstance(found, str) or "aws_secret_access_key" not in found:
        return None
    return Setting("aws.credentials", found, Place(file, line_of(group, "credentials"), "values"))


def _settings(values: JsonObject, at: Place) -> dict[str, Setting]:
    said = [(flag, values, key) for key, flag in _PLAIN.items() if values.get(key)]
    said += [(flag, values[group], key) for group, key, flag in _GROUPS if isinstance(values.get(group), JsonObject)]
    basic = mapping(values.get("basicAuth"))
    if basic.get("username") and basic.get("password"):
        said += [("web-username", values["basicAuth"], "username"), ("web-password", values["basicAuth"], "password")]
    found = {
        flag: Setting(flag, around[key], _place(around, key, at))
        for flag, around, key in said
        if isinstance(around.get(key), str)
    }
    secrets = [("web-password", "basicAuthSecretName"), ("api-secret", "apiSecretName")]
    found |= {flag: Setting(flag, UNKNOWN, _place(values, key, at)) for flag, key in secrets if values.get(key)}
    if "web-password" in found:
        found["web-basic-auth"] = Setting("web-basic-auth", "true", found["web-password"].place)
    return found


def _place(around: object, key: str, at: Place) -> Place:
    return Place(at.file, line_of(around, key), at.about)


def _environment(values: JsonObject) -> list[tuple[str, object, int | None]]:
    found: list[tuple[str, object, int | None]] = []
    given = values.get("environment")
    if isinstance(given, JsonObject):
        found += [(name, one, line_of(given, name)) for name, one in given.items()]
    for key in ("environmentRaw", "environmentSecrets"):
        for one in objects(values.get(key)):
            found.append((str(one.get("name", "")), one.get("value", UNKNOWN), line_of(one, "value")))
    return found


def _image(values: JsonObject, at: Place) -> Setting | None:
    given = values.get("image")
    name, tag = mapping(given).get("repository"), mapping(given).get("tag")
    if not isinstance(tag, str) or not tag:
        return None  # the version of the chart decides, which the values do not tell
    sign = "" if tag.startswith("@") else "@" if tag.startswith("sha256:") else ":"
    place = Place(at.file, line_of(given, "tag"), at.about)
    return Setting("image", f"{name or 'ghcr.io/runatlantis/atlantis'}{sign}{tag}", place)


def _roles(values: JsonObject, at: Place) -> tuple[Setting, ...]:
    annotations = mapping(values.get("serviceAccount")).get("annotations")
    role = mapping(annotations).get(_ROLE)
    place = Place(at.file, line_of(annotations, _ROLE), at.about)
    return (Setting(_ROLE, role, place),) if isinstance(role, str) else ()


def _annotations(values: JsonObject) -> Mapping[str, Any]:
    return mapping(mapping(values.get("ingress")).get("annotations"))


def _has_tls(values: JsonObject) -> bool:
    ingress = mapping(values.get("ingress"))
    off = "enabled" in ingress and not is_true(str(ingress["enabled"]))
    listed = bool(ingress.get("tls")) or any(name in _annotations(values) for name in _TLS)
    return off or listed or bool(values.get("tlsSecretName"))
