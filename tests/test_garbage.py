"""Anything at all is sent to every function of the page: it answers, in sentences, and goes on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from errors import TertuliaError
from tests.gradio_client_raw import SECONDS, Heard, RawVisitor, visitor
from tests.page_actions import ACTIONS, NUMBERS, TEXTS
from tests.page_process import PageProcess, page_process
from tests.page_reader import catalogue

APP = Path(__file__).parent.parent / "app.py"
NESTED: list[Any] = []
for _ in range(50):
    NESTED = [NESTED]

GARBAGE: dict[str, Any] = {
    "nothing": None,
    "a number": -7,
    "a huge number": 10**40,
    "a truth": True,
    "nested lists": NESTED,
    "an update": {"__type__": "update", "value": "x"},
    "a file": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    "a long text": "x" * 200_000,
    "controls": "\x00\x01\x1b[31m\u202eabc\u2066\ufeff\U0001f9a6",
    "half a pair": "\ud800 and \udfff",
    "JSON": '{"question": ["a"], "text": null, "é": {}}',
    "markup": "<img src=x onerror=alert(1)>{{''.__class__}}${x}%s",
}
IN_ACTIONS = ("nothing", "nested lists", "a long text", "half a pair")
# Gradio itself writes into the log what it refuses before any handler of ours is called.
REFUSED_BY_GRADIO = re.compile(
    "gradio.exceptions.(Error|InvalidPathError|ComponentProcessingError)|"
    "ValidationError: 1 validation error for (FileData|ListFiles)|"
    r"TypeError: '\w+' object is not iterable|"  # of a group of boxes, before any handler
    r"TypeError: '<' not supported between instances of '\w+' and '(int|float)'|ValueError: An event handler"
)  # fmt: skip
END_OF_TRACEBACK = re.compile(r"^(?:[a-z_]+\.)*[A-Z]\w+(?:: .*)?$", re.MULTILINE)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageProcess]:
    with page_process(tmp_path_factory.mktemp("page")) as page:
        yield page


def check(page: PageProcess, heard: Heard, name: object) -> None:
    assert heard.status_code < 500, name
    assert "Traceback" not in "\n".join(heard.raw), name
    assert catalogue.text("en", TertuliaError.key) not in heard.sentences, (name, page.log[-3_000:])


def check_log(page: PageProcess) -> None:
    """Nothing failed that nobody foresaw."""
    assert "unexpected" not in page.log
    ends = [end[0] for end in END_OF_TRACEBACK.finditer(page.log) if not REFUSED_BY_GRADIO.search(end[0])]
    assert ends == []


async def check_answers(eva: RawVisitor) -> None:
    assert (await eva.ask("still there?")).shown["chat"][-1]["content"][0]["text"] == "You sent: still there?"


@pytest.mark.parametrize("kind", GARBAGE)
async def test_any_value_in_any_place_is_answered(page: PageProcess, kind: str) -> None:
    garbage = GARBAGE[kind]
    async with visitor(page.url) as eva:
        functions = eva.layout.kinds
        own = (await eva.ask("mine")).shown["conversation"]
        calls = [eva.call(each, [garbage] * len(each["inputs"]), garbage) for each in functions]
        calls += [eva.call(each, places(eva, each, garbage, own), garbage) for each in functions]
        for place, heard in enumerate(await asyncio.gather(*calls)):
            check(page, heard, functions[place % len(functions)]["targets"])
        await check_answers(eva)
    check_log(page)


def places(eva: RawVisitor, function: Mapping[str, Any], garbage: Any, own: str) -> list[Any]:
    """Garbage where people type, in a conversation of their own."""
    return eva.layout.inputs(function, conversation=own, textbox=garbage)


@pytest.mark.parametrize("kind", IN_ACTIONS)
async def test_any_report_of_the_page_is_answered(page: PageProcess, kind: str) -> None:
    async with visitor(page.url) as eva:
        own = (await eva.ask("mine")).shown["conversation"]
        fields = dict.fromkeys((*TEXTS, *NUMBERS), GARBAGE[kind])
        for event in ("submit", "input", "select"):
            for action in ACTIONS:
                check(page, await eva.event("bridge", event, {**fields, "action": action}, conversation=own), action)
        await check_answers(eva)
    check_log(page)


@pytest.mark.parametrize("data", [[], [None] * 99, None, "text", {}, 7], ids=str)
async def test_any_number_of_values_is_answered(page: PageProcess, data: Any) -> None:
    async with visitor(page.url) as eva:
        for function in eva.layout.kinds:
            assert (await eva.call(function, data)).status_code < 500
        await check_answers(eva)


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", "null", '{"fn_index": 999, "data": []}', '{"fn_index": -1, "data": []}', "[" * 100_000, "\xff"],
    ids=lambda body: body[:30],
)
async def test_any_body_is_answered(page: PageProcess, body: str) -> None:
    async with visitor(page.url) as eva:
        content = body.encode("latin-1")
        headers = {"content-type": "application/json"}
        answer = await eva.client.post("/gradio_api/queue/join", content=content, headers=headers)
        assert answer.status_code < 500
        assert "Traceback" not in answer.text
        await check_answers(eva)


@pytest.mark.parametrize("cookie", ["a/b=1", "tertulia_owner=\xe9.\xff", "=;;=", 'a="', "tertulia_language=../x"])
async def test_the_page_opens_whatever_the_cookies(page: PageProcess, cookie: str) -> None:
    async with httpx.AsyncClient(base_url=page.url, timeout=SECONDS) as client:
        assert (await client.get("/", headers={b"cookie": cookie.encode("latin-1")})).status_code == 200


async def test_an_upload_that_was_none_deletes_no_file(page: PageProcess, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text("{}", encoding="utf-8")
    async with visitor(page.url) as eva:
        for path in (str(kept), str(page.database), str(APP)):
            file = {"path": path, "meta": {"_type": "gradio.FileData"}}
            await eva.event("import", "upload", uploadbutton=file, **{"import": file})
        await check_answers(eva)
    assert kept.exists()
    assert page.database.exists()
    assert APP.exists()
