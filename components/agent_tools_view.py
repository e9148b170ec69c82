"""The agent's tools as switches in a fold, as HTML; ``assets/agent_room.js`` keeps the fold as it was left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from agents.options import AgentOptions
from agents.tools.tool import AgentTool, Reach
from components.catalogue import DEFAULT_LANGUAGE, Catalogue
from components.local_text import LocalText
from components.shown_line import shown_line

REACHES = {
    Reach.HERE: "app_tool_reach_here",
    Reach.SERVICE: "app_tool_reach_service",
    Reach.ADDRESS: "app_tool_reach_address",
}


def tools_view(
    tools: Sequence[AgentTool],
    options: AgentOptions,
    notes: Mapping[str, str],
    catalogue: Catalogue,
    language: str,
) -> str:
    """As HTML. ``notes`` are keys of sentences about what a tool lacks here, by its name."""
    return _Tools(options, notes, LocalText(catalogue, language)).fold(tools)


def tool_label(name: str, label: str, catalogue: Catalogue, language: str) -> str:
    """What people call the tool. What the operator brings is not in the catalogue."""
    key = f"app_tool_{name}"
    known = catalogue.sentences.get(language, catalogue.sentences[DEFAULT_LANGUAGE])
    return known.get(key, label or name)


class _Tools:
    """The pieces of the fold in one language."""

    def __init__(self, options: AgentOptions, notes: Mapping[str, str], text: LocalText) -> None:
        self._options = options
        self._notes = notes
        self._text = text

    def fold(self, tools: Sequence[AgentTool]) -> str:
        known = {tool.name for tool in tools}
        missing = [name for name in self._notes if name not in known]
        is_on = [tool for tool in tools if tool.name not in self._options.tools_off]
        count = self._text.html("app_agent_tools_on", count=len(is_on), total=len(tools) + len(missing))
        names = ", ".join(self._label(tool) for tool in is_on)
        rows = "".join(map(self._row, tools)) + "".join(map(self._missing, missing))
        return (
            '<details class="agent-tools" data-bridge="agent"><summary>'
            f"<b>{self._text.html('app_agent_tools')}</b><span>{count}</span>"
            f'<span class="at-names" dir="auto">{names}</span></summary>'
            f'<ul aria-label="{self._text.html("app_agent_tools")}">{rows}</ul></details>'
        )

    def _label(self, tool: AgentTool) -> str:
        return shown_line(tool_label(tool.name, tool.label, self._text.catalogue, self._text.language))

    def _row(self, tool: AgentTool) -> str:
        label, name = self._label(tool), escape(tool.name)
        is_on = tool.name not in self._options.tools_off
        lack = self._notes.get(tool.name)
        note = f'<span class="at-note">{self._text.html(lack)}</span>' if lack else ""
        return (
            f'<li><button type="button" role="switch" class="pn-switch" data-act="tool" data-tool="{name}" '
            f'data-on="{str(not is_on).lower()}" aria-checked="{str(is_on).lower()}" '
            f'aria-label="{label}" aria-describedby="at-{name}"><i></i></button>'
            f'<span class="at-words"><b dir="auto">{label}</b>'
            f'<span id="at-{name}" dir="auto">{self._does(tool)} {self._text.html(REACHES[tool.reach])}</span>'
            f"{note}{self._asked(tool)}</span></li>"
        )

    def _does(self, tool: AgentTool) -> str:
        """One sentence; that of a tool the operator brings is the tool's own."""
        key = f"app_does_{tool.name}"
        if key in self._text.catalogue.sentences[self._text.language]:
            return self._text.html(key)
        return shown_line(tool.tool.description)

    def _asked(self, tool: AgentTool) -> str:
        """That its calls are not asked about any more, and how to be asked again."""
        if not self._options.asks_before or tool.name not in self._options.always_allowed:
            return ""
        return (
            f'<span class="at-note">{self._text.html("app_agent_always_allowed")} '
            f'<button type="button" class="at-ask" data-act="ask_again" data-tool="{escape(tool.name)}">'
            f"{self._text.html('app_agent_ask_again')}</button></span>"
        )

    def _missing(self, name: str) -> str:
        """A tool that cannot be used here: it says why."""
        label = shown_line(tool_label(name, "", self._text.catalogue, self._text.language))
        reason = self._text.html(self._notes[name])
        return (
            f'<li class="at-missing"><button type="button" role="switch" class="pn-switch" aria-checked="false" '
            f'aria-disabled="true" aria-label="{label}" title="{reason}"><i></i></button>'
            f'<span class="at-words"><b dir="auto">{label}</b><span class="at-note">{reason}</span></span></li>'
        )
