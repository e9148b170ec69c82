"""Rules that find what must not be told: secrets of this process, and whatever looks like a key."""

from __future__ import annotations

from collections.abc import Iterable

import regex

from safety.stream_mask import Rule

LEAST_CHARACTERS = 8  # of a secret: shorter ones are in too many words
SECRET, KEY = "secret", "key"
KEY_SHAPES = (
    r"sk-(?=[A-Za-z_-]{0,40}[0-9])[A-Za-z0-9_-]{20,200}",
    r"AIza[0-9A-Za-z_-]{30,60}",
    r"hf_[A-Za-z0-9]{30,60}",
    r"gh[pousr]_[A-Za-z0-9]{30,255}",
    r"github_pat_[A-Za-z0-9_]{30,255}",
    r"A[KS]IA[0-9A-Z]{16}(?![0-9A-Za-z])",
    r"gsk_[A-Za-z0-9]{30,80}",
    r"xai-[A-Za-z0-9]{30,120}",
)
# Nothing in it may be left out: what could go on after a match would pass before it came. So its last line stays.
PRIVATE_KEY = r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{0,5000}"


def leak_rules(secrets: Iterable[str]) -> tuple[Rule, ...]:
    """Rules for ``secrets``, and for the shapes of keys."""
    known = sorted({secret for secret in secrets if len(secret) >= LEAST_CHARACTERS}, key=len, reverse=True)
    shapes = regex.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(KEY_SHAPES)})")
    rules = [Rule(KEY, shapes), Rule(KEY, regex.compile(PRIVATE_KEY), most=6_000)]
    if known:
        pattern = regex.compile("|".join(map(regex.escape, known)))
        rules.insert(0, Rule(SECRET, pattern, most=len(known[0]) + 1, hides_beginnings=True))
    return tuple(rules)
