"""Writes small PDF files by hand, sound or with any object replaced."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

CATALOG, PAGES, FONT, FIRST_PAGE = 1, 2, 3, 4


def pdf(pages: Sequence[Sequence[str]], replaced: Mapping[int, bytes] | None = None) -> bytes:
    """A page for each list of lines: page i is object 4+2i, what is on it the next. ``replaced`` objects win."""
    kids = " ".join(f"{FIRST_PAGE + 2 * number} 0 R" for number in range(len(pages)))
    objects = {
        CATALOG: b"<</Type/Catalog/Pages 2 0 R>>",
        PAGES: f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
        FONT: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    }
    for number, lines in enumerate(pages):
        objects[FIRST_PAGE + 2 * number] = page(FIRST_PAGE + 2 * number + 1)
        objects[FIRST_PAGE + 2 * number + 1] = stream(_lines(lines))
    return assembled(objects | dict(replaced or {}))


def page(contents: int, more: bytes = b"", box: bytes = b"[0 0 595 842]") -> bytes:
    resources = b"/Resources<</Font<</F1 3 0 R>>" + more + b">>"
    return b"<</Type/Page/Parent 2 0 R/MediaBox%s%s/Contents %d 0 R>>" % (box, resources, contents)


def stream(content: bytes, entries: bytes = b"", *, is_packed: bool = False) -> bytes:
    if is_packed:
        content = zlib.compress(content, 9)
        entries += b"/Filter/FlateDecode"
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), entries, content)


def assembled(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    out = b"%PDF-1.4\n"
    places = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    table = b"".join(b"%010d 00000 n \n" % places.get(number, 0) for number in range(1, max(objects) + 1))
    ending = b"xref\n0 %d\n0000000000 65535 f \n%s" % (max(objects) + 1, table)
    start = len(out)
    return (
        out + ending + b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (max(objects) + 1, trailer, start)
    )


def picture_page() -> bytes:
    """A PDF of one page with a picture and no text: what a scanner makes."""
    drawing = stream(b"q 500 0 0 700 40 40 cm /X Do Q")
    picture = stream(
        bytes(64), b"/Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8"
    )
    return pdf([[]], {4: page(5, b"/XObject<</X 6 0 R>>"), 5: drawing, 6: picture})


def _lines(lines: Sequence[str]) -> bytes:
    shown = [line.encode("cp1252", "replace") for line in lines]
    for mark in (b"\\", b"(", b")"):
        shown = [line.replace(mark, b"\\" + mark) for line in shown]
    return b"BT /F1 12 Tf 14 TL 50 780 Td\n" + b"\n".join(b"(" + line + b") Tj T*" for line in shown) + b"\nET"
