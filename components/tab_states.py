"""What Gradio keeps of each tab that ever opened the page, as little of it and for as short as does no harm.

Gradio would keep a description of every component and its newest value, a quarter of a megabyte a tab, for links to a
state of the page, which there are none of here; and it would keep that of tabs that were closed.
"""

from __future__ import annotations

from collections import ChainMap
from copy import copy
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

MAX_TABS = 500  # those used last
CLOSED_FOR = timedelta(hours=1)  # a browser may have lost its connection alone


class TabState(SessionState):
    """Of one tab: only what components were changed to, over the page that all share."""

    def __init__(self, blocks: gr.Blocks) -> None:
        shared = blocks.default_config
        own = copy(shared)
        own.blocks = ChainMap({}, shared.blocks)  # type: ignore[assignment]
        # Gradio describes what is in ``blocks``, and that takes as long as the page is large.
        super().__init__(SimpleNamespace(default_config=own, blocks=()))  # type: ignore[arg-type]
        self.blocks_config.fns = shared.fns

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        """Nobody asks for it."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Nobody asks for it."""


class TabStates(StateHolder):
    """Of all tabs, by the name that each gave itself."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __getitem__(self, session_id: str) -> SessionState:
        with self.lock:
            if session_id not in self.session_data:
                self.session_data[session_id] = TabState(self.blocks)
        return super().__getitem__(session_id)

    def delete_all_expired_state(self) -> None:
        """Gradio asks for this now and then."""
        super().delete_all_expired_state()  # type: ignore[no-untyped-call]
        long_ago = datetime.now() - CLOSED_FOR  # noqa: DTZ005 - as Gradio notes it
        with self.lock:
            for tab in [tab for tab, state in self.session_data.items() if state.is_closed]:
                if self.time_last_used.get(tab, long_ago) <= long_ago:
                    del self.session_data[tab]
                    self.time_last_used.pop(tab, None)


def keep_little(page: gr.Blocks) -> None:
    """For a page that was launched."""
    TabStates().set_blocks(page)
    page.app.state_holder = page.state_holder
