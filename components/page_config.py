"""What the page is made of, with each component described once."""

from __future__ import annotations

from typing import Any

from gradio.blocks import Block, BlocksConfig
from gradio.renderable import Renderable


class PageConfig(BlocksConfig):
    """The page's components and events.

    Gradio describes the whole page five times while it starts, every component with its schema and examples, though
    none changes any more once the page is laid out: for a page of a thousand components that took 2 s.
    """

    def __init__(self, root_block: Any) -> None:
        super().__init__(root_block)
        self._described: dict[int, dict[str, Any]] = {}

    def config_for_block(  # type: ignore[override]  # Gradio calls its own, a static method, by the instance, too
        self, _id: int, rendered_ids: list[int], block: Block, renderable: Renderable | None = None
    ) -> dict[str, Any]:
        """The description of ``block``."""
        if renderable is not None or not self.root_block.exited:
            return super().config_for_block(_id, rendered_ids, block, renderable)
        if _id not in self._described:
            self._described[_id] = super().config_for_block(_id, rendered_ids, block)
        known = self._described[_id]
        return {**known, "props": dict(known["props"])}
