"""Who may change what all visitors share: whoever sits at this machine, or knows the operator's token."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

import gradio as gr
from starlette.requests import Request

from components.owner import OwnerCookie
from errors import OperatorOnly, OperatorTokenWrong
from safety.http_guard import LOOPBACK_HOSTS

Asking = gr.Request | Request
TOKEN_BYTES = 18
PASSED_ON = ("x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "via", "cf-connecting-ip")


class OperatorDoor:
    """``trusts_this_machine`` is True where the page is for this machine alone: then nobody needs the token here.

    A public link reaches the page from this machine, too, so it must be False with one. Who gave the token is the
    operator until the program ends.
    """

    def __init__(self, owners: OwnerCookie, token: str = "", *, trusts_this_machine: bool = False) -> None:
        self.token = token or secrets.token_urlsafe(TOKEN_BYTES)
        self._owners = owners
        self._trusts_this_machine = trusts_this_machine
        self._let_in: set[str] = set()

    def is_operator(self, request: Asking) -> bool:
        """Whether the sender of ``request`` may add and delete models. Raises SessionMissing."""
        owner = self._owners.owner_of(request)
        return owner in self._let_in or self.is_here(request)

    def is_here(self, request: Asking) -> bool:
        """Whether the sender sits at this machine, and so may name its files. Raises SessionMissing."""
        self._owners.owner_of(request)
        return self._trusts_this_machine and is_from_here(request)

    def check_here(self, request: Asking) -> str:
        """The owner who sent ``request`` from this machine. Raises OperatorOnly, or SessionMissing."""
        if not self.is_here(request):
            raise OperatorOnly
        return self._owners.owner_of(request)

    def check(self, request: Asking) -> str:
        """The owner who sent ``request``, by now known as the operator. Raises OperatorOnly, or SessionMissing."""
        if not self.is_operator(request):
            raise OperatorOnly
        owner = self._owners.owner_of(request)
        self._let_in.add(owner)
        return owner

    def knows(self, owner: str) -> bool:
        """Whether ``owner`` has shown to be the operator, since the program started."""
        return owner in self._let_in

    def let_in(self, request: Asking, token: str) -> None:
        """From now on the sender is the operator. Raises OperatorTokenWrong, or SessionMissing."""
        owner = self._owners.owner_of(request)
        if not hmac.compare_digest(token.strip().encode(errors="replace"), self.token.encode()):
            raise OperatorTokenWrong
        self._let_in.add(owner)


def is_from_here(request: Asking) -> bool:
    """Whether it was sent from this machine, and for nobody else.

    A proxy would be at this machine, too, and say for whom it asks; a public link calls us by another name.
    """
    headers: Mapping[str, str] = request.headers
    called = headers.get("host", LOOPBACK_HOSTS[0])
    if urlsplit(f"//{called}").hostname not in LOOPBACK_HOSTS or any(name in headers for name in PASSED_ON):
        return False
    host = getattr(request.client, "host", "")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
