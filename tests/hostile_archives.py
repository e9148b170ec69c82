"""Zip archives that say of themselves what is not so."""

from __future__ import annotations

import io
import struct
import zipfile

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def entry_flagged(archive: bytes) -> bytes:
    """Every entry says that it is encrypted."""
    changed = bytearray(archive)
    for mark, offset in ((LOCAL, 6), (CENTRAL, 8)):
        place = archive.find(mark)
        while place >= 0:
            changed[place + offset] |= 1
            place = archive.find(mark, place + 1)
    return bytes(changed)


def with_many_entries(archive: bytes, count: int) -> bytes:
    file = io.BytesIO(archive)
    with zipfile.ZipFile(file, "a") as changed:
        for number in range(count):
            changed.writestr(f"word/{number}", "")
    return file.getvalue()


def overlapping(content: bytes, count: int) -> bytes:
    """One stretch of packed bytes that is the content of ``count`` entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", content)
    made = file.getvalue()
    start, end = made.find(CENTRAL), made.find(END)
    directory = made[start:end] * count
    return made[:start] + directory + struct.pack("<4s4H2LH", END, 0, 0, count, count, len(directory), start, 0)
