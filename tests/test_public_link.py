"""The public link: its program, its server, its password and its end."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components import public_tunnel
from components.catalogue import LANGUAGES, Catalogue
from components.operator_sharing import OperatorSharing, hours_in
from components.pass_phrase import NUM_WORDS, new_pass_phrase
from components.public_link import PublicLink
from components.public_tunnel import PublicTunnel, TunnelServer
from components.tunnel_program import TunnelProgram
from errors import (
    LinkAlreadyOpen,
    LinkHoursInvalid,
    LinkPasswordShort,
    TunnelProgramAltered,
    TunnelProgramMissing,
    TunnelProgramNotRun,
    TunnelRefused,
    TunnelServerAway,
    TunnelUnsupported,
)
from tests.html_reader import read_html
from tests.tunnel_service import NAME, TunnelService, tunnel_service

WAITING_S = 60
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TunnelService]:
    with tunnel_service(str(tmp_path / "port")) as service:
        yield service


class ScriptedDoor:
    def __init__(self) -> None:
        self.open: tuple[str, str] | None = None

    def open_link(self, host: str, password: str) -> None:
        self.open = (host, password)

    def close_link(self) -> None:
        self.open = None


class ScriptedTunnel:
    """Opens at once; ``end`` is what its program does by itself."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.is_closed = threading.Event()
        self.end: Callable[[], object] = lambda: None

    def open(self, port: int, on_ended: Callable[[], object]) -> str:
        self.end = on_ended
        if self.fault:
            raise self.fault
        return f"https://{NAME}"

    def close(self) -> None:
        self.is_closed.set()


def tunnel_of(service: TunnelService, folder: Path) -> PublicTunnel:
    program = TunnelProgram(folder, service.program, service.sha256)
    return PublicTunnel(program, lambda: TunnelServer.ask(service.api))


def link_of(*tunnels: ScriptedTunnel) -> tuple[PublicLink, ScriptedDoor, list[bool]]:
    door, told, left = ScriptedDoor(), list[bool](), list(tunnels)
    return PublicLink(lambda: left.pop(0), door, lambda: "five words of our own", told.append), door, told


def test_the_program_is_downloaded_once_and_only_its_owner_may_run_it(service: TunnelService, tmp_path: Path) -> None:
    program = TunnelProgram(tmp_path, service.program, service.sha256)
    assert program.path() == program.path()
    assert program.path().stat().st_mode & 0o777 == 0o700
    assert len(service.downloads) == 1
    program.path().write_bytes(b"something else")
    program.path()
    assert program.path().read_bytes() == service.content


def test_what_is_not_the_published_program_is_never_kept(service: TunnelService, tmp_path: Path) -> None:
    with pytest.raises(TunnelProgramAltered):
        TunnelProgram(tmp_path, service.program, "0" * 64).path()
    assert os.listdir(tmp_path) == []


def test_a_program_that_cannot_be_had_is_told(service: TunnelService, tmp_path: Path) -> None:
    with pytest.raises(TunnelUnsupported):
        TunnelProgram(tmp_path, service.program).path()
    with pytest.raises(TunnelProgramMissing):
        TunnelProgram(tmp_path, NOBODY, "0" * 64).path()
    service.is_away = True
    with pytest.raises(TunnelProgramMissing) as found:
        TunnelProgram(tmp_path, service.program, "0" * 64).path()
    assert found.value.values == {"reason": "HTTP 503"}


def test_the_tunnel_tells_its_address_and_ends_when_it_is_closed(service: TunnelService, tmp_path: Path) -> None:
    ended = threading.Event()
    tunnel = tunnel_of(service, tmp_path)
    assert tunnel.open(1234, ended.set) == f"https://{NAME}"
    assert not ended.is_set()
    tunnel.close()
    assert ended.wait(WAITING_S)


