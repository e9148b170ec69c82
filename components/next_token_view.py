"""The next token: what the model gives each candidate, and how the chain of samplers changes that, stage by stage."""

from __future__ import annotations

from html import escape

from components.candidate_bars import NOTHING, Bars, candidate_bars, filled, left_open_of, share, stage_name, token_name
from components.local_text import LocalText
from components.token_text import sign_text
from playground.chain import Order
from playground.views import NextTokenView, PathToken, SoftmaxNumbers, StageSummary, TextToken

TAIL = 120  # characters of the text that the token comes after
NUM_NAMED = 6  # tokens in a sentence
MINUS = "−"


def next_token_view(view: NextTokenView, path: tuple[PathToken, ...], text: LocalText) -> str:
    """``view`` as HTML; ``path`` are the tokens that were chosen after the prompt."""
    return _NextToken(view, path, text).html()


def shown_end(written: str) -> str:
    """The end of a text on one line, escaped."""
    cut = "…" if len(written) > TAIL else ""
    return escape(cut + sign_text(written[-TAIL:].encode(errors="replace")))


def text_before(view: NextTokenView, path: tuple[PathToken, ...], text: LocalText) -> str:
    """The end of what the model has read, with the tokens that were chosen marked."""
    prompt = view.position.prompt
    chosen = sign_text(b"".join(token.token_bytes for token in path))
    mark = f"<mark>{escape(chosen)}</mark>" if chosen else ""
    name = text.html("app_pg_answer_to" if prompt.is_chat else "app_pg_after", count=text.count(view.num_tokens))
    shown = shown_end(prompt.text) + mark or f"<i>{text.html('app_pg_nothing')}</i>"
    return f'<p class="pg-before"><b>{name}</b> <span dir="auto">{shown}</span></p>'


