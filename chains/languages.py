"""Which of the page's two languages a text is in, told by its commonest words: enough for a question or a sentence."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W\d_]+")
SPANISH = """
    de la que el en y a los del se las por un para con no una su al lo como más pero sus le ya o este sí porque esta
    entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante todos uno les ni contra otros ese
    eso ante ellos e esto mí antes algunos qué unos yo otro otras otra él tanto esa estos mucho quienes nada muchos cual
    poco ella estar estas algunas algo nosotros mi tú te ti tu ellas fue era es son está han ha sido ser cuál cuáles
    cómo cuándo cuánto cuántos cuántas dónde quién quiénes según así cada si fueron eran tiene tienen había puede pueden
    aunque mientras dice dime cuya cuyo cuyos cuyas hola gracias
"""
ENGLISH = """
    the of and to in a is that it was for on are as with his they at be this from or had by but what some we can out
    other were all there when up use your how said an each she which do their if will way about many then them would
    these so him has more her two its who did get may than been call now where not you i he have my me any most also
    into does why between after before such only over no yes our both through during while whose whom according could
    should because hello thanks tell us
"""
STOP_WORDS = {"es": frozenset(SPANISH.split()), "en": frozenset(ENGLISH.split())}


def language_of(text: str, fallback: str) -> str:
    """ "es" or "en", whichever has more of its commonest words in ``text``; ``fallback`` where neither has."""
    words = WORD.findall(text.lower())
    counts = {language: sum(word in known for word in words) for language, known in STOP_WORDS.items()}
    if "¿" in text or "¡" in text or "ñ" in text.lower():
        counts["es"] += 1
    best = max(counts, key=lambda language: counts[language])
    return best if list(counts.values()).count(counts[best]) == 1 else fallback


def content_words(text: str) -> list[str]:
    """The words of ``text`` in lower case that are common in neither language."""
    return [word for word in WORD.findall(text.lower()) if all(word not in known for known in STOP_WORDS.values())]
