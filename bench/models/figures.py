"""What the models' room must reach: estimates that hold, answers together that are sooner done than one by one."""

from __future__ import annotations

from bench.figures import Figure

FORMATS = ("q4_1", "q8_0", "f16")
ESTIMATE_KEYS = (
    "memory_error",
    "speed_error",
    *(f"{what}_error_{name}" for name in FORMATS for what in ("memory", "speed")),
)
COMPARE_KEYS = ("compare_gain",)
MAX_MEMORY_ERROR = 0.1
MAX_SPEED_ERROR = 0.3

FIGURES = (
    Figure("memory_error", "worst.memory_error", None, MAX_MEMORY_ERROR, at_least=False),
    Figure("speed_error", "worst.speed_error", None, MAX_SPEED_ERROR, at_least=False),
    *(
        Figure(f"{what}_error_{name}", f"{name}.{what}_error", None, limit, at_least=False)
        for name in FORMATS
        for what, limit in (("memory", MAX_MEMORY_ERROR), ("speed", MAX_SPEED_ERROR))
    ),
    Figure("compare_gain", "together.compare_tokens_per_s", "in_turn.compare_tokens_per_s", 1.3),
)
KEYS = tuple(figure.key for figure in FIGURES)
