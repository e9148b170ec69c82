"""What the Playground must reach: a slider in the browser, a step and a look beside a bare decode, samples together."""

from __future__ import annotations

from bench.figures import Figure

SLIDER_KEYS = ("slider_ms_p95", "slider_over_round_trip_ms", "slider_ms_p50", "round_trip_ms")
STEP_KEYS = ("step_ms_p50", "step_ratio")
LOOK_KEYS = ("next_token_ms", "next_token_ratio")
BATCH_KEYS = ("batch_gain_8",)

FIGURES = (
    Figure("slider_ms_p95", "browser.slider_ms_p95", None, 250, at_least=False),
    Figure("slider_over_round_trip_ms", "browser.over_round_trip_ms", None, 100, at_least=False),
    Figure("slider_ms_p50", "browser.slider_ms_p50"),
    Figure("round_trip_ms", "browser.round_trip_ms"),
    Figure("step_ms_p50", "ours.step_ms"),
    Figure("step_ratio", "ours.step_ms", "raw.step_ms", 1.5, at_least=False),
    Figure("next_token_ms", "ours.look_ms"),
    Figure("next_token_ratio", "ours.look_ms", "raw.look_ms", 2, at_least=False),
    Figure("batch_gain_8", "together.tokens_per_s", "in_turn.tokens_per_s", 1.8),
)
KEYS = tuple(figure.key for figure in FIGURES)
