"""Addresses and uploads of somebody: to another, and to nobody, the answer of what does not exist."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.belongings import MARK, ROTATED, Belongings, furnished
from tests.gradio_client_raw import RawVisitor, visitor, visitor_as
from tests.page_process import PageProcess, page_process
from tests.pdf_writer import pdf
from tests.recorded_visitor import RecordedVisitor

COMPONENTS = Path(__file__).parent.parent / "components"
PART = re.compile(r"\{(\w+)\}")
OF_EVERYBODY = {
    "/operator/{section}",
    "/lessons/{name}",
    "/vendor/{name}",
}  # the first is the operator's: test_operator
EXPORT = re.compile(r"\./playground/([\w-]+)/(\w+)\.csv")
UPLOADS = ("import", "add-files", "evaluate-upload", "md-evaluate-upload")
# What of each address is told; the ids are put in by kind. The last are hers by her cookie alone.
ADDRESSES = {
    "/conversations/{id}/export.{kind}": [
        "/conversations/{conversation}/export.md",
        "/conversations/{fork}/export.json",
    ],
    "/documents/{id}/pages/{number}.png": ["/documents/{drawn}/pages/1.png?width=200"],
    "/documents/{id}/file": ["/documents/{document}/file", "/documents/{drawn}/file"],
    "/collections/{id}/{kind}.csv": [f"/collections/{{collection}}/{kind}.csv" for kind in ("questions", "results")],
    "/evaluations/{id}/{name}": [f"/evaluations/{{evaluation}}/{name}" for name in ("scores.csv", "results.json")],
    "/comparing/answers/{id}.{kind}": [f"/comparing/answers/{{comparison}}.{kind}" for kind in ("csv", "json")],
    "/playground/{session}/{name}.{kind}": [
        "/playground/{session}/{export}.csv",
        "/playground/{session}/{export}.json",
    ],
    "/comparing/{name}.{kind}": [],
}


@dataclass(frozen=True)
class Hers:
    """Somebody's things and the path that her upload was told to have."""

    belongings: Belongings
    ids: Mapping[str, str]
    upload: str

    def addresses(self, ids: Mapping[str, str]) -> list[str]:
        return [address.format(**ids) for addresses in ADDRESSES.values() for address in addresses] + [
            f"/templates.yaml?id={ids['template']}"
        ]

    @property
    def unknown(self) -> dict[str, str]:
        return {kind: an_id.translate(ROTATED) for kind, an_id in self.ids.items()} | {"export": self.ids["export"]}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageProcess]:
    with page_process(tmp_path_factory.mktemp("page")) as page:
        yield page


async def upload(who: RawVisitor, name: str, content: bytes) -> str:
    sent = await who.client.post("/gradio_api/upload", files={"files": (name, content, "application/octet-stream")})
    return str(sent.raise_for_status().json()[0])


async def add(who: RawVisitor, path: str, **places: str) -> str:
    """What the page hears of taking in the file at ``path``."""
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    return "\n".join((await who.event("add-files", "upload", uploadbutton=[file], **places)).raw)


async def have(page: PageProcess) -> Hers:
    async with visitor_as(RecordedVisitor, page.url) as ana:
        belongings = await furnished(ana, page)
        ids = dict(belongings.ids)
        place = {"documents-collection": ids["collection"]}
        await add(ana, await upload(ana, f"{MARK}.pdf", pdf([[f"{MARK} page"]])), **place)
        while (rows := await ana.report("library-bridge", "collection", id=ids["collection"])).shown[
            "documents-list"
        ].count("doc-status ready") < 2:
            pass
        found = set(re.findall(r'data-document="([\w-]+)"', rows.shown["documents-list"])) - {ids["document"]}
        ids["drawn"] = found.pop()
        looked = await ana.event("pg-look", "click", **{"pg-prompt": f"{MARK} looks"})
        ids["session"], ids["export"] = EXPORT.findall(str(looked.shown))[0]
        path = await upload(ana, f"{MARK} secret.txt", f"{MARK} is in here".encode())
        return Hers(belongings, ids, path)


