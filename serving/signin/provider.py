"""Signing in with an account of the organisation: OpenID Connect, by code with proof of who asked for it (PKCE)."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from leads.errors import Forbidden, Unauthorized, Unavailable
from serving.signin.begun import BACK, Begun
from serving.signin.configuration import ProviderConfiguration
from serving.signin.session import SignedIn, person_named

_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_SIGNED_BY: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""How a token may be signed: never with a secret that we share, and never not at all."""

_REMEMBERED: Final = 3600.0
"""Seconds for which what the provider says of itself is taken to hold."""

_LEEWAY: Final = 60
"""Seconds by which its clock may differ from ours."""

_PATIENCE: Final = 10.0


class Provider:
    """One provider. Looks at it when somebody signs in, and not before. client_secret: None for a public client."""

    def __init__(self, configuration: ProviderConfiguration, client_secret: str | None) -> None:
        self._configuration = configuration
        self._secret = client_secret
        self._looking = threading.Lock()
        self._known: tuple[float, Mapping[str, Any]] | None = None
        self._keys: KeySet | None = None

    def begin(self, state: str, next_path: str) -> tuple[str, Begun]:
        """Where to send a browser that wants to sign in, and what to remember of it under this state.

        Raises Unavailable where the provider cannot be asked.
        """
        nonce, verifier, browser = (secrets.token_urlsafe(32) for _ in range(3))
        begun = Begun(nonce, verifier, next_path, browser)
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._told("authorization_endpoint"), state=state, nonce=begun.nonce, code_verifier=begun.verifier
            )
        return str(address), begun

    def who(self, code: str, begun: Begun) -> SignedIn:
        """Whom a code stands for. Raises Unauthorized for one that is not ours, is used or does not fit; Forbidden for
        somebody who is in none of the groups; Unavailable.
        """
        try:
            with self._client() as client:
                told = client.fetch_token(
                    self._told("token_endpoint"), code=code, code_verifier=begun.verifier, timeout=_PATIENCE,
                    allow_redirects=False,
                )  # fmt: skip
            claims = self._claims(told, begun.nonce)
        except RequestException as error:
            raise _away(error) from error
        except (OAuthError, JoseError, KeyError, ValueError) as error:
            why = type(error).__name__
            raise Unauthorized(f"the provider's answer was not accepted ({why}): sign in again") from error
        return self._person(claims)

    def goodbye(self) -> str | None:
        """Where to send somebody who signed out, so that they are signed out there too; None where it says nowhere."""
        end = self._metadata().get("end_session_endpoint")
        after = {"client_id": self._configuration.client_id, "post_logout_redirect_uri": self._configuration.here}
        return None if end is None else f"{end}{'&' if '?' in end else '?'}{urlencode(after)}"

    def _client(self) -> OAuth2Session:
        configuration = self._configuration
        return OAuth2Session(
            configuration.client_id, self._secret, scope=" ".join(configuration.scopes), code_challenge_method="S256",
            redirect_uri=f"{configuration.here}{BACK}",
            token_endpoint_auth_method="none" if self._secret is None else "client_secret_basic",
        )  # fmt: skip

    def _claims(self, told: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """What a token says that is the provider's, for us, of now and of this sign-in."""
        algorithms = [name for name in self._metadata().get("id_token_signing_alg_values_supported", ["RS256"])
                      if name in _SIGNED_BY]  # fmt: skip
        try:
            token = jwt.decode(told["id_token"], self._key_set(), algorithms=algorithms)
        except (InvalidKeyIdError, BadSignatureError):  # Its keys may have changed since.
            token = jwt.decode(told["id_token"], self._key_set(anew=True), algorithms=algorithms)
        wanted = {
            "iss": {"essential": True, "value": self._configuration.issuer},
            "aud": {"essential": True, "value": self._configuration.client_id},
        }
        given = {"nonce": nonce, "client_id": self._configuration.client_id, "access_token": told.get("access_token")}
        claims = CodeIDToken(token.claims, token.header, wanted, given)
        claims.validate(leeway=_LEEWAY)
        return dict(claims)

    def _person(self, claims: Mapping[str, Any]) -> SignedIn:
        configuration = self._configuration
        groups = claims.get(configuration.groups_claim)
        found = {groups} if isinstance(groups, str) else {str(group) for group in groups or ()}
        role = next((role for group, role in configuration.groups.items() if group in found), None)
        if role is None:
            raise Forbidden("this account is in none of the groups that may use this")
        agent, team = (_text(claims, name) for name in (configuration.agent_claim, configuration.team_claim))
        name = _text(claims, configuration.name_claim) or agent or ""
        return SignedIn(agent or person_named("oidc", str(claims["sub"])), role, "oidc", name, agent, team)

    def _told(self, name: str) -> str:
        found = self._metadata().get(name)
        if not isinstance(found, str):
            raise Unavailable(f"the provider of sign-in tells no {name}")
        return found

    def _metadata(self) -> Mapping[str, Any]:
        with self._looking:
            if self._known is None or time.monotonic() - self._known[0] > _REMEMBERED:
                told = _asked(f"{self._configuration.issuer.rstrip('/')}{_WELL_KNOWN}")
                if told.get("issuer") != self._configuration.issuer:
                    raise Unavailable("the provider of sign-in says that it is another issuer")
                self._known = (time.monotonic(), told)
            return self._known[1]

    def _key_set(self, anew: bool = False) -> KeySet:
        address = self._told("jwks_uri")
        with self._looking:
            if anew or self._keys is None:
                self._keys = KeySet.import_key_set(_asked(address))  # type: ignore[arg-type]
            return self._keys


def _asked(address: str) -> Mapping[str, Any]:
    """What stands at an address of the provider. Raises Unavailable."""
    try:
        answered = requests.get(address, timeout=_PATIENCE, allow_redirects=False)
        answered.raise_for_status()
        told = answered.json()
    except (requests.RequestException, ValueError) as error:
        raise _away(error) from error
    if not isinstance(told, dict):
        raise Unavailable("the provider of sign-in answers with something else than JSON")
    return told


def _away(error: Exception) -> Unavailable:
    return Unavailable(f"the provider of sign-in cannot be asked ({type(error).__name__})")


def _text(claims: Mapping[str, Any], name: str | None) -> str | None:
    found = None if name is None else claims.get(name)
    return str(found) if found else None
