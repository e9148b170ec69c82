"""Addresses of mail and of machines. Every repeat in every pattern is bounded."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

LOCAL = r"\w.!#$%&'*+/=?^`{|}~-"
EMAIL = re.compile(
    rf"(?<![{LOCAL}])[{LOCAL}]{{1,64}}@(?=.{{4,253}})(?:[^\W_](?:[\w-]{{0,61}}[^\W_])?\.){{1,6}}[^\W\d_]{{2,24}}(?"
    rf"![\w-])"
)
IP_4 = re.compile(r"[0-9](?<![\w.].)[0-9]{0,2}\.(?:[0-9]{1,3}\.){2}[0-9]{1,3}(?!\w|\.[0-9])")
IP_6 = re.compile(
    r"[0-9A-Fa-f:](?<![\w:.].)(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{2,38}(?::(?:[0-9]{1,3}\.){3}[0-9]{1,"
    r"3})?(?!\w|:\w)"
)
IS_VERSION = re.compile(r"(?:\bv|version|versión|release|ver\.)[ :=]{0,3}\Z", re.IGNORECASE)
LOOK_BACK = 12
QUOTES = "'`*{|/=!#$%&?^~.-+"  # may begin an address by the rules, and never do outside of them


def emails(text: str) -> Iterator[tuple[int, int]]:
    """Addresses of mail."""
    for match in EMAIL.finditer(text):
        local = match[0].split("@", 1)[0]
        kept = local.lstrip(QUOTES)
        if kept:
            yield match.start() + len(local) - len(kept), match.end()


def ip_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Addresses of machines but for one's own, which is everybody's; versions of programs look alike."""
    for match in IP_4.finditer(text):
        before = text[max(0, match.start() - LOOK_BACK) : match.start()]
        if _is_somebodys(match[0]) and not IS_VERSION.search(before):
            yield match.span()
    for match in IP_6.finditer(text):
        address = match[0].rstrip(":") if match[0].endswith(":") and not match[0].endswith("::") else match[0]
        if _looks_like_6(address) and _is_somebodys(address):
            yield match.start(), match.start() + len(address)


def _is_somebodys(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _looks_like_6(text: str) -> bool:
    """Names in programs ("a::b") are addresses by the letter."""
    groups = [group for group in text.split(":") if group]
    has_number = any(character.isdigit() for group in groups for character in group)
    return text.count(":") >= 2 and has_number and (len(groups) >= 4 or any(len(group) >= 3 for group in groups))
