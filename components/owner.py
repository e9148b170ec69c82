"""Who a browser is: a random id in a signed cookie that only the server can make and scripts cannot read.

Who logged in by a name of their own is that name instead, in whichever browser.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

import gradio as gr
from itsdangerous import BadSignature, Signer

from errors import SessionMissing

OWNER_COOKIE = "tertulia_owner"
SESSION_COOKIE = "tertulia_session"
SECRET_BYTES = 32
LOGIN = "login:"  # no id of a cookie holds a colon


class OwnerCookie:
    """Makes and reads the owner cookie. A forged, altered or missing one is no owner at all.

    ``shared_login`` is the name that all visitors log in by who know the one password: it tells nobody apart.
    """

    def __init__(self, secret: bytes, shared_login: str | None = None) -> None:
        self._shared_login = shared_login
        self._signer = Signer(secret, salt="tertulia.owner", digest_method=hashlib.sha256)
        self._sessions = Signer(secret, salt="tertulia.session", digest_method=hashlib.sha256)

    @classmethod
    def load(cls, path: Path, shared_login: str | None = None) -> OwnerCookie:
        """Use the secret kept in ``path``; make one, readable by this user alone, if there is none yet."""
        if not path.exists():
            _keep_new_secret(path)
        return cls(path.read_bytes(), shared_login)

    def new_value(self) -> str:
        """The cookie of an owner nobody has been before."""
        return self._signer.sign(secrets.token_urlsafe(18)).decode("ascii")

    def owner_in(self, cookies: Mapping[str, str]) -> str | None:
        """The owner these cookies stand for, None when there is no valid one."""
        try:
            return self._signer.unsign(cookies.get(OWNER_COOKIE, "")).decode("ascii")
        except BadSignature:
            return None

    def session_value(self, owner: str) -> str:
        """The cookie that says: the browser of ``owner`` was not closed since."""
        return self._sessions.get_signature(owner).decode("ascii")

    def is_in_session(self, owner: str, cookies: Mapping[str, str]) -> bool:
        """Whether these cookies hold it."""
        return self._sessions.verify_signature(owner, cookies.get(SESSION_COOKIE, ""))

    def owner_of(self, request: gr.Request) -> str:
        """The owner who sent ``request``. Raises SessionMissing."""
        if request.username and request.username != self._shared_login:
            return LOGIN + request.username
        owner = self.owner_in(request.cookies)
        if owner is None:
            raise SessionMissing
        return owner


def _keep_new_secret(path: Path) -> None:
    """Write it beside ``path`` and link it there whole: of two programs that start at once, both read the first's."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
