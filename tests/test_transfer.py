from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import DownloadInterrupted, ModelFileMissing, ModelFileUnsound, ModelHashWrong
from models.download_source import Bytes, LocalSource, SourceCut
from models.transfer import Meter, Patience, Transfer, TransferStopped
from tests.tiny_gguf import tiny_gguf

CONTENT = tiny_gguf(1_500)
AT_ONCE = Patience(max_tries=2, wait_s=0.0)


class ScriptedSource:
    """Each read breaks off after the next of ``cuts`` bytes; then all comes. ``knows_places``: may begin anywhere."""

    version = "0"

    def __init__(self, content: bytes = CONTENT, cuts: Sequence[int] = (), *, knows_places: bool = True) -> None:
        self._content = content
        self._cuts = list(cuts)
        self._knows_places = knows_places
        self.num_bytes = len(content)
        self.sha256: str | None = hashlib.sha256(content).hexdigest()
        self.starts: list[int] = []

    @contextmanager
    def read(self, start: int) -> Iterator[Bytes]:
        self.starts.append(start)
        start = start if self._knows_places else 0
        yield start, self._pieces(start)

    def _pieces(self, start: int) -> Iterator[bytes]:
        end = start + self._cuts.pop(0) if self._cuts else len(self._content)
        for place in range(start, min(end, len(self._content)), 100):
            yield self._content[place : min(place + 100, end)]
        if end < len(self._content):
            raise SourceCut


def transfer(source: ScriptedSource, part: Path, sha256: str | None = None, patience: Patience = AT_ONCE) -> Meter:
    meter = Meter()
    Transfer("a/model", source, part, meter, sha256).run(threading.Event(), patience)
    return meter


