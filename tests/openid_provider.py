"""A service on the loopback that speaks OpenID Connect, and strictly: code, PKCE, a client's secret, signed tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "tertulia-of-the-tests", "a secret of the client"
Claims = dict[str, Any]


class OpenIdProvider:
    """``person`` signs in there without a word. ``change`` spoils claims, ``signer`` another's signature."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.signer: RSAKey | OctKey = self.key
        self.algorithm = "RS256"
        self.person = "Ana-Lopez"
        self.change: Callable[[Claims], Claims] = dict
        self.document: dict[str, str] = {}
        self.url = ""
        self._codes: dict[str, dict[str, str]] = {}

    def answer(self, method: str, target: str, body: str, authorization: str) -> tuple[int, dict[str, str], Any]:
        """Status, headers and a value."""
        path, given = urlsplit(target).path, dict(parse_qsl(body or urlsplit(target).query))
        if path == "/.well-known/openid-configuration":
            return 200, {}, self._document()
        if path == "/oauth/jwks":
            return 200, {}, KeySet([self.key]).as_dict(private=False)
        if path == "/oauth/authorize" and method == "GET":
            return self._authorize(given)
        if path == "/oauth/token" and method == "POST":
            return self._token(given, authorization)
        return 404, {}, {}

    def _document(self) -> dict[str, str]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/oauth/authorize",
            "token_endpoint": f"{self.url}/oauth/token",
            "jwks_uri": f"{self.url}/oauth/jwks",
            **self.document,
        }

    def _authorize(self, given: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        is_whole = given.get("response_type") == "code" and given.get("code_challenge_method") == "S256"
        if not is_whole or given.get("client_id") != CLIENT_ID or "openid" not in given.get("scope", "").split():
            return 400, {}, {"error": "invalid_request"}
        code = secrets.token_urlsafe(16)
        self._codes[code] = given
        back = urlencode({"code": code, "state": given["state"], "iss": self.url})
        return 302, {"location": f"{given['redirect_uri']}?{back}"}, {}

    def _token(self, given: dict[str, str], authorization: str) -> tuple[int, dict[str, str], Any]:
        asked = self._codes.pop(given.get("code", ""), None)  # a code is good once
        login = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        proof = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if asked is None or authorization != f"Basic {login}":
            return 401, {}, {"error": "invalid_client"}
        is_same = asked["redirect_uri"] == given.get("redirect_uri")
        if not is_same or proof.rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {}, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "5f1e",
            "iat": now,
            "exp": now + 600,
            "nonce": asked["nonce"],
            "preferred_username": self.person,
        }
        token = jwt.encode({"alg": self.algorithm, "kid": "one"}, self.change(claims), self.signer, [self.algorithm])
        return 200, {}, {"access_token": "x", "token_type": "Bearer", "id_token": token}


@contextmanager
def openid_provider() -> Iterator[OpenIdProvider]:
    """Serves until the block ends."""
    provider = OpenIdProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do("GET")

        def do_POST(self) -> None:
            self._do("POST")

        def _do(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            code, headers, value = provider.answer(method, self.path, body, self.headers.get("authorization", ""))
            content = json.dumps(value).encode()
            self.send_response(code)
            headers = {**headers, "content-type": "application/json", "content-length": str(len(content))}
            for name, text in headers.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
