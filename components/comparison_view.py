"""Answers side by side, as HTML: whose each is, how far it has come, what it took, and where one votes."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from chains.compared_answer import ComparedAnswer
from chains.comparison import Comparison
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_errors import sentence_of
from components.shown_line import shown_line
from models.local_models import Loading
from storage.votes import Vote

LETTERS = "ABCD"
BRIDGE = 'class="cmp-view" data-bridge="comparison"'
EXAMPLES = ("app_md_cmp_example_1", "app_md_cmp_example_2", "app_md_cmp_example_3")


class AnswersView:
    """The answers of ``comparison``; without names and figures unless it ``is_open``. ``vote`` is the one cast."""

    def __init__(self, comparison: Comparison, text: LocalText, *, is_open: bool, vote: Vote | None = None) -> None:
        self._comparison = comparison
        self._text = text
        self._is_open = is_open
        self._vote = vote

    def head(self, place: int, answer: ComparedAnswer) -> str:
        """Whose it is, and how far."""
        name = f'<span class="cmp-name" dir="auto">{shown_line(answer.contender.label)}</span>' if self._is_open else ""
        won = self._vote is not None and self._vote.winner is not None and self._won(place)
        badge = f'<span class="cmp-won">{self._text.html("app_md_cmp_won")}</span>' if won else ""
        return f'<h3 class="cmp-head"><b>{LETTERS[place]}</b>{name}{badge}</h3>{self._state(answer)}'

    def figures(self, answer: ComparedAnswer) -> str:
        """What it took, as far as that is known; nothing of a blind one."""
        if not self._is_open:
            return ""
        rows = "".join(self._figure(key, value) for key, value in self._known(answer))
        return f'<dl class="cmp-figures">{rows}</dl>' if rows else ""

    def _figure(self, key: str, value: str) -> str:
        name, info = self._text.html(f"app_md_cmp_figure_{key}"), self._text.html(f"app_md_cmp_figure_info_{key}")
        return f'<div title="{info}"><dt>{name}</dt><dd>{value}</dd></div>'

    def _won(self, place: int) -> bool:
        """Answers that failed are no part of a vote."""
        whole = [at for at, answer in enumerate(self._comparison.answers) if answer.is_whole]
        return self._vote is not None and self._vote.winner is not None and whole[self._vote.winner] == place

    def _state(self, answer: ComparedAnswer) -> str:
        text = self._text
        if answer.error is not None:
            said = (
                escape(sentence_of(answer.error, text.catalogue, text.language))
                if self._is_open
                else text.html("app_md_cmp_failed_blind")
            )
            return f'<p class="cmp-state refused" role="alert">{said}</p>'
        if answer.loading is not None and self._is_open:
            return f'<p class="cmp-state">{loading_view(answer.loading, text)}</p>'
        key = self._said(answer)
        place = answer.place.place if answer.place else 0
        return f'<p class="cmp-state">{text.html(key, place=place)}</p>'

    def _said(self, answer: ComparedAnswer) -> str:
        if answer.is_done:
            return "app_md_cmp_done" if answer.is_whole else "app_md_cmp_silent"
        if self._comparison.is_over:
            return "app_md_cmp_stopped"
        if answer.text:
            return "app_md_cmp_writing"
        return "app_md_cmp_waiting" if answer.place is not None and self._is_open else "app_md_cmp_reading"

    def _known(self, answer: ComparedAnswer) -> Iterator[tuple[str, str]]:
        text, run = self._text, answer.run
        if answer.first_token_s is not None:
            yield "first_token", f"{text.decimal(answer.first_token_s, 2)} s"
        if answer.tokens_per_second is not None:
            yield "speed", f"{text.decimal(answer.tokens_per_second, 1)}"
        if run is not None and run.num_prompt is not None:
            yield "prompt", text.count(run.num_prompt)
        if answer.num_output is not None:
            yield "output", text.count(answer.num_output)
        if answer.cost is not None:
            by_list = text.html("app_md_cmp_list_prices", source=answer.cost.source)
            yield "cost", f"US$ {text.decimal(answer.cost.usd, 6)} <small>{by_list}</small>"


def loading_view(loading: Loading, text: LocalText) -> str:
    """How far a model is on its way into memory."""
    if loading.num_awaited:
        return text.html("app_md_cmp_loading_awaits", count=loading.num_awaited)
    if loading.share is None:
        said = text.html("app_md_cmp_loading")
        return f'<progress aria-label="{said}"></progress>{said}'
    share = min(max(loading.share, 0.0), 1.0)
    said = text.html("app_md_cmp_loading_share", share=text.percent(share))
    return f'<progress max="1" value="{share:.3f}" aria-label="{said}"></progress>{said}'


def progress_sentence(comparison: Comparison, text: LocalText) -> str:
    """How many have ended; the same for blind ones, of whom nobody is told apart."""
    answers = comparison.answers
    if any(answer.loading is not None for answer in answers):
        return text.html("app_md_cmp_getting_ready")
    num_done = sum(answer.is_done for answer in answers)
    return text.html("app_md_cmp_progress", done=num_done, total=len(answers))


def vote_view(comparison: Comparison, text: LocalText) -> str:
    """Where the best answer is chosen; why not, where there is nothing to choose from."""
    if not comparison.may_vote:
        return f'<p class="cmp-note">{text.html("app_md_cmp_no_vote")}</p>' if comparison.is_over else ""
    whole = [place for place, answer in enumerate(comparison.answers) if answer.is_whole]
    choices = [(str(place), text.html("app_md_cmp_best", letter=LETTERS[place])) for place in whole]
    choices += [("tie", text.html("app_md_cmp_tie")), ("none", text.html("app_md_cmp_none_good"))]
    buttons = "".join(
        f'<button type="button" class="cmp-button" data-act="vote" data-comparison="{escape(comparison.id)}"'
        f' data-choice="{choice}">{said}</button>'
        for choice, said in choices
    )
    return replaced_whole(
        BRIDGE,
        f'<div class="cmp-vote" role="group" aria-labelledby="cmp-ask"><h3 id="cmp-ask">{text.html("app_md_cmp_which")}'
        f'</h3><p class="cmp-buttons">{buttons}</p></div>',
    )


def voted_view(comparison: Comparison, vote: Vote, text: LocalText) -> str:
    """What was voted."""
    if vote.winner is not None:
        whole = [place for place, answer in enumerate(comparison.answers) if answer.is_whole]
        place = whole[vote.winner]
        winner = f"{LETTERS[place]}: {vote.answers[vote.winner].contender}"
        said = shown_line(text.say("app_md_cmp_voted", winner=winner))
    else:
        said = text.html("app_md_cmp_voted_none" if vote.is_none_good else "app_md_cmp_voted_tie")
    return f'<p class="cmp-note" role="status">{said}</p>'


def taken_view(comparison: Comparison, text: LocalText) -> str:
    """The files of what is seen. Never before a blind vote: they name who wrote what."""
    links = "".join(
        f'<a class="cmp-button" download href="./comparing/answers/{escape(comparison.id)}.{kind}">'
        f"{text.html('app_md_cmp_take', kind=kind.upper())}</a>"
        for kind in ("csv", "json")
    )
    return f'<p class="cmp-buttons">{links}</p>'


def examples_view(text: LocalText) -> str:
    """Before anything was asked: what to begin with."""
    buttons = "".join(
        f'<button type="button" class="cmp-example" data-act="example" data-text="{text.html(key)}">{text.html(key)}'
        f"</button>"
        for key in EXAMPLES
    )
    return replaced_whole(BRIDGE, f'<div class="cmp-empty"><p>{text.html("app_md_cmp_empty")}</p>{buttons}</div>')
