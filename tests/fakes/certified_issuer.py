# SPDX-License-Identifier: Apache-2.0
"""An OpenID provider that nobody here wrote: npm oidc-provider, certified by the OpenID Foundation.

`make setup` installs it, and the Node.js it runs on, into `.tools`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

from okta_aws.demo.signing import SigningKey

PROJECT = Path(__file__).resolve().parents[2]
TOOLS = PROJECT / ".tools"
SERVER = Path(__file__).with_name("oidc_provider") / "server.mjs"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
MODULE = TOOLS / "node_modules" / "oidc-provider" / "lib" / "index.js"


def with_secret(client_id: str, secret: str) -> dict[str, Any]:
    """A client that authenticates with a secret, by HTTP Basic."""
    return {"client_id": client_id, "client_secret": secret, "token_endpoint_auth_method": "client_secret_basic"}


def with_key(client_id: str, key: SigningKey) -> dict[str, Any]:
    """A client that authenticates with a signed assertion."""
    return {
        "client_id": client_id,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": key.algorithm,
        "jwks": {"keys": [key.public_jwk()]},
    }


def native(client_id: str) -> dict[str, Any]:
    """A native app that people sign in to by device authorization; anybody who names an account may."""
    return {
        "client_id": client_id,
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "grant_types": [DEVICE_GRANT],
    }


class CertifiedIssuer:
    """The provider with these clients; its access tokens have ``audience`` as ``aud`` and the client as ``sub``."""

    def __init__(self, clients: Sequence[Mapping[str, Any]], audience: str = "api://aws") -> None:
        self._clients = [
            {"grant_types": ["client_credentials"], "redirect_uris": [], "response_types": [], **c} for c in clients
        ]
        self._folder = tempfile.TemporaryDirectory(prefix="oidc-provider-")
        self._process: subprocess.Popen[str] | None = None
        self.audience = audience
        self.key = SigningKey.new("RS256")
        self.issuer = ""

    def __enter__(self) -> Self:
        folder = Path(self._folder.name)
        configuration = folder / "configuration.json"
        configuration.touch(mode=0o600)
        configuration.write_text(json.dumps(self._configuration()))
        log = folder / "log"
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                [TOOLS / "bin" / "node", SERVER, configuration],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={},
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            told = log.read_text()
            self.__exit__()
            raise AssertionError(f"oidc-provider did not start; is it installed (make setup)?\n{told}")
        self.issuer = json.loads(line)["issuer"]
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            # Ends the server's standard input, and with it the server.
            self._process.communicate()
        self._folder.cleanup()

    def _configuration(self) -> dict[str, Any]:
        assert isinstance(self.key.private, RSAPrivateKey)
        private = RSAAlgorithm.to_jwk(self.key.private, as_dict=True)
        del private["key_ops"]
        jwk = {**private, "kid": self.key.kid, "alg": "RS256", "use": "sig"}
        return {
            "module": MODULE.as_uri(),
            "audience": self.audience,
            "jwks": {"keys": [jwk]},
            "clients": self._clients,
            "people": any(DEVICE_GRANT in client["grant_types"] for client in self._clients),
        }
