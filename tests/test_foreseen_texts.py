"""How well a text is foreseen, in windows that overlap: each token counts once."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.evaluation.perplexity import SPARE_TOKENS, Foreseen, foreseen, windows
from tests.byte_scorer import ByteScorer


@given(st.text(max_size=300), st.integers(16, 80))
async def test_every_token_but_the_first_counts_once(text: str, window: int) -> None:
    found = await foreseen(ByteScorer(), "ana", text, window + SPARE_TOKENS)
    content = text.encode()
    assert (found.num_tokens, found.num_bytes) == (max(0, len(content) - 1), max(0, len(content) - 1))
    assert found.nats == pytest.approx(sum(byte % 7 for byte in content[1:]))


@given(st.text(min_size=1, max_size=300), st.integers(16, 80))
async def test_what_a_model_sets_before_a_text_is_not_rated(text: str, window: int) -> None:
    found = await foreseen(ByteScorer(b"<s>"), "ana", text, window + SPARE_TOKENS)
    assert found.num_bytes == len(text.encode())
    assert found.nats == pytest.approx(sum(byte % 7 for byte in text.encode()))


async def test_later_windows_begin_half_a_window_back() -> None:
    scorer = ByteScorer()
    text = "".join(chr(97 + number % 26) for number in range(100))
    await foreseen(scorer, "ana", text, 40 + SPARE_TOKENS)
    assert scorer.texts == [text[:40], text[20:60], text[40:80], text[60:100]]


@given(st.lists(st.sampled_from([b"a", b" the", b"\xc3", b"\xb1", "中".encode()]), max_size=120), st.integers(8, 40))
def test_any_tokens_are_read_to_the_end(tokens: list[bytes], most: int) -> None:
    found = list(windows(tokens, most))
    assert len(found) <= len(tokens)
    assert bool(found) == bool(tokens)


def test_figures_of_two_texts_add_up() -> None:
    both = Foreseen(math.log(4), 1, 2) + Foreseen.from_metrics(Foreseen(math.log(16), 1, 1).metrics)
    assert both.perplexity == pytest.approx(8)
    assert both.bits_per_byte == pytest.approx(2)
    assert Foreseen().perplexity is None
    assert Foreseen().bits_per_byte is None
