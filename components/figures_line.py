"""The line under an answer that sums up its run and opens the glass box."""

from __future__ import annotations

from collections.abc import Mapping

from components.catalogue import Catalogue


def figures_line(figures: Mapping[str, float], catalogue: Catalogue, language: str) -> str:
    """Tokens, speed and share read from the cache, as far as ``figures`` hold them."""
    tokens = "app_line_token" if figures.get("num_output") == 1 else "app_line_tokens"
    keys = {"num_output": tokens, "tokens_per_second": "app_speed", "share_cached": "app_line_cached"}
    shown = {
        "num_output": {"count": f"{figures.get('num_output', 0):.0f}"},
        "tokens_per_second": {"speed": f"{figures.get('tokens_per_second', 0):.0f}"},
        "share_cached": {"percent": f"{100 * figures.get('share_cached', 0):.0f}"},
    }
    said = [catalogue.text(language, key, **shown[name]) for name, key in keys.items() if name in figures]
    return " · ".join(said) or catalogue.text(language, "app_panel_glass")
