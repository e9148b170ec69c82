"""Cookies as this program sets them: out of the reach of scripts and of other sites."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope


def cookies_in(scope: Scope) -> Mapping[str, str]:
    """Those that came with a request."""
    return cookie_parser(Headers(scope=scope).get("cookie", ""))  # http.cookies fails at names it finds illegal


def set_cookie(scope: Scope, name: str, value: str, seconds: int | None) -> str:
    """A ``Set-Cookie`` value; None ends with the browser, 0 takes the cookie away.

    A page embedded in another site gets a cookie of its own partition, or it gets none.
    """
    if is_https(scope) and is_embedded(scope):
        place = "; SameSite=None; Secure; Partitioned"
    else:
        place = "; SameSite=Lax" + ("; Secure" if is_https(scope) else "")
    age = "" if seconds is None else f" Max-Age={seconds};"
    return f"{name}={value}; Path=/;{age} HttpOnly{place}"


def is_https(scope: Scope) -> bool:
    """Whether the browser came by it, to us or to a proxy before us."""
    return bool(scope["scheme"] == "https" or Headers(scope=scope).get("x-forwarded-proto") == "https")


def is_embedded(scope: Scope) -> bool:
    """Whether a page of another site shows this one within."""
    return Headers(scope=scope).get("sec-fetch-dest") == "iframe"
