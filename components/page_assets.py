"""The page's own scripts and styles: each of ``ASSETS`` is a ``.js`` and a ``.css`` in ``assets``."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "assets"
# The first script makes what the others share.
ASSETS = (
    "page",
    "room",
    "conversation_list",
    "messages",
    "glass_box",
    "panel",
    "library",
    "documents",
    "space",
    "evaluate",
    "agent",
    "agent_room",
    "playground",
    "playground_text",
    "playground_picture",
    "playground_cloud",
    "playground_samples",
    "playground_context",
    "playground_sweep",
    "playground_ngrams",
    "playground_prompts",
    "models",
    "model_catalogue",
    "comparison",
    "model_evaluation",
    "connections",
)
SCRIPTS = ("stream", *ASSETS)