class _NextToken:
    def __init__(self, view: NextTokenView, path: tuple[PathToken, ...], text: LocalText) -> None:
        self._view = view
        self._path = path
        self._text = text
        self._left_open = left_open_of(path)

    def html(self) -> str:
        bars = Bars("choose", chosen=self._view.softmax.token_id, left_open=self._left_open)
        return (
            f'<div class="pg-seen" data-bridge="playground">{text_before(self._view, self._path, self._text)}'
            f"{self._figures()}{self._chain()}{candidate_bars(self._view, bars, self._text)}"
            f"{self._formula()}{self._order()}{self._table()}</div>"
        )

    # --- the distribution as a whole ---------------------------------------------------------------------------------

    def _figures(self) -> str:
        text, first, last = self._text, self._view.stages[0], self._view.stages[-1]
        figures = (
            ("left", text.count(last.num_survivors), text.say("app_pg_of", count=text.count(first.num_survivors))),
            ("mass", share(last.mass, text), ""),
            (
                "entropy",
                text.say("app_pg_bits", count=text.decimal(last.entropy_bits, 2)),
                self._before("entropy_bits"),
            ),
            ("effective", text.decimal(last.num_effective, 1), self._before("num_effective")),
        )
        items = "".join(
            f'<div title="{text.html(f"app_pg_{name}_info")}"><dt>{text.html(f"app_pg_{name}")}</dt>'
            f"<dd>{escape(figure)} <small>{escape(beside)}</small></dd></div>"
            for name, figure, beside in figures
        )
        return f'<dl class="pg-figures">{items}</dl>'

    def _bits(self, number: float) -> str:
        return self._text.say("app_pg_bits", count=self._text.decimal(number, 2))

    def _before(self, name: str) -> str:
        """What it was before any stage, where that is another."""
        first, last = getattr(self._view.stages[0], name), getattr(self._view.stages[-1], name)
        digits = 2 if name == "entropy_bits" else 1
        if round(first, digits) == round(last, digits):
            return ""
        return self._text.say("app_pg_before", count=self._text.decimal(first, digits))

    def _chain(self) -> str:
        last = len(self._view.stages) - 1
        stages = "".join(self._stage(place, stage, place == last) for place, stage in enumerate(self._view.stages))
        return f'<ol class="pg-chain" aria-label="{self._text.html("app_pg_chain")}">{stages}</ol>'

    def _stage(self, place: int, stage: StageSummary, is_shown: bool) -> str:
        text = self._text
        info = text.html(
            "app_pg_stage_info", count=text.count(stage.num_survivors), mass=share(stage.mass, text),
            bits=text.decimal(stage.entropy_bits, 2), effective=text.decimal(stage.num_effective, 1),
        )  # fmt: skip
        pressed = str(is_shown).lower()
        return (
            f'<li><button type="button" data-act="stage" data-stage="{place}" data-name="{escape(stage.name)}"'
            f' aria-pressed="{pressed}" title="{info}"><b>{stage_name(stage.name, text)}</b>'
            f"<small>{text.html('app_pg_num_left', count=text.count(stage.num_survivors))}</small></button></li>"
        )

    # --- one token ---------------------------------------------------------------------------------------------------

    def _formula(self) -> str:
        text, numbers = self._text, self._view.softmax
        token = next((one for one in self._view.candidates if one.token_id == numbers.token_id), None)
        name = token_name(token, self._left_open) if token else sign_text(numbers.token_bytes, self._left_open)
        title = filled(text, "app_pg_formula", f"<code>{escape(name)}</code>")
        said = token.cut_by if token is not None else None
        return f'<section class="pg-formula"><h3>{title}</h3>{self._sum(numbers, said)}</section>'

    def _sum(self, numbers: SoftmaxNumbers, cut_by: str | None) -> str:
        text = self._text
        if numbers.denominator is None:
            return f"<p>{text.html('app_pg_formula_greedy')}</p>"
        if cut_by is not None:
            return f"<p>{filled(text, 'app_pg_formula_cut', stage_name(cut_by, text))}</p>"
        general = _fraction(_power("z − z<sub>max</sub>", "T"), f"Σ {_power('z<sub>j</sub> − z<sub>max</sub>', 'T')}")
        logit, best, warmth = (self._number(one) for one in (numbers.logit, numbers.best_logit, numbers.temperature))
        here = _fraction(_power(f"{logit} − {best}", warmth), self._number(numbers.denominator, 3))
        quotient = _fraction(self._number(numbers.numerator, 3), self._number(numbers.denominator, 3))
        line = f"p = {general} = {here} = {quotient} = <b>{share(numbers.probability, text)}</b>"
        note = text.html("app_pg_formula_terms", count=text.count(numbers.num_terms))
        if any(stage.name == "xtc" for stage in self._view.stages):
            note += f" {text.html('app_pg_formula_xtc')}"
        return f'<p class="pg-math">{line}</p><p class="pg-note">{note}</p>'

    def _number(self, number: float, digits: int = 2) -> str:
        shown = self._text.decimal(abs(number), digits)
        return f"({MINUS}{shown})" if number < 0 else shown

    # --- the other order ---------------------------------------------------------------------------------------------

    def _order(self) -> str:
        text, difference = self._text, self._view.difference
        title = f"<h3>{text.html('app_pg_other_order')}</h3>"
        if difference is None:
            return f'<section class="pg-order">{title}<p class="pg-note">{text.html("app_pg_order_same")}</p></section>'
        here = "engine" if self._view.order is Order.ENGINE else "textbook"
        lines = [text.html(f"app_pg_order_{here}_now")]
        lines += self._only("engine", difference.only_engine, difference.num_only_engine)
        lines += self._only("textbook", difference.only_textbook, difference.num_only_textbook)
        lines.append(text.html("app_pg_order_distance", share=share(difference.total_variation, text)))
        return f'<section class="pg-order">{title}<p>{" ".join(lines)}</p></section>'

    def _only(self, order: str, tokens: tuple[TextToken, ...], count: int) -> list[str]:
        """What one order keeps and the other cuts; the likeliest by name."""
        if not count:
            return []
        names = [sign_text(token.token_bytes, self._left_open) or NOTHING for token in tokens[:NUM_NAMED]]
        named = ", ".join(f"<code>{escape(name)}</code>" for name in names)
        more = "…" if count > len(names) else ""
        said = self._text.html(f"app_pg_only_{order}", count=self._text.count(count))
        return [f"{said} {named}{more}."]

    # --- the same as a table -----------------------------------------------------------------------------------------

    def _table(self) -> str:
        text = self._text
        heads = "".join(f'<th scope="col">{stage_name(stage.name, text)}</th>' for stage in self._view.stages)
        rows = "".join(
            f'<tr><th scope="row">{escape(token_name(one, self._left_open))}</th><td>{one.token_id}</td>'
            f"<td>{text.decimal(one.logit, 2)}</td>"
            f"{''.join(f'<td>{share(after, text)}</td>' for after in one.after)}</tr>"
            for one in self._view.candidates
        )
        sums = "".join(f"<td>{text.count(stage.num_survivors)}</td>" for stage in self._view.stages)
        masses = "".join(f"<td>{share(stage.mass, text)}</td>" for stage in self._view.stages)
        bits = "".join(f"<td>{text.decimal(stage.entropy_bits, 2)}</td>" for stage in self._view.stages)
        feet = "".join(
            f'<tr><th scope="row" colspan="3">{text.html(key)}</th>{cells}</tr>'
            for key, cells in (("app_pg_left", sums), ("app_pg_mass", masses), ("app_pg_entropy_unit", bits))
        )
        return (
            f'<details class="pg-table" data-fold="pg-table"><summary>{text.html("app_pg_table")}</summary>'
            f'<div class="pg-scroll" tabindex="0"><table><thead><tr><th scope="col">{text.html("app_glass_token")}</th>'
            f'<th scope="col">id</th><th scope="col">{text.html("app_pg_logit")}</th>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody><tfoot>{feet}</tfoot></table></div></details>"
        )


def _fraction(above: str, below: str) -> str:
    return f'<span class="pg-frac"><span>{above}</span><span>{below}</span></span>'


def _power(exponent: str, warmth: str) -> str:
    return f"e<sup>({exponent}) / {warmth}</sup>"
