"""The section of the operator's page that tells how the program is doing, with plots of the last minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from components.catalogue import Catalogue
from components.line_plot import line_plot
from components.local_text import NO_BREAK_SPACE, LocalText
from components.model_catalogue_figures import size
from components.watch_history import MINUTES, NUM_SAMPLES, SECONDS_BETWEEN_SAMPLES, Sample
from components.watching import Watching
from models.status import ModelStatus

MINUTE, HOUR, DAY = 60, 3_600, 86_400
# The page fetches its part anew while somebody looks at it; what is fetched is our own markup, without scripts.
REFRESH = """<script>
setInterval(async () => {
  const shown = document.querySelector("#status [data-live]");
  if (!shown || document.hidden) return;
  try {
    const answer = await fetch("./operator/status", { credentials: "same-origin", cache: "no-store" });
    if (!answer.ok) return;
    const fetched = document.createElement("template");
    fetched.innerHTML = await answer.text();
    const fresh = fetched.content.querySelector("[data-live]");
    if (fresh) shown.replaceWith(fresh);
  } catch { /* the program is away: the next try may find it */ }
}, %d);
</script>"""


class OperatorStatus:
    """``model_status`` is that of the model used last."""

    name = "status"

    def __init__(self, watching: Watching, model_status: Callable[[], ModelStatus], catalogue: Catalogue) -> None:
        self._watching = watching
        self._model_status = model_status
        self._catalogue = catalogue

    def html(self, language: str) -> str:
        """Figures of now, and below them the plots."""
        text, history = LocalText(self._catalogue, language), self._watching.history
        samples = history.samples or (history.take(),)
        table = "".join(
            f'<tr><th scope="row">{text.html(key)}</th><td>{shown}</td></tr>'
            for key, shown in self._figures(text, samples[-1])
        )
        plots = "".join(_plot(text, key, samples, of, show) for key, of, show in _plots(text))
        refresh = REFRESH % int(SECONDS_BETWEEN_SAMPLES * 1_000)
        return f"<div data-live><table>{table}</table>{plots}</div>{refresh}"

    async def act(self, form: Mapping[str, str], language: str) -> str | None:
        """There is nothing to be done here."""
        return None

    def _figures(self, text: LocalText, now: Sample) -> Sequence[tuple[str, str]]:
        status = self._model_status()
        model = text.html("app_watch_model_state", model=status.name, state=text.say(f"app_watch_{status.state}"))
        queue = text.html("app_watch_requests", running=now.running, waiting=now.waiting)
        memory = text.html("app_watch_memory_of", app=size(text, now.app_bytes), model=size(text, now.engine_bytes))
        return (
            ("app_watch_uptime", _duration(text, self._watching.history.seconds)),
            ("app_watch_people", text.count(now.people)),
            ("app_watch_model", model),
            ("app_watch_queue", queue),
            ("app_watch_speed", _speed(text)(now.tokens_per_second)),
            ("app_watch_first_token", _seconds(text)(now.first_token_s)),
            ("app_watch_restarts", text.count(now.restarts)),
            ("app_watch_memory", memory),
            ("app_watch_disk", size(text, now.disk_bytes)),
        )


Of = Callable[[Sample], float | None]
Show = Callable[[float | None], str]


def _plots(text: LocalText) -> Sequence[tuple[str, Of, Show]]:
    def count(number: float | None) -> str:
        return text.count(round(number or 0))

    return (
        ("app_watch_speed", lambda one: one.tokens_per_second, _speed(text)),
        ("app_watch_first_token", lambda one: one.first_token_s, _seconds(text)),
        ("app_watch_people", lambda one: one.people, count),
        ("app_watch_waiting", lambda one: one.waiting, count),
        ("app_watch_memory", lambda one: one.app_bytes + one.engine_bytes, lambda number: size(text, number or 0)),
    )


def _plot(text: LocalText, key: str, samples: Sequence[Sample], of: Of, show: Show) -> str:
    """What the line says is beside it in words, too."""
    values = [of(sample) for sample in samples]
    known = [value for value in values if value is not None]
    facts = {"now": show(values[-1]), "least": show(min(known, default=None)), "most": show(max(known, default=None))}
    told = text.html("app_watch_range", minutes=MINUTES, **facts)
    label = f"{text.html(key)}: {told}"
    return (
        f'<figure style="margin:24px 0"><figcaption><strong>{text.html(key)}</strong> '
        f'<span class="soft">{told}</span></figcaption>{line_plot(values, NUM_SAMPLES, label)}</figure>'
    )


def _speed(text: LocalText) -> Show:
    return lambda number: text.html("app_watch_tokens_a_second", number=text.decimal(number or 0.0, 1))


def _seconds(text: LocalText) -> Show:
    def show(number: float | None) -> str:
        return "–" if number is None else f"{text.decimal(number, 2)}{NO_BREAK_SPACE}s"

    return show


def _duration(text: LocalText, seconds: float) -> str:
    days, hours, minutes = int(seconds // DAY), int(seconds % DAY // HOUR), int(seconds % HOUR // MINUTE)
    return escape(f"{days} d {hours} h {minutes} min" if days else f"{hours} h {minutes} min").replace(
        " ", NO_BREAK_SPACE
    )
