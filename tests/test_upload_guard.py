"""What may be uploaded at once, and what happens to what lies there."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from safety.page_paths import UPLOAD
from safety.upload_guard import MAX_FILES, NO_ROOM, SLACK, TOO_LARGE, TOO_MANY, UploadGuard, UploadRoom

MAX_FILE_BYTES = 1_000


async def taking(scope: Scope, receive: Receive, send: Send) -> None:
    """Says how much came."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


async def post(room: UploadRoom, **content: object) -> httpx.Response:
    transport = httpx.ASGITransport(UploadGuard(taking, room, MAX_FILE_BYTES))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.post(UPLOAD, **content)  # type: ignore[arg-type]


def files(number: int) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (f"{each}.txt", b"text")) for each in range(number)]


async def in_pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def test_so_many_files_at_once_and_no_more(tmp_path: Path) -> None:
    room = UploadRoom(tmp_path)
    assert (await post(room, files=files(MAX_FILES))).status_code == 200
    refused = await post(room, files=files(MAX_FILES + 1))
    assert (refused.status_code, refused.text) == (413, TOO_MANY)


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_files_are_counted_however_they_come(tmp_path: Path, size: int) -> None:
    request = httpx.Request("POST", "http://127.0.0.1", files=files(MAX_FILES + 1))
    body = request.read()
    headers = {"content-type": request.headers["content-type"]}
    for number, status in ((MAX_FILES, 200), (MAX_FILES + 1, 413)):
        request = httpx.Request("POST", "http://127.0.0.1", files=files(number))
        body, headers = request.read(), {"content-type": request.headers["content-type"]}
        answer = await post(UploadRoom(tmp_path), content=in_pieces(body, size), headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize("is_told", [True, False])
async def test_too_much_is_refused(tmp_path: Path, is_told: bool) -> None:
    body = b"a" * (MAX_FILES * MAX_FILE_BYTES + SLACK + 1)
    refused = await post(UploadRoom(tmp_path), content=body if is_told else in_pieces(body, 10_000))
    assert (refused.status_code, refused.text) == (413, TOO_LARGE)


async def test_a_full_room_takes_nothing_until_it_is_swept(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    old = tmp_path / "ab" / "old.txt"
    old.write_bytes(b"a" * 5_000)
    now = old.stat().st_mtime
    full = await post(UploadRoom(tmp_path, max_bytes=5_100, now=lambda: now), files=files(2))
    assert (full.status_code, full.text) == (507, NO_ROOM)
    later = UploadRoom(tmp_path, max_bytes=5_100, now=lambda: now + 4_000)
    assert (await post(later, files=files(2))).status_code == 200
    assert os.listdir(tmp_path) == []


def test_only_what_is_old_is_swept(tmp_path: Path) -> None:
    for name, time in (("old", 1_000), ("new", 9_000), ("of-the-future", 99_000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_bytes(b"abc")
        os.utime(tmp_path / name / "a.txt", (time, time))
    outside = tmp_path.parent / f"{tmp_path.name}-outside.txt"
    outside.write_text("kept", encoding="utf-8")
    (tmp_path / "link").symlink_to(outside)
    assert UploadRoom(tmp_path, seconds_kept=3_600, now=lambda: 10_000).sweep() == 3
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert outside.read_text(encoding="utf-8") == "kept"


def test_no_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert UploadRoom(tmp_path / "none").sweep() == 0


async def test_other_paths_pass(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(UploadGuard(taking, UploadRoom(tmp_path), 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.post("/other", content=b"a" * 200_000)).text == "200000"
