"""n-grams: counts and probabilities are those of the course's formula, on texts small enough to count by hand."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.ngrams import MAX_ORDER, NgramModel, pieces, words_of

TEXT = "the cat sat. the cat ran. the dog sat."
texts = st.lists(st.sampled_from(["a", "b", "c", "."]), min_size=1, max_size=40).map(" ".join)
orders = st.integers(1, MAX_ORDER)


def test_a_probability_is_a_ratio_of_counts() -> None:
    found = NgramModel(TEXT, 2, 0.0).next_words(["the"])
    assert (found.num_context, found.num_followers) == (3, 2)
    assert [(one.word, one.count) for one in found.words] == [("cat", 2), ("dog", 1)]
    assert [one.probability for one in found.words] == pytest.approx([2 / 3, 1 / 3])


def test_what_is_added_to_the_counts_goes_to_every_word() -> None:
    found = NgramModel(TEXT, 2, 0.5).next_words(["the"])
    num_words = len(set(words_of(TEXT)))
    assert found.words[0].probability == pytest.approx((2 + 0.5) / (3 + 0.5 * num_words))
    assert found.rest == pytest.approx(0.5 * (num_words - 2) / (3 + 0.5 * num_words))


def test_a_context_that_never_occurs_is_shortened_unless_something_is_added() -> None:
    plain = NgramModel(TEXT, 3, 0.0).next_words(["dog", "the"])
    assert (plain.asked, plain.context, plain.num_dropped) == (("dog", "the"), ("the",), 1)
    smooth = NgramModel(TEXT, 3, 1.0).next_words(["dog", "the"])
    assert (smooth.context, smooth.num_context, smooth.words) == (("dog", "the"), 0, ())
    assert smooth.rest == 1.0


def test_the_last_word_of_a_text_has_nothing_after_it() -> None:
    assert NgramModel("a b", 2, 0.0).next_words(["b"]).context == ()
    assert NgramModel("a b", 2, 0.0).next_words(["never"]).num_context == 2


@given(texts, orders, st.sampled_from([0.0, 0.01, 1.0]), texts)
def test_probabilities_sum_to_one(text: str, order: int, k: float, before: str) -> None:
    found = NgramModel(text, order, k).next_words(words_of(before), num_shown=10)
    unseen = (found.num_words - found.num_followers) * k / (found.num_context + k * found.num_words)
    assert sum(one.probability for one in found.words) + unseen == pytest.approx(1.0)


@given(texts, orders)
def test_counts_are_those_of_a_plain_count(text: str, order: int) -> None:
    words = words_of(text)
    model = NgramModel(text, order, 0.0)
    plain = Counter(words[place : place + order] for place in range(len(words) - order + 1))
    assert (model.facts.num_ngrams, model.facts.num_once) == (len(plain), sum(num == 1 for num in plain.values()))
    for ngram in plain:
        found = {one.word: one.count for one in model.next_words(ngram[:-1]).words}
        assert found[ngram[-1]] == plain[ngram] == model.count_after(ngram[:-1], ngram[-1])


@given(texts, orders)
def test_each_written_word_stood_after_its_context(text: str, order: int) -> None:
    words, model = words_of(text), NgramModel(text, order, 0.0)
    written = model.write(words[:3], 20, seed=1)
    row = [*words[:3], *(one.word for one in written)]
    for place, one in enumerate(written, start=len(words[:3])):
        ngram = tuple(row[place - one.num_context : place + 1])
        assert any(words[start : start + len(ngram)] == ngram for start in range(len(words)))


def test_the_same_seed_writes_the_same_text() -> None:
    model = NgramModel(TEXT, 2, 0.1)
    assert model.write(["the"], 30, 7) == model.write(["the"], 30, 7) != model.write(["the"], 30, 8)


def test_a_long_order_on_a_short_text_copies_it() -> None:
    model = NgramModel(TEXT, 5, 0.0)
    assert "".join(pieces(one.word for one in model.write(words_of("the cat sat"), 7, 1))) == ". the cat ran. the dog"
    assert model.longest_copy(words_of("xyz the cat ran. Not so")) == 4
    assert model.longest_copy([]) == 0


def test_nothing_is_written_after_nothing_learned() -> None:
    assert NgramModel("", 3, 1.0).write(["the"], 5, 1) == ()
    assert NgramModel("", 3, 1.0).next_words([]).words == ()


def test_words_are_put_together_as_they_are_written() -> None:
    assert "".join(pieces(words_of("¿Qué gigantes?, dijo (Sancho): «No.»"))) == "¿qué gigantes?, dijo (sancho): «no.»"
