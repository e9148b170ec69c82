"""The library column without a browser: what it shows of documents, and what its handlers do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.catalogue import LANGUAGES, Catalogue
from components.collection_head import collection_head
from components.document_rows import document_rows
from errors import CollectionNotFound, DocumentBroken, DocumentCancelled, DocumentNotFound
from rag.document_work import Progress
from storage.document_records import Collection, Document, DocumentStatus
from tests.html_reader import Element, read_html
from tests.library_visitor import LibraryVisitor

catalogue = Catalogue.load()
NASTY = "<img src=x onerror=alert(1)> {braces} \" ' \u202e.txt"
DOCUMENT = Document("c", "rivers.pdf", "pdf", num_bytes=1_234_567, num_pages=12, num_chunks=1, language="es")
READY = replace(DOCUMENT, status=DocumentStatus.READY)


def row(document: Document, progress: Progress | None = None, language: str = "en") -> Element:
    html = document_rows([document], lambda _: progress, catalogue, language)
    return read_html(html).one(role="listitem")


def acts(shown: Element) -> set[str]:
    elements = [shown, *shown.inside, *(each for child in shown.inside for each in child.inside)]
    return {each.attributes["data-act"] for each in elements if "data-act" in each.attributes}


# --- what is shown ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_says_what_is_known_of_a_document(language: str) -> None:
    text = row(READY, language=language).text
    assert catalogue.text(language, "app_document_page_many", count=12) in text
    assert catalogue.text(language, "app_document_chunk_one", count=1) in text
    for key in ("app_document_language_es", "app_document_ready"):
        assert catalogue.text(language, key) in text
    assert ("1,2 MB" if language == "es" else "1.2 MB") in text


def test_a_document_can_be_opened_as_soon_as_its_text_is_read() -> None:
    waiting = replace(DOCUMENT, num_pages=0, num_chunks=0)
    assert acts(row(waiting)) == {"cancel"}
    assert acts(row(replace(DOCUMENT, status=DocumentStatus.INDEXING))) == {"open", "cancel"}
    assert acts(row(READY)) == {"open", "reindex", "delete"}


def test_progress_is_told_in_numbers_and_time() -> None:
    shown = row(DOCUMENT, Progress("embedding", 1_500, 4_000, 131.0))
    bar = next(each for line in shown.inside for each in line.inside if each.tag == "progress")
    assert (bar.attributes["max"], bar.attributes["value"]) == ("4000", "1500")
    assert "chunk 1,500 of 4,000 · 2 min left" in shown.text
    assert "1 s left" in row(DOCUMENT, Progress("reading", 1, 3, 0.2)).text
    assert "left" not in row(DOCUMENT, Progress("reading", 0, 0, None)).text


def test_a_failed_document_says_why() -> None:
    fault = DocumentBroken(name="rivers.pdf")
    failed = replace(DOCUMENT, status=DocumentStatus.FAILED, fault=fault.key, fault_values=dict(fault.values))
    assert catalogue.error("en", fault) in row(failed).text
    forgotten = replace(failed, fault="error_document_broken", fault_values={}, name="a.pdf")
    assert "a.pdf" in row(forgotten).text
    assert catalogue.text("en", "app_document_failed", name="rivers.pdf") in row(replace(failed, fault="gone")).text


def test_names_are_never_markup() -> None:
    collection = Collection(NASTY)
    for html in (
        document_rows([replace(READY, name=NASTY)], lambda _: None, catalogue, "en"),
        collection_head([collection], collection, 2, catalogue, "es"),
    ):
        assert "<img" not in html
        assert "\u202e" not in html
        read_html(html)


# --- what is done ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def ana(tmp_path: Path) -> LibraryVisitor:
    visitor = LibraryVisitor.at(tmp_path)
    await visitor.look()
    return visitor


def files(folder: Path, **texts: str) -> list[Path]:
    paths = [folder / f"{name}.txt" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


async def test_who_comes_first_finds_a_collection_and_three_texts_to_begin_with(ana: LibraryVisitor) -> None:
    assert ana.collections == [catalogue.text("en", "app_collection_default")]
    assert not ana.is_watching
    with ana.unfinished():
        for name in ("n_grams", "agents", "retrieval"):
            await ana.act("sample", name=name)
        assert ana.is_watching
    ana.settle()
    await ana.refresh()
    assert len(ana.names) == 3
    assert not ana.is_watching
    await ana.act("sample", name="../../etc/passwd")
    assert len(ana.names) == 3


async def test_of_several_files_each_refused_one_is_named_and_the_others_come_in(
    ana: LibraryVisitor, tmp_path: Path
) -> None:
    paths = files(tmp_path, good="One. Two.", empty="", good_again="One. Two.", other="Three.")
    await ana.upload(*paths)
    assert set(ana.names) == {"good.txt", "other.txt"}
    assert len(ana.faults) == 2
    assert "empty.txt" in ana.faults[0]
    assert "good_again.txt" in ana.faults[1]
    assert not any(path.exists() for path in paths)


async def test_addresses_are_refused_one_by_one(ana: LibraryVisitor) -> None:
    await ana.act("addresses", text="http://127.0.0.1/\n\n http://10.0.0.1/ \nhttp://127.0.0.1/")
    assert len(ana.faults) == 2
    await ana.act("addresses", text="  \n")
    assert len(ana.faults) == 2


async def test_collections_are_made_named_and_deleted(ana: LibraryVisitor, tmp_path: Path) -> None:
    first = ana.collection_id
    await ana.upload(*files(tmp_path, rivers="The Loa is long."))
    await ana.act("create", name="  Course \n notes ")
    assert ana.collections[1] == "Course notes"
    assert ana.names == []
    await ana.act("rename", name="Thesis")
    await ana.act("rename", name="   ")
    assert ana.collections[1] == "Thesis"
    await ana.act("delete_collection")
    assert ana.collection_id == first
    assert ana.names == ["rivers.txt"]
    await ana.act("collection", id="gone")
    assert ana.collection_id == first
    ana.shown[ana.parts.collection_id] = "deleted in another tab"
    await ana.refresh()
    assert ana.collection_id == first


async def test_a_document_is_deleted_cancelled_and_indexed_again(ana: LibraryVisitor, tmp_path: Path) -> None:
    await ana.upload(*files(tmp_path, rivers="The Loa is long.", lakes="The lake is deep."))
    ana.settle()
    await ana.refresh()
    first, second = (each.attributes["data-document"] for each in ana.rows)
    with ana.unfinished():
        await ana.act("reindex", document=first)
        assert ana.is_watching
        await ana.act("cancel", document=first)
        await ana.act("delete", document=second)
    ana.settle()
    await ana.refresh()
    (left,) = ana.rows
    assert left.attributes["data-document"] == first
    assert catalogue.error("en", DocumentCancelled(name=left.all(dir="auto")[0].text)) in left.text


async def test_settings_are_kept_and_everything_is_indexed_by_them(ana: LibraryVisitor, tmp_path: Path) -> None:
    await ana.upload(*files(tmp_path, rivers="The Loa is long. " * 100))
    ana.settle()
    await ana.refresh()
    before = ana.rows[0].text
    await ana.apply("e5-small", 200, 5_000)  # an overlap of more than half is cut to that
    ana.settle()
    await ana.refresh()
    assert ana.rows[0].text != before
    assert ana.shown[ana.parts.offer] == ""
    assert ana.shown[ana.parts.controls.chunk_size] == 200
    assert ana.shown[ana.parts.controls.overlap] == 100
    wrong: list[tuple[Any, Any]] = [("e5-small", None), ("e5-small", 7), ("e5-small", "x"), ({}, 500)]
    for embedder, size in wrong:
        await ana.apply(embedder, size, 0)
        assert ana.faults == [catalogue.text("en", "error_option_invalid")]


async def test_other_settings_than_the_vectors_offer_to_index_again(ana: LibraryVisitor, tmp_path: Path) -> None:
    await ana.upload(*files(tmp_path, rivers="The Loa is long."))
    ana.settle()
    library, owner = ana.services.documents.library, ana.services.owners.owner_of(ana.request)
    library.change_settings(owner, ana.collection_id, ana.parts.controls.read(("e5-small", 300, 0)))
    await ana.look()
    assert read_html(str(ana.shown[ana.parts.offer])).all(data_act="reindex_all")
    await ana.act("reindex_all")
    ana.settle()
    await ana.refresh()
    assert ana.shown[ana.parts.offer] == ""


async def test_what_is_anothers_does_not_exist(ana: LibraryVisitor, tmp_path: Path) -> None:
    await ana.upload(*files(tmp_path, secret="A secret of hers."))
    ana.settle()
    await ana.look()
    (document,) = (each.attributes["data-document"] for each in ana.rows)
    eva = ana.another()
    await eva.look(ana.collection_id)
    own = eva.collection_id
    assert own != ana.collection_id
    await eva.act("collection", id=ana.collection_id)
    assert (eva.collection_id, eva.names) == (own, [])
    for action in ("reindex", "cancel", "delete"):
        await eva.act(action, document=document)
        assert eva.faults == [catalogue.error("en", DocumentNotFound())]
    for action in ("rename", "delete_collection", "reindex_all", "sample", "addresses", "create", "delete"):
        await eva.act(action, ana.collection_id, name="agents", text="http://a.example", document=document)
        assert eva.faults == [catalogue.error("en", CollectionNotFound())], action
    await ana.look()
    assert ana.names == ["secret.txt"]
    assert ana.collections == [catalogue.text("en", "app_collection_default")]


async def test_what_the_page_never_asks_for_does_nothing(ana: LibraryVisitor) -> None:
    before = dict(ana.shown)
    await ana.act("explode")
    assert ana.shown == before