@pytest.mark.parametrize("mode", ["refused", "silent"])
def test_a_tunnel_that_is_not_given_leaves_no_program_behind(
    service: TunnelService, tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.mode = mode
    monkeypatch.setattr(public_tunnel, "SECONDS_TO_OPEN", 1.0)
    ended = threading.Event()
    with pytest.raises(TunnelRefused):
        tunnel_of(service, tmp_path).open(1234, ended.set)
    assert ended.wait(WAITING_S)


def test_a_program_that_this_system_does_not_run_is_told(service: TunnelService, tmp_path: Path) -> None:
    service.mode = "foreign"
    with pytest.raises(TunnelProgramNotRun) as refused:
        tunnel_of(service, tmp_path).open(1234, threading.Event().set)
    assert refused.value.values["reason"]


def test_a_server_that_is_away_is_told(service: TunnelService) -> None:
    with pytest.raises(TunnelServerAway):
        TunnelServer.ask(NOBODY)
    service.is_away = True
    with pytest.raises(TunnelServerAway):
        TunnelServer.ask(service.api)
    with pytest.raises(TunnelServerAway):
        TunnelServer.ask(service.program)  # no JSON


def test_a_link_is_never_open_without_a_password() -> None:
    link, door, told = link_of(ScriptedTunnel(), ScriptedTunnel())
    assert not link.is_host(NAME)
    opened = link.open(hours=1)
    assert door.open == (NAME, "five words of our own")
    assert link.is_host(NAME)
    assert not link.is_host("other.gradio.live")
    assert opened.ends_at == pytest.approx(time.time() + 3600, abs=60)
    with pytest.raises(LinkAlreadyOpen):
        link.open(hours=1)
    link.close()
    assert told == [True, False]
    assert not link.is_host(NAME)
    assert link.open(hours=1, password="one that was given").password == "one that was given"
    link.close()


def test_a_link_ends_by_itself() -> None:
    tunnel = ScriptedTunnel()
    link, door, _ = link_of(tunnel)
    link.open(hours=0.00001)
    assert tunnel.is_closed.wait(WAITING_S)
    assert (door.open, link.now) == (None, None)


def test_a_program_that_dies_ends_the_link_and_another_may_be_opened() -> None:
    first, second = ScriptedTunnel(), ScriptedTunnel()
    link, door, told = link_of(first, second)
    link.open(hours=1)
    first.end()
    assert (door.open, link.now, told) == (None, None, [True, False])
    link.open(hours=1)
    first.end()  # the old one's last word is nothing to the new one
    assert link.now is not None
    link.close()


def test_a_fault_leaves_no_link_and_another_may_be_tried() -> None:
    link, door, told = link_of(ScriptedTunnel(TunnelServerAway()), ScriptedTunnel())
    with pytest.raises(TunnelServerAway):
        link.open(hours=1)
    assert (door.open, link.now, told) == (None, None, [True, False])
    link.open(hours=1)
    link.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pass_phrase_is_words_and_another_every_time(language: str) -> None:
    phrases = {new_pass_phrase(language) for _ in range(5)}
    assert len(phrases) == 5
    assert all(len(words := phrase.split("-")) == NUM_WORDS and all(map(str.isalpha, words)) for phrase in phrases)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_operator_opens_and_ends_it(language: str) -> None:
    link, _, _ = link_of(ScriptedTunnel())
    section = OperatorSharing(link, Catalogue.load(), lambda: 3, hours=2)
    form = read_html(section.html(language))
    assert form.one(name="hours").attributes["value"] == "2"
    asyncio.run(section.act({"act": "open", "hours": "1,5", "password": ""}, language))
    shown = section.html(language)
    assert all(part in shown for part in (f"https://{NAME}", "five words of our own", "<svg", "<td>3</td>"))
    asyncio.run(section.act({"act": "close"}, language))
    assert link.now is None


@pytest.mark.parametrize("text", ["", "soon", "0", "-1", "1000", "nan", "inf"])
def test_hours_that_are_none_are_told(text: str) -> None:
    with pytest.raises(LinkHoursInvalid):
        hours_in(text)


def test_a_short_pass_phrase_is_not_taken() -> None:
    link, _, _ = link_of(ScriptedTunnel())
    section = OperatorSharing(link, Catalogue.load(), lambda: 0, hours=2)
    with pytest.raises(LinkPasswordShort):
        asyncio.run(section.act({"act": "open", "hours": "1", "password": "short"}, "en"))
    assert link.now is None
