"""A tab is found by its owner alone."""

from __future__ import annotations

import json

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from components.owner import OWNER_COOKIE, OwnerCookie
from components.tab_guard import TabGuard
from safety.body_guard import BodyGuard
from safety.page_paths import CANCEL, DATA, HEARTBEAT, JOIN, UPLOAD, UPLOAD_PROGRESS

OWNERS = OwnerCookie(b"a secret only for the tests of tabs")
ANA, EVA = OWNERS.new_value(), OWNERS.new_value()
CANCELLED = {"session_hash": "tab", "fn_index": 0, "event_id": "anas"}


async def seen(scope: Scope, receive: Receive, send: Send) -> None:
    """Says what came through."""
    request = Request(scope, receive)
    body = await request.body()
    told = {"path": scope["path"], "query": request.query_params.multi_items(), "body": json.loads(body or b"null")}
    told["has_length"] = request.headers.get("content-length", str(len(body))) == str(len(body))
    await PlainTextResponse(json.dumps(told))(scope, receive, send)


class Tabs:
    """Behind the guard, events belong to the tabs noted here."""

    def __init__(self) -> None:
        self.events: set[tuple[str, str]] = set()
        self.app = BodyGuard(TabGuard(seen, OWNERS, lambda tab, event: (tab, event) in self.events))

    async def ask(self, method: str, path: str, cookie: str = "", **content: object) -> httpx.Response:
        headers = {"cookie": f"{OWNER_COOKIE}={cookie}"} if cookie else {}
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, headers=headers, **content)  # type: ignore[arg-type]

    async def names(self, cookie: str, tab: str = "tab") -> list[str]:
        """What the tab is called behind, by each of the ways."""
        asked = {"params": {"session_hash": tab}}
        (data,) = (await self.ask("GET", DATA, cookie, **asked)).json()["query"]
        path = (await self.ask("GET", HEARTBEAT + tab, cookie)).json()["path"]
        event = json.dumps({"session_hash": tab, "data": ["ñ\ud800"]})
        joined = (await self.ask("POST", JOIN, cookie, content=event)).json()
        assert joined["body"]["data"] == ["ñ\ud800"]
        assert joined["has_length"]
        left = (await self.ask("POST", CANCEL, cookie, json={**CANCELLED, "session_hash": tab})).json()
        return [data[1], path.removeprefix(HEARTBEAT), joined["body"]["session_hash"], left["body"]["session_hash"]]


@pytest.fixture
def tabs() -> Tabs:
    return Tabs()


async def test_each_owner_has_names_of_their_own(tabs: Tabs) -> None:
    names = {who: await tabs.names(who) for who in (ANA, EVA, "", "forged")}
    for each in names.values():
        assert len(set(each)) == 1
    assert len({names[who][0] for who in (ANA, EVA, "")}) == 3
    assert names["forged"] == names[""]
    assert await tabs.names(ANA) == names[ANA]
    assert await tabs.names(ANA, "other") != names[ANA]
    assert await tabs.names(EVA, names[ANA][0]) != names[ANA]  # what it is called behind opens nothing in front


async def test_said_twice_both_are_changed(tabs: Tabs) -> None:
    query = (await tabs.ask("GET", f"{DATA}?session_hash=tab&session_hash=anas", EVA)).json()["query"]
    assert {"tab", "anas"}.isdisjoint(value for _, value in query)


async def test_how_far_an_upload_is_only_its_owner_hears(tabs: Tabs) -> None:
    asked = {"params": {"upload_id": "upload"}}
    told = [
        (await tabs.ask(method, path, who, **asked)).json()["query"]
        for who in (ANA, EVA)
        for method, path in (("POST", UPLOAD), ("GET", UPLOAD_PROGRESS))
    ]
    assert told[0] == told[1] != told[2] == told[3]


async def test_only_ones_own_event_is_cancelled(tabs: Tabs) -> None:
    tabs.events.add(((await tabs.names(ANA))[0], "anas"))
    told = [(await tabs.ask("POST", CANCEL, who, json=CANCELLED)).json()["body"]["event_id"] for who in (ANA, EVA)]
    assert told == ["anas", "none"]


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", b"{}", b'{"session_hash": 1}', b'{"session_hash": ""}'])
async def test_what_names_no_tab_is_no_event(tabs: Tabs, body: bytes) -> None:
    for path in (JOIN, CANCEL):
        assert (await tabs.ask("POST", path, ANA, content=body)).status_code == 400


async def test_everything_else_passes(tabs: Tabs) -> None:
    answer = await tabs.ask("POST", "/gradio_api/reset", ANA, json={"event_id": "anas"})
    assert answer.json()["body"] == {"event_id": "anas"}
