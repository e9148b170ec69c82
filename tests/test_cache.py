from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.engine.cache import Placement, SlotCache


def fill(cache: SlotCache, ids: tuple[int, ...], *, hold: bool = False) -> Placement:
    placement = cache.place(ids, len(ids))
    assert placement is not None
    cache.append(placement.slot, list(ids[placement.num_cached :]))
    if not hold:
        cache.release(placement.slot)
    return placement


def test_the_next_turn_takes_over_the_slot_of_its_conversation() -> None:
    cache = SlotCache(4, 1000)
    first = fill(cache, (1, 2, 3, 4))
    assert fill(cache, (1, 2, 3, 4, 5, 6)) == Placement(first.slot, first.slot, 4)


def test_one_id_is_always_left_to_compute() -> None:
    cache = SlotCache(2, 1000)
    fill(cache, (1, 2, 3))
    placement = cache.place((1, 2, 3), 10)
    assert placement is not None
    assert placement.num_cached == 2


def test_a_shared_beginning_is_copied_and_the_other_conversation_keeps_its_cells() -> None:
    cache = SlotCache(2, 1000)
    first = fill(cache, (1, 2, 3, 4, 5, 6, 7, 8))
    second = fill(cache, (1, 2, 9, 9))
    assert (second.source, second.num_cached) == (first.slot, 2)
    assert second.slot != first.slot
    assert cache.ids(first.slot) == (1, 2, 3, 4, 5, 6, 7, 8)


def test_a_running_sequence_lends_its_beginning() -> None:
    cache = SlotCache(2, 1000)
    first = fill(cache, (1, 2, 3, 4), hold=True)
    second = cache.place((1, 2, 3, 4), 10)
    assert second is not None
    assert (second.source, second.num_cached) == (first.slot, 3)
    assert second.slot != first.slot


def test_the_least_recently_used_goes_first_when_cells_run_out() -> None:
    cache = SlotCache(3, 10)
    oldest, newer = fill(cache, (1, 1, 1, 1)), fill(cache, (2, 2, 2, 2))
    placement = cache.place((3, 3), 5)
    assert placement is not None
    assert placement.cleared == (oldest.slot,)
    assert cache.ids(newer.slot) == (2, 2, 2, 2)


def test_nothing_lies_idle_beside_who_is_alone() -> None:
    cache = SlotCache(4, 1_000, max_idle_cells=5)
    first = fill(cache, (1, 1, 1))
    second = cache.place((2, 2, 2), 5)
    assert second is not None
    assert (second.cleared, second.lost) == ((first.slot,), ((first.slot, (1, 1, 1)),))


def test_as_much_may_lie_idle_as_is_in_use() -> None:
    cache = SlotCache(4, 1_000, max_idle_cells=5)
    fill(cache, (9,) * 20, hold=True)
    for first_id in (1, 2):
        assert fill(cache, (first_id,) * 8).cleared == ()
    assert cache.place((4, 4), 5) is not None
    assert cache.ids(1) == (1,) * 8


def test_nothing_is_taken_from_a_running_sequence() -> None:
    cache = SlotCache(3, 10)
    fill(cache, (1, 1, 1, 1), hold=True)
    fill(cache, (2, 2), hold=False)
    assert cache.place((3, 3), 7) is None
    assert cache.place((3, 3), 6) is not None


def test_no_slot_is_given_twice() -> None:
    cache = SlotCache(1, 100)
    assert cache.place((1,), 2) is not None
    assert cache.place((1,), 2) is None


def test_a_place_that_was_refused_changes_nothing() -> None:
    cache = SlotCache(2, 10)
    fill(cache, (1, 1, 1, 1))
    fill(cache, (2, 2, 2), hold=True)
    assert cache.place((3,), 8) is None
    assert sorted([cache.ids(0), cache.ids(1)]) == [(1, 1, 1, 1), (2, 2, 2)]


prompts = st.lists(st.integers(1, 3), min_size=1, max_size=12).map(tuple)


@given(st.lists(st.tuples(prompts, st.integers(0, 8), st.integers(0, 5)), max_size=40))
def test_cells_are_never_oversold(requests: list[tuple[tuple[int, ...], int, int]]) -> None:
    """Place, fill and release at random: what is held fits, and no two sequences hold one slot."""
    cache = SlotCache(3, 24)
    held: list[tuple[int, int]] = []
    for prompt, num_output, num_to_release in requests:
        reserved = len(prompt) + num_output
        placement = cache.place(prompt, reserved)
        if placement is not None:
            assert placement.slot not in [slot for slot, _ in held]
            assert not {slot for slot, _ in held} & set(placement.cleared)
            assert placement.num_cached < len(prompt)
            cache.append(placement.slot, [*prompt[placement.num_cached :], *[9] * max(0, num_output - 1)])
            held.append((placement.slot, reserved))
        assert cache.num_free_cells >= 0
        assert sum(reserved for _, reserved in held) <= 24
        for slot, _ in held[:num_to_release]:
            cache.release(slot)
        del held[:num_to_release]
