"""Somebody who has one of everything that is kept for owners, and what of it the database holds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.gradio_client_raw import RawVisitor, visitor
from tests.html_reader import read_html
from tests.page_process import PageProcess

MARK = "quokka"  # in every text of the one whom the others must not see
ROTATED = str.maketrans("abcdefghijklmnopqrstuvwxyz", "bcdefghijklmnopqrstuvwxyza")
OWNED = {
    "conversations": "SELECT * FROM conversations WHERE owner = :owner AND id != :live",
    "messages": "SELECT m.* FROM messages m JOIN conversations c ON c.id = m.conversation_id "
    "WHERE c.owner = :owner AND c.id != :live",
    "records": "SELECT r.* FROM records r JOIN conversations c ON c.id = r.conversation_id "
    "WHERE c.owner = :owner AND c.id != :live",
    "notes": "SELECT * FROM notes WHERE owner = :owner",
    "templates": "SELECT * FROM templates WHERE owner = :owner",
    "collections": "SELECT * FROM collections WHERE owner = :owner",
    "documents": "SELECT d.* FROM documents d JOIN collections c ON c.id = d.collection_id WHERE c.owner = :owner",
    "evaluations": "SELECT * FROM evaluations WHERE owner = :owner",
    "evaluation_outcomes": "SELECT o.* FROM evaluation_outcomes o JOIN evaluations e ON e.id = o.evaluation_id "
    "WHERE e.owner = :owner",
    "votes": "SELECT * FROM votes WHERE owner = :owner",
}
CHOSEN = {"models": '["test/scripted"]', "templates": '["plain"]', "judge": "", "kind": "file"}  # to evaluate
TEMPLATE = json.dumps({"name": f"{MARK} template", "template": f"{MARK} {{question}}"})


@dataclass(frozen=True)
class Belongings:
    """Somebody's cookie, and the ids of what is theirs, by kind."""

    cookies: dict[str, str]
    owner: str
    ids: Mapping[str, str]

    @property
    def unknown(self) -> dict[str, str]:
        """Ids that look alike and are nobody's."""
        return {kind: an_id.translate(ROTATED) for kind, an_id in self.ids.items()}

    def rows(self, database: Path) -> dict[str, list[Any]]:
        """All that is kept of theirs, but for the answer that is being written."""
        with closing(sqlite3.connect(database)) as connection:
            given = {"owner": self.owner, "live": self.ids["live"]}
            return {table: connection.execute(query, given).fetchall() for table, query in OWNED.items()}


async def furnish(page: PageProcess) -> Belongings:
    """Somebody new who has one of everything."""
    async with visitor(page.url) as ana:
        return await furnished(ana, page)


async def furnished(ana: RawVisitor, page: PageProcess) -> Belongings:
    """What somebody has who did all that there is to do."""
    ids = {kind: (await ana.ask(f"{MARK} {kind}")).shown["conversation"] for kind in ("conversation", "deleted")}
    live = ana.asking(f"{MARK} endless")
    async for heard in live:
        if heard.shown.get("conversation"):
            ids["live"] = heard.shown["conversation"]
            break
    await live.aclose()
    cookies = dict(ana.client.cookies)
    await ana.act("select", "", "note_add", text=f"{MARK} note")
    await ana.act("select", "", "template_save", spec=TEMPLATE)
    await ana.act("input", "", "delete", id=ids["deleted"])
    with closing(sqlite3.connect(page.database)) as connection:
        messages = connection.execute(
            "SELECT id FROM messages WHERE conversation_id = ? ORDER BY position", [ids["conversation"]]
        ).fetchall()
        ids |= {"message": messages[0][0], "answer": messages[1][0]}
        ids["note"], owner = connection.execute("SELECT id, owner FROM notes").fetchone()
        (ids["template"],) = connection.execute("SELECT id FROM templates").fetchone()
    forked = await ana.act("input", ids["conversation"], "fork", message=ids["answer"])
    ids["fork"] = forked.shown["conversation"]
    ids |= await _fill_library(ana) | await _evaluate(ana, page) | await _compare(ana)
    return Belongings(cookies, owner, ids)


async def _fill_library(ana: RawVisitor) -> dict[str, str]:
    """A collection with a document that is ready."""
    made = await ana.report("library-bridge", "create", name=f"{MARK} collection")
    place = {"documents-collection": made.shown["documents-collection"]}
    text = (f"{MARK} document.txt", f"{MARK} says something.".encode(), "text/plain")
    sent = (await ana.client.post("/gradio_api/upload", files={"files": text})).raise_for_status()
    file = {"path": sent.json()[0], "meta": {"_type": "gradio.FileData"}}
    shown = await ana.event("add-files", "upload", uploadbutton=[file], **place)
    while "doc-status ready" not in shown.shown["documents-list"]:
        shown = await ana.report("library-bridge", "collection", id=place["documents-collection"])
    (row,) = read_html(shown.shown["documents-list"]).all(role="listitem")
    return {"collection": place["documents-collection"], "document": row.attributes["data-document"]}


async def _evaluate(ana: RawVisitor, page: PageProcess) -> dict[str, str]:
    """Questions of her own that were put to a model."""
    rows = f"question,answer\n{MARK} one?,{MARK}\n{MARK} two?,{MARK}\n"
    text = (f"{MARK} questions.csv", rows.encode(), "text/csv")
    sent = (await ana.client.post("/gradio_api/upload", files={"files": text})).raise_for_status()
    file = {"path": sent.json()[0], "meta": {"_type": "gradio.FileData"}}
    read = await ana.event("md-evaluate-upload", "upload", uploadbutton=file)
    (note,) = [each for each in read_html(read.shown["md-evaluate-uploaded"]).all() if "data-key" in each.attributes]
    key = note.attributes["data-key"]
    begun = await ana.report("md-evaluate-bridge", "start", **CHOSEN, uploaded=key)
    ids = {"evaluation": begun.shown["md-evaluate-place"].split()[0], "set": key}
    while True:
        with closing(sqlite3.connect(page.database)) as connection:
            (status,) = connection.execute("SELECT status FROM evaluations").fetchone()
        if status != "going":
            assert status == "complete"
            return ids
        await ana.report("md-evaluate-bridge", "open", id=ids["evaluation"])


async def _compare(ana: RawVisitor) -> dict[str, str]:
    """Two comparisons, one of which she voted on."""
    asked = {"md-cmp-question": f"{MARK} compare", "md-cmp-blind": False, "md-cmp-temperature-1": "0.9"}
    asked |= {f"md-cmp-model-{place}": "test/scripted" for place in range(4)}
    ids = {}
    for kind in ("voted", "comparison"):
        ended = await ana.event("md-cmp-run", "click", **asked)
        shown = read_html(ended.shown["md-cmp-vote"]).all(class_="cmp-button")
        ids[kind] = shown[0].attributes["data-comparison"]
    await ana.report("md-compare-bridge", "vote", comparison=ids["voted"], choice="0")
    return ids
