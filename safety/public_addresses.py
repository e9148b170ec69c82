"""Which internet addresses belong to the public web. A table of our own: Python's grows from version to version.

In 3.11 its ``is_private`` is False for 100.64.0.0/10 and 192.0.0.192, where clouds answer with a machine's secrets.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# The special-purpose registries of IANA, and single addresses at which a cloud speaks to its own machines.
CLOSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; Linux takes 0.0.0.0 for itself
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers, private networks over the internet, Alibaba's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host
        "169.254.0.0/16",  # link-local, metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocols, Oracle's metadata
        "192.0.2.0/24",  # documentation, and so are 198.51.100 and 203.0.113
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
OPEN_V6 = IPv6Network("2000::/3")  # all that is handed out; everything else is closed
CLOSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocols, Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: any IPv4 address may hide in it
        "2620:4f:8000::/48",
        "3fff::/20",  # documentation
    )
)
NAT64 = IPv6Network("64:ff9b::/96")  # how a network without IPv4 reaches it: the last 32 bits say whom
ISATAP = 0x5EFE  # in the middle of an interface's half: the last 32 bits are an IPv4 address
MAPPED_BITS = 32


def public_address(text: str) -> str | None:
    """``text`` as the address to connect to, None unless it is one of the public web."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None
        address = address.ipv4_mapped or address
    return str(address) if _is_public(address) else None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in CLOSED_V4)
    if address in NAT64:
        return _is_public(_last_bits(address))
    if address not in OPEN_V6 or any(address in network for network in CLOSED_V6):
        return False
    return (int(address) >> MAPPED_BITS) & 0xFFFF != ISATAP


def _last_bits(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)
