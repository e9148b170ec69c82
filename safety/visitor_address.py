"""From where a request came, for counting: a proxy in front of us speaks for many."""

from __future__ import annotations

import ipaddress

BITS_OF_A_HOME = 64  # of an IPv6 address: whoever has one has them all below it


def visitor_address(peer: str, forwarded: str, *, trusts_proxy: bool) -> str:
    """``peer`` called us. With ``trusts_proxy`` it is a proxy of ours: the last of ``X-Forwarded-For`` is its word.

    So is a program of this machine, as that of a public link. Those before the last are what the visitor may have made
    up.
    """
    last = forwarded.rpartition(",")[2].strip()
    given = last if last and (trusts_proxy or _is_of_this_machine(peer)) else peer
    try:
        address = ipaddress.ip_address(given.strip("[]"))
    except ValueError:
        return given[:64] if given == peer else visitor_address(peer, "", trusts_proxy=False)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, BITS_OF_A_HOME), strict=False))
    return str(address)


def _is_of_this_machine(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
