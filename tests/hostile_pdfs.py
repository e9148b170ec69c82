"""PDF files that are broken, endless, or far larger than they look."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator

from pypdf import PdfReader, PdfWriter

from errors import (
    DocumentBroken,
    DocumentEmpty,
    DocumentKindMismatch,
    DocumentRefused,
    DocumentTooHard,
    DocumentTooLong,
)
from tests.pdf_writer import assembled, page, pdf, stream

HOLA = b"BT /F1 12 Tf 50 780 Td (hola mundo) Tj ET"
Files = Iterator[tuple[str, bytes | Callable[[], bytes], str | tuple[type[DocumentRefused], ...]]]
UNREADABLE = (DocumentBroken, DocumentEmpty)


def hostile_pdfs() -> Files:
    yield from _damaged()
    yield from _endless()
    yield from _huge()


def encrypted_pdf() -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(pdf([["hola"]]))))
    writer.encrypt("secret", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def _damaged() -> Files:
    sound = pdf([["hola mundo"]] * 3)
    yield "only head.pdf", b"%PDF-1.7\n", UNREADABLE
    yield "noise.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 100, UNREADABLE
    yield "cut early.pdf", sound[: len(sound) // 4], UNREADABLE
    yield "cut at the end.pdf", sound[:-200], UNREADABLE
    yield "late head.pdf", b"\n" * 500 + sound, "hola mundo"
    yield "very late head.pdf", b"x" * 5_000 + sound, (DocumentKindMismatch,)
    yield "false table.pdf", sound.replace(b"startxref\n", b"startxref\n9"), "hola mundo"
    yield "no root.pdf", sound.replace(b"/Root", b"/Boot"), UNREADABLE
    yield "false length.pdf", sound.replace(b"/Length ", b"/Length 9"), "hola mundo"
    yield "false stream.pdf", pdf([[]], {5: stream(b"no zlib", b"/Filter/FlateDecode")}), UNREADABLE
    yield "no font.pdf", pdf([["hola"]], {3: b"null"}), "hola"
    yield "no size.pdf", pdf([["hola mundo"]], {4: page(5, box=b"[0 0 0 0]")}), "hola mundo"
    yield "negative size.pdf", pdf([["hola mundo"]], {4: page(5, box=b"[9 9 -9 -9]")}), "hola mundo"


def _endless() -> Files:
    yield "page of itself.pdf", pdf([["hola"]], {4: b"<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>"}), UNREADABLE
    yield (
        "own parent.pdf",
        pdf([["hola mundo"]], {2: b"<</Type/Pages/Kids[4 0 R]/Count 1/Parent 2 0 R>>"}),
        "hola mundo",
    )
    yield "root of itself.pdf", pdf([["hola"]], {1: b"1 0 R"}), UNREADABLE
    again = stream(HOLA + b" /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 600 900]/Resources<</XObject<</X 6 0 R>>>>")
    drawing = {4: page(5, b"/XObject<</X 6 0 R>>"), 5: stream(b"/X Do"), 6: again}
    yield "drawn in itself.pdf", pdf([[]], drawing), "hola mundo"
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
        4: page(5),
        5: stream(HOLA),
    }
    objects[3] = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    yield "table before itself.pdf", assembled(objects, b"/Prev 9"), "hola mundo"
    yield "deep array.pdf", pdf([["hola"]], {6: b"[" * 200_000}), "hola"
    yield (
        "deep content.pdf",
        pdf([[]], {5: stream(b"[" * 500_000 + b"q " * 500_000 + HOLA)}),
        (
            *UNREADABLE,
            DocumentTooHard,
        ),
    )


def _huge() -> Files:
    yield "501 pages.pdf", pdf([["x"]] * 501), (DocumentTooLong,)
    yield (
        "says a million.pdf",
        pdf([["hola"]], {2: b"<</Type/Pages/Kids[4 0 R]/Count 1000000>>"}),
        (
            DocumentTooLong,
            DocumentBroken,
        ),
    )
    yield "says none.pdf", pdf([["hola mundo"]], {2: b"<</Type/Pages/Kids[4 0 R]/Count 0>>"}), "hola mundo"
    yield (
        "inflated.pdf",
        pdf([[]], {5: stream(_inflating(600), b"/Filter/FlateDecode")}),
        (*UNREADABLE, DocumentTooHard),
    )
    much = b"BT /F1 1 Tf " + b"(xxxxxxxxxxxxxxxxxxxx) Tj " * 400_000 + b"ET"
    yield (
        "much text.pdf",
        lambda: pdf([[]], {5: stream(much, is_packed=True)}),
        (DocumentTooLong, DocumentTooHard, DocumentBroken),
    )
    wide = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8"
    drawing = {4: page(5, b"/XObject<</X 6 0 R>>"), 5: stream(HOLA + b" /X Do"), 6: stream(b"", wide)}
    yield "wide picture.pdf", pdf([[]], drawing), "hola mundo"
    yield "wide page.pdf", pdf([["hola mundo"]], {4: page(5, box=b"[0 0 1e9 1e9]")}), "hola mundo"


def _inflating(megabytes: int) -> bytes:
    """So many zeros, packed without packing each of them."""
    packer = zlib.compressobj(9)
    first = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (megabytes - 1) + packer.flush()
