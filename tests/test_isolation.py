"""What one visitor can do with the ids of another: nothing, and no less than with ids that do not exist."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from components.downloads import TYPES
from components.owner import OWNER_COOKIE, OwnerCookie
from errors import MessageNotFound, SessionMissing
from models.remote.visitor_keys import MASK
from tests.belongings import CHOSEN, MARK, OWNED, Belongings, furnish
from tests.gradio_client_raw import Heard, Layout, RawVisitor, visitor
from tests.page_actions import ACTIONS, NUMBERS, TEXTS, actions_of
from tests.page_process import PageProcess, page_process
from tests.page_reader import catalogue

APP = Path(__file__).parent.parent / "app.py"
AN_ID = re.compile(r"(?<![\w-])(?:[a-z]+-)?[\w-]{22}(?![\w-])")
A_KEYS_END = re.compile(rf"(?<={MASK})[\w-]{{4}}")  # of one's own, which an attack takes the ids for
A_HASH = re.compile(r"\bhtml-[0-9a-f]{8}\b")
KNOW_NO_IDS = ("pg-", "md-catalogue", "md-services")  # of what is kept here
ROOMS = {  # by their bridges: how the names of their files begin
    "bridge": ("chat_",),
    "agent-bridge": ("agent_",),
    "reading-bridge": ("documents_", "source_"),
    "library-bridge": ("library_",),
    "evaluate-bridge": ("evaluate_",),
    "md-evaluate-bridge": ("model_evaluation_",),
    "md-compare-bridge": ("comparison_",),
}
PLACES = ("conversation", "documents-conversation", "agent-conversation")
OWN_KINDS = ("conversation", "deleted", "note", "template", "collection", "document", "evaluation", "comparison", "set")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageProcess]:
    with page_process(tmp_path_factory.mktemp("page")) as page:
        yield page


@pytest.fixture(scope="module")
def anas(page: PageProcess) -> Belongings:
    """Somebody who has one of everything."""
    return asyncio.run(furnish(page))


@asynccontextmanager
async def writing(page: PageProcess, anas: Belongings) -> AsyncIterator[None]:
    """Meanwhile, the model answers in her conversation ``live``."""
    async with visitor(page.url, anas.cookies) as ana:
        answers = ana.asking(f"{MARK} endless", anas.ids["live"])
        async for heard in answers:
            if "word3" in str(heard.shown.get("chat")):
                break
        yield
        await answers.aclose()


@dataclass(frozen=True)
class Attack:
    """Calls the functions of the page with the ``ids`` of another, and with ``own``, a conversation of one's own."""

    ids: Mapping[str, str]
    own: str
    is_thorough: bool

    async def run(self, eva: RawVisitor) -> AsyncGenerator[tuple[str, Heard], None]:
        """Every call by its name, and what was heard."""
        ids = self.ids
        for function in eva.layout.dependencies if self.is_thorough else eva.layout.kinds:
            named = [elem_id for elem_id, _ in eva.layout.targets(function)]
            is_bridge = any(elem_id.endswith("bridge") for elem_id in named)
            if is_bridge and not self.is_thorough and any(elem_id.startswith(KNOW_NO_IDS) for elem_id in named):
                is_bridge = False
            calls = self._reports(*eva.layout.targets(function)[0]) if is_bridge else self._plain(eva.layout, function)
            for given, reported in calls:
                file = {"path": ids["message"], "meta": {"_type": "gradio.FileData"}}
                places = dict.fromkeys(PLACES, given)
                places["documents-collection"] = "" if given == self.own else ids["collection"]
                places["md-evaluate-place"] = "" if given == self.own else f"{ids['evaluation']} 0 "
                data = eva.layout.inputs(function, **places, textbox=ids["conversation"], uploadbutton=file)
                name = f"{function['id']} {eva.layout.targets(function)} {reported}"
                yield name, await eva.call(function, data, reported)

    def _plain(self, layout: Layout, function: Mapping[str, Any]) -> Iterator[tuple[str, None]]:
        """In every kind of conversation, where the function is told of one."""
        is_told = not set(map(layout.name, function["inputs"])).isdisjoint(PLACES)
        for kind in ("conversation", "deleted", "live") if is_told else ("conversation",):
            yield self.ids[kind], None

    def _reports(self, bridge: str, event: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Actions that a handler knows: in the conversation of another, and about what is theirs in one's own.

        All that any handler knows, where it is to be thorough.
        """
        ids = self.ids
        for action in ACTIONS if self.is_thorough or bridge not in ROOMS else actions_of(ROOMS[bridge], event):
            for kind in ("conversation", "live", "deleted") if self.is_thorough else ("live",):
                yield ids[kind], report(action, ids[kind], ids["answer"])
            for kind in OWN_KINDS if self.is_thorough else (fitting(action, bridge),):
                yield self.own, report(action, ids[kind], ids["answer"])


def fitting(action: str, bridge: str) -> str:
    """The kind of what the action is for, as its name tells."""
    if bridge == "md-compare-bridge":
        return "comparison"
    if bridge == "md-evaluate-bridge":
        return "set" if action == "start" else "evaluation"
    kinds = {"note": "note", "template": "template", "restore": "deleted", "collection": "collection"}
    kinds |= dict.fromkeys(("reindex", "cancel", "source"), "document")
    return kinds.get(action.partition("_")[0], "conversation")


def report(action: str, an_id: str, message_id: str) -> dict[str, Any]:
    """With the id in all places but those that would be refused before anybody looks at it."""
    chosen = {"start": CHOSEN, "vote": {"choice": "0"}}.get(action, {})
    texts = {**dict.fromkeys(TEXTS, an_id), **dict.fromkeys(NUMBERS, "0"), **chosen, "id": an_id}
    return {**texts, "message": message_id, "action": action}


def plainly(heard: Heard) -> tuple[Any, ...]:
    """What somebody got to see, without what differs from one to the next.

    What the Playground shows is made of what was typed, and of nothing else.
    """
    seen = {name: value for name, value in heard.shown.items() if not name.startswith("pg-")}
    text = json.dumps(seen, sort_keys=True, ensure_ascii=False).replace("\\n", " ").replace("\\", "")
    shown = re.sub(r"\d+", "#", AN_ID.sub("ID", A_HASH.sub("TAG", A_KEYS_END.sub("", text))))
    return heard.status_code, heard.is_success, [AN_ID.sub("ID", sentence) for sentence in heard.sentences], shown


async def check_nothing_is_had(page: PageProcess, anas: Belongings, *, is_thorough: bool) -> None:
    before = anas.rows(page.database)
    async with visitor(page.url) as eva, visitor(page.url) as udo, writing(page, anas):
        own = [(await each.ask("mine")).shown["conversation"] for each in (eva, udo)]
        attacks = Attack(anas.ids, own[0], is_thorough).run(eva), Attack(anas.unknown, own[1], is_thorough).run(udo)
        async for name, real, unknown in both(*attacks):
            assert real.status_code < 500, name
            assert MARK not in "\n".join(real.raw), name
            assert anas.ids["fork"] not in "\n".join(real.raw), name
            assert differences(plainly(real), plainly(unknown)) == [], name
    assert anas.rows(page.database) == before


def differences(one: tuple[Any, ...], other: tuple[Any, ...]) -> list[tuple[str, ...]]:
    """Words that are not the same, so that a failure is short."""
    words = [" ".join(map(str, each)).split() for each in (one, other)]
    return [pair for pair in zip_longest(*words, fillvalue="") if pair[0] != pair[1]][:5]


@pytest.mark.timeout(900)
async def test_what_is_anothers_answers_like_what_does_not_exist(page: PageProcess, anas: Belongings) -> None:
    await check_nothing_is_had(page, anas, is_thorough=False)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_every_id_in_every_place_answers_like_what_does_not_exist(page: PageProcess, anas: Belongings) -> None:
    await check_nothing_is_had(page, anas, is_thorough=True)


async def both(
    first: AsyncGenerator[tuple[str, Heard], None], second: AsyncGenerator[tuple[str, Heard], None]
) -> AsyncIterator[tuple[str, Heard, Heard]]:
    """Each step of the two side by side."""
    while True:
        try:
            (name, one), (_, other) = await asyncio.gather(anext(first), anext(second))
        except StopAsyncIteration:
            return
        yield name, one, other


def made_up(anas: Belongings) -> dict[str, dict[str, str]]:
    value = anas.cookies[OWNER_COOKIE]
    altered = ("A" if value[0] != "A" else "B") + value[1:]
    another = OwnerCookie(b"the secret of another server").new_value()
    stolen = value.split(".")[0] + "." + another.split(".")[1]
    values = {"altered": altered, "forged": anas.owner, "of another server": another, "put together": stolen}
    return {"none": {}} | {name: {OWNER_COOKIE: value} for name, value in values.items()}


async def test_without_a_cookie_of_ours_nobody_is_anybody(page: PageProcess, anas: Belongings) -> None:
    refusals = [catalogue.text("en", error.key) for error in (SessionMissing, MessageNotFound)]
    before = num_rows(page.database)
    for name, cookies in made_up(anas).items():
        async with visitor(page.url, cookies) as nobody:
            for function in nobody.layout.kinds:
                data = nobody.layout.inputs(function, conversation=anas.ids["conversation"], textbox="hello")
                heard = await nobody.call(function, data, report("open", anas.ids["conversation"], ""))
                assert MARK not in "\n".join(heard.raw), (name, function["id"])
                assert heard.is_success, (name, function["id"])
                shows_nothing = set(heard.shown) <= {"meter", "model"}
                assert set(heard.sentences) & set(refusals) or shows_nothing, (name, function["id"])
    assert num_rows(page.database) == before


def num_rows(database: Path) -> list[int]:
    """How much of each kind there is of anybody's; records may still come of answers that were just stopped."""
    tables = OWNED.keys() - {"records"}
    with closing(sqlite3.connect(database)) as connection:
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]  # noqa: S608 (ours)


