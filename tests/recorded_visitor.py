"""A visitor of whose calls everything is noted: what was sent, and what each component was last told to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.gradio_client_raw import Heard, Hearing, RawVisitor, shown_value


@dataclass(frozen=True)
class Call:
    """One call of a function, as it went over the network."""

    function: Mapping[str, Any]
    data: Any
    event_data: Any = None


@dataclass
class RecordedVisitor(RawVisitor):
    """``held`` is the last value that each component, by its number, showed or was sent with."""

    calls: list[Call] = field(default_factory=list)
    held: dict[int, Any] = field(default_factory=dict)

    def filled(self, function: Mapping[str, Any]) -> Call:
        """The call as it would be made now, of whichever conversation, document or place was last in each input."""
        default = self.layout.inputs(function)
        return Call(
            function, [self.held.get(each, value) for each, value in zip(function["inputs"], default, strict=True)]
        )

    async def _hear(self, function: Mapping[str, Any], data: Any, event_data: Any) -> Hearing:
        self.calls.append(Call(function, data, event_data))
        self._hold(function["inputs"], data)
        async for heard in super()._hear(function, data, event_data):
            yield heard

    def _show(self, function: Mapping[str, Any], heard: Heard, data: Sequence[Any] | None) -> None:
        self._hold(function["outputs"], [shown_value(value) for value in data or ()])
        super()._show(function, heard, data)

    def _hold(self, components: Sequence[int], values: Sequence[Any]) -> None:
        """What is empty tells nothing of whose it is."""
        told = zip(components, values, strict=False)
        self.held |= {component: value for component, value in told if value not in (None, "", [], {}, False)}


def unlike(value: Any, changes: Mapping[str, str]) -> Any:
    """``value`` with each text in it changed, at any depth."""
    if isinstance(value, str):
        for old, new in changes.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, dict):
        return {name: unlike(inner, changes) for name, inner in value.items()}
    return [unlike(inner, changes) for inner in value] if isinstance(value, list) else value
