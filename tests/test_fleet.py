"""Several models within a budget, over processes that load, answer and fail when they are told to."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from random import Random

import pytest

from errors import ModelNotDeleted, ModelNotLoaded, ModelTooLarge, ModelUnknown
from models.engine.protocol import Count, Event, Prompt
from models.local_models import Loading
from models.status import ModelState
from tests.scripted_fleet import FIRST, SECOND, THIRD, ScriptedEngine, ScriptedFleet, count, number_of, told


@pytest.fixture
def two(tmp_path: Path) -> Iterator[ScriptedFleet]:
    """Room for two of three models."""
    fleet = ScriptedFleet(tmp_path)
    yield fleet
    fleet.fleet.close()


@pytest.fixture
def one(tmp_path: Path) -> Iterator[ScriptedFleet]:
    """Room for one of them."""
    fleet = ScriptedFleet(tmp_path, num_together=1.5)
    yield fleet
    fleet.fleet.close()


async def loaded(fleet: ScriptedFleet, name: str) -> ScriptedEngine:
    """Load ``name``; what answers for it now."""
    task = asyncio.create_task(drained(fleet, name))
    engine = await asyncio.to_thread(fleet.next_engine)
    await task
    return engine


async def drained(fleet: ScriptedFleet, name: str) -> None:
    async for _ in fleet.fleet.load(name):
        pass


def names_of(fleet: ScriptedFleet) -> list[str]:
    return [model.name for model in fleet.fleet.loaded()]


def test_files_that_write_and_fit_can_be_used(two: ScriptedFleet) -> None:
    two.put("local/maker/models/embeds.gguf", pooling_type=1)
    two.put("local/maker/models/vast.gguf", block_count=1_000, embedding_length=8_192, attention__head_count_kv=8)
    two.folder.place("maker/models/broken.gguf").write_bytes(b"GGUF")
    assert two.fleet.names() == (FIRST, SECOND, THIRD)
    assert two.fleet.card("local/maker/models/embeds.gguf").name == "embeds"
    assert two.fleet.context_tokens(THIRD) == 2_048
    for name in ("local/maker/models/broken.gguf", "local/../first.gguf", "local/none", "google/x", ""):
        with pytest.raises(ModelUnknown):
            two.fleet.card(name)
    with pytest.raises(ModelUnknown):
        two.fleet.engine("local/maker/models/embeds.gguf")


def test_the_first_model_is_loaded_at_once_and_others_when_they_are_asked(two: ScriptedFleet) -> None:
    two.next_engine()
    assert two.fleet.wait().name == "first"
    events = count(two.fleet.engine(SECOND))
    two.next_engine().answer_next()
    assert told(events) == number_of("second")
    assert names_of(two) == [SECOND, FIRST]
    assert two.fleet.status().name == "second"


def test_the_one_used_longest_ago_makes_room(two: ScriptedFleet) -> None:
    first = two.next_engine()
    count(two.fleet.engine(SECOND))
    second = two.next_engine()
    second.answer_next()
    count(two.fleet.engine(FIRST))
    first.answer_next()
    events = count(two.fleet.engine(THIRD))
    two.next_engine().answer_next()
    assert told(events) == number_of("third")
    assert second.is_closed.is_set()
    assert names_of(two) == [THIRD, FIRST]


def test_two_that_write_share_the_cores(two: ScriptedFleet) -> None:
    first = two.next_engine()
    count(two.fleet.engine(FIRST))
    in_flight = first.next_request()
    events = count(two.fleet.engine(SECOND))
    second = two.next_engine()
    assert [engine.threads.get(timeout=20) for engine in (first, second)] == [2, 2]
    first.answer(in_flight)
    assert [engine.threads.get(timeout=20) for engine in (first, second)] == [4, 4]
    second.answer_next()
    assert told(events) == number_of("second")


async def test_who_writes_ends_first_and_who_asks_then_waits_for_its_return(one: ScriptedFleet) -> None:
    first = one.next_engine()
    early = count(one.fleet.engine(FIRST))
    in_flight = first.next_request()
    async with aclosing(one.fleet.load(SECOND)) as loading:
        assert await anext(loading) == Loading(num_awaited=1)
        late = count(one.fleet.engine(FIRST))
        assert not first.is_closed.is_set()
        first.answer(in_flight)
        assert told(early) == number_of("first")
        second = await asyncio.to_thread(one.next_engine)
        assert not [state async for state in loading if state.num_awaited]
    assert first.is_closed.is_set()
    again = await asyncio.to_thread(one.next_engine)
    again.answer_next()
    assert told(late) == number_of("first")
    assert second.is_closed.is_set()


async def test_what_is_read_of_the_file_is_told(two: ScriptedFleet) -> None:
    async with aclosing(two.fleet.load(SECOND)) as loading:
        await anext(loading)
        two.next_engine()
        second = await asyncio.to_thread(two.next_engine, is_ready=False)
        second.read(0.25)
        while (await anext(loading)).share != 0.25:
            pass
        second.get_ready()
        assert all([state.share == 0.25 async for state in loading])


async def test_two_that_do_not_fit_together_are_both_loaded_in_turn(one: ScriptedFleet) -> None:
    one.next_engine()
    async with asyncio.TaskGroup() as group:
        group.create_task(drained(one, SECOND))
        group.create_task(drained(one, THIRD))
        for _ in range(2):
            await asyncio.to_thread(one.next_engine)
    assert len(one.fleet.loaded()) == 1


async def test_a_model_that_is_loaded_needs_no_loading(two: ScriptedFleet) -> None:
    two.next_engine()
    two.fleet.wait()
    await drained(two, FIRST)
    await loaded(two, SECOND)
    await drained(two, FIRST)
    assert two.fleet.status().name == "first"


async def test_one_that_does_not_load_is_named_and_the_rest_go_on(two: ScriptedFleet) -> None:
    first = two.next_engine()
    loading = two.fleet.load(SECOND)
    await anext(loading)
    events = count(two.fleet.engine(SECOND))
    (await asyncio.to_thread(two.next_engine, is_ready=False)).fail()
    with pytest.raises(ModelNotLoaded) as fault:
        assert [state async for state in loading]
    assert fault.value.values == {"path": SECOND}
    assert told(events) == told(count(two.fleet.engine(SECOND))) == "unavailable"
    assert names_of(two) == [FIRST]
    events = count(two.fleet.engine(FIRST))
    first.answer_next()
    assert told(events) == number_of("first")
    await loaded(two, SECOND)
    assert two.fleet.status().state is ModelState.READY


async def test_one_that_can_never_fit_is_refused(one: ScriptedFleet) -> None:
    name = "local/maker/models/vast.gguf"
    one.put(name, block_count=1_000, embedding_length=8_192, attention__head_count_kv=8)
    with pytest.raises(ModelTooLarge) as fault:
        await drained(one, name)
    assert fault.value.values["model"] == name


async def test_loading_goes_on_when_nobody_watches_it(two: ScriptedFleet) -> None:
    two.next_engine()
    loading = two.fleet.load(SECOND)
    await anext(loading)
    await loading.aclose()
    second = await asyncio.to_thread(two.next_engine)
    assert second.name == "second"


def test_a_request_that_waits_can_be_cancelled(one: ScriptedFleet) -> None:
    first = one.next_engine()
    early = count(one.fleet.engine(FIRST))
    in_flight = first.next_request()
    events: queue.Queue[Event] = queue.Queue()
    second = one.fleet.engine(SECOND)
    second.cancel(second.count(Count(id="", prompt=Prompt(text="x")), events.put))
    assert told(events) == "cancelled"
    later = count(one.fleet.engine(FIRST))  # nobody wants the second one any more
    first.answer(in_flight)
    first.answer_next()
    assert (told(early), told(later)) == (number_of("first"),) * 2
    assert not first.is_closed.is_set()
    running = one.fleet.engine(FIRST)
    running.cancel(running.count(Count(id="", prompt=Prompt(text="x")), events.put))
    assert told(events) == "cancelled"


async def test_a_deleted_model_ends_its_answers_first(two: ScriptedFleet) -> None:
    two.next_engine()
    second = await loaded(two, SECOND)
    events = count(two.fleet.engine(SECOND))
    in_flight = second.next_request()
    deletion = asyncio.create_task(two.fleet.delete(SECOND))
    await asyncio.sleep(0)
    second.answer(in_flight)
    await deletion
    assert told(events) == number_of("second")
    assert two.fleet.names() == (FIRST, THIRD)
    assert second.is_closed.is_set()
    for gone in (SECOND, "local/never/was/here.gguf"):
        with pytest.raises(ModelUnknown):
            await two.fleet.delete(gone)
    with pytest.raises(ModelNotDeleted):
        await two.fleet.delete(FIRST)
    two.folder.place("maker/models/broken.gguf").write_bytes(b"GGUF")
    await two.fleet.delete("local/maker/models/broken.gguf")
    assert not two.folder.place("maker/models/broken.gguf").exists()


async def test_a_file_that_vanished_is_no_model(two: ScriptedFleet) -> None:
    two.next_engine()
    engine = two.fleet.engine(SECOND)
    two.folder.place(SECOND.removeprefix("local/")).unlink()
    assert told(count(engine)) == "unavailable"
    with pytest.raises(ModelUnknown):
        await drained(two, SECOND)
    two.put(SECOND)
    events = count(two.fleet.engine(SECOND))
    (await asyncio.to_thread(two.next_engine)).answer_next()
    assert told(events) == number_of("second")


async def test_somebody_is_there_to_answer_when_the_last_one_is_deleted(one: ScriptedFleet) -> None:
    one.next_engine()
    await loaded(one, SECOND)
    await one.fleet.delete(SECOND)
    assert (await asyncio.to_thread(one.next_engine)).name == "first"


def test_closing_refuses_whoever_waits(tmp_path: Path) -> None:
    fleet = ScriptedFleet(tmp_path, num_together=1.5)
    first = fleet.next_engine()
    flying, waiting = count(fleet.fleet.engine(FIRST)), count(fleet.fleet.engine(SECOND))
    first.next_request()
    fleet.fleet.close()
    late = count(fleet.fleet.engine(FIRST))
    assert [told(events) for events in (flying, waiting, late)] == ["unavailable"] * 3
    assert first.is_closed.is_set()


def test_a_first_model_that_does_not_load_is_told(tmp_path: Path) -> None:
    fleet = ScriptedFleet(tmp_path)
    fleet.next_engine(is_ready=False).fail()
    with pytest.raises(ModelNotLoaded) as fault:
        fleet.fleet.wait()
    assert fault.value.values == {"path": tmp_path / "first.gguf"}
    assert fleet.fleet.status().state is ModelState.UNAVAILABLE
    fleet.fleet.close()


def test_nothing_is_lost_or_crossed_when_many_ask_for_models_that_do_not_fit_together(tmp_path: Path) -> None:
    fleet = ScriptedFleet(tmp_path, num_together=1.5, serves=True)
    numbers = {name: number_of(Path(name).stem) for name in (FIRST, SECOND, THIRD)}

    def ask(seed: int) -> list[bool]:
        chosen = Random(seed).choices(sorted(numbers), k=30)
        return [told(count(fleet.fleet.engine(name))) == numbers[name] for name in chosen]

    with ThreadPoolExecutor(4) as pool:
        assert all(all(found) for found in pool.map(ask, range(4)))
    fleet.fleet.close()
    assert len(fleet.fleet.loaded()) <= 1
