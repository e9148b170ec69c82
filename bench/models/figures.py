"""What the models' room must reach: estimates that hold, quick switches, downloads that do not hold up the network."""

from __future__ import annotations

from bench.figures import Figure, Record
from bench.rounds import rounded

FORMATS = ("q4_1", "q8_0", "f16")
ESTIMATED = ("memory", "speed")
ESTIMATE_KEYS = (
    *(f"estimate_error_{what}" for what in ESTIMATED),
    *(f"estimate_error_{what}_{name}" for name in FORMATS for what in ESTIMATED),
)
SWITCH_KEYS = ("switch_s", "switch_loaded_s", "switch_full_s")
DOWNLOAD_KEYS = ("download_overhead", "download_overhead_unpaced")
COMPARE_KEYS = ("compare_gain",)
MAX_MEMORY_ERROR = 0.1
MAX_SPEED_ERROR = 0.3
MAX_DOWNLOAD_OVERHEAD = 1.2

FIGURES = (
    Figure("estimate_error_memory", "worst.memory_error", None, MAX_MEMORY_ERROR, at_least=False),
    Figure("estimate_error_speed", "worst.speed_error", None, MAX_SPEED_ERROR, at_least=False),
    *(
        Figure(f"estimate_error_{what}_{name}", f"{name}.{what}_error", None, limit, at_least=False)
        for name in FORMATS
        for what, limit in (("memory", MAX_MEMORY_ERROR), ("speed", MAX_SPEED_ERROR))
    ),
    Figure("switch_s", "switch.unloaded_s"),
    Figure("switch_loaded_s", "switch.loaded_s"),
    Figure("switch_full_s", "switch.full_s"),
    Figure("download_overhead", "download.paced_s", "bare.paced_s", MAX_DOWNLOAD_OVERHEAD, at_least=False),
    Figure("download_overhead_unpaced", "download.unpaced_s", "bare.unpaced_s"),
    Figure("compare_gain", "together.compare_tokens_per_s", "in_turn.compare_tokens_per_s", 1.3),
)
KEYS = tuple(figure.key for figure in FIGURES)


def estimate_errors(record: Record) -> dict[str, dict[str, float | None]]:
    """Of memory and of tokens a second, for each format."""
    named = {"memory": "memory", "tokens_per_s": "speed"}
    return {
        told: {name: rounded(record.median(f"{name}.{what}_error")) for name in FORMATS} for told, what in named.items()
    }