def test_a_file_comes_whole(tmp_path: Path) -> None:
    meter = transfer(ScriptedSource(), tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert (meter.num_done, meter.num_bytes) == (len(CONTENT), len(CONTENT))


@given(
    num_before=st.integers(0, len(CONTENT)),
    cuts=st.lists(st.integers(0, 700), max_size=8),
    knows_places=st.booleans(),
)
def test_however_it_is_cut_a_file_comes_whole(num_before: int, cuts: list[int], *, knows_places: bool) -> None:
    source = ScriptedSource(cuts=cuts, knows_places=knows_places)
    with TemporaryDirectory() as folder:
        part = Path(folder) / "part"
        part.write_bytes(CONTENT[:num_before])
        transfer(source, part, patience=Patience(max_tries=len(cuts) + 1, wait_s=0.0))
        assert part.read_bytes() == CONTENT


def test_it_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    source = ScriptedSource(cuts=(300, 0, 500))
    transfer(source, tmp_path / "part")
    assert source.starts == [0, 300, 300, 800]


def test_it_gives_up_when_nothing_comes_any_more_and_keeps_what_came(tmp_path: Path) -> None:
    source = ScriptedSource(cuts=(300, 0, 0, 0))
    with pytest.raises(DownloadInterrupted):
        transfer(source, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == CONTENT[:300]


def test_the_wait_between_two_tries_doubles_up_to_a_limit() -> None:
    patience = Patience(wait_s=1.0, longest_wait_s=5.0)
    assert [patience.wait(number) for number in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, 5.0]


def test_what_is_not_wanted_any_more_ends_and_is_kept(tmp_path: Path) -> None:
    stop = threading.Event()

    class StoppedAt200(ScriptedSource):
        def _pieces(self, start: int) -> Iterator[bytes]:
            for number, piece in enumerate(super()._pieces(start)):
                if number == 2:
                    stop.set()
                yield piece

    with pytest.raises(TransferStopped):
        Transfer("a/model", StoppedAt200(), tmp_path / "part", Meter()).run(stop, AT_ONCE)
    assert (tmp_path / "part").read_bytes() == CONTENT[:200]


def test_a_long_wait_ends_when_it_is_told_to(tmp_path: Path) -> None:
    stop = threading.Event()
    meter = Meter(on_change=stop.set)
    with pytest.raises(TransferStopped):
        Transfer("a/model", ScriptedSource(cuts=(0,)), tmp_path / "part", meter).run(stop, Patience(wait_s=60.0))


def test_other_bytes_than_those_that_were_published_are_not_kept(tmp_path: Path) -> None:
    source = ScriptedSource()
    source.sha256 = "0" * 64
    with pytest.raises(ModelHashWrong):
        transfer(source, tmp_path / "part")
    assert not (tmp_path / "part").exists()
    assert source.starts == [0]


def test_two_hashes_that_differ_are_noticed_before_anything_is_read(tmp_path: Path) -> None:
    source = ScriptedSource()
    with pytest.raises(ModelHashWrong):
        transfer(source, tmp_path / "part", sha256="0" * 64)
    assert source.starts == []


def test_a_hash_that_only_the_caller_knows_is_compared(tmp_path: Path) -> None:
    source = ScriptedSource()
    known = source.sha256 or ""
    source.sha256 = None
    transfer(source, tmp_path / "good", sha256=known.upper())
    with pytest.raises(ModelHashWrong):
        transfer(source, tmp_path / "bad", sha256="0" * 64)


@pytest.mark.parametrize("num_before", [900, len(CONTENT)])
def test_a_part_that_a_power_cut_spoilt_is_got_again(tmp_path: Path, num_before: int) -> None:
    part = tmp_path / "part"
    part.write_bytes(CONTENT[:500] + bytes(num_before - 500))
    source = ScriptedSource()
    transfer(source, part)
    assert part.read_bytes() == CONTENT
    assert source.starts[-1] == 0


def test_a_part_longer_than_its_file_is_begun_again(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(CONTENT + b"more")
    transfer(ScriptedSource(), part)
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "content",
    [b"<!doctype html><title>Sign in</title>" * 50, CONTENT[:-1_200], b"GGUF" + bytes(2_000), b"GG"],
    ids=["a page", "half a model", "zeros", "two letters"],
)
def test_what_is_no_whole_model_is_not_kept(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelFileUnsound):
        transfer(ScriptedSource(content), tmp_path / "part")
    assert not (tmp_path / "part").exists()


def test_what_is_no_model_ends_with_its_first_bytes(tmp_path: Path) -> None:
    meter = Meter()
    with pytest.raises(ModelFileUnsound):
        Transfer("a/model", ScriptedSource(bytes(5_000)), tmp_path / "part", meter).run(threading.Event(), AT_ONCE)
    assert meter.num_done == 0


def test_a_source_that_sends_more_than_it_said_is_refused(tmp_path: Path) -> None:
    source = ScriptedSource()
    source.num_bytes -= 10
    with pytest.raises(ModelFileUnsound):
        transfer(source, tmp_path / "part")


def test_a_file_of_this_machine_is_copied(tmp_path: Path) -> None:
    (tmp_path / "theirs.gguf").write_bytes(CONTENT)
    part = tmp_path / "part"
    part.write_bytes(CONTENT[:700])
    source = LocalSource(tmp_path / "theirs.gguf")
    Transfer("local/theirs.gguf", source, part, Meter()).run(threading.Event(), AT_ONCE)
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["missing.gguf", "."])
def test_no_file_of_this_machine_is_said_plainly(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelFileMissing):
        LocalSource(tmp_path / name)


def test_speed_is_that_of_the_last_seconds() -> None:
    now = 0.0
    meter = Meter(clock=lambda: now)
    meter.begin(num_bytes=10_000, num_done=1_000)
    assert (meter.bytes_per_second, meter.seconds_left) == (None, None)
    for now in range(1, 5):
        meter.move(1_000 + 100 * int(now))
    assert meter.bytes_per_second == pytest.approx(100)
    assert meter.seconds_left == pytest.approx(86)
    for now in range(5, 15):
        meter.move(1_400 + 500 * (int(now) - 4))
    assert meter.bytes_per_second == pytest.approx(500)
    now = 1_000.0
    assert meter.bytes_per_second == pytest.approx(0, abs=5)