async def test_downloads_are_the_owners(page: PageProcess, anas: Belongings) -> None:
    async with visitor(page.url, anas.cookies) as ana, visitor(page.url) as eva, visitor(page.url, {}) as nobody:
        for path in downloads(anas.ids):
            assert MARK in (await ana.client.get(path)).text, path
        for path in downloads({**anas.ids, "conversation": anas.ids["deleted"]})[:3]:
            assert (await ana.client.get(path)).status_code == 404, path
        for path, unknown in zip(downloads(anas.ids), downloads(anas.unknown), strict=True):
            for each in (eva, nobody):
                answer = await each.client.get(path)
                assert (answer.status_code, answer.text) == (404, (await each.client.get(unknown)).text), path
        assert MARK not in (await eva.client.get("/templates.yaml")).text


def downloads(ids: Mapping[str, str]) -> list[str]:
    kinds = [kind for kind in TYPES if kind != "yaml"]
    conversations = [f"/conversations/{ids['conversation']}/export.{kind}" for kind in kinds]
    models = [f"/evaluations/{ids['evaluation']}/results.json", f"/comparing/answers/{ids['comparison']}.json"]
    return [*conversations, f"/templates.yaml?id={ids['template']}", *models]


async def test_files_of_the_program_are_nobodys(page: PageProcess) -> None:
    async with visitor(page.url) as eva:
        for path in (page.database, page.folder / "log", "/etc/passwd", APP):
            assert (await eva.client.get(f"/gradio_api/file={path}")).status_code in (403, 404), path
