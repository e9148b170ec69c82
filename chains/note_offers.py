"""Finds what a person says about themselves, so that the page can offer to remember it.

No model is asked: a small one invents facts. Fixed beginnings of sentences miss many facts and seldom find a wrong one,
and nothing is remembered unless the person says yes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from safety.shown_text import INVISIBLE

MAX_NOTE_CHARACTERS = 200

FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
NOT_THEIR_WORDS = re.compile(r"\s{0,3}>|\t| {4}|\s*[|#<]")  # quoted, code, tables, headings, markup
BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")

# All patterns read sentences without accents and capitals (see ``_plain``).
ROLES_ES = (
    r"estudiante|alumn[oa]|profesora?|maestr[oa]|docente|medic[oa]|enfermer[oa]|ingenier[oa]|abogad[oa]|periodista"
    r"|programadora?|informatic[oa]|arquitect[oa]|psicolog[oa]|quimic[oa]|fisic[oa]|biolog[oa]|matematic[oa]|music[oa]"
    r"|escritora?|traductora?|disenadora?|investigadora?|cientific[oa]|economista|contable|contadora?|cociner[oa]"
    r"|jubilad[oa]|vegan[oa]|vegetarian[oa]|celiac[oa]|diabetic[oa]|zurd[oa]|daltonic[oa]|sord[oa]|cieg[oa]|autonom[oa]"
    r"|madre|padre|abuel[oa]"
)
FACTS = re.compile(
    r"(?:"
    r"my name(?:'s| is) \w"
    r"|(?:you can |please )?call me (?!back|later|when|if|at|on|tomorrow|crazy|maybe)\w"
    r"|i(?:'m| am) called \w"
    r"|i live (?:in|at|near|with) (?!fear|hope|pain|a dream|the moment|the past)\w"
    r"|i work (?:as|at|for|in) (?!a hurry|progress|now)\w"
    r"|i(?:'m| am) from \w"
    r"|i(?:'m| am) (?:allergic|intolerant) to \w"
    r"|i(?:'m| am) (?:vegan|vegetarian|coeliac|celiac|diabetic|deaf|blind|colou?r-?blind|dyslexic|left-handed)\b"
    r"|i(?:'m| am) an? (?!(?:bit|little|lot|few|couple|tad|touch|while|mess|failure|fool|loser|idiot|burden|ai|llm|bot"
    r"|robot|language|large)\b)[a-z]"
    r"|i study (?!this|that|it|now)\w"
    r"|i prefer (?:that|you|to be|short|long|simple|detailed|answers)\b"
    r"|(?:please |always )?remember (?:that (?!time|day|night|moment|one)|i |my )\w"
    r"|me llamo \w|mi nombre es \w|puedes llamarme \w|llamame (?!luego|cuando|al|a las|manana|si|loc[oa])\w"
    r"|vivo (?:en|cerca de|con) (?!el pasado|el presente|paz|vilo|un sueno|un mundo)\w"
    r"|trabajo (?:de|como|en|para) (?!ello|eso|esto|equipo|grupo)\w"
    r"|soy (?:alergic[oa]|intolerante) (?:al? )\w|tengo (?:alergia|intolerancia) (?:al? )\w"
    r"|soy de (?!los|las|la opinion|l[oa] que|verdad)\w"
    rf"|soy (?:una? )?(?:{ROLES_ES})\b"
    r"|estudio (?!esto|eso|ahora|cada)\w"
    r"|prefiero que \w"
    r"|(?:por favor,? )?recuerda (?:que |mi |me )(?!cuando|una vez|aquel)\w"
    r"|(?:por favor,? )?acuerdate de que \w"
    r")"
)
CLAUSE = re.compile(r"(?:^|[,;:.!] +|[-–—] *|\b(?:and|but|y|pero|e) +)(?=[a-z])")
GREETING = re.compile(
    r"(?:(?:hi|hello|hey|well|so|ok|okay|yes|thanks|please note|by the way|also|and|hola|buenas|buenos dias"
    r"|buenas tardes|bueno|pues|si(?=,)|vale|gracias|por cierto|ademas|oye|mira|y)(?: there| tertulia)?[,;:.! ]+)+"
)
# What follows these is imagined, told, quoted or asked.
NOT_MEANT = re.compile(
    r"\b(?:if|unless|suppose|imagine|pretend|assume|as though|translate|say|says|said|write|correct|rewrite|example"
    r"|story|poem|character|song|when|cuando|suponga|supon|imagina|finge|traduce|dice|dicen|dijo|di|escribe|corrige"
    r"|reescribe|ejemplo|cuento|poema|personaje|cancion|como si|si)\b|[\"“”«»‘?¿`]|(?:^|\s)'"
)


def worth_noting(text: str) -> str | None:
    """The first sentence of ``text`` that states a lasting fact about its writer, without a greeting before it."""
    for line in _own_lines(text):
        for sentence in SENTENCE_END.split(line):
            note = _fact_in(sentence) if len(sentence) <= MAX_NOTE_CHARACTERS else None
            if note and len(note) <= MAX_NOTE_CHARACTERS:  # writing accents in one character may take more of them
                return note
    return None


def _own_lines(text: str) -> Iterator[str]:
    """The lines that hold the writer's own prose."""
    fence = ""
    for line in text.splitlines():
        if not line or line.isspace():
            continue
        opened = FENCE.match(line)
        if opened:
            marks = opened[1]
            if not fence:
                fence = marks
            elif marks.startswith(fence):
                fence = ""
        elif not fence and not NOT_THEIR_WORDS.match(line):
            yield BULLET.sub("", line, count=1)


def _fact_in(sentence: str) -> str | None:
    sentence = " ".join(INVISIBLE.sub("", unicodedata.normalize("NFC", sentence)).split())
    plain = _plain(sentence)
    greeting = GREETING.match(plain)
    start = greeting.end() if greeting and greeting.end() < len(plain) else 0
    sentence, plain = sentence[start:], plain[start:]
    if NOT_MEANT.search(plain) or not any(FACTS.match(plain, clause.end()) for clause in CLAUSE.finditer(plain)):
        return None
    sentence = sentence.rstrip(" .!…")
    return sentence[:1].upper() + sentence[1:]


def _plain(sentence: str) -> str:
    """Small letters without accents, one for each character, so that places in both are the same."""
    letters = (unicodedata.normalize("NFD", character)[0].lower()[:1] for character in sentence)
    return "".join(letters).replace("’", "'")