@pytest.fixture(scope="module")
def hers(page: PageProcess) -> Hers:
    return asyncio.run(have(page))


def told(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status_code, answer.text, headers


def routes_with_parts() -> set[str]:
    """Every address of ours that names something, as the sources say."""
    found = set()
    for path in COMPONENTS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Route":
                first = node.args[0]
                text = first.value if isinstance(first, ast.Constant) else ast.unparse(first)
                found.add("/operator/{section}" if "OPERATOR" in str(text) and "section" in str(text) else str(text))
    return {address for address in found if PART.search(address)}


def test_every_address_that_names_something_is_tried() -> None:
    assert routes_with_parts() == ADDRESSES.keys() | OF_EVERYBODY


async def test_another_finds_what_is_not_there(page: PageProcess, hers: Hers) -> None:
    cookies = hers.belongings.cookies
    async with visitor(page.url, cookies) as ana, visitor(page.url) as eva, visitor(page.url, {}) as nobody:
        both = zip(hers.addresses(hers.ids), hers.addresses(hers.unknown), strict=True)
        for address, unknown in both:
            assert (await ana.client.get(address)).status_code == 200, address
            for other in (eva, nobody):
                for method in ("GET", "HEAD", "POST"):
                    answer = told(await other.client.request(method, address))
                    assert answer == told(await other.client.request(method, unknown)), (method, address)
                    assert answer[0] in (404, 405), (method, address)


async def test_votes_are_told_to_who_cast_them(page: PageProcess, hers: Hers) -> None:
    async with visitor(page.url, hers.belongings.cookies) as ana, visitor(page.url) as eva, visitor(page.url) as udo:
        for name in ("leaderboard", "votes", "preferences"):
            address = f"/comparing/{name}.json"
            assert told(await eva.client.get(address)) == told(await udo.client.get(address)), address
            assert (await ana.client.get(address)).text != (await eva.client.get(address)).text, address


async def test_an_upload_is_taken_in_by_its_owner_alone(page: PageProcess, hers: Hers) -> None:
    path = hers.upload
    async with visitor(page.url, hers.belongings.cookies) as ana, visitor(page.url) as eva:
        real = path[path.index("/") :]
        assert await asyncio.to_thread(Path(real).read_text) == f"{MARK} is in here"
        own = await upload(eva, "mine.txt", b"of my own")
        unknown = await add(eva, own[: own.index("/")] + real.translate(ROTATED))
        for stolen in (path, real, own[: own.index("/")] + real, str(page.database), str(page.folder / "log")):
            heard = await add(eva, stolen)
            assert MARK not in heard, stolen
            assert plain(heard) == plain(unknown), stolen
        assert "mine.txt" in await add(eva, own)
        assert "secret.txt" in await add(ana, path, **{"documents-collection": hers.ids["collection"]})


def plain(heard: str) -> str:
    """Without what differs from one event to the next."""
    return re.sub(r"\d+\.\d+", "#", re.sub(r"\b[0-9a-f]{32}\b", "ID", heard))


async def test_a_path_without_its_kind_is_none_either(page: PageProcess) -> None:
    """Gradio looks whether a file was uploaded only where the event says that it is a file."""
    async with visitor(page.url) as eva:
        for elem_id in UPLOADS:
            for path in (page.database, page.folder / "log"):
                heard = await eva.event(elem_id, "upload", uploadbutton={"path": str(path)})
                assert path.name not in "\n".join(heard.raw[1:]), (elem_id, path)


@pytest.mark.parametrize("way", ["file=", "file/", "proxy=", "stream/", "download/"])
async def test_no_file_is_served_by_its_path(page: PageProcess, hers: Hers, way: str) -> None:
    real = hers.upload[hers.upload.index("/") :]
    async with visitor(page.url, hers.belongings.cookies) as ana, visitor(page.url) as eva:
        for path in (hers.upload, real, real.lstrip("/"), "../" + real, str(page.database)):
            for who in (ana, eva):
                answer = await who.client.get(f"/gradio_api/{way}{path}")
                assert answer.status_code in (403, 404), path
                assert MARK not in answer.text
