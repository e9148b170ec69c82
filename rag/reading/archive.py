"""Opens the zip archives that documents are, after reading all of it once to see that it is what it says.

Nothing is ever unpacked to the disk, so that the names in an archive are only names.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]  # says nothing of types

from errors import ArchiveRefused, DocumentBroken, DocumentEncrypted, DocumentTooLarge

MAX_ENTRIES = 1_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_RATIO = 100
SMALL_BYTES = 5_000_000  # below this no ratio is dangerous
BLOCK_BYTES = 65_536
IS_ENCRYPTED = 0x1
NESTED = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf")
ATTACHED = re.compile(r"(?:word|ppt|xl)/embeddings/")  # tables behind charts: archives that nothing here ever opens
DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
ENTITIES = tuple("<!ENTITY".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


class Archive:
    """The parts of a packed document, by name. Raises what the checks find: DocumentBroken, ArchiveRefused, ..."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            _check(self._zip, path.stat().st_size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise DocumentBroken from error
        self._names = set(self._zip.namelist())

    def has(self, name: str) -> bool:
        return name in self._names

    def part(self, name: str) -> bytes:
        """Raises DocumentBroken when it is missing."""
        if name not in self._names:
            raise DocumentBroken
        return self._zip.read(name)

    def xml(self, name: str, *, has_doctype: bool = False) -> etree._Element:
        """The part as a tree. Raises DocumentBroken, or ArchiveRefused for one that defines entities."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        try:
            return etree.fromstring(self._checked(name, has_doctype=has_doctype), parser)
        except etree.XMLSyntaxError as error:
            raise DocumentBroken from error

    def elements(self, name: str, *tags: str) -> Iterator[etree._Element]:
        """Each element of ``tags`` when it has ended. Whoever is done with one clears it: large parts need no tree."""
        content = io.BytesIO(self._checked(name))
        try:
            walk = etree.iterparse(
                content,
                events=("end",),
                tag=tags,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                remove_comments=True,
            )
            for _, element in walk:
                yield element
        except etree.XMLSyntaxError as error:
            raise DocumentBroken from error

    def _checked(self, name: str, *, has_doctype: bool = False) -> bytes:
        content = self.part(name)
        if any(mark in content for mark in (ENTITIES if has_doctype else ENTITIES + DOCTYPES)):
            raise ArchiveRefused
        return content


def _check(archive: zipfile.ZipFile, num_packed: int) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ArchiveRefused
    num_unpacked = 0
    for entry in entries:
        if entry.flag_bits & IS_ENCRYPTED:
            raise DocumentEncrypted
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ArchiveRefused
        with archive.open(entry) as file:
            while block := file.read(BLOCK_BYTES):
                if block.startswith(NESTED) and file.tell() == len(block) and not ATTACHED.match(entry.filename):
                    raise ArchiveRefused
                num_unpacked += len(block)
                if num_unpacked > MAX_UNPACKED_BYTES:
                    raise DocumentTooLarge(limit=MAX_UNPACKED_BYTES // 1_000_000)
                if num_unpacked > max(SMALL_BYTES, MAX_RATIO * num_packed):
                    raise ArchiveRefused
