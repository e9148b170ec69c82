"""What is told of LangChain's classes is measured: a class that leaves all to LangChain is found out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.models.loopback_services import Watch, loopback_services
from bench.models.native_support import HEADINGS, METHODS, NUM_QUESTIONS, LeastChatModel, Support, support_of, write

ROW = Support("groq", "ChatGroq", "langchain-groq 1", frozenset(METHODS) - {"batch", "abatch"}, True, True, 4, 4, False)


@pytest.fixture
def watch() -> Iterator[Watch]:
    with loopback_services() as watch:
        yield watch


def test_what_langchain_does_by_default_is_told_apart(watch: Watch) -> None:
    told = support_of("least", LeastChatModel(address=watch.url), "none", watch)
    assert told.own == {"invoke"}
    assert (told.streams, told.astreams) == (False, False)
    assert (told.together, told.atogether) == (NUM_QUESTIONS, NUM_QUESTIONS)
    assert told.in_thread


@pytest.mark.parametrize(("language", "words"), [("", "native, in pieces"), (".es", "nativo, por partes")])
def test_the_table_takes_the_place_of_the_last_one(language: str, words: str, tmp_path: Path) -> None:
    for ending, heading in HEADINGS.items():
        page = f"# Title\n\nBefore.\n\n{heading}\n\n| old |\n\n## After\n\nThe rest.\n"
        (tmp_path / f"native-support{ending}.md").write_text(page, encoding="utf-8")
    for _ in range(2):
        write([ROW], tmp_path)
    page = (tmp_path / f"native-support{language}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# Title\n\nBefore.\n\n{HEADINGS[language]}\n\n| ")
    assert page.endswith("\n\n## After\n\nThe rest.\n")
    assert page.count("`ChatGroq`") == 1
    assert words in page
    assert "old" not in page
