"""Clocks that people or a time server set by hours: nothing is lost, nobody is let in, nobody is locked out."""

from __future__ import annotations

import ast
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from itsdangerous import TimestampSigner

from components.proofs import SECONDS_AHEAD, SECONDS_PROOFS_LAST, Proofs
from components.public_link import Clocks, PublicLink
from storage import conversations as conversations_module
from storage import sqlite_file
from storage.conversations import ConversationStore
from storage.database import Database
from storage.records import Message, Role
from tests.test_public_link import ScriptedDoor, ScriptedTunnel
from tests.tunnel_service import NAME

pytest_plugins = ["tests.storage_fixtures"]

ROOT = Path(__file__).parent.parent
HOURS = 3_600.0
WAITING_S = 60
HOUSE = ("agents", "building", "chains", "components", "models", "playground", "rag", "safety", "storage")
WALL = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
ASKING_THE_WALL = {
    "app.py": "how old parked conversations are, which can be computed again",
    "agents/tools/date_time.py": "a question of the time of day",
    "agents/writing.py": "when a step of a turn was, as traces tell it",
    "building/agent.py": "the date that a prompt tells",
    "building/expiry.py": "how long ago something was written, unless the clock has just jumped",
    "chains/recorder.py": "when a call of a model was, likewise",
    "chains/writing.py": "when a turn was, likewise",
    "components/agent_actions.py": "a value unlike the last",
    "components/agent_screen.py": "the days under which a list is shown",
    "components/chat_screen.py": "the days under which a list is shown",
    "components/playground_events.py": "a value unlike the last",
    "components/playground_models.py": "a value unlike the last",
    "components/public_link.py": "when a link ends, unless a clock that nobody sets ends it before",
    "components/quick_actions.py": "a value unlike the last",
    "components/tab_states.py": "how long ago Gradio says that a tab was last used",
    "rag/document_files.py": "how old a file is that no row speaks of",
    "rag/question_search.py": "when a search was, likewise",
    "safety/audit_log.py": "when something happened",
    "safety/upload_guard.py": "how old a file is, in either direction",
    "storage/records.py": "when something was written; the order of messages is not taken from it",
    "storage/sqlite_file.py": "the name of a copy",
}


@dataclass
class SetClock:
    """A clock that a test sets."""

    seconds: float = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


def asks_the_wall(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.Attribute) and ast.unparse(node) in WALL for node in ast.walk(tree))


def test_no_duration_is_measured_by_a_clock_that_can_be_set() -> None:
    """Whoever asks that clock is known, with the reason; all others take ``time.monotonic``."""
    paths = [ROOT / "app.py", *(path for part in HOUSE for path in (ROOT / part).rglob("*.py"))]
    assert {str(path.relative_to(ROOT)) for path in paths if asks_the_wall(path)} == set(ASKING_THE_WALL)


# --- who signed in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jump", "holds"),
    [
        (0.0, True),
        (-3 * HOURS, True),
        (3 * HOURS, True),
        (SECONDS_PROOFS_LAST + 5, False),
        (-SECONDS_AHEAD - 5, False),
    ],
)
def test_who_signed_in_stays_so_over_hours(monkeypatch: pytest.MonkeyPatch, jump: float, holds: bool) -> None:
    proofs = Proofs(b"a secret of this test")
    cookies = {"login": proofs.value("login", "ana", "her password")}
    later = int(time.time() + jump)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: later)
    assert proofs.holds(cookies, "login", "her password") is holds
    assert not proofs.holds(cookies, "login", "another password")


# --- the public link -------------------------------------------------------------------------------------------------


@pytest.fixture
def clocks() -> Clocks:
    return Clocks(SetClock(), SetClock(), between=0.01)


@pytest.fixture
def tunnel(clocks: Clocks) -> Iterator[ScriptedTunnel]:
    tunnel = ScriptedTunnel()
    link = PublicLink(lambda: tunnel, ScriptedDoor(), lambda: "five words of our own", clocks=clocks)
    link.open(hours=2)
    assert link.is_host(NAME)
    yield tunnel
    link.close()
    assert tunnel.is_closed.is_set()


@pytest.mark.parametrize("which", ["wall", "steady"])
def test_a_link_ends_by_whichever_clock_comes_first(clocks: Clocks, tunnel: ScriptedTunnel, which: str) -> None:
    """While the machine sleeps the steady one stands still; that on the wall may be set back."""
    getattr(clocks, which).seconds += 2 * HOURS + 1
    assert tunnel.is_closed.wait(WAITING_S)


def test_a_link_lives_on_when_a_clock_is_set_back(clocks: Clocks, tunnel: ScriptedTunnel) -> None:
    clocks.wall.seconds -= 5 * HOURS  # type: ignore[attr-defined]
    clocks.steady.seconds += 1 * HOURS  # type: ignore[attr-defined]
    assert not tunnel.is_closed.is_set()
    clocks.steady.seconds += 1 * HOURS  # type: ignore[attr-defined]
    assert tunnel.is_closed.wait(WAITING_S)


# --- what is kept ----------------------------------------------------------------------------------------------------


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """The time that rows are written with."""
    clock = SetClock(time.time())
    monkeypatch.setattr(conversations_module, "now", lambda: datetime.fromtimestamp(clock.seconds, UTC))
    return clock


def test_messages_stay_in_the_order_in_which_they_were_written(database: Database, wall: SetClock) -> None:
    store = ConversationStore(database)
    conversation = store.create("ana")
    parent: Message | None = None
    for number in range(6):
        message = Message(Role.USER, str(number), parent_id=parent.id if parent else None)
        store.add("ana", conversation.id, message)
        parent = message
        wall.seconds -= 7 * HOURS if number % 2 else -3 * HOURS
    assert [message.text for message in store.tree("ana", conversation.id).path] == list("012345")


def test_what_was_deleted_can_be_brought_back_though_the_clock_was_set_back(database: Database, wall: SetClock) -> None:
    store = ConversationStore(database)
    conversation = store.create("ana")
    store.delete("ana", conversation.id)
    wall.seconds -= 30 * HOURS
    assert store.purge(timedelta(days=1)) == 0
    store.restore("ana", conversation.id)
    assert store.get("ana", conversation.id).id == conversation.id


def test_the_copy_before_a_migration_is_kept_though_older_ones_have_newer_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, folder = tmp_path / "kept.sqlite", tmp_path / "backups"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE rows (number INTEGER)")
    clock = SetClock(time.time())

    class Wall(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(clock.seconds, UTC)

    monkeypatch.setattr(sqlite_file, "datetime", Wall)
    for _ in range(sqlite_file.NUM_BACKUPS + 2):
        sqlite_file.back_up(path, folder, "0001")
        clock.seconds += HOURS
    clock.seconds -= 500 * HOURS
    newest = sqlite_file.back_up(path, folder, "0002")
    assert newest.exists()
    assert len(list(folder.iterdir())) == sqlite_file.NUM_BACKUPS
