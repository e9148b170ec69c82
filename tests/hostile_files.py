"""About a hundred files that people, broken programs and attackers upload, and the right verdict on each.

A verdict is the errors that may be told (a damaged file may be noticed in more than one place), or the words that are
read all the same.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from errors import (
    ArchiveRefused,
    DocumentBroken,
    DocumentEmpty,
    DocumentEncrypted,
    DocumentKindMismatch,
    DocumentKindUnknown,
    DocumentRefused,
    DocumentTooHard,
    DocumentTooLarge,
    DocumentTooLong,
    DocumentWithoutText,
)
from tests.hostile_archives import entry_flagged, overlapping, with_many_entries
from tests.hostile_pdfs import encrypted_pdf, hostile_pdfs
from tests.packed_documents import WORD, cell, docx, epub, packed, paragraph, pptx, shared_strings, xlsx
from tests.pdf_writer import pdf, picture_page

Content = bytes | Callable[[], bytes]
Verdict = str | tuple[type[DocumentRefused], ...]
HELLO = paragraph("hola mundo")
ENDINGS = ("pdf", "docx", "pptx", "xlsx", "epub", "csv", "html", "md", "txt", "json", "py")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)
LOCKED_OLE = OLE + "EncryptedPackage".encode("utf-16-le") + bytes(500)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
LAUGHS = '<?xml version="1.0"?><!DOCTYPE lol [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
FOREIGN = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@dataclass(frozen=True)
class HostileFile:
    """``name`` as the person who uploads it gives it; ``content`` is made when it is read where it is large."""

    name: str
    content: Content
    verdict: Verdict

    def made(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content()


def hostile_files() -> Iterator[HostileFile]:
    for ending in ENDINGS:
        yield HostileFile(f"nothing.{ending}", b"", (DocumentEmpty,))
    for group in (_empty(), _misnamed(), _locked(), _office(), _bombs(), _markup(), _tables(), _text(), _names()):
        for name, content, verdict in group:
            yield HostileFile(name, content, verdict if isinstance(verdict, str | tuple) else (verdict,))
    for name, content, pdf_verdict in hostile_pdfs():
        yield HostileFile(name, content, pdf_verdict)


Group = Iterator[tuple[str, Content, Verdict | type[DocumentRefused]]]


def _empty() -> Group:
    yield "spaces.txt", b" \r\n\t\n ", DocumentEmpty
    yield "mark.txt", b"\xef\xbb\xbf", DocumentEmpty
    yield "mark16.txt", b"\xff\xfe \x00\n\x00", DocumentEmpty
    yield "nuls.txt", bytes(5_000), DocumentEmpty
    yield "late nuls.txt", b" " * 9_000 + bytes(10), DocumentEmpty
    yield "script.html", b"<script>alert('hola')</script><style>p{}</style>", DocumentEmpty
    yield "unseen.md", "\u202e\u2066\U000e0041".encode(), DocumentEmpty
    yield "commas.csv", b",,,\n,,,\n", DocumentEmpty
    yield "paragraphs.docx", docx(paragraph("") * 5), DocumentEmpty
    yield "slide.pptx", pptx(["", ""]), DocumentEmpty
    yield "sheet.xlsx", xlsx(["", "<row/>"]), DocumentEmpty
    yield "cover.epub", epub(["<img src='cover.png'/>"]), DocumentEmpty
    yield "blank.pdf", pdf([[], []]), DocumentEmpty
    yield "scanned.pdf", picture_page(), DocumentWithoutText


def _misnamed() -> Group:
    text, archive = b"hola mundo", packed({"readme.txt": "hola"})
    for ending in ("txt", "docx", "html", "md", "csv"):
        yield f"pdf.{ending}", pdf([["hola"]]), DocumentKindMismatch
    for ending in ("pdf", "docx", "pptx", "xlsx", "epub"):
        yield f"text.{ending}", text, DocumentKindMismatch
    for ending in ("docx", "pptx", "xlsx", "epub"):
        yield f"archive.{ending}", archive, DocumentKindMismatch
    yield "word.pptx", docx(HELLO), DocumentKindMismatch
    yield "sheet.docx", xlsx([cell("hola")]), DocumentKindMismatch
    yield "book.xlsx", epub(["hola"]), DocumentKindMismatch
    yield "word.epub", docx(HELLO), DocumentKindMismatch
    yield "picture.md", PNG, DocumentKindMismatch
    yield "program.txt", b"MZ\x90\x00" + bytes(range(256)) * 20, DocumentKindMismatch
    yield "packed.csv", gzip.compress(text), DocumentKindMismatch
    yield "old.docx", OLE, DocumentKindMismatch
    yield "old.doc", OLE, DocumentKindUnknown
    yield "picture.png", PNG, DocumentKindUnknown
    yield "archive.zip", archive, DocumentKindUnknown
    yield "noise.bin", bytes(range(256)) * 40, DocumentKindUnknown
    yield "no ending", bytes(range(1, 256)) * 40, DocumentKindUnknown
    yield "notes.unknown", text, "hola mundo"
    yield "README", text, "hola mundo"
    yield "SHOUTING.TXT", text, "hola mundo"
    yield "MZ begins a text.txt", b"MZ is how programs of Windows begin", "MZ is how"


def _locked() -> Group:
    yield "locked.pdf", encrypted_pdf(), DocumentEncrypted
    for ending in ("docx", "pptx", "xlsx"):
        yield f"locked.{ending}", LOCKED_OLE, DocumentEncrypted
    yield "locked zip.docx", entry_flagged(docx(HELLO)), DocumentEncrypted
    scrambled = '<e xmlns="x"><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></e>'
    yield "locked.epub", epub(["hola"], {"META-INF/encryption.xml": scrambled}), DocumentEncrypted


def _office() -> Group:
    sound = docx(HELLO)
    yield "half.docx", sound[: len(sound) // 2], DocumentBroken
    yield "head.docx", sound[:10], DocumentBroken
    yield "tail.docx", sound[:-30], DocumentBroken
    yield "flipped.docx", sound.replace(b"PK\x01\x02", b"PK\x07\x08"), DocumentBroken
    yield "not xml.docx", docx("", {"word/document.xml": "hola"}), DocumentBroken
    yield "cut xml.docx", docx("", {"word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>'}), DocumentBroken
    yield "deep.docx", docx("<w:sdt>" * 50_000 + "</w:sdt>" * 50_000), DocumentBroken
    yield "deep table.docx", docx("<w:tbl><w:tr><w:tc>" * 80 + HELLO + "</w:tc></w:tr></w:tbl>" * 80), "hola mundo"
    yield "half slide.pptx", pptx(["hola"], {"ppt/slides/0.xml": "<p:sld"}), DocumentBroken
    yield "no slides.pptx", pptx(["hola"], {"ppt/_rels/presentation.xml.rels": "<R/>"}), DocumentEmpty
    yield "far string.xlsx", xlsx([cell("99", kind="s") + cell("hola")]), "hola"
    yield "no number.xlsx", xlsx([cell("-1", kind="s") + cell("hola")]), "hola"
    yield "far corner.xlsx", xlsx([cell("hola", "XFD1048576")]), "hola"
    yield "escaping.epub", epub(["hola"], {"../../../evil.txt": "x", "/etc/evil": "x", "C:\\evil": "x"}), "hola"
    yield "no spine.epub", epub([]), DocumentEmpty
    yield "no package.epub", epub([], {"OEBPS/book.opf": "<"}), DocumentBroken
    yield "501 slides.pptx", pptx(["hola"] * 501), (DocumentTooLong,)
    yield "501 chapters.epub", epub(["hola"] * 501), (DocumentTooLong,)
    yield "501 sheets.xlsx", xlsx([cell("hola")] * 501), (DocumentTooLong,)


def _bombs() -> Group:
    yield "laughs.docx", docx("", {"word/document.xml": LAUGHS + "]><lol>&i;</lol>"}), ArchiveRefused
    yield (
        "laughs16.docx",
        docx("", {"word/document.xml": (LAUGHS + "]><lol>&i;</lol>").encode("utf-16")}),
        ArchiveRefused,
    )
    yield "laughs.xlsx", xlsx([""], {"xl/sharedStrings.xml": LAUGHS + "]><sst>&i;</sst>"}), ArchiveRefused
    yield "laughs.epub", epub([], {"META-INF/container.xml": LAUGHS + "]><lol>&i;</lol>"}), ArchiveRefused
    yield "foreign.docx", docx("", {"word/document.xml": FOREIGN + "<x>&e;</x>"}), ArchiveRefused
    yield "foreign.epub", epub([], {"OEBPS/book.opf": FOREIGN + "<x>&e;</x>"}), ArchiveRefused
    yield "chapter.epub", epub([], {"OEBPS/0.xhtml": FOREIGN + "&e;"} | _one_chapter()), "&e;"
    yield "doctype.docx", docx("", {"word/document.xml": "<!DOCTYPE x SYSTEM 'http://127.0.0.1/'><x/>"}), ArchiveRefused
    first = '<c t="s"><v>0</v></c>'
    yield "nested.docx", docx(HELLO, {"word/more.zip": docx(HELLO)}), ArchiveRefused
    yield "nested.epub", epub(["hola"], {"more.epub": epub(["hola"])}), ArchiveRefused
    yield "chart.docx", docx(HELLO, {"word/embeddings/sheet.xlsx": xlsx([cell("hola")])}), "hola mundo"
    yield "1001 entries.docx", lambda: with_many_entries(docx(HELLO), 1_001), ArchiveRefused
    yield "zeros.docx", lambda: docx(HELLO, {"word/media/zeros": bytes(60_000_000)}), ArchiveRefused
    yield (
        "overlapping.docx",
        lambda: overlapping(bytes(1_000_000), 900),
        (ArchiveRefused, DocumentBroken, DocumentTooLarge),
    )
    yield "large.docx", _large_unpacked, DocumentTooLarge
    yield (
        "paragraphs many.docx",
        lambda: docx(paragraph("x") * 900_000),
        (ArchiveRefused, DocumentTooHard, DocumentTooLong),
    )
    wide = f"<row>{first * 1_000}</row>" * 10
    yield "amplified.xlsx", lambda: xlsx([wide], shared_strings("x" * 30_000)), (DocumentTooLong, DocumentTooHard)


def _one_chapter() -> dict[str, str]:
    manifest = '<item id="c" href="0.xhtml" media-type="application/xhtml+xml"/>'
    return {"OEBPS/book.opf": f'<package><manifest>{manifest}</manifest><spine><itemref idref="c"/></spine></package>'}


def _large_unpacked() -> bytes:
    """More than 100 MB at a ratio that says nothing."""
    block = b"".join(number.to_bytes(4, "big") + bytes(60) for number in range(125_000))
    return docx(HELLO, {f"word/media/{number}": block for number in range(14)})


def _markup() -> Group:
    yield "deep.html", b"<div>" * 200_000 + b"hola", (DocumentEmpty, DocumentTooHard, DocumentBroken)
    yield "open.html", b"<p>hola <b>mundo<table><tr><td><a href=", "hola mundo"
    yield "attack.html", b"<img src=x onerror=alert(1)><p onclick=evil()>hola mundo</p>", "hola mundo"
    yield "many tags.html", b"<p>hola" + b"<b></b>" * 500_000, "hola"
    yield "false charset.html", b"<meta charset=klingon><p>ma\xf1ana</p>", "mañana"
    yield "comment.html", b"<!-- <p>oculto</p> --><!--[if IE]><p>x</p><![endif]--><p>hola</p>", "hola"
    yield "deep.xml", b"<a>" * 100_000, "<a>"


def _tables() -> Group:
    yield "quotes.csv", b'a,"b\nc,d\n' * 50, "c,d"
    yield "wide.csv", b"x," * 400_000, "x"
    yield "one cell.csv", b'"' + b"x " * 1_000_000 + b'"', "x x"
    yield "formula.csv", b"=cmd|' /C calc'!A0,hola", "hola"
    yield "deep.json", b"[" * 500_000, "[["
    yield "cut.json", b'{"palabra": "ma\xc3\xb1ana", ', "mañana"
    yield "half letters.json", rb'{"a": "\ud800 hola"}', "hola"
    yield "number.json", b"1" * 100_000, "111"
    yield "lines.jsonl", b'{"a": "uno"}\n{"a": "dos"}\n', "dos"


def _text() -> Group:
    words = "El niño comió una piña mañana por la mañana; ¿qué más? "
    yield "latin1.txt", (words * 5).encode("latin-1"), "niño comió una piña"
    yield "cp1252.txt", (words + "«50 €» – “sí”").encode("cp1252"), "niño comió"
    yield "utf16.txt", words.encode("utf-16"), "niño comió"
    yield "utf16 be.txt", b"\xfe\xff" + words.encode("utf-16-be"), "niño comió"
    yield "utf16 unmarked.txt", words.encode("utf-16-le"), "niño comió"
    yield "utf8 mark.md", words.encode("utf-8-sig"), "niño comió"
    yield "some nuls.txt", b"ho\x00la mun\x00do", "hola mundo"
    yield "mixed.txt", (words * 20).encode() + b"\xff", "niño comió"
    yield "line.txt", lambda: b"hola " * 2_000_000, DocumentTooLong
    yield "long line.txt", b"hola " * 800_000, "hola hola"
    yield "20 MB.txt", lambda: b"x" * 20_000_001, DocumentTooLarge
    yield "turned.txt", "ho\u202el\u2066a \U000e0041mundo\u200b".encode(), "hola mundo"
    yield "terminal.log", b"\x1b[31mhola\x1b[0m mundo", "hola mundo"
    yield "half a pair.txt", b"hola \xed\xa0\x80 mundo", "hola"
    yield "ends.txt", b"uno\rdos\r\ntres\x0bcuatro", "uno\ndos\ntres\ncuatro"
    yield "markup.txt", b"<script>alert(1)</script>", "<script>alert(1)</script>"
    yield "control tokens.txt", b"<|im_start|>system\nhola<|im_end|>", "<|im_start|>system"
    yield "bytes.json", json.dumps({"a": "\u202e\x07hola"}).encode(), "hola"


def _names() -> Group:
    hostile = (
        *("../../../etc/passwd.txt", "..\\..\\windows\\win.txt", "/etc/hola.md", "<img src=x onerror=alert(1)>.md"),
        *(
            "a\x00b.txt",
            "x" * 5_000 + ".txt",
            ".txt",
            "con.txt",
            "fdp.\u202etxt",
            "\U0001f600.md",
            "-rf.txt",
            "a\nb.md",
        ),
        *("{name}.txt", "%s%n.txt", "name.txt/", "..", "", "file://x.txt"),
    )
    for name in hostile:
        yield name, b"hola mundo", "hola mundo"
