"""The Evaluate tab of the Documents room: questions with known answers, and which way of searching finds them best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from components.room_parts import bridge, html
from components.words import words
from errors import OptionInvalid
from rag.evaluation import Variant
from rag.evaluation_files import MAX_ANSWER_CHARACTERS, MAX_QUESTION_CHARACTERS, MAX_SOURCE_CHARACTERS
from rag.modes import Mode
from rag.settings import CollectionSettings

SIZES = (200, 300, 500, 800, 1_000, 1_500)
FIRST_SIZES = (200, 500, 1_000)
OVERLAPS = (0, 50, 100)
MODES = (Mode.NAIVE, Mode.ADVANCED)
MOST_VARIANTS = 36
NUM_PROPOSED = (1, 20)
FILE_TYPES = [".csv", ".tsv", ".txt", ".json", ".jsonl"]


@dataclass(frozen=True)
class VariantChoice:
    """What is tried: every combination of what is ticked."""

    sizes: gr.CheckboxGroup
    overlaps: gr.CheckboxGroup
    embedders: gr.CheckboxGroup
    modes: gr.CheckboxGroup
    with_answers: gr.Checkbox

    @property
    def inputs(self) -> list[Any]:
        """What handlers take, in the order that ``read`` expects."""
        return [self.sizes, self.overlaps, self.embedders, self.modes, self.with_answers]

    def read(self, values: Sequence[Any], embedders: Sequence[str]) -> tuple[Variant, ...]:
        """In the order of the controls. Raises OptionInvalid for what they cannot show."""
        sizes, overlaps, names, modes, with_answers = values
        found: dict[Variant, None] = {}
        try:
            for name in (one for one in embedders if one in (names or ())):
                for size in sorted(map(int, sizes or ())):
                    for overlap in sorted({min(int(one), size // 2) for one in overlaps or ()}):
                        settings = CollectionSettings(embedder=name, chunk_size=size, chunk_overlap=overlap)
                        for mode in (one for one in MODES if one in (modes or ())):
                            found[Variant(settings, mode, bool(with_answers))] = None
        except (TypeError, ValueError, ValidationError) as error:
            raise OptionInvalid(name="chunk_size", value=str(sizes)[:40]) from error
        return tuple(found)


@dataclass(frozen=True)
class EvaluateParts:
    """``questions`` lists what is asked, ``results`` what the variants reached, ``rated`` what people liked or not.

    ``bridge`` carries what the page's own script reports.
    """

    tab: gr.Tab
    questions: gr.HTML
    question: gr.Textbox
    answer: gr.Textbox
    source: gr.Textbox
    add: gr.Button
    upload: gr.UploadButton
    num_proposed: gr.Slider
    propose: gr.Button
    stop_proposing: gr.Button
    variants: VariantChoice
    run: gr.Button
    stop: gr.Button
    status: gr.HTML
    results: gr.HTML
    rated: gr.HTML
    bridge: gr.HTML

    @property
    def written(self) -> list[Any]:
        """The fields of a question of one's own."""
        return [self.question, self.answer, self.source]

    @property
    def proposing(self) -> list[Any]:
        """What changes while the model proposes."""
        return [self.questions, self.status, self.propose, self.stop_proposing]

    @property
    def running(self) -> list[Any]:
        """What changes while variants are measured."""
        return [self.results, self.status, self.run, self.stop]

    @property
    def shown(self) -> list[Any]:
        """What belongs to one collection."""
        return [self.questions, self.results, self.rated, self.status]


def lay_out_evaluate(tab: gr.Tab, embedders: Sequence[str]) -> EvaluateParts:
    """Make it inside the open ``tab``."""
    with gr.Column(elem_id="evaluate", elem_classes="side-controls"):
        gr.HTML(words("fragment_evaluate"), elem_id="evaluate-line", apply_default_css=False)
        questions = html("evaluate-questions")
        with gr.Accordion(words("app_evaluate_write"), open=False, elem_id="evaluate-write"):
            question = _text("app_evaluate_question", "evaluate-question", MAX_QUESTION_CHARACTERS)
            answer = _text("app_evaluate_answer", "evaluate-answer", MAX_ANSWER_CHARACTERS)
            source = _text("app_evaluate_source", "evaluate-source", MAX_SOURCE_CHARACTERS)
            add = gr.Button(words("app_evaluate_add"), size="sm", elem_id="evaluate-add")
        upload = gr.UploadButton(
            words("app_evaluate_upload"), file_types=FILE_TYPES, size="sm", elem_id="evaluate-upload"
        )
        num_proposed = gr.Slider(
            *NUM_PROPOSED, value=5, step=1, label=words("app_evaluate_num"), elem_id="evaluate-num"
        )
        propose = gr.Button(words("app_evaluate_propose"), size="sm", elem_id="evaluate-propose")
        stop_proposing = gr.Button(words("app_study_stop"), size="sm", elem_id="evaluate-stop-proposing", visible=False)
        variants = _lay_out_variants(embedders)
        run = gr.Button(words("app_evaluate_run"), size="sm", elem_id="evaluate-run")
        stop = gr.Button(words("app_study_stop"), size="sm", elem_id="evaluate-stop", visible=False)
        status, results, rated = html("evaluate-status"), html("evaluate-results"), html("evaluate-rated")
    return EvaluateParts(
        tab, questions, question, answer, source, add, upload, num_proposed, propose, stop_proposing, variants, run,
        stop, status, results, rated, bridge("evaluate", "evaluate-bridge"),
    )  # fmt: skip


def _lay_out_variants(embedders: Sequence[str]) -> VariantChoice:
    sizes = gr.CheckboxGroup(
        [(str(one), one) for one in SIZES],
        value=list(FIRST_SIZES),
        label=words("app_chunk_size"),
        info=words("app_evaluate_variants_info"),
        elem_id="evaluate-sizes",
    )
    overlaps = gr.CheckboxGroup(
        [(str(one), one) for one in OVERLAPS],
        value=[OVERLAPS[0]],
        label=words("app_chunk_overlap"),
        elem_id="evaluate-overlaps",
    )
    names = gr.CheckboxGroup(
        [(one, one) for one in embedders],
        value=list(embedders[:1]),
        label=words("app_embedder"),
        elem_id="evaluate-embedders",
    )
    modes = gr.CheckboxGroup(
        [(words(f"app_mode_{one}"), str(one)) for one in MODES],
        value=[str(Mode.NAIVE)],
        label=words("app_answer_mode"),
        info=words("app_evaluate_modes_info"),
        elem_id="evaluate-modes",
    )
    with_answers = gr.Checkbox(
        value=False,
        label=words("app_evaluate_with_answers"),
        info=words("app_evaluate_with_answers_info"),
        elem_id="evaluate-with-answers",
    )
    return VariantChoice(sizes, overlaps, names, modes, with_answers)


def _text(key: str, elem_id: str, most: int) -> gr.Textbox:
    return gr.Textbox(label=words(key), elem_id=elem_id, lines=1, max_lines=5, max_length=most)
