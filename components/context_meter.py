"""How full the model's window is, by part: one slim bar, the same in words, and a table one fold away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from chains.run_record import Part
from components.catalogue import Catalogue
from components.local_text import LocalText
from components.prompt_view import PART_ORDER, part_name
from components.replaced_whole import replaced_whole

ALMOST_FULL = 0.85  # of what the prompt may take, which is the window without the room kept for the answer


def context_meter(
    parts: Mapping[Part, int], window: int, reserved: int, num_left_out: int, catalogue: Catalogue, language: str
) -> str:
    """HTML of the meter; empty when the window is not known. Counts are in tokens, ``num_left_out`` in messages."""
    if window <= 0:
        return ""
    text = LocalText(catalogue, language)
    used = sum(parts.values())
    is_almost_full = used > ALMOST_FULL * max(0, window - reserved)
    sentence = escape(_sentence(parts, window, num_left_out, text))
    warning = f'<b class="cm-full">{text.html("app_meter_almost_full")}</b>' if is_almost_full else ""
    return replaced_whole(
        'class="meter"',
        f'<details class="context-meter{" full" if is_almost_full else ""}" data-fold="meter">'
        f'<summary title="{sentence}">'
        f'<svg role="img" aria-label="{sentence}" viewBox="0 0 1000 1" preserveAspectRatio="none">'
        f"{''.join(_segments(parts, window, reserved))}</svg>"
        f'<span class="cm-used">{warning}{escape(_used(parts, window, text))}</span></summary>'
        f'<div class="cm-more">{_table(parts, window, reserved, text)}{_left_out_note(num_left_out, text)}</div>'
        "</details>",
    )


def _used(parts: Mapping[Part, int], window: int, text: LocalText) -> str:
    return text.say("app_meter_used", used=text.count(sum(parts.values())), window=text.count(window))


def _sentence(parts: Mapping[Part, int], window: int, num_left_out: int, text: LocalText) -> str:
    named = ", ".join(f"{part_name(part, text).lower()} {text.count(parts[part])}" for part in _present(parts))
    sentence = _used(parts, window, text) + (f": {named}" if named else "")
    return f"{sentence}; {_left_out(num_left_out, text)}" if num_left_out else sentence


def _left_out(num_left_out: int, text: LocalText) -> str:
    key = "app_meter_left_out_one" if num_left_out == 1 else "app_meter_left_out"
    return text.say(key, count=text.count(num_left_out))


def _left_out_note(num_left_out: int, text: LocalText) -> str:
    return f"<p>{escape(_left_out(num_left_out, text))}</p>" if num_left_out else ""


def _present(parts: Mapping[Part, int]) -> Iterator[Part]:
    return (part for part in PART_ORDER if parts.get(part))


def _segments(parts: Mapping[Part, int], window: int, reserved: int) -> Iterator[str]:
    """Rectangles in thousandths of the window. More than fits ends at its edge."""
    room = min(1.0, max(0.0, reserved / window))
    if room:
        yield f'<rect class="cm-kept" x="{1000 * (1 - room):.1f}" width="{1000 * room:.1f}" height="1"/>'
    start = 0.0
    for part in _present(parts):
        width = min(1000 * parts[part] / window, 1000 - start)
        yield f'<rect class="p-{part}" x="{start:.1f}" width="{width:.1f}" height="1"/>'
        start += width


def _table(parts: Mapping[Part, int], window: int, reserved: int, text: LocalText) -> str:
    rows = [(f"p-{part}", part_name(part, text), parts[part]) for part in _present(parts)]
    rows.append(("cm-kept", text.say("app_meter_reserved"), reserved))
    rows.append(("cm-free", text.say("app_meter_free"), max(0, window - reserved - sum(parts.values()))))
    body = "".join(
        f'<tr class="{kind}"><th scope="row"><i></i>{escape(name)}</th>'
        f"<td>{text.count(count)}</td><td>{text.percent(count / window)}</td></tr>"
        for kind, name, count in rows
    )
    caption = text.html("app_meter_caption")
    return f"<table><caption>{caption}</caption><tbody>{body}</tbody></table>"
