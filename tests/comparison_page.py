"""The page with several models to compare: ``python -m tests.comparison_page`` to look at it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from chains.comparison import Comparer
from chains.model_shelf import ChatModelShelf
from chains.room_model import RoomModel
from components.comparison_panel import ComparisonParts
from components.services import Services
from errors import EngineDied, ModelTooLarge, TertuliaError
from tests.page_server import DEFAULTS, PageServer, paced, showpiece_script
from tests.room_models import RoomModels
from tests.scripted_local_models import ScriptedLocalModels, file_card
from tests.scripted_model import Script, ScriptedModel
from tests.scripted_prices import ScriptedPrices

FIRST, OTHER, TOO_LARGE, FAILING = "local/first", "local/other", "local/too-large", "local/failing"
COST_USD = 0.001234  # of an answer of FIRST


def failing_script(question: str) -> Sequence[str | Exception]:
    """Fails after some words."""
    return ["I will begin ", "this answer but ", EngineDied()]


def short_script(question: str) -> Sequence[str | Exception]:
    """Never says more than this."""
    return [f"{word} " for word in ["**Short**", "answers", "are", "`good`", "answers."]]


def scripted(name: str, script: Script, seconds: float = 0.0) -> RoomModel:
    """A model called ``name``."""
    model = ScriptedModel(script=script, pace=paced(seconds) if seconds else None)
    return RoomModel(model, model, name, 3_000, DEFAULTS)


@dataclass
class ComparisonPage(PageServer):
    """``local`` has two models, of which the second is not in memory, and one that never could be."""

    seconds: float = 0.0
    parts: ComparisonParts | None = None  # laying them out takes a second
    local: ScriptedLocalModels = field(
        default_factory=lambda: ScriptedLocalModels(
            cards={name: file_card(name) for name in (FIRST, OTHER, TOO_LARGE)},
            faults={TOO_LARGE: too_large()},
            in_memory=[FIRST],
        )
    )

    def services(self) -> Services:
        """The page's own, with these models."""
        services = super().services()
        models = [
            scripted(FIRST, showpiece_script, self.seconds),
            scripted(OTHER, short_script, self.seconds),
            scripted(TOO_LARGE, short_script),
            scripted(FAILING, failing_script, self.seconds),
        ]
        room = services.models
        comparing = replace(room.comparing, comparer=Comparer(ScriptedPrices({FIRST: COST_USD}), local=self.local))
        files = replace(room.files, local=self.local)
        shelf = ChatModelShelf(RoomModels(*models))
        return replace(services, models=replace(room, shelf=shelf, comparing=comparing, files=files))


def too_large() -> TertuliaError:
    """What a model ends in that is too large."""
    return ModelTooLarge(model=TOO_LARGE, need=9_000, limit=4_000)


@contextmanager
def serving_comparison() -> Iterator[str]:
    """The URL of the page, served by another process."""
    root = Path(__file__).parent.parent
    with (
        tempfile.TemporaryDirectory(prefix="tertulia-page-", ignore_cleanup_errors=True) as folder,
        subprocess.Popen(
            (sys.executable, "-m", "tests.comparison_page", folder), cwd=root, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            yield (process.stdout.readline() if process.stdout else "").strip()
        finally:
            process.terminate()


def main(folder: Path) -> None:
    """Serve until the process is ended."""
    sys.stdout.write(ComparisonPage(folder, seconds=0.02).start().url + "\n")
    sys.stdout.flush()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="tertulia-page-")))
