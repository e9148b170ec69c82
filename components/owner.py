"""Who a browser is: a random id in a signed cookie that only the server can make and scripts cannot read.

Who signed in by a name of their own is that name instead, in whichever browser.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from itsdangerous import BadSignature, Signer

from components.proofs import Proofs
from errors import SessionMissing
from safety.accounts import Account, Accounts
from safety.audit_log import LOGIN

OWNER_COOKIE = "tertulia_owner"
SESSION_COOKIE = "tertulia_session"
LOGIN_COOKIE = "tertulia_login"
SECRET_BYTES = 32

logger = logging.getLogger(__name__)


class HasCookies(Protocol):
    """A request, Gradio's own or Starlette's."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """As the browser sent them."""


class OwnerCookie:
    """Makes and reads the owner cookie. A forged, altered or missing one is no owner at all.

    ``accounts`` are those who may sign in by a name.
    """

    def __init__(self, secret: bytes, accounts: Accounts | None = None) -> None:
        self.proofs = Proofs(secret)
        self.accounts = accounts
        self._signer = Signer(secret, salt="tertulia.owner", digest_method=hashlib.sha256)
        self._sessions = Signer(secret, salt="tertulia.session", digest_method=hashlib.sha256)

    @classmethod
    def load(cls, path: Path, accounts: Accounts | None = None) -> OwnerCookie:
        """Use the secret kept in ``path``; make one, readable by this user alone, if there is none yet.

        One that is too short, as a damaged disk leaves it, anybody could guess: it is set aside, and a new one made.
        """
        if path.exists() and path.stat().st_size < SECRET_BYTES:
            logger.error("the secret of the cookies was damaged; all browsers begin anew")
            os.replace(path, path.with_name(f"{path.name}.damaged"))
        if not path.exists():
            _keep_new_secret(path)
        return cls(path.read_bytes(), accounts)

    def new_value(self) -> str:
        """The cookie of an owner nobody has been before."""
        return self._signer.sign(secrets.token_urlsafe(18)).decode("ascii")

    def owner_in(self, cookies: Mapping[str, str]) -> str | None:
        """The owner these cookies stand for, None when there is no valid one."""
        account = self.account_in(cookies)
        if account is not None:
            return LOGIN + account.name
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

    def owner_of(self, request: HasCookies) -> str:
        """The owner who sent ``request``. Raises SessionMissing."""
        owner = self.owner_in(request.cookies)
        if owner is None:
            raise SessionMissing
        return owner

    def login_value(self, account: Account) -> str:
        """The cookie of who signed in; it is void once the password is another or all sessions were ended."""
        return self.proofs.value(LOGIN_COOKIE, account.name, _bound_to(account))

    def account_in(self, cookies: Mapping[str, str]) -> Account | None:
        """Who signed in by a name, None for whoever did not."""
        if self.accounts is None:
            return None
        name = self.proofs.subject_in(cookies, LOGIN_COOKIE)
        account = self.accounts.find(name) if name else None
        if account is None or not self.proofs.holds(cookies, LOGIN_COOKIE, _bound_to(account)):
            return None
        return account


def _bound_to(account: Account) -> str:
    return f"{account.hashed}\0{account.generation}"


def _keep_new_secret(path: Path) -> None:
    """Write it beside ``path`` and link it there whole: of two programs that start at once, both read the first's."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
