"""What n-grams and the model may say next, side by side, the counts behind it, and what both wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from components.local_text import LocalText
from components.token_box import token_box, token_text
from components.token_text import sign_text
from components.token_view import probability_scale, shade
from playground.ngram_comparison import ModelHalf, NgramComparison
from playground.ngrams import CLOSING, MAX_TRAINING_CHARACTERS, NextWord, NextWords, pieces
from playground.views import TextToken

NO_FIGURE = "–"
LEAST_SHOWN = 0.0001
MAX_BEFORE = 80  # characters of the beginning that are shown again


@dataclass(frozen=True)
class _Row:
    """``count`` is how often the word stands after the context of the n-grams."""

    word: str
    count: int
    probability: float


class NgramsPicture:
    """``is_running``: the model is still to say what is not there."""

    def __init__(self, found: NgramComparison, before: str, text: LocalText, *, is_running: bool = False) -> None:
        self._found = found
        self._before = before
        self._text = text
        self._is_running = is_running

    def html(self) -> str:
        """Everything."""
        found = self._found
        top = max([row.probability for row in (*self._ngram_rows(), *self._model_rows())], default=1.0)
        columns = f'<div class="tx-columns">{self._ngrams(top)}{self._model(top)}</div>'
        has_text = found.ngrams.written or found.model.tokens
        texts = f"{probability_scale(self._text)}{self._texts()}" if has_text else ""
        return token_box("ng-seen pg-seen", f"{self._facts()}{columns}{texts}", self._text)

    # --- what is counted ---------------------------------------------------------------------------------------------

    def _facts(self) -> str:
        facts, text = self._found.ngrams.facts, self._text
        share = facts.num_once / facts.num_ngrams if facts.num_ngrams else 0.0
        said = text.html(
            "app_ngrams_facts",
            words=text.count(facts.num_words),
            different=text.count(facts.num_different),
            ngrams=text.count(facts.num_ngrams),
            n=self._found.options.n,
            once=text.percent(share),
        )
        if self._found.is_cut:
            said += " " + text.html("app_ngrams_cut", count=text.count(MAX_TRAINING_CHARACTERS))
        return f'<p class="pg-note">{said}</p>'

    def _ngrams(self, top: float) -> str:
        text, found = self._text, self._found
        title = text.html("app_ngrams_title", n=found.options.n)
        rest = text.html("app_ngrams_rest", share=_share(found.ngrams.next_words.rest, text))
        table = self._table("ngrams", self._ngram_rows(), top, rest)
        return f"<section><h3>{title}</h3>{self._context()}{table}{self._formula()}</section>"

    def _context(self) -> str:
        """Which words are looked at, and how often they occur."""
        text, words = self._text, self._found.ngrams.next_words
        context = _quoted(words.context)
        num, different = text.count(words.num_context), text.count(words.num_followers)
        if not words.context:
            said = text.html("app_ngrams_no_context", count=num)
        elif not words.num_context:
            said = text.html("app_ngrams_never", context=context, words=text.count(words.num_words))
        else:
            said = text.html("app_ngrams_context", context=context, count=num, different=different)
        if words.num_dropped:
            asked = text.html("app_ngrams_dropped", asked=_quoted(words.asked))
            return f"<p>{asked} {said}</p>"
        return f"<p>{said}</p>"

    def _formula(self) -> str:
        """The course's formula with the counts put in, for the likeliest word."""
        words = self._found.ngrams.next_words
        if not words.num_context or not words.words:
            return ""
        first = words.words[0]
        name = f"P({_word(first.word)}{' | ' if words.context else ''}{_row(words.context)})"
        steps = [_fraction(*self._named(words, first)), _fraction(*self._counted(words, first))]
        result = _share(first.probability, self._text)
        shown = " = ".join((name, *(html for html, _ in steps), escape(result)))
        spoken = " = ".join((name, *(spoken for _, spoken in steps), escape(result)))
        note = self._text.html("app_ngrams_formula_k" if words.k else "app_ngrams_formula")
        return f'<p class="pg-math ng-math" role="math" aria-label="{spoken}">{shown}</p><p class="pg-note">{note}</p>'

    def _named(self, words: NextWords, first: NextWord) -> tuple[str, str]:
        """Numerator and denominator in words."""
        whole = f"N({_row((*words.context, first.word))})"
        before = f"N({_row(words.context)})" if words.context else "N"
        return (f"{whole} + k", f"{before} + k·V") if words.k else (whole, before)

    def _counted(self, words: NextWords, first: NextWord) -> tuple[str, str]:
        """The same in numbers."""
        text = self._text
        count, num = text.count(first.count), text.count(words.num_context)
        if not words.k:
            return count, num
        k = text.decimal(words.k, 2)
        return f"{count} + {k}", f"{num} + {k}·{text.count(words.num_words)}"

    # --- the model ---------------------------------------------------------------------------------------------------

    def _model(self, top: float) -> str:
        text, words = self._text, self._found.model.words
        title = f"<h3>{text.html('app_ngrams_model')}</h3>"
        if words is None:
            key = "app_ngrams_reading" if self._is_running else "app_ngrams_not_asked"
            return f'<section>{title}<p class="pg-note">{text.html(key)}</p></section>'
        said = text.html("app_ngrams_model_context", rows=text.count(words.num_rows))
        rest = text.html("app_ngrams_model_rest", share=_share(words.rest, text))
        return f"<section>{title}<p>{said}</p>{self._table('model', self._model_rows(), top, rest)}</section>"

    # --- tables ------------------------------------------------------------------------------------------------------

    def _ngram_rows(self) -> list[_Row]:
        return [_Row(one.word, one.count, one.probability) for one in self._found.ngrams.next_words.words]

    def _model_rows(self) -> list[_Row]:
        words = self._found.model.words
        said = words.words if words else ()
        counts = self._found.model_counts
        return [_Row(one.word, count, one.probability) for one, count in zip(said, counts, strict=True)]

    def _table(self, kind: str, rows: Sequence[_Row], top: float, rest: str) -> str:
        """``top`` is the probability of the longest bar; ``rest`` is said below, HTML."""
        text = self._text
        if not rows:
            return f'<p class="pg-note">{rest}</p>'
        others = self._model_rows() if kind == "ngrams" else self._ngram_rows()
        shared = {row.word for row in others}
        heads = ("app_ngrams_word", "app_ngrams_count", "app_ngrams_probability")
        head = "".join(f'<th scope="col">{text.html(key)}</th>' for key in heads)
        both = f" <small>{text.html('app_ngrams_both')}</small>"
        body = "".join(
            f'<tr><th scope="row">{self._button(row.word)}{both if row.word in shared else ""}</th>'
            f"<td>{text.count(row.count)}</td><td><span>{_share(row.probability, text)}</span>"
            f'<i style="--p:{min(1.0, row.probability / top):.4f}"></i></td></tr>'
            for row in rows
        )
        return (
            f'<table class="ng-words ng-{kind}" data-bridge="playground">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f'<p class="pg-note">{rest}</p>'
        )

    def _button(self, word: str) -> str:
        """Goes on with it: the page's script writes it after the prompt."""
        said = self._text.html("app_ngrams_go_on", word=_quoted((word,)))
        pause = "" if word in CLOSING else " "
        return (
            f'<button type="button" data-act="ngram" data-word="{escape(word)}" data-pause="{pause}"'
            f' title="{said}">{_word(word)}</button>'
        )

    # --- texts -------------------------------------------------------------------------------------------------------

    def _texts(self) -> str:
        text, found = self._text, self._found
        before = self._before[-MAX_BEFORE:]
        shown = sign_text(before.encode()).replace("␣", " ") if before else text.say("app_ngrams_nothing_before")
        cut = "…" if len(self._before) > MAX_BEFORE else ""
        after = f'<p class="pg-before">{text.html("app_ngrams_after")} <span>{cut}{escape(shown)}</span></p>'
        ngrams = self._text_of_ngrams()
        model = self._text_of_model(found.model)
        return f'{after}<div class="tx-columns">{ngrams}{model}</div>'

    def _text_of_ngrams(self) -> str:
        text, written = self._text, self._found.ngrams.written
        contents = pieces(one.word for one in written)
        tokens = [TextToken(place, content.encode()) for place, content in enumerate(contents)]
        titles = (
            text.say("app_ngrams_drawn", share=_share(one.probability, text), count=one.num_context) for one in written
        )
        drawn = token_text(tokens, titles, (shade(one.probability) for one in written), text)
        return self._wrote(text.html("app_ngrams_title", n=self._found.options.n), drawn, self._found.ngrams.num_copied)

    def _text_of_model(self, model: ModelHalf) -> str:
        text = self._text
        if not model.tokens:
            return ""
        tokens = [TextToken(token.token_id, token.token_bytes) for token in model.tokens]
        titles = (f"id {token.token_id} · p = {_share(token.probability, text)}" for token in model.tokens)
        drawn = token_text(tokens, titles, (shade(token.probability) for token in model.tokens), text)
        return self._wrote(text.html("app_ngrams_model"), drawn, self._found.model_copied)

    def _wrote(self, title: str, drawn: str, num_copied: int) -> str:
        copied = self._text.html("app_ngrams_copied", count=self._text.count(num_copied))
        return f'<section><h3>{title}</h3>{drawn}<p class="pg-note">{copied}</p></section>'


def _word(word: str) -> str:
    """As HTML, with what has no shape of its own spelled out."""
    return escape(sign_text(word.encode(errors="replace")))


def _row(words: Iterable[str]) -> str:
    return " ".join(map(_word, words))


def _quoted(words: Iterable[str]) -> str:
    """For a sentence that is still to be escaped."""
    return " ".join(sign_text(word.encode(errors="replace")) for word in words)


def _fraction(above: str, below: str) -> tuple[str, str]:
    """As it is seen, and as it is said."""
    shown = f'<span class="pg-frac"><span>{above}</span><span>{below}</span></span>'
    return shown, f"({above}) / ({below})"


def _share(share: float, text: LocalText) -> str:
    if 0 < share < LEAST_SHOWN:
        return f"< {text.percent(LEAST_SHOWN, 2)}"
    return text.percent(share, 1 if share >= 0.01 else 2 if share else 0)
