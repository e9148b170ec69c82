"""What each memory sees, as a table for others."""

from __future__ import annotations

from playground.context import ContextView, Sight
from playground.exports import Row, Table


def context_table(view: ContextView) -> Table:
    """A row for each turn with what becomes of it, and once what each memory sends."""
    rows = tuple(
        {
            "turn": number + 1,
            "text": "\n".join(text for _, text in turn.messages),
            "tokens": turn.num_tokens,
            **{str(sight.memory): str(sight.fate(number)) for sight in view.sights},
        }
        for number, turn in enumerate(view.turns)
    )
    return Table(
        rows=rows,
        summary={
            "num_tokens": view.num_tokens,
            "window_tokens": view.window_tokens,
            "answer_tokens": view.answer_tokens,
            "memories": [_sent(sight) for sight in view.sights],
        },
    )


def _sent(sight: Sight) -> Row:
    """``prompt`` as the model is given it; it may be cut within a character."""
    prompt = b"".join(text for run in sight.prompt for text in run.texts).decode(errors="replace")
    fits = sight.too_long is None
    return {
        "memory": str(sight.memory),
        "fits": fits,
        "num_tokens": sight.num_tokens if fits else sight.too_long and sight.too_long.values["length"],
        "summary": sight.summary,
        "prompt": prompt,
    }
