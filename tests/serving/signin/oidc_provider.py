"""A genuine OpenID Connect provider on loopback, by Authlib's server: codes, PKCE, ID tokens, keys that change."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "nextlead", "a secret of the provider's"


class Client(ClientMixin):  # type: ignore[misc]
    """The only one that is registered. redirect: where its people may be sent back to."""

    def __init__(self, redirect: str) -> None:
        self.redirect = redirect

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.redirect

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code:
    """A code as the provider keeps it until it is used."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    user: dict[str, Any]

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int | None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class OidcProvider:
    """issuer: its address. user: the claims of whoever is at the browser now. keys: with which it signs, the first one.
    claimed: what its tokens say in place of what is true. shown: the keys that it shows in place of those it signs
    with. claimed_issuer: who it says to be.
    """

    issuer: str = ""
    user: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "name": "Li", "groups": ["leads"]})
    keys: list[RSAKey] = field(default_factory=list)
    claimed: dict[str, Any] = field(default_factory=dict)
    shown: list[RSAKey] | None = None
    claimed_issuer: str | None = None
    redirect: str = ""
    codes: dict[str, Code] = field(default_factory=dict)

    def turn_key(self) -> None:
        """Sign with another key from now on; the one before is forgotten."""
        self.keys = [RSAKey.generate_key(2048, {"kid": f"key-{len(self.keys)}-{id(object())}", "use": "sig"})]


def _grant(provider: OidcProvider) -> type[grants.AuthorizationCodeGrant]:
    class Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            told = request.payload.data
            provider.codes[code] = Code(
                code, request.payload.redirect_uri, request.payload.scope, told.get("nonce", ""),
                told.get("code_challenge", ""), told.get("code_challenge_method", ""), dict(provider.user),
            )  # fmt: skip

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.codes.pop(authorization_code.code, None)

        def authenticate_user(self, authorization_code: Code) -> dict[str, Any]:
            return authorization_code.user

    return Grant


def _tokens(provider: OidcProvider) -> OpenIDCode:
    class Tokens(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return False

        def resolve_client_private_key(self, client: Any) -> RSAKey:
            return provider.keys[0]

        def get_client_algorithm(self, client: Any) -> str:
            return "RS256"

        def get_client_claims(self, client: Any) -> dict[str, Any]:
            return {"iss": provider.issuer, "aud": [CLIENT]}

        def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
            return UserInfo(**{**user, **provider.claimed})

    return Tokens()


def _app(provider: OidcProvider) -> Flask:
    app = Flask("provider")
    app.config["OAUTH2_SCOPES_SUPPORTED"] = ["openid", "profile"]
    server = AuthorizationServer(
        app, query_client=lambda name: Client(provider.redirect) if name == CLIENT else None,
        save_token=lambda token, asked: None,
    )  # fmt: skip
    server.register_grant(_grant(provider), [_tokens(provider), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def metadata() -> Response:
        return jsonify(
            issuer=provider.claimed_issuer or provider.issuer, authorization_endpoint=f"{provider.issuer}/authorize",
            token_endpoint=f"{provider.issuer}/token", jwks_uri=f"{provider.issuer}/keys",
            end_session_endpoint=f"{provider.issuer}/goodbye", id_token_signing_alg_values_supported=["RS256"],
        )  # fmt: skip

    @app.get("/keys")
    def keys() -> Response:
        return jsonify(KeySet(provider.shown or provider.keys).as_dict(private=False))

    @app.get("/authorize")
    def authorize() -> Any:
        grant = server.get_consent_grant(end_user=provider.user)
        return server.create_authorization_response(grant=grant, grant_user=provider.user)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    return app


@contextmanager
def running_provider() -> Iterator[OidcProvider]:
    """A provider that answers."""
    provider = OidcProvider()
    provider.turn_key()
    server = make_server("127.0.0.1", 0, _app(provider), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
