from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.default_model import default_model_file
from models.gguf import GgufHeader, Value, read_gguf
from models.memory_need import (
    PROGRAM_BYTES,
    WORD_BYTES,
    EnginePlan,
    Fit,
    Layer,
    MemoryNeed,
    ModelShape,
    fit,
    memory_need,
    model_shape,
    weights_bytes,
)
from tests.gguf_writer import llama_values

PLAN = EnginePlan(cells=4_096, num_rows=272, max_sequences=16)


def shape(**changed: Value) -> ModelShape:
    return model_shape(GgufHeader(values=llama_values(**changed)))


def of(architecture: str, **own: Value) -> ModelShape:
    values: dict[str, Value] = {"general.architecture": architecture}
    values |= {f"{architecture}.{name.replace('__', '.')}": value for name, value in own.items()}
    return model_shape(GgufHeader(values=values))


def test_the_default_model() -> None:
    header = read_gguf(default_model_file())
    assert model_shape(header).cell_bytes == 30 * 2 * 2 * 3 * 64  # layers, key and value, 16 bits, kept heads, length
    assert weights_bytes(header) == pytest.approx(default_model_file().stat().st_size, rel=0.03)


def test_grouped_queries_keep_fewer_heads() -> None:
    grouped, plain = shape(), shape(attention__head_count_kv=8)
    assert plain.cell_bytes == 4 * grouped.cell_bytes == 4 * 4 * 2 * 2 * 2 * 8


def test_a_file_may_give_the_lengths_of_keys_and_values_itself() -> None:
    assert shape(attention__key_length=128, attention__value_length=64).cell_bytes == 4 * 2 * 2 * (128 + 64)


def test_a_file_may_give_each_layer_its_own_number_of_heads() -> None:
    assert shape(attention__head_count_kv=(2, 0, 2, 0)).cell_bytes == shape().cell_bytes // 2


def test_recurrent_layers_keep_a_state_for_each_conversation_and_nothing_for_each_token() -> None:
    """As LFM2.5 1.2B: 6 of 16 layers look at what was said, the others keep two columns."""
    kept = (0, 0, 8, 0, 0, 8, 0, 0, 8, 0, 8, 0, 8, 0, 8, 0)
    lengths: dict[str, Value] = {"embedding_length": 2_048, "shortconv__l_cache": 3, "block_count": 16}
    found = of("lfm2", attention__head_count=32, attention__head_count_kv=kept, **lengths)
    assert found.cell_bytes == 12_288
    assert found.cache_bytes(PLAN) == 12_288 * PLAN.cells + 16 * 10 * 2 * 2_048 * 4


def test_every_fourth_layer_may_be_the_one_that_looks_at_everything() -> None:
    """As Qwen3.5 2B."""
    heads: dict[str, Value] = {"attention__head_count": 8, "attention__head_count_kv": 2, "attention__key_length": 256}
    found = of("qwen35", block_count=24, full_attention_interval=4, attention__value_length=256, **heads)
    assert found.cell_bytes == 12_288


def test_layers_that_share_keys_and_values_keep_none_of_their_own() -> None:
    """As Gemma 4 E2B: 15 of 35 layers keep some, every fifth of them longer ones."""
    lengths: dict[str, Value] = {f"attention__{part}_length": 512 for part in ("key", "value")}
    lengths |= {f"attention__{part}_length_swa": 256 for part in ("key", "value")}
    pattern: dict[str, Value] = {"attention__sliding_window": 512, "attention__sliding_window_pattern": 5}
    heads: dict[str, Value] = {"attention__head_count": 8, "attention__head_count_kv": 1}
    found = of("gemma4", block_count=35, attention__shared_kv_layers=20, **lengths, **pattern, **heads)
    assert found.cell_bytes == 18_432


@pytest.mark.parametrize("pattern", [{}, {"attention__sliding_window_pattern": (True, True, True, True, True, False)}])
def test_layers_with_a_window_could_forget_and_our_engine_keeps_all(pattern: dict[str, Value]) -> None:
    heads: dict[str, Value] = {"attention__head_count": 4, "attention__head_count_kv": 1, "embedding_length": 1_024}
    found = of("gemma3", block_count=6, attention__sliding_window=32, **heads, **pattern)
    assert [layer.has_window for layer in found.layers] == [True] * 5 + [False]
    in_window = 1_024  # 16 conversations of 32 tokens and the batch, up to the next 256
    per_layer = found.cell_bytes // 6
    assert found.cache_bytes(PLAN, keeps_all=False) == per_layer * (5 * in_window + PLAN.cells)
    assert found.cache_bytes(PLAN) == found.cell_bytes * PLAN.cells


def test_an_encoder_keeps_nothing() -> None:
    assert of("bert", block_count=12, embedding_length=384, attention__head_count=12).cell_bytes == 0


@given(st.dictionaries(st.sampled_from(sorted(llama_values())), st.one_of(st.integers(), st.text(), st.booleans())))
def test_a_header_that_makes_no_sense_is_no_reason_to_fail(values: dict[str, Value]) -> None:
    header = GgufHeader(values=llama_values() | values | {"general.architecture": "llama"})
    need = memory_need(weights_bytes(header), model_shape(header), PLAN)
    assert need.total >= PROGRAM_BYTES


def test_the_cache_is_planned_as_the_engine_asks_for_it() -> None:
    assert EnginePlan.for_context(8_192) == EnginePlan(cells=16_384, num_rows=272, max_sequences=16)
    assert EnginePlan.for_context(1_000, max_sequences=1).cells == 1_024


def test_scratch_holds_the_scores_of_every_head_and_a_row_of_logits_for_every_conversation() -> None:
    words = ModelShape((Layer(4),), num_heads=8, vocabulary_size=100)
    mask = 4 * PLAN.num_rows * PLAN.cells
    assert memory_need(0, words, PLAN).scratch == 8 * mask + mask + 4 * 16 * 100


def test_a_larger_vocabulary_makes_a_larger_program() -> None:
    few, many = (memory_need(0, ModelShape((), 1, size), PLAN).program for size in (0, 1_000))
    assert (few, many) == (PROGRAM_BYTES, PROGRAM_BYTES + 1_000 * WORD_BYTES)


def test_what_fits() -> None:
    need = MemoryNeed(weights=700, cache=200, scratch=100, program=0)
    assert need.total == 1_000
    assert [fit(need, free) for free in (999, 1_000, 1_249, 1_250)] == [
        Fit.TOO_LARGE,
        Fit.TIGHT,
        Fit.TIGHT,
        Fit.ROOMY,
    ]
