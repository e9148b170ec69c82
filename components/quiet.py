"""How every event of the page is registered."""

from __future__ import annotations

from typing import Any

MAX_STREAMS = 64
# Private is no protection: every handler asks the cookie who is there. It only keeps events out of the API page.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": MAX_STREAMS}
