"""What the agent must reach, by strategy and model."""

from __future__ import annotations

from agents.options import Strategy
from bench.figures import Figure, Record

STRATEGIES = (Strategy.CONSTRAINED, Strategy.REACT, Strategy.SEARCH_FIRST, Strategy.NATIVE)
DEFAULT, PERFECT = "default", "perfect"
MODELS = (DEFAULT, PERFECT)
RATES = ("parse_rate", "right_tool_rate", "right_arguments_rate", "grounded_rate", "answer_rate")
OVERHEADS = ("loop_overhead_ms", "loop_overhead_p95_ms")
STOP = "stop_s"
TARGETS = {"parse_rate": 1.0, "loop_overhead_ms": 30.0, STOP: 1.0}
AT_MOST = (*OVERHEADS, STOP)
WORST = {"parse_rate": min, "loop_overhead_ms": max, STOP: max}  # over all strategies and models


def answer_keys(strategy: Strategy, model: str) -> tuple[str, ...]:
    """The figures of a model's answers."""
    plain: tuple[str, ...] = ("parse_rate", "loop_overhead_ms")
    if model == DEFAULT:
        plain += ("right_tool_rate", *(("grounded_rate",) if strategy is Strategy.SEARCH_FIRST else ()))
    return (*(f"{strategy}_{model}_{part}" for part in (*RATES, *OVERHEADS)), *plain)


def stop_keys(strategy: Strategy, model: str) -> tuple[str, ...]:
    return (f"{strategy}_{model}_{STOP}", STOP)


def _figure(strategy: Strategy, model: str, part: str) -> Figure:
    is_quoting = (strategy, model, part) == (Strategy.SEARCH_FIRST, DEFAULT, "grounded_rate")
    target = 0.9 if is_quoting else TARGETS.get(part)
    return Figure(f"{strategy}_{model}_{part}", f"{strategy}_{model}.{part}", None, target, part not in AT_MOST)


FIGURES = (
    *(Figure(key, f"worst.{key}", None, TARGETS[key], key not in AT_MOST) for key in WORST),
    Figure("right_tool_rate", "auto.right_tool_rate"),
    Figure("grounded_rate", f"{Strategy.SEARCH_FIRST}_{DEFAULT}.grounded_rate", None, 0.9),
    *(
        _figure(strategy, model, part)
        for model in MODELS
        for strategy in STRATEGIES
        for part in (*RATES, *OVERHEADS, STOP)
    ),
)
KEYS = tuple(figure.key for figure in FIGURES)


def add_worst(record: Record) -> None:
    """The worst of all strategies and models that were measured."""
    for key, worst in WORST.items():
        measured = [record.median(f"{strategy}_{model}.{key}") for strategy in STRATEGIES for model in MODELS]
        if known := [value for value in measured if value is not None]:
            record.add(**{f"worst__{key}": worst(known)})
