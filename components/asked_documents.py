"""What the page sends with a question: the mode, and which documents are ticked."""

from __future__ import annotations

import json

from errors import OptionInvalid
from rag.modes import Mode

MAX_DOCUMENTS = 200


def mode_of(given: str | None) -> Mode:
    """Raises OptionInvalid."""
    try:
        return Mode(given or "")
    except ValueError as error:
        raise OptionInvalid from error


def documents_in(chosen: str | None) -> tuple[str, ...]:
    """The ids in what the page's script gathered as JSON; none are all documents."""
    try:
        ids = json.loads(chosen or "[]")
    except (json.JSONDecodeError, RecursionError):
        return ()
    return tuple(str(one) for one in ids[:MAX_DOCUMENTS]) if isinstance(ids, list) else ()
