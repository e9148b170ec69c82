"""The models of this machine, each in a process of its own, as many of them at once as their memory allows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from errors import ModelNotLoaded, ModelTooLarge, ModelUnknown
from models.engine.worker_news import ModelCard
from models.fleet_book import Member, Phase
from models.fleet_engine import FleetEngine
from models.fleet_files import ModelFile, ModelFiles
from models.fleet_keeper import FleetKeeper, Start
from models.local_models import LoadedModel, Loading, ModelEngine
from models.model_card import FileCard
from models.status import EngineTotals, ModelStatus

MEGABYTE = 10**6


class ModelFleet:
    """As ``models.local_models.LocalModels``. Begins to load the first model at once; it is never too large."""

    def __init__(self, files: ModelFiles, start: Start) -> None:
        self._files = files
        self._keeper = FleetKeeper(files, start)
        self._book = self._keeper.book
        with self._keeper.changed:
            self._first = self._book.member(files.get(files.first_name))
            self._book.want(self._first)
            self._keeper.tell()

    def wait(self) -> ModelCard:
        """Block until the first model is loaded. Raises ModelNotLoaded."""
        first, keeper = self._first, self._keeper
        with keeper.changed:
            if first.fault is None and not first.is_resident:
                self._book.want(first)
                keeper.tell()
            while first.name not in keeper.engines:
                if first.fault is not None or keeper.is_closed:
                    raise ModelNotLoaded(path=first.file.options.model_path)
                keeper.changed.wait()
            engine = keeper.engines[first.name]
        return engine.wait()

    def close(self) -> None:
        """End all of them; whoever waits is refused."""
        self._keeper.close()

    def totals(self) -> EngineTotals:
        """What all of them have done since the program began."""
        with self._keeper.changed:
            return self._keeper.totals()

    # --- as LocalModels -----------------------------------------------------------------------------------------------

    @property
    def budget_bytes(self) -> int:
        """What all models may take together."""
        return self._book.budget_bytes

    def names(self) -> tuple[str, ...]:
        return self._files.names()

    def card(self, name: str) -> FileCard:
        return self._files.get(name).card

    def context_tokens(self, name: str) -> int:
        return self._files.get(name).options.context_tokens

    def engine(self, name: str) -> ModelEngine:
        file = self._writer(name)
        with self._keeper.changed:
            return FleetEngine(self._keeper, self._book.member(file))

    def loaded(self) -> tuple[LoadedModel, ...]:
        with self._keeper.changed:
            return tuple(
                LoadedModel(member.name, self._keeper.status(member), member.file.need_bytes)
                for member in self._book.residents()
            )

    def status(self) -> ModelStatus:
        with self._keeper.changed:
            residents = self._book.residents()
            return self._keeper.status(residents[0] if residents else self._first)

    async def load(self, name: str) -> AsyncGenerator[Loading, None]:
        file = await asyncio.to_thread(self._writer, name)
        if file.need_bytes > self.budget_bytes:
            need, limit = (-(-number // MEGABYTE) for number in (file.need_bytes, self.budget_bytes))
            raise ModelTooLarge(model=name, need=need, limit=limit)
        with self._keeper.listening() as changed:
            with self._keeper.changed:
                member = self._book.member(file)
                self._book.want(member)
                before = (member.num_loads, member.num_faults)
                self._keeper.tell()
            last: Loading | None = None
            while (news := self._progress(member, before)) is not None:
                if news != last:
                    last = news
                    yield news
                await changed.wait()
                changed.clear()

    async def delete(self, name: str) -> None:
        with self._keeper.changed:
            member = self._book.members.get(name)
            refused = self._book.doom(member) if member and member is not self._first else []
            self._keeper.tell()
        self._keeper.refuse(refused)
        if member is None or member is self._first:
            await asyncio.to_thread(self._files.delete, name)
            return
        try:
            with self._keeper.listening() as changed:
                while member.is_resident:
                    await changed.wait()
                    changed.clear()
            await asyncio.to_thread(self._files.delete, name)
        finally:
            with self._keeper.changed:
                member.is_doomed = False
                if not (self._keeper.is_closed or self._book.residents()):  # somebody must be there to answer
                    self._book.want(self._first)
                self._keeper.tell()

    def _progress(self, member: Member, before: tuple[int, int]) -> Loading | None:
        """How far the loading is, None once the model is there. Raises why it will not be."""
        num_loads, num_faults = before
        with self._keeper.changed:
            if member.num_loads > num_loads or (member.phase is Phase.READY and member.takes_requests):
                return None
            if member.num_faults > num_faults and member.fault is not None:
                raise type(member.fault)(**member.fault.values)
            if self._keeper.is_closed or member.is_doomed:
                raise ModelUnknown(model=member.name)
            if member.is_resident and not member.is_leaving:
                engine = self._keeper.engines.get(member.name)
                return Loading(engine.share if engine else None)
            return Loading(num_awaited=sum(len(one.flying) for one in self._book.residents() if one.is_leaving))

    def _writer(self, name: str) -> ModelFile:
        """Raises ModelUnknown, also for a model that cannot write."""
        file = self._files.get(name)
        if not file.can_write:
            raise ModelUnknown(model=name)
        return file
