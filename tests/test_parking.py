from __future__ import annotations

from pathlib import Path

import pytest

from models.engine.parking import ParkingLot

IDS = tuple(range(100))


def lot_with(tmp_path: Path, *parked: tuple[tuple[int, ...], bytes], max_bytes: int = 10_000) -> ParkingLot:
    lot = ParkingLot(tmp_path, "model", max_bytes)
    for ids, state in parked:
        lot.park(ids, state)
    lot.settle()
    return lot


def files(tmp_path: Path) -> list[Path]:
    return sorted(tmp_path.rglob("*.cells"))


def test_the_longest_beginning_is_found_and_given_back(tmp_path: Path) -> None:
    lot = lot_with(tmp_path, (IDS, b"long"), ((1, 2, 3), b"other"))
    parked, length = lot.find([*IDS[:50], 999])
    assert parked is not None
    assert (length, parked.ids, lot.load(parked)) == (50, IDS, b"long")
    assert lot.find([555]) == (None, 0)
    assert lot.find(list(IDS))[1] == lot.find([*IDS, 7])[1] == len(IDS)
    assert lot.find(list(IDS[:9]))[1] == 9


def test_what_was_parked_is_found_by_the_next_process_of_the_same_model_alone(tmp_path: Path) -> None:
    lot_with(tmp_path, (IDS, b"state"))
    again, length = ParkingLot(tmp_path, "model", 10_000).find(IDS)
    assert again is not None
    assert length == len(IDS)
    assert ParkingLot(tmp_path, "another model", 10_000).find(IDS) == (None, 0)


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone", "empty"])
def test_a_damaged_file_is_never_loaded(tmp_path: Path, damage: str) -> None:
    lot = lot_with(tmp_path, (IDS, b"s" * 100))
    (path,) = files(tmp_path)
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"cut": content[:-1], "flipped": content[:-1] + b"x", "empty": b""}[damage])
    parked, _ = lot.find(IDS)
    assert parked is not None
    assert lot.load(parked) is None
    assert lot.find(IDS) == (None, 0)
    assert files(tmp_path) == []


def test_files_that_are_not_whole_are_thrown_away_at_the_start(tmp_path: Path) -> None:
    lot_with(tmp_path, (IDS, b"s" * 100))
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes()[:70])
    assert ParkingLot(tmp_path, "model", 10_000).find(IDS) == (None, 0)
    assert files(tmp_path) == []


def test_the_least_recently_used_goes_when_the_disk_share_is_full(tmp_path: Path) -> None:
    lot = lot_with(tmp_path, ((1, 1), b"a" * 400), ((2, 2), b"b" * 400), max_bytes=1_200)
    first, _ = lot.find((1, 1))
    assert first is not None
    lot.load(first)
    lot.park((3, 3), b"c" * 400)
    lot.settle()
    assert [lot.find(ids)[1] for ids in ((1, 1), (2, 2), (3, 3))] == [2, 0, 2]
    assert len(files(tmp_path)) == 2


def test_what_is_larger_than_the_whole_share_is_not_kept(tmp_path: Path) -> None:
    lot = lot_with(tmp_path, ((1, 1), b"small"), ((2, 2), b"x" * 20_000))
    assert [lot.find(ids)[1] for ids in ((1, 1), (2, 2))] == [2, 0]


def test_a_longer_state_takes_the_place_of_its_beginning(tmp_path: Path) -> None:
    lot_with(tmp_path, (IDS[:50], b"early"), (IDS, b"late"))
    assert len(files(tmp_path)) == 1


def test_a_folder_that_cannot_be_written_parks_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    lot = ParkingLot(tmp_path / "file", "model", 10_000)
    lot.park(IDS, b"state")
    lot.settle()
    assert lot.find(IDS) == (None, 0)
