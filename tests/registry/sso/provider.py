"""A small OpenID Connect provider: discovery, authorization code with PKCE, signed tokens.

It is served over HTTP, so that the client is tested as it is, and can be told to misbehave.
"""

import json
import secrets
import time
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.wrappers import Request, Response

CLIENT, SECRET = "cadence", "client-secret"


@dataclass
class LocalProvider:
    """Signs in whoever comes, as `person`; `change` alters the claims before they are signed."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    change: dict[str, Any] = field(default_factory=dict)
    forged: bool = False  # signs with a key that it does not publish
    down: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: _key())
    other: RSAKey = field(default_factory=lambda: _key())

    def __call__(self, environ, start_response):
        request = Request(environ)
        pages = {
            "/.well-known/openid-configuration": self._metadata,
            "/authorize": self._authorize,
            "/token": self._token,
            "/keys": self._keys,
        }
        answer = Response(status=503) if self.down else pages[request.path](request)
        return answer(environ, start_response)

    def _metadata(self, _request):
        return _json(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def _keys(self, _request):
        return _json(KeySet([self.key]).as_dict(private=False))

    def _authorize(self, request):
        asked = request.args.to_dict()
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split() and asked["code_challenge_method"] == "S256"
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{back}"})

    def _token(self, request):
        given = request.form.to_dict()
        asked = self.codes.pop(given["code"], None)  # once
        basic = b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        proof = create_s256_code_challenge(given.get("code_verifier", ""))
        if (
            asked is None
            or basic != f"{CLIENT}:{SECRET}"
            or proof != asked["code_challenge"]
            or given["redirect_uri"] != asked["redirect_uri"]
        ):
            return _json({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300,
            "auth_time": now, "nonce": asked["nonce"], **self.person, **self.change,
        }  # fmt: skip
        key = self.other if self.forged else self.key
        header = {"alg": "RS256", "kid": self.key.kid}
        token = jwt.encode(header, {k: v for k, v in claims.items() if v is not None}, key)
        return _json({"access_token": "x", "token_type": "Bearer", "id_token": token})


def _key() -> RSAKey:
    key = RSAKey.generate_key(2048)
    key.ensure_kid()
    return key


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")
