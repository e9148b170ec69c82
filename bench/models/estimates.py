"""What was estimated of a file before it was loaded, beside what it took and how fast it wrote."""

from __future__ import annotations

from pathlib import Path

import psutil

from bench.answer import NothingToMeasure, Request
from bench.contenders.ours import Ours
from bench.figures import decode_rate
from bench.models.figures import FORMATS
from bench.models.setup import Setup
from bench.questions import document, story
from models.gguf import read_gguf
from models.memory_need import EnginePlan, memory_need, model_shape, weights_bytes
from models.speed_estimate import measure_bandwidth, token_cost, tokens_per_second

WORKER = "models.engine.worker"
SPARE_TOKENS = 128  # of the window, for the template around the document and for the answer
PROMPT_TOKENS = 64  # of the story that is asked for, and half of it


def measure_estimates(setup: Setup, round_index: int) -> None:
    """Speed first: a cache that is full of documents is read past by every token."""
    errors: dict[str, list[float]] = {"speed": [], "memory": []}
    for name in FORMATS:
        with setup.engine_with(name) as (path, ours):
            speed = _measure_speed(setup, name, path, ours)
            memory = _measure_memory(setup, name, path, ours, round_index)
        setup.record.add(**{f"{name}__speed_error": speed, f"{name}__memory_error": memory})
        errors["speed"].append(speed)
        errors["memory"].append(memory)
    setup.record.add(**{f"worst__{what}_error": max(found) for what, found in errors.items()})


def _measure_speed(setup: Setup, name: str, path: Path, ours: Ours) -> float:
    """The bandwidth is measured for each anew: a machine may be slower a minute later."""
    header = read_gguf(path)
    bandwidth = measure_bandwidth(setup.options.threads, setup.plan.bandwidth_s)
    setup.record.add(machine__bandwidth_gb_s=bandwidth / 1e9)
    answers = ours.write([Request(story("a lighthouse"), setup.plan.write_tokens)])
    measured = decode_rate(answers)
    said_tokens = PROMPT_TOKENS + setup.plan.write_tokens // 2
    estimate = tokens_per_second(token_cost(header), bandwidth, said_tokens * model_shape(header).cell_bytes)
    setup.record.add(**{f"{name}__tokens_per_s": measured, f"{name}__estimated_tokens_per_s": estimate})
    return abs(estimate / measured - 1)


def _measure_memory(setup: Setup, name: str, path: Path, ours: Ours, round_index: int) -> float:
    """With documents that fill the whole cache, each read by a reader of its own."""
    header, card = read_gguf(path), ours.card
    readers = range(card.cache_tokens // card.context_tokens)
    documents = [document(card.context_tokens - SPARE_TOKENS, seed=10 * round_index + index) for index in readers]
    ours.write([Request(messages, max_tokens=8, reader=str(index)) for index, messages in enumerate(documents)])
    measured = worker_bytes()
    plan = EnginePlan(card.cache_tokens, card.batch_tokens + card.max_sequences, card.max_sequences)
    need = memory_need(weights_bytes(header), model_shape(header), plan)
    setup.record.add(**{f"{name}__mb": measured / 2**20, f"{name}__estimated_mb": need.total / 2**20})
    return abs(need.total / measured - 1)


def worker_bytes() -> int:
    """Memory of the process of the model that was loaded last, and of its file what it has read."""
    workers = [child for child in psutil.Process().children() if WORKER in child.cmdline()]
    if not workers:
        raise NothingToMeasure("the model's process is gone")
    return int(max(workers, key=psutil.Process.create_time).memory_info().rss)
