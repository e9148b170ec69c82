"""What is hidden of a text that comes in pieces does not depend on how it was cut."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from safety.leaks import leak_rules
from safety.prompt_echo import PromptEcho
from safety.stream_mask import HIDDEN, StreamMask

SECRETS = ("correct-horse-battery", "geheim99", "short")
PROMPT = "You are Tertulia and you answer in plain words with short sentences and never invent a source of any kind."
PEM = "-----BEGIN RSA PRIVATE KEY-----\n" + "\n".join(["MIIEpAIBAAKCAQEA7bq0" * 3] * 25) + "\nab=="
KEYS = (
    "sk-proj-Ab12Cd34Ef56Gh78Ij90Kl",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "AKIAIOSFODNN7EXAMPLE",
    "gsk_" + "a1B2" * 12,
    "xai-" + "a1B2" * 12,
    PEM,
    *SECRETS[:2],
)
PLAIN = (
    "the task-list of sk-learn, `desk-12`, risk-averse-people-of-the-1990s-and-later and hf_hub",
    "def f(s: str) -> List[str]:\n    return [s for s in 'sk-'.split('-')]  # AKIA gsk_ xai-",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "$\\sum_{k=1}^n k$ | a | b |\n|---|---|\nYou are Tertulia and you answer in a loud voice, short.",
)


def masked(text: str, cuts: Sequence[int] = ()) -> str:
    mask, echo = StreamMask(leak_rules(SECRETS)), PromptEcho((PROMPT,))
    ends = [*sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    shown = "".join(echo.feed(mask.feed(piece)) for piece in pieces)
    return shown + echo.feed(mask.finish()) + echo.finish()


@pytest.mark.parametrize("key", KEYS)
def test_keys_and_secrets_are_hidden_within_text(key: str) -> None:
    assert masked(f"Here: {key}, he said.") == f"Here: {HIDDEN}, he said."
    assert masked(f"`{key}`") == f"`{HIDDEN}`"
    assert masked(key) == HIDDEN


@pytest.mark.parametrize("text", PLAIN)
def test_code_and_prose_stay_whole(text: str) -> None:
    assert masked(text) == text


def test_a_secret_that_the_end_cut_is_hidden_as_well() -> None:
    assert masked("It is correct-horse-b") == f"It is {HIDDEN}"


def test_the_system_prompt_word_for_word_is_hidden() -> None:
    shown = masked(f"My orders: {PROMPT} So it is.")
    assert shown == f"My orders: You are Tertulia and you answer {HIDDEN}. So it is."
    assert "invent" not in masked(f"MY ORDERS:\n{PROMPT.upper().replace(' ', chr(10))}")


def test_any_cut_gives_the_same_text() -> None:
    draw = random.Random(7)
    parts = (*KEYS, *PLAIN, PROMPT, "sk-", "correct-", " ", "You are Tertulia and you answer in ", "A", "\n")
    for _ in range(80):
        text = "".join(draw.choice(parts) + draw.choice(("", " ", "s")) for _ in range(draw.randint(1, 5)))
        whole = masked(text)
        assert masked(text, range(1, len(text))) == whole
        for _ in range(3):
            assert masked(text, [draw.randrange(len(text) + 1) for _ in range(draw.randint(1, 30))]) == whole


def test_nothing_of_a_secret_is_shown_on_the_way() -> None:
    mask = StreamMask(leak_rules(SECRETS))
    text = "It is correct-horse-battery now"
    shown = ""
    for character in text:
        shown += mask.feed(character)
        assert "corr" not in shown
    assert shown + mask.finish() == f"It is {HIDDEN} now"
    assert mask.acted == ("secret",)


def test_text_without_a_beginning_of_a_match_passes_at_once() -> None:
    mask = StreamMask(leak_rules(SECRETS))
    assert mask.feed("Hello there, all ") == "Hello there, all "
