"""The playground's experiments over a model that is pure arithmetic."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import EngineBusy, MessageTooLong, OptionInvalid, PathEnded, PathTooLong, PromptTooLong
from models.next_token import ModelVocabulary
from models.sampling import SamplingParams
from playground.chain import Order
from playground.experiments import Playground
from playground.next_token import ChainSettings
from playground.positions import MAX_CHARACTERS, MAX_STEPS, Position, PromptText
from tests.scripted_rows import (
    BEGIN_ID,
    CONTEXT_TOKENS,
    END_ID,
    FACTS,
    VOCABULARY,
    ScriptedRows,
    logits_after,
    token_ids,
)

ANA, BEN = "ana", "ben"
PROMPT = PromptText("the cat sat on")
PLAIN = ChainSettings(SamplingParams(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0))
CUT = ChainSettings(SamplingParams(temperature=1.5, top_k=12, top_p=0.8, min_p=0.02, seed=7))
GREEDY = ChainSettings(SamplingParams(temperature=0.0))
NUM_IDS = len(VOCABULARY.token_bytes)
A, B = ord("A"), ord("B")


@pytest.fixture
def rows() -> ScriptedRows:
    return ScriptedRows()


@pytest.fixture
def playground(rows: ScriptedRows) -> Playground:
    return Playground(rows, lambda: FACTS)


# --- one token --------------------------------------------------------------------------------------------------------


async def test_moving_a_setting_asks_the_model_nothing(playground: Playground, rows: ScriptedRows) -> None:
    position = await playground.look(ANA, PROMPT)
    for chain in (PLAIN, CUT, GREEDY):
        await playground.view(ANA, position, chain)
    assert len(rows.asked) == 1


async def test_what_another_owner_read_is_not_handed_out(playground: Playground, rows: ScriptedRows) -> None:
    position = await playground.look(ANA, PROMPT)
    await playground.view(BEN, position, PLAIN)
    assert len(rows.asked) == 2


async def test_every_stage_shows_what_it_leaves_and_who_cut(playground: Playground) -> None:
    view = await playground.view(ANA, await playground.look(ANA, PROMPT), CUT, num_shown=NUM_IDS)
    names = [stage.name for stage in view.stages]
    assert names == ["model", "top_k", "top_p", "min_p", "temp"]
    assert [stage.num_survivors for stage in view.stages][:2] == [NUM_IDS, 12]
    for candidate in view.candidates:
        left = names.index(candidate.cut_by) if candidate.cut_by else len(names)
        assert all(share > 0 for share in candidate.after[:left])
        assert not any(candidate.after[left:])
    for place, stage in enumerate(view.stages):
        assert sum(candidate.after[place] for candidate in view.candidates) == pytest.approx(1)
        assert stage.num_effective == pytest.approx(2**stage.entropy_bits)
    masses = [stage.mass for stage in view.stages]
    assert masses == sorted(masses, reverse=True)


async def test_candidates_keep_their_places_while_settings_move(playground: Playground) -> None:
    position = await playground.look(ANA, PROMPT)
    seen = [await playground.view(ANA, position, chain, 5) for chain in (PLAIN, CUT, GREEDY)]
    assert len({tuple(candidate.token_id for candidate in view.candidates) for view in seen}) == 1


@settings(deadline=None)
@given(
    st.floats(0.05, 3.0),
    st.integers(0, 50),
    st.floats(0.1, 1.0),
    st.sampled_from([1.0, 1.3]),
    st.sampled_from(list(Order)),
    st.integers(0, NUM_IDS - 1),
)
async def test_the_formula_comes_to_the_probability_that_is_shown(
    temperature: float, top_k: int, top_p: float, penalty: float, order: Order, chosen: int
) -> None:
    playground = Playground(ScriptedRows(), lambda: FACTS)
    sampling = SamplingParams(temperature=temperature, top_k=top_k, top_p=top_p, repeat_penalty=penalty)
    view = await playground.view(ANA, Position(PROMPT), ChainSettings(sampling, order), chosen=chosen)
    (candidate,) = [candidate for candidate in view.candidates if candidate.token_id == chosen]
    formula = view.softmax
    assert formula.token_id == chosen
    assert formula.denominator is not None
    assert formula.probability == pytest.approx(formula.numerator / formula.denominator)
    assert formula.probability == pytest.approx(candidate.probability_after, rel=1e-4, abs=1e-9)


async def test_temperature_0_makes_no_sum(playground: Playground) -> None:
    position = await playground.look(ANA, PROMPT)
    view = await playground.view(ANA, position, GREEDY)
    assert view.softmax.denominator is None
    assert view.softmax.probability == 1
    assert view.softmax.token_id == await playground.greedy(ANA, position) == view.candidates[0].token_id


async def test_the_orders_part_where_the_temperature_moves_a_cut(playground: Playground) -> None:
    position = await playground.look(ANA, PROMPT)
    engine = await playground.view(ANA, position, CUT)
    textbook = await playground.view(ANA, position, ChainSettings(CUT.sampling, Order.TEXTBOOK))
    assert engine.difference == textbook.difference
    assert engine.difference is not None
    assert engine.difference.num_only_textbook > 0
    assert (await playground.view(ANA, position, PLAIN)).difference is None


async def test_what_xtc_may_take_is_marked(playground: Playground) -> None:
    sampling = SamplingParams(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, xtc_probability=0.5, xtc_threshold=0.05)
    view = await playground.view(ANA, await playground.look(ANA, PROMPT), ChainSettings(sampling))
    assert any(candidate.is_at_risk and candidate.cut_by is None for candidate in view.candidates)


async def test_what_the_model_may_not_write_never_comes() -> None:
    best = int(logits_after(token_ids("the cat sat on"), NUM_IDS).argmax())
    forbidding = ModelVocabulary("scripted", VOCABULARY.token_bytes, VOCABULARY.control_ids, (best,))
    playground = Playground(ScriptedRows(forbidding), lambda: FACTS)
    position = await playground.look(ANA, PROMPT)
    assert await playground.greedy(ANA, position) != best
    view = await playground.view(ANA, position, PLAIN)
    assert view.candidates[0].token_id == best
    assert view.candidates[0].cut_by == "logit_bias"


# --- what people write ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " ", "<|end|>", "😀", "中文", "\ud83d", "\0", "ñandú\n\n"])
@pytest.mark.parametrize("is_chat", [False, True])
async def test_any_text_is_looked_at(playground: Playground, text: str, is_chat: bool) -> None:
    view = await playground.view(ANA, await playground.look(ANA, PromptText(text, is_chat)), PLAIN)
    assert view.num_tokens >= 1
    assert (await playground.tokens(text)).num_characters == len(text)
    assert math.isfinite((await playground.score(ANA, text)).log_probability)


async def test_text_like_a_control_token_is_text(playground: Playground, rows: ScriptedRows) -> None:
    await playground.look(ANA, PromptText("<|end|>"))
    assert END_ID not in rows.asked[-1]
    await playground.look(ANA, PromptText(""))
    assert rows.asked[-1] == (BEGIN_ID,)


async def test_too_long_says_by_how_much(playground: Playground) -> None:
    with pytest.raises(PromptTooLong) as told:
        await playground.look(ANA, PromptText("x" * 600))
    assert told.value.values == {"length": 600, "limit": CONTEXT_TOKENS - 1}
    with pytest.raises(MessageTooLong):
        await playground.look(ANA, PromptText("x" * (MAX_CHARACTERS + 1)))
    with pytest.raises(MessageTooLong):
        await playground.tokens("x" * (MAX_CHARACTERS + 1))


async def test_an_engine_that_cannot_is_told_and_the_next_look_works(
    playground: Playground, rows: ScriptedRows
) -> None:
    rows.error = EngineBusy()
    with pytest.raises(EngineBusy):
        await playground.look(ANA, PROMPT)
    rows.error = None
    assert (await playground.look(ANA, PROMPT)).prompt == PROMPT


# --- step by step -----------------------------------------------------------------------------------------------------


async def test_a_step_reads_one_token_and_undo_none(playground: Playground, rows: ScriptedRows) -> None:
    position = await playground.look(ANA, PROMPT)
    further = await playground.step(ANA, await playground.step(ANA, position, A), B)
    assert rows.asked[-1] == (*rows.asked[0], A, B)
    num_asked = len(rows.asked)
    assert further.back().back() == position == position.back()
    await playground.view(ANA, further.back(), PLAIN)
    assert len(rows.asked) == num_asked


async def test_the_path_tells_what_the_model_gave_each_token(playground: Playground) -> None:
    position = await playground.look(ANA, PROMPT)
    before = await playground.view(ANA, position, PLAIN, chosen=A)
    path = await playground.path(ANA, await playground.step(ANA, position, A))
    assert [(token.token_id, token.token_bytes) for token in path] == [(A, b"A")]
    assert path[0].probability == pytest.approx(before.softmax.probability)


async def test_a_path_from_a_link_is_read_where_it_was_not(playground: Playground) -> None:
    path = await playground.path(ANA, Position(PROMPT, (A, B)))
    position = await playground.look(BEN, PROMPT)
    assert path == await playground.path(BEN, await playground.step(BEN, await playground.step(BEN, position, A), B))


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ((END_ID,), PathEnded),
        ((NUM_IDS,), OptionInvalid),
        ((-1,), OptionInvalid),
        ((A,) * (MAX_STEPS + 1), PathTooLong),
    ],
)
async def test_a_path_that_cannot_be_is_refused(
    playground: Playground, rows: ScriptedRows, path: tuple[int, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await playground.view(ANA, Position(PROMPT, path), PLAIN)
    with pytest.raises(error):
        await playground.step(ANA, Position(PROMPT, path[:-1]), path[-1])
    assert not any(END_ID in ids for ids in rows.asked)


async def test_a_token_that_is_none_has_no_formula(playground: Playground) -> None:
    with pytest.raises(OptionInvalid):
        await playground.view(ANA, Position(PROMPT), PLAIN, chosen=NUM_IDS)


async def test_the_same_seed_draws_the_same_token_from_what_is_left(playground: Playground) -> None:
    position = await playground.look(ANA, PROMPT)
    token_id = await playground.draw(ANA, position, CUT)
    assert token_id == await playground.draw(BEN, position, CUT)
    view = await playground.view(ANA, position, CUT, num_shown=NUM_IDS)
    assert token_id in [candidate.token_id for candidate in view.candidates if candidate.cut_by is None]


async def test_draws_come_nearer_to_the_bars_the_more_there_are(playground: Playground) -> None:
    position = await playground.look(ANA, PROMPT)
    few, many = [await playground.draws(ANA, position, CUT, num) for num in (20, 20_000)]
    assert many.distance < 0.02 < few.distance
    assert sum(one.count for one in many.bins) + many.num_others == 20_000
    for num in (0, -1, 10**9):
        with pytest.raises(OptionInvalid):
            await playground.draws(ANA, position, CUT, num)


# --- whole texts ------------------------------------------------------------------------------------------------------


async def test_a_text_in_two_languages(playground: Playground) -> None:
    english, spanish = await playground.compare("the cat sat", "el gato se sentó")
    assert (english.num_words, spanish.num_words) == (3, 4)
    assert english.tokens_per_word == len(english.tokens) / 3
    assert spanish.window_share == len(spanish.tokens) / CONTEXT_TOKENS
    assert b"".join(token.token_bytes for token in spanish.tokens).decode() == "el gato se sentó"


async def test_a_score_is_the_sum_of_the_next_tokens(playground: Playground) -> None:
    scored = await playground.score(ANA, "the cat sat")
    first = len(scored.tokens[0].token_bytes)
    position = await playground.look(ANA, PromptText("the cat sat"[:first]))
    for token in scored.tokens[1:]:
        position = await playground.step(ANA, position, token.token_id)
    chances = [token.probability for token in await playground.path(ANA, position)]
    assert scored.log_probability == pytest.approx(sum(map(math.log, chances)), abs=1e-4)
    assert scored.perplexity == pytest.approx(math.exp(-scored.log_probability / (len(scored.tokens) - 1)))


async def test_of_two_texts_the_likelier_is_told(playground: Playground) -> None:
    both = await playground.compare_scores(ANA, "the cat", "the cat sat on the mat")
    assert both.likelier == 0
    assert both.log_ratio == both.texts[0].log_probability - both.texts[1].log_probability > 0
    assert (await playground.compare_scores(ANA, "the cat", "the cat")).likelier is None
    nothing = await playground.compare_scores(ANA, "the cat", "")
    assert (nothing.likelier, nothing.texts[1].perplexity) == (None, None)
