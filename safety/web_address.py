"""Reads a web address once, for the check and for the request alike: what two readers take differently is a way in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin

import idna

MAX_CHARACTERS = 4_096
DEFAULT_PORTS = {"http": 80, "https": 443}
PORTS = (80, 443, 8080, 8443)
ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]+)(?P<target>[^#]*)(?:#.*)?", re.IGNORECASE)
AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]@:%]+)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label that browsers read as a part of an IPv4 address
# Names of this machine and of inner networks; no name server of the public web knows them.
INNER_NAMES = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "corp", "home", "private", "onion")
MAX_NAME_CHARACTERS = 253
KEPT_IN_TARGETS = "%/?:@!$&'()*+,;=-._~|[]"  # everything else is written as %XX


class NotPublic(ValueError):
    """The address is none of the public web. It says nothing more, so that nobody learns what else there is."""


@dataclass(frozen=True)
class WebAddress:
    """``host`` is in ASCII, without brackets; ``target`` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as the ``Host`` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


@dataclass(frozen=True)
class Fetched:
    """What an address answered. ``url`` is where it was found in the end, ``charset`` empty where none was told."""

    url: str
    content_type: str
    body: bytes
    charset: str = ""


def read_address(text: str) -> WebAddress:
    """The address in ``text``. Raises NotPublic for anything odd, also where browsers would guess."""
    text = text.strip()
    if len(text) > MAX_CHARACTERS or any(_is_odd(character) for character in text):
        raise NotPublic
    address = ADDRESS.fullmatch(text)
    authority = AUTHORITY.fullmatch(address["authority"]) if address else None
    if address is None or authority is None:
        raise NotPublic
    scheme = address["scheme"].lower()
    port = int(authority["port"]) if authority["port"] else DEFAULT_PORTS[scheme]
    target = quote(address["target"], safe=KEPT_IN_TARGETS)
    if not target.startswith("/"):
        target = f"/{target}"
    return WebAddress(scheme, _read_host(authority["host"]), port, target)


def check_place(address: WebAddress) -> None:
    """Raises NotPublic for a port or a name that no page of the public web has."""
    labels = address.host.split(".")
    is_name = ":" not in address.host
    if address.port not in PORTS or (is_name and (len(labels) < 2 or labels[-1] in INNER_NAMES)):
        raise NotPublic
    if is_name and address.host.endswith(".home.arpa"):
        raise NotPublic


def next_address(here: WebAddress, location: str) -> WebAddress:
    """Where a redirection leads, read as strictly as any other address."""
    if any(_is_odd(character) for character in location):
        raise NotPublic
    try:
        return read_address(urljoin(str(here), location))
    except ValueError as error:
        raise NotPublic from error


def _is_odd(character: str) -> bool:
    """A character that readers of addresses drop, turn or take for another: blanks, controls, backslashes."""
    return character == "\\" or character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")


def _read_host(text: str) -> str:
    if text.startswith("["):
        try:
            return str(IPv6Address(text[1:-1]))
        except AddressValueError as error:
            raise NotPublic from error
    if unicodedata.normalize("NFKC", text) != text:  # letters and digits in disguise
        raise NotPublic
    try:
        host = idna.encode(text, uts46=True).decode("ascii") if not text.isascii() else text.lower()
    except idna.IDNAError as error:
        raise NotPublic from error
    labels = host.split(".")
    if len(host) > MAX_NAME_CHARACTERS or not all(LABEL.fullmatch(label) for label in labels):
        raise NotPublic
    if NUMBER.fullmatch(labels[-1]):
        return _strict_ipv4(host)
    return host


def _strict_ipv4(host: str) -> str:
    """Four decimal numbers without leading zeros; octal, hexadecimal and shortened forms are refused."""
    try:
        return str(IPv4Address(host))
    except AddressValueError as error:
        raise NotPublic from error
