from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.write_behind import WriteBehind

WAIT_S = 60.0


def refuse(piece: bytes) -> None:
    raise OSError(28, "No space left on device")


def put_and_flush(behind: WriteBehind) -> None:
    behind.put(b"a piece")
    behind.flush()


@given(st.lists(st.binary(min_size=1, max_size=40)), st.integers(1, 50))
def test_all_is_written_in_its_order(pieces: list[bytes], max_waiting: int) -> None:
    written = bytearray()
    with WriteBehind(written.extend, max_waiting) as behind:
        for piece in pieces:
            behind.put(piece)
        behind.flush()
        assert written == b"".join(pieces)
        behind.put(b"and more")
    assert written == b"".join(pieces) + b"and more"


def test_who_reads_does_not_wait_for_who_writes_but_when_much_waits() -> None:
    go_on, written = threading.Event(), bytearray()

    def write(piece: bytes) -> None:
        assert go_on.wait(WAIT_S)
        written.extend(piece)

    def put_all() -> None:
        for _ in range(20):
            behind.put(b"0123456789")

    with WriteBehind(write, max_waiting_bytes=100) as behind:
        behind.put(b"0123456789")
        behind.put(b"0123456789")
        assert not written
        reader = threading.Thread(target=put_all)
        reader.start()
        assert reader.is_alive()
        go_on.set()
        reader.join(WAIT_S)
    assert len(written) == 220


def test_what_cannot_be_written_is_raised_where_it_was_put() -> None:
    with pytest.raises(OSError, match="No space"), WriteBehind(refuse) as behind:
        put_and_flush(behind)


def test_what_cannot_be_written_at_the_very_end_is_raised_too() -> None:
    with pytest.raises(OSError, match="No space"), WriteBehind(refuse) as behind:
        behind.put(b"a piece")


def test_what_was_put_before_the_reader_failed_is_written() -> None:
    written = bytearray()
    with suppress(EOFError), WriteBehind(written.extend) as behind:
        behind.put(b"a piece")
        raise EOFError
    assert written == b"a piece"
