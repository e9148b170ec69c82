"""Links in shown text: where one may lead, and how it says so."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote, urlsplit

BARE = re.compile(r"<?(https?://[^\s<>\"'`|\\^{}\[\]$]+)(>?)", re.IGNORECASE)
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
FORBIDDEN = re.compile(r"[\s\\\x00-\x20]")  # browsers read a backslash as a slash, and skip line ends


def link(label: str, target: str, is_plain: bool) -> str:
    """A markdown link that shows its host behind ``label``; empty when ``target`` may not be linked.

    ``is_plain`` says that the label is just text, so a label that is the address itself shows the host already.
    """
    safe = _safe(unescape(target))
    if safe is None:
        return ""
    url, place = safe
    if is_plain and label == target:
        return f"[{label}]({url})"
    return f"[{label.strip() or place}]({url}) ({place})"


def bare_link(text: str, start: int) -> tuple[str, int]:
    """The address that begins at ``start`` as a link, and its length; nothing when it is none."""
    found = BARE.match(text, start)
    if found is None:
        return "", 0
    url = found[1].rstrip(".,;:!?*_~)" if "(" not in found[1] else ".,;:!?*_~")
    if url.count(")") > url.count("("):
        url = url.rstrip(")")
    safe = _safe(url)
    if safe is None:
        return "", 0
    shown = f"[{url.replace('&', '&#38;').replace('*', '&#42;').replace('_', '&#95;')}]({safe[0]})"
    is_bracketed = text[start] == "<" and found[2] and url == found[1]
    if text[start] == "<" and not is_bracketed:
        return "&#60;" + shown, 1 + len(url)
    return shown, len(found[0]) if is_bracketed else len(url)


def _safe(target: str) -> tuple[str, str] | None:
    """The address as it may be written, and the host or the mail address it leads to."""
    if FORBIDDEN.search(target):
        return None
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port
        name = host.encode("idna").decode("ascii") if host else ""
    except (ValueError, UnicodeError):
        return None
    scheme = parts.scheme.lower()
    if scheme == "mailto" and ADDRESS.fullmatch(parts.path):
        return f"mailto:{quote(parts.path, safe='@+')}", parts.path
    if scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]+", name) or "@" in parts.netloc:
        return None
    shown = f"[{name}]" if ":" in name else name
    place = shown + (f":{port}" if port else "")
    tail = quote(target[target.index(parts.netloc) + len(parts.netloc) :], safe="/?#&=%:@!+,;~-._")
    return f"{scheme}://{place}{tail}".replace("&", "&#38;"), place
