"""Every function of the page, called by another with what its owner's own browser sent and was shown."""

from __future__ import annotations

import asyncio
import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.belongings import MARK, ROTATED, Belongings, furnished
from tests.gradio_client_raw import Heard, RawVisitor, visitor, visitor_as
from tests.page_process import PageProcess, page_process
from tests.recorded_visitor import Call, RecordedVisitor, unlike
from tests.test_isolation import differences, plainly

AN_ID = re.compile(r"[a-z]*-?[\w-]{22}|[\w-]{16,43}")
OTHER = "wombat"  # stands in what others send where her texts have MARK: what comes back of it is not hers


@dataclass(frozen=True)
class Visit:
    """All that somebody did, and the calls of every function as her browser would make them at the end."""

    belongings: Belongings
    calls: Sequence[Call]
    ids: frozenset[str]

    def replayed(self, *, is_unknown: bool) -> list[Call]:
        """The same without her texts; with ids that are nobody's where ``is_unknown``."""
        changes = {MARK: OTHER}
        if is_unknown:
            changes |= {an_id: an_id.translate(ROTATED) for an_id in sorted(self.ids, key=len, reverse=True)}
        return [
            Call(call.function, unlike(call.data, changes), unlike(call.event_data, changes)) for call in self.calls
        ]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageProcess]:
    with page_process(tmp_path_factory.mktemp("page")) as page:
        yield page


async def visited(page: PageProcess) -> Visit:
    """Somebody who has one of everything, and pressed everything there is."""
    async with visitor_as(RecordedVisitor, page.url) as ana:
        belongings = await furnished(ana, page)
        place = {"documents-collection": belongings.ids["collection"]}
        await ana.event("documents-box", "submit", **{"documents-box": f"{MARK} asks"}, **place)
        await ana.event("agent-box", "submit", **{"agent-box": f"{MARK} wonders"})
        await ana.event("pg-look", "click", **{"pg-prompt": f"{MARK} looks"})
        done = list(ana.calls)
        ana.held = unlike(ana.held, {"endless": "ended"})
        for function in ana.layout.kinds:
            await ana.call(*_parts(ana.filled(function)))
        reported = {repr(call.event_data): call for call in done if call.event_data is not None}
        calls = [*reported.values(), *map(ana.filled, ana.layout.dependencies)]
    return Visit(belongings, calls, frozenset(ids_in(page.database, belongings.owner)))


def _parts(call: Call) -> tuple[Mapping[str, Any], Any, Any]:
    return call.function, call.data, call.event_data


def ids_in(database: Path, owner: str) -> Iterator[str]:
    """Whatever looks like an id in any table, but for who has it."""
    with closing(sqlite3.connect(database)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for column in (each for each in columns if each == "id" or each.endswith("_id")):
                found = connection.execute(f"SELECT DISTINCT {column} FROM {table}")  # noqa: S608 (ours)
                texts = (value for (value,) in found if isinstance(value, str) and value != owner)
                yield from filter(AN_ID.fullmatch, texts)


def files_in(folder: Path) -> dict[str, str]:
    """What lies below ``folder``, by its path and its content; databases and logs grow by themselves."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if "sqlite" not in path.name and path.suffix not in (".jsonl", "") and path.name != "log"
    }


async def replay(eva: RawVisitor, udo: RawVisitor, visit: Visit) -> None:
    """Both call all of it side by side, one with ids of hers and one with nobody's."""
    faults: list[str] = []
    both = zip(visit.replayed(is_unknown=False), visit.replayed(is_unknown=True), strict=True)
    for number, (real, unknown) in enumerate(both):
        heard = await asyncio.gather(eva.call(*_parts(real)), udo.call(*_parts(unknown)))
        name = f"{number}: {real.function['id']} {eva.layout.targets(real.function)} {real.event_data}"
        faults += [f"{name}: {fault}" for fault in faults_in(visit, *heard)]
    assert faults == []


def faults_in(visit: Visit, real: Heard, unknown: Heard) -> Iterator[str]:
    """What another should not have got."""
    for heard in (real, unknown):
        if heard.status_code >= 500:
            yield f"status {heard.status_code}"
        told = "\n".join(heard.raw)
        if MARK in told:
            place = told.index(MARK)
            yield f"tells {told[max(0, place - 100) : place + 50]!r}"
    if found := differences(plainly(real), plainly(unknown)):
        yield f"another answer: {found}"


@pytest.mark.timeout(900)
async def test_what_her_browser_sent_opens_nothing_to_another(page: PageProcess) -> None:
    visit = await visited(page)
    anas = visit.belongings
    before, files = anas.rows(page.database), files_in(page.folder)
    assert len(visit.ids) > 20
    async with visitor(page.url) as eva, visitor(page.url) as udo:
        functions = {call.function["id"] for call in visit.calls}
        assert functions == {each["id"] for each in eva.layout.dependencies}
        await replay(eva, udo, visit)
    assert anas.rows(page.database) == before
    after = files_in(page.folder)
    assert {path: content for path, content in after.items() if path in files} == files
