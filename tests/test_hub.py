from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from errors import (
    HubBusy,
    HubFaulty,
    HubTokenRefused,
    HubUnreachable,
    ModelFileUnknown,
    ModelGated,
    ModelNameInvalid,
    ModelRepositoryUnknown,
    TertuliaError,
)
from models.download_source import SourceCut
from models.hub import HubOptions, listed_files, look_up
from tests.scripted_hub import GOOD_TOKEN, HubFile, ScriptedHub, scripted_hub

REPOSITORY, FILE = "owner/tiny-GGUF", "tiny.Q8_0.gguf"
CONTENT = bytes(range(256)) * 1_000


@pytest.fixture
def hub() -> Iterator[ScriptedHub]:
    with scripted_hub() as hub:
        hub.add(REPOSITORY, FILE, CONTENT)
        yield hub


@pytest.fixture
def options(hub: ScriptedHub) -> HubOptions:
    return HubOptions(hub.url, token="")


def test_what_the_hub_says_is_known_without_reading_the_file(hub: ScriptedHub, options: HubOptions) -> None:
    found = look_up(options, REPOSITORY, FILE)
    assert (found.num_bytes, found.commit, found.sha256) == (len(CONTENT), hub.commit, found.version)
    assert hub.of_store() == []


@pytest.mark.parametrize("start", [0, 1, 100_000])
def test_a_file_is_read_from_any_byte_on(start: int, options: HubOptions) -> None:
    with look_up(options, REPOSITORY, FILE).read(start) as (begin, pieces):
        assert begin == start
        assert b"".join(pieces) == CONTENT[start:]


def test_the_hub_is_asked_for_nothing_but_the_file(hub: ScriptedHub, options: HubOptions) -> None:
    """Its library would ask it for a list of programs that it may be started from, and tell which one it is."""
    with look_up(options, REPOSITORY, FILE).read(0) as (_, pieces):
        assert list(pieces)
    assert [(asked.is_of_hub, asked.method) for asked in hub.asked] == [(True, "HEAD"), (True, "GET"), (False, "GET")]


def test_the_token_goes_to_the_hub_and_nowhere_else(hub: ScriptedHub, options: HubOptions) -> None:
    hub.files[REPOSITORY, FILE].is_gated = True
    with look_up(replace(options, token=GOOD_TOKEN), REPOSITORY, FILE).read(0) as (_, pieces):
        assert list(pieces)
    assert {asked.token for asked in hub.asked if asked.is_of_hub} == {GOOD_TOKEN}
    assert {asked.token for asked in hub.of_store()} == {""}


@pytest.mark.parametrize("status", [403, 404, 416, 429, 500, 503])
def test_what_the_store_refuses_is_worth_another_try(status: int, hub: ScriptedHub, options: HubOptions) -> None:
    """The address that the hub gave is only good for a while."""
    hub.files[REPOSITORY, FILE].statuses = [status]
    found = look_up(options, REPOSITORY, FILE)
    with pytest.raises(SourceCut), found.read(0):
        pass
    with found.read(0) as (_, pieces):
        assert b"".join(pieces) == CONTENT


def test_a_file_that_is_closed_while_it_is_read_is_named(hub: ScriptedHub, options: HubOptions) -> None:
    found = look_up(options, REPOSITORY, FILE)
    hub.files[REPOSITORY, FILE].is_gated = True
    with pytest.raises(ModelGated), found.read(0):
        pass


def no_size(file: HubFile, _: ScriptedHub) -> None:
    file.tells_size = False


def no_commit(file: HubFile, hub: ScriptedHub) -> None:
    hub.commit = ""


def gated(file: HubFile, _: ScriptedHub) -> None:
    file.is_gated = True


def private(file: HubFile, _: ScriptedHub) -> None:
    file.is_private = True


def no_repository(_: HubFile, hub: ScriptedHub) -> None:
    hub.files.clear()


def no_file(_: HubFile, hub: ScriptedHub) -> None:
    hub.files.clear()
    hub.add(REPOSITORY, "other.gguf", CONTENT)


def answers(status: int) -> Callable[[HubFile, ScriptedHub], None]:
    def change(_: HubFile, hub: ScriptedHub) -> None:
        hub.status = status

    return change


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (gated, ModelGated),
        (private, ModelRepositoryUnknown),
        (no_repository, ModelRepositoryUnknown),
        (no_file, ModelFileUnknown),
        (no_size, HubFaulty),
        (no_commit, HubFaulty),
        (answers(403), HubTokenRefused),
        (answers(404), ModelFileUnknown),
        (answers(429), HubBusy),
        (answers(500), HubFaulty),
        (answers(200), HubFaulty),
    ],
)
def test_each_fault_of_the_hub_is_named(
    change: Callable[[HubFile, ScriptedHub], None],
    error: type[TertuliaError],
    hub: ScriptedHub,
    options: HubOptions,
) -> None:
    change(hub.files[REPOSITORY, FILE], hub)
    with pytest.raises(error) as raised:
        look_up(options, REPOSITORY, FILE)
    assert raised.type is error


def test_a_version_that_the_repository_does_not_have_is_named(options: HubOptions) -> None:
    with pytest.raises(ModelFileUnknown):
        look_up(options, REPOSITORY, FILE, "v9")


def test_a_token_that_the_hub_does_not_know_is_named(options: HubOptions) -> None:
    with pytest.raises(HubTokenRefused):
        look_up(replace(options, token="hf_bad"), REPOSITORY, FILE)


@pytest.mark.parametrize("token", ["two words", "hf_\nX-More: 1", "hf_ñandú"])
def test_what_can_be_no_token_goes_nowhere(token: str, hub: ScriptedHub, options: HubOptions) -> None:
    with pytest.raises(HubTokenRefused):
        look_up(replace(options, token=token), REPOSITORY, FILE)
    assert hub.asked == []


def test_a_mirror_is_asked_by_its_address_however_that_ends(options: HubOptions) -> None:
    mirror = replace(options, endpoint=f"{options.endpoint}/")
    assert look_up(mirror, REPOSITORY, FILE).num_bytes == len(CONTENT)
    assert [file.path for file in listed_files(mirror, REPOSITORY)] == [FILE]


def test_no_hub_at_all_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(HubUnreachable):
        look_up(HubOptions(url, token=""), REPOSITORY, FILE)


def test_the_models_of_a_repository_are_listed(hub: ScriptedHub, options: HubOptions) -> None:
    for name in ("README.md", "big-00001-of-00002.gguf", "more/small.gguf", "../up.gguf"):
        hub.add(REPOSITORY, name, b"GGUF")
    found = listed_files(options, REPOSITORY)
    assert [(file.path, file.size) for file in found] == [("more/small.gguf", 4), (FILE, len(CONTENT))]


def test_a_repository_that_is_not_there_has_no_listing(options: HubOptions) -> None:
    with pytest.raises(ModelRepositoryUnknown):
        listed_files(options, "owner/nothing")
    with pytest.raises(ModelNameInvalid):
        listed_files(options, "owner/../nothing")


@pytest.mark.parametrize("status", [200, 500])
def test_a_listing_that_cannot_be_read_is_named(status: int, hub: ScriptedHub, options: HubOptions) -> None:
    hub.status = status
    with pytest.raises(HubFaulty):
        listed_files(options, REPOSITORY)
