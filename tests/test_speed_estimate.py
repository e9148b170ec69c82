from __future__ import annotations

import pytest

from models.gguf import GgufHeader, Tensor, Value
from models.speed_estimate import (
    F16,
    LAYER_S,
    SHARES,
    TokenCost,
    measure_bandwidth,
    token_cost,
    tokens_per_second,
    usual_cost,
)
from tests.gguf_writer import llama_values

TABLE = Tensor("token_embd.weight", 8, (64, 1_000))
LAYER = Tensor("blk.0.ffn_up.weight", 3, (64, 640))
OUTPUT = Tensor("output.weight", 14, (256, 1_000))


def cost(*tensors: Tensor, **changed: Value) -> TokenCost:
    return token_cost(GgufHeader(tensors=tensors, values=llama_values(**changed)))


def test_a_table_of_tokens_is_read_whole_when_it_is_the_output_too() -> None:
    assert cost(TABLE, LAYER).read_bytes == {8: TABLE.num_bytes, 3: LAYER.num_bytes}
    assert cost(TABLE, LAYER, OUTPUT).read_bytes == {3: LAYER.num_bytes, 14: OUTPUT.num_bytes}


def test_of_a_table_for_each_layer_one_line_is_read() -> None:
    lines = Tensor("per_layer_token_embd.weight", 8, (64, 100_000))
    assert cost(TABLE, lines).total_bytes == TABLE.num_bytes


def test_of_experts_only_those_are_read_that_are_asked() -> None:
    experts = Tensor("blk.0.ffn_up_exps.weight", 8, (64, 64, 8))
    assert cost(experts, expert_count=8, expert_used_count=2).total_bytes == experts.num_bytes // 4


def test_twice_the_bandwidth_is_nearly_twice_the_speed_and_a_longer_text_is_slower() -> None:
    model = usual_cost("Q8_0", 1_000_000_000, num_layers=0)
    slow, fast = tokens_per_second(model, 1e10), tokens_per_second(model, 2e10)
    assert fast == pytest.approx(2 * slow)
    assert slow == pytest.approx(10 * SHARES[8])
    assert tokens_per_second(model, 1e10, cache_bytes=10**9) == pytest.approx(1 / (0.1 / SHARES[8] + 0.1 / SHARES[F16]))


def test_layers_cost_time_however_small_they_are() -> None:
    assert tokens_per_second(TokenCost({8: 0}, num_layers=20), 1e10) == pytest.approx(1 / (20 * LAYER_S))


def test_nothing_known_gives_no_speed() -> None:
    assert tokens_per_second(TokenCost({}, 0), 1e10) == 0


def test_the_bandwidth_is_the_median_of_what_fits_in_the_time() -> None:
    begin, *readings = 0, (0, 10, 10), (10, 30, 30)  # from, until, and whether there is time for another
    ticks = iter([begin, *(time for reading in readings for time in reading)])
    rate = measure_bandwidth(threads=2, seconds=25, num_bytes=1_000, clock=lambda: next(ticks))
    assert rate == 75  # of 100 and 50 bytes a second


def test_a_machine_is_measured() -> None:
    assert measure_bandwidth(threads=1, seconds=0, num_bytes=2**20) > 0
