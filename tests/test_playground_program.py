"""The playground over the default model, and its exported programs beside it: they print the same numbers."""

from __future__ import annotations

import ast
import io
import math
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

import pytest

from errors import PathEnded, PromptTooLong
from models.engine.supervisor import Supervisor
from models.next_token import NextTokenReader
from models.sampling import SamplingParams
from playground.chain import Order
from playground.experiments import Playground
from playground.exports import to_python
from playground.next_token import ChainSettings
from playground.permalinks import Experiment
from playground.positions import PromptText
from playground.views import ModelFacts
from tests.test_sample_batch import ROUNDED

ANA = "ana"
SETTINGS = ChainSettings(SamplingParams(temperature=0.8, top_k=40, top_p=0.9, min_p=0.0, seed=3))


@pytest.fixture
def playground(float_engine: Supervisor) -> Playground:
    card = float_engine.wait()
    return Playground(NextTokenReader(float_engine), lambda: ModelFacts(card.name, card.context_tokens))


@pytest.fixture
def experiment(float_engine: Supervisor) -> Callable[..., Experiment]:
    def make(panel: str, text: str, **changes: Any) -> Experiment:
        told = {"panel": panel, "model": "local/m", "fingerprint": "f", "text": text, "sampling": SETTINGS.sampling}
        return Experiment.model_validate(told | changes)

    return make


async def printed(program: str, engine: Supervisor) -> str:
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(program, "experiment.py", "exec"), names)  # noqa: S102 - to run it is the point
    with redirect_stdout(io.StringIO()) as output:
        await names["experiment"](engine)
    return output.getvalue()


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("is_chat", [False, True])
async def test_a_program_prints_what_the_page_shows(
    playground: Playground, float_engine: Supervisor, experiment: Callable[..., Experiment], is_chat: bool, order: Order
) -> None:
    position = await playground.look(ANA, PromptText("The capital of France is", is_chat))
    settings = ChainSettings(SETTINGS.sampling, order)
    position = await playground.step(ANA, position, await playground.greedy(ANA, position))
    view = await playground.view(ANA, position, settings)
    told = experiment("steps", position.prompt.text, is_chat=is_chat, path=position.path, order=order)
    output = await printed(to_python(told), float_engine)
    assert re.findall(r"after (\w+)", output) == [stage.name for stage in view.stages]
    last = output.rpartition("after ")[2]
    shown = {int(found[1]): float(found[0]) for found in re.findall(r"^    (\S+) +(\d+)  b", last, re.MULTILINE)}
    likeliest = max(view.candidates, key=lambda candidate: candidate.probability_after)
    assert shown[likeliest.token_id] == pytest.approx(likeliest.probability_after, abs=ROUNDED)
    assert len(ast.literal_eval(output.rpartition("the model goes on: ")[2])) > 0


async def test_programs_of_texts_print_tokens_and_scores(
    playground: Playground, float_engine: Supervisor, experiment: Callable[..., Experiment]
) -> None:
    texts = ("The cat sat on the mat.", "El gato se sentó 😀")
    split = await playground.compare(*texts)
    output = await printed(to_python(experiment("tokens", texts[0], other_text=texts[1])), float_engine)
    ids = [int(found) for found in re.findall(r"^ +(\d+)  b", output, re.MULTILINE)]
    assert ids == [token.token_id for text in split for token in text.tokens]
    scored = await playground.score(ANA, texts[0])
    output = await printed(to_python(experiment("score", texts[0])), float_engine)
    (perplexity,) = re.findall(r"perplexity (\S+)", output)
    assert scored.perplexity is not None
    assert math.log(float(perplexity)) == pytest.approx(math.log(scored.perplexity), abs=ROUNDED)


@pytest.mark.parametrize("text", ["", "<|im_end|>", "😀", "中文", "\ud83d", "\0", "\n"])
async def test_any_text_is_looked_at(playground: Playground, text: str) -> None:
    for is_chat in (False, True):
        view = await playground.view(ANA, await playground.look(ANA, PromptText(text, is_chat)), SETTINGS)
        assert sum(candidate.probability for candidate in view.candidates) > 0.01
    assert (await playground.score(ANA, text)).log_probability <= 0
    assert (
        b"".join(token.token_bytes for token in (await playground.tokens(text)).tokens).decode()
        == text.encode(errors="replace").decode()
    )


async def test_a_step_costs_one_token(float_engine: Supervisor) -> None:
    reader = NextTokenReader(float_engine)
    playground = Playground(reader, lambda: ModelFacts("m", 2_048))
    position = await playground.look(ANA, PromptText("Once upon a time there was a small dragon who"))
    further = await playground.step(ANA, position, await playground.draw(ANA, position, SETTINGS))
    row = await reader.row(ANA, position.prompt.text, further.path)
    assert row.num_cached == len(row.prompt_ids) - 1


async def test_what_ends_the_text_and_what_is_too_long_is_told(
    playground: Playground, float_engine: Supervisor
) -> None:
    with pytest.raises(PromptTooLong):
        await playground.look(ANA, PromptText("word " * 3_000))
    position = await playground.look(ANA, PromptText("Hi", is_chat=True))
    for token_id in (await NextTokenReader(float_engine).vocabulary()).control_ids:
        with pytest.raises(PathEnded):
            await playground.step(ANA, position, token_id)
    assert (await playground.model()).fingerprint
