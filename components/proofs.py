"""Signed cookies that say what a browser has shown to come in, and that end when what was shown has changed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

SECONDS_PROOFS_LAST = 30 * 24 * 3600
SECONDS_AHEAD = 24 * 3600  # of a clock that was set back since: nobody has to sign in again for that


class Proofs:
    """Each is about a ``subject``, such as a name, and bound to a secret of its own: change that, and it is void."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._signer = TimestampSigner(secret, salt="tertulia.proof", digest_method=hashlib.sha256)

    def value(self, cookie: str, subject: str, bound_to: str) -> str:
        """What the browser keeps in ``cookie``."""
        return self._signer.sign(f"{subject}|{self._seal(cookie, subject, bound_to)}").decode("ascii")

    def subject_in(self, cookies: Mapping[str, str], cookie: str) -> str | None:
        """Whom or what ``cookie`` says it is about, not yet whether that holds; None for what we never signed."""
        read = self._read(cookies, cookie)
        return read[0] if read else None

    def holds(self, cookies: Mapping[str, str], cookie: str, bound_to: str) -> bool:
        """Whether it is ours, not too old, and bound to what counts now."""
        read = self._read(cookies, cookie)
        return read is not None and hmac.compare_digest(read[1], self._seal(cookie, read[0], bound_to))

    def note(self, cookie: str, told: Mapping[str, str]) -> str:
        """What a browser is to bring back soon; whoever owns it can read it, and nobody can change it."""
        return str(self._notes(cookie).dumps(dict(told)))

    def noted_in(self, cookies: Mapping[str, str], cookie: str, seconds: int) -> dict[str, str]:
        """Nothing where it is not ours or older."""
        try:
            return dict(self._notes(cookie).loads(cookies.get(cookie, ""), max_age=seconds))
        except BadSignature:
            return {}

    def _notes(self, cookie: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._secret, salt=f"tertulia.{cookie}", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def _read(self, cookies: Mapping[str, str], cookie: str) -> tuple[str, str] | None:
        try:
            signed, moment = self._signer.unsign(cookies.get(cookie, ""), return_timestamp=True)
        except BadSignature:
            return None
        age = self._signer.get_timestamp() - int(moment.timestamp())
        if not -SECONDS_AHEAD <= age <= SECONDS_PROOFS_LAST:
            return None
        subject, _, seal = signed.decode("ascii").rpartition("|")
        return subject, seal

    def _seal(self, cookie: str, subject: str, bound_to: str) -> str:
        told = "\0".join((cookie, subject, bound_to)).encode(errors="replace")
        return hmac.new(self._secret, b"seal\0" + told, hashlib.sha256).hexdigest()[:40]
