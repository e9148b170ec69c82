"""Signing in by an account at another service that speaks OpenID Connect: the authorization code flow with PKCE."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from errors import SignInElsewhereFailed

ALGORITHMS = ["RS256", "ES256"]  # only what a key that is known to all can check, and none can make
LEEWAY_SECONDS = 60
SECONDS_TO_ANSWER = 10.0
MAX_BYTES = 500_000
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Client:
    """What the service knows us by; ``provider_url`` is its own, as its documents tell it."""

    provider_url: str
    client_id: str
    client_secret: str
    scopes: str = "openid profile"


@dataclass(frozen=True)
class Begun:
    """What the browser keeps between the two halves, so that the second is of whoever began the first."""

    state: str
    nonce: str
    verifier: str


class OpenId:
    """``begin`` leads a browser away, ``finish`` learns who came back. Every fault is SignInElsewhereFailed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._issuer = client.provider_url.rstrip("/")
        self._known: dict[str, str] | None = None

    async def begin(self, redirect_uri: str) -> tuple[str, Begun]:
        """The address to lead the browser to."""
        begun = Begun(*(secrets.token_urlsafe(32) for _ in range(3)))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=")
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": redirect_uri,
            "scope": self._client.scopes,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        return f"{(await self._endpoints())['authorization_endpoint']}?{urlencode(asked)}", begun

    async def finish(self, begun: Begun, told: Mapping[str, str], redirect_uri: str) -> str:
        """The name of whoever came back with ``told`` in the address."""
        state, code, issuer = told.get("state", ""), told.get("code", ""), told.get("iss", self._issuer)
        is_same = hmac.compare_digest(state.encode(errors="replace"), begun.state.encode())
        if not is_same or not code or issuer.rstrip("/") != self._issuer:
            raise SignInElsewhereFailed
        endpoints = await self._endpoints()
        grant = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": begun.verifier,
            "client_id": self._client.client_id,
        }
        answer = await self._ask("POST", endpoints["token_endpoint"], grant)
        keys = await self._ask("GET", endpoints["jwks_uri"])
        return self._name(answer.get("id_token"), keys, begun.nonce)

    def _name(self, token: object, keys: Mapping[str, Any], nonce: str) -> str:
        """Of a token that the service signed for us, now, and for the browser that asked."""
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "values": [self._issuer, f"{self._issuer}/"]},
            aud={"essential": True, "value": self._client.client_id},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
        )
        try:
            claims = jwt.decode(str(token), KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims  # type: ignore[arg-type]
            rules.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SignInElsewhereFailed from error
        name = claims.get("preferred_username")
        is_for_others = claims.get("azp", self._client.client_id) != self._client.client_id
        if not isinstance(name, str) or is_for_others:
            raise SignInElsewhereFailed
        return name

    async def _endpoints(self) -> dict[str, str]:
        """Those of the service's own document, and at the service itself."""
        if self._known is None:
            told = await self._ask("GET", f"{self._issuer}/.well-known/openid-configuration")
            found = {name: str(told.get(name, "")) for name in ENDPOINTS}
            if str(told.get("issuer", "")).rstrip("/") != self._issuer:
                raise SignInElsewhereFailed
            if any(urlsplit(url)[:2] != urlsplit(self._issuer)[:2] for url in found.values()):
                raise SignInElsewhereFailed
            self._known = found
        return self._known

    async def _ask(self, method: str, url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        login = (self._client.client_id, self._client.client_secret) if form else None
        try:
            async with httpx.AsyncClient(timeout=SECONDS_TO_ANSWER, follow_redirects=False) as http:
                answer = await http.request(method, url, data=form, auth=login, headers={"accept": "application/json"})
            value = answer.json() if answer.status_code == httpx.codes.OK and len(answer.content) <= MAX_BYTES else None
        except (httpx.HTTPError, ValueError) as error:
            raise SignInElsewhereFailed from error
        if not isinstance(value, dict):
            raise SignInElsewhereFailed
        return value
