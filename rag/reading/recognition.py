"""Reads the text in pictures of pages, by the program tesseract. Runs in the sandbox, and tesseract with it."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # says nothing of types

from rag.reading.page_drawing import MAX_PIXELS
from rag.reading.pages import Pages, clean
from rag.reading.pdf import opened

POINTS_PER_INCH = 72
DOTS_PER_INCH = 200
WANTED = ("spa", "eng")  # the languages of the page, where tesseract has them


def read(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """The text of the pages with ``numbers``, in that order, by the ``program`` at that path."""
    document = opened(argument["path"])
    languages = _languages(argument["program"])
    pages = Pages(report, len(argument["numbers"]))
    for number in argument["numbers"]:
        page = document[number - 1]
        pages.add(clean(_recognized(page, [argument["program"], "-", "-", *languages])).strip())
        page.close()
    return pages.read()


def _languages(program: str) -> list[str]:
    """The option that names the languages it has of those we want; none leaves it to tesseract."""
    listed = subprocess.run([program, "--list-langs"], capture_output=True, check=False)  # noqa: S603 (the path is ours)
    known = (listed.stdout + listed.stderr).decode(errors="replace").split()
    found = [language for language in WANTED if language in known]
    return ["-l", "+".join(found)] if found else []


def _recognized(page: pdfium.PdfPage, command: list[str]) -> str:
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        return ""
    scale = min(DOTS_PER_INCH / POINTS_PER_INCH, (MAX_PIXELS / (width * height)) ** 0.5)
    picture = io.BytesIO()
    page.render(scale=scale, grayscale=True).to_pil().save(picture, "PNG", compress_level=1)
    done = subprocess.run(command, input=picture.getvalue(), capture_output=True, check=False)  # noqa: S603 (as above)
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""
