"""HTML whose script has to see it anew whenever it changes."""

from __future__ import annotations

from zlib import crc32


def replaced_whole(attributes: str, inside: str) -> str:
    """An element with ``inside``, both HTML, which is never changed in place, only replaced.

    gr.HTML lays new HTML over the old, element by element: what was typed in a field stays in whatever field comes to
    its place, and folds, focus and rows that a script made are lost unnoticed. Where the tags differ it replaces, so
    the tag is named after what it holds.
    """
    tag = f"html-{crc32((attributes + inside).encode(errors='replace')):08x}"
    return f"<{tag} {attributes}>{inside}</{tag}>"
