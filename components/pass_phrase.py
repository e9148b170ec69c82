"""Pass phrases that can be read aloud and typed on a telephone."""

from __future__ import annotations

from xkcdpass import xkcd_password

# Diceware's idea: words drawn evenly. 5 of 6,134 English ones are 62 bits, 5 of 29,136 Spanish ones 74: far too many to
# guess through a door that lets somebody try five times a minute.
NUM_WORDS = 5
WORD_LISTS = {"en": "eff-long", "es": "spa-mich"}
WITHOUT_ACCENTS = "[a-z]"  # on a telephone they are easily left out


def new_pass_phrase(language: str) -> str:
    """Words of ``language`` with hyphens between them, drawn by the system's own source of chance."""
    words = xkcd_password.generate_wordlist(
        WORD_LISTS[language], min_length=4, max_length=8, valid_chars=WITHOUT_ACCENTS
    )
    return str(xkcd_password.generate_xkcdpassword(words, numwords=NUM_WORDS, delimiter="-"))
