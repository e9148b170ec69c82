"""What a file is: its ending says what it claims to be, its first bytes what it cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from types import MappingProxyType

from errors import DocumentEmpty, DocumentEncrypted, DocumentKindMismatch, DocumentKindUnknown

HEAD_BYTES = 8_192
CODE_ENDINGS = re.compile(
    "asm|bash|bat|bib|c|cc|cfg|clj|conf|cpp|cs|css|cu|cxx|dart|diff|el|erl|ex|f90|fs|go|gradle|groovy|h|hpp|hs|ini|ipynb"
    "|java|jl|js|jsx|kt|lisp|lua|m|mjs|ml|mm|nim|pas|php|pl|pm|proto|ps1|py|pyi|r|rb|rs|s|scala|scm|scss|sh|sql|svelte"
    "|swift|tcl|tex|tf|toml|ts|tsx|v|vb|vue|xml|yaml|yml|zig"
)
KIND_OF_ENDING: Mapping[str, str] = MappingProxyType(
    {
        "pdf": "pdf",
        **dict.fromkeys(("docx", "docm"), "docx"),
        **dict.fromkeys(("pptx", "pptm"), "pptx"),
        **dict.fromkeys(("xlsx", "xlsm"), "xlsx"),
        "epub": "epub",
        **dict.fromkeys(("csv", "tsv"), "csv"),
        **dict.fromkeys(("html", "htm", "xhtml"), "html"),
        **dict.fromkeys(("md", "markdown"), "md"),
        **dict.fromkeys(("txt", "text", "log", "rst", "srt", "vtt"), "txt"),
        **dict.fromkeys(("json", "jsonl", "ndjson"), "json"),
    }
)
PACKED_KINDS = frozenset({"docx", "pptx", "xlsx", "epub"})  # zip archives with a sheet of what is in them
BINARY_MAGIC: Mapping[bytes, str] = MappingProxyType(
    {
        b"PK\x03\x04": "zip",
        b"PK\x05\x06": "zip",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole",  # Office before 2007, and newer documents with a password
        **dict.fromkeys((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*", b"OggS"), "binary"),
        **dict.fromkeys((b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!", b"\xfd7zXZ", b"(\xb5/\xfd"), "binary"),
        **dict.fromkeys((b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"SQLite format 3", b"GGUF", b"ID3"), "binary"),
        b"%!PS": "binary",
        b"{\\rtf": "binary",
    }
)
TEXT_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
MAX_CONTROL_SHARE = 0.05  # more control characters than this and it is no text
MAX_NUL_SHARE = 0.6  # text in UTF-16 is half NULs
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


def ending_of(name: str) -> str:
    """Without its dot, in lower case, at most 12 letters and digits."""
    return re.sub(r"[^a-z0-9]", "", PurePath(name.replace("\\", "/")).suffix.lower())[:12]


def kind_of(path: Path, name: str) -> str:
    """What to read the file at ``path`` as, which a person knows as ``name``.

    Raises DocumentEmpty, DocumentEncrypted, DocumentKindMismatch or DocumentKindUnknown.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip(b"\x00 \t\r\n\x0b\x0c\xef\xbb\xbf\xff\xfe"):
        raise DocumentEmpty(name=name)
    ending = ending_of(name)
    claimed = KIND_OF_ENDING.get(ending) or ("code" if CODE_ENDINGS.fullmatch(ending) else None)
    found = _looks_like(head)
    if claimed is None:
        return _unclaimed(found, name)
    if found == "ole" and claimed in PACKED_KINDS and ENCRYPTED_STREAM in path.read_bytes():
        raise DocumentEncrypted(name=name)
    if found != _expected(claimed):
        raise DocumentKindMismatch(name=name, extension=f".{ending}")
    return claimed


def _unclaimed(found: str, name: str) -> str:
    """An ending that says nothing to us: what is unmistakable is read all the same."""
    if found not in ("pdf", "text"):
        raise DocumentKindUnknown(name=name)
    return "txt" if found == "text" else found


def _expected(claimed: str) -> str:
    if claimed == "pdf":
        return "pdf"
    return "zip" if claimed in PACKED_KINDS else "text"


def _looks_like(head: bytes) -> str:
    """ "pdf", "zip", "ole", "text" or "binary"."""
    for magic, found in BINARY_MAGIC.items():
        if head.startswith(magic) and not (len(magic) < 4 and _is_text(head)):  # a text may begin with BM, MZ or ID3
            return found
    if b"%PDF-" in head[:1_024]:
        return "pdf"
    return "text" if _is_text(head) else "binary"


def _is_text(head: bytes) -> bool:
    if head.startswith(TEXT_MARKS):
        return True
    if len(CONTROL.findall(head)) > MAX_CONTROL_SHARE * len(head):
        return False
    return head.count(0) <= MAX_NUL_SHARE * len(head)
