"""Links in shown text: where one may lead, and how it says so."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import unescape
from urllib.parse import quote, urlsplit

BARE = re.compile(r"<?(https?://[^\s<>\"'`|\\^{}\[\]$]+)(>?)", re.IGNORECASE)
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
FORBIDDEN = re.compile(r"[\s\\\x00-\x20]")  # browsers read a backslash as a slash, and skip line ends


def link(label: str, target: str, is_plain: bool, hosts: Collection[str] | None = None) -> str:
    """A markdown link that shows its host behind ``label``; empty when ``target`` may not be linked.

    ``is_plain`` says that the label is just text, so a label that is the address itself shows the host already.
    ``hosts``, as ``host_of`` writes them, are the only ones it may lead to; None allows all.
    """
    safe = _safe(unescape(target), hosts)
    if safe is None:
        return ""
    url, place = safe
    if is_plain and label == target:
        return f"[{label}]({url})"
    return f"[{label.strip() or place}]({url}) ({place})"


def bare_link(text: str, start: int, hosts: Collection[str] | None = None) -> tuple[str, int]:
    """The address that begins at ``start`` as a link, and its length; nothing when it is none, or to other hosts."""
    found = BARE.match(text, start)
    if found is None:
        return "", 0
    url = found[1].rstrip(".,;:!?*_~)" if "(" not in found[1] else ".,;:!?*_~")
    if url.count(")") > url.count("("):
        url = url.rstrip(")")
    safe = _safe(url, hosts)
    if safe is None:
        return "", 0
    shown = f"[{url.replace('&', '&#38;').replace('*', '&#42;').replace('_', '&#95;')}]({safe[0]})"
    is_bracketed = text[start] == "<" and found[2] and url == found[1]
    if text[start] == "<" and not is_bracketed:
        return "&#60;" + shown, 1 + len(url)
    return shown, len(found[0]) if is_bracketed else len(url)


def web_address(address: str) -> str:
    """``address`` so that it may stand in a link of HTML or markdown; empty when it is none of the web."""
    return (_safe(address, None) or ("", ""))[0] if host_of(address) else ""


def host_of(address: str) -> str | None:
    """The host of an address of the web, written in ASCII; None for all else."""
    if FORBIDDEN.search(address):
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port  # one that is no number is found when it is asked for
        host = parts.hostname.encode("idna").decode("ascii") if parts.hostname else ""
    except (ValueError, UnicodeError):
        return None
    is_web = parts.scheme.lower() in ("http", "https") and "@" not in parts.netloc
    return host if is_web and re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]+", host) else None


def _safe(target: str, hosts: Collection[str] | None) -> tuple[str, str] | None:
    """The address as it may be written, and the host or the mail address it leads to."""
    host = host_of(target)
    if host is None:
        return _mail(target) if hosts is None else None
    if hosts is not None and host not in hosts:
        return None
    parts = urlsplit(target)
    place = (f"[{host}]" if ":" in host else host) + (f":{parts.port}" if parts.port else "")
    path = target[target.index(parts.netloc) + len(parts.netloc) :]
    tail = quote(path, safe="/?#&=%:@!+,;~-._", errors="replace")  # halves of characters cannot be written
    return f"{parts.scheme.lower()}://{place}{tail}".replace("&", "&#38;"), place


def _mail(target: str) -> tuple[str, str] | None:
    """A ``mailto:`` of one address and no more."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    if FORBIDDEN.search(target) or parts.scheme.lower() != "mailto" or not ADDRESS.fullmatch(parts.path):
        return None
    return f"mailto:{quote(parts.path, safe='@+')}", parts.path
