"""The controls of how an answer is written, for models that tell what holds with them and for those that do not."""

from __future__ import annotations

import gradio as gr
import pytest

from chains.options import SamplingChoice
from chains.room_model import RoomModel
from components.answer_settings import lay_out_answer_settings
from components.sampling_controls import lay_out_sampling
from models.remote.estimated_prompt import EstimatingPromptReader
from rag.modes import DocumentOptions
from tests.scripted_model import ScriptedModel


def model_with(defaults: SamplingChoice) -> RoomModel:
    return RoomModel(ScriptedModel(), EstimatingPromptReader(), "openai/own", 32_768, defaults)


OF_A_SERVICE = model_with(SamplingChoice(max_tokens=8_192))


async def test_the_chat_can_begin_with_a_model_of_a_service() -> None:
    with gr.Blocks():
        controls = lay_out_sampling(OF_A_SERVICE)
    values = {name: slider.value for name, slider in controls.sliders.items()}
    assert (values["temperature"], values["max_tokens"]) == (0.6, controls.sliders["max_tokens"].maximum)
    shown = [*values.values(), "", ""]
    assert controls.read(shown) == SamplingChoice(), "nothing was chosen yet"
    of_this_machine = controls.of(model_with(SamplingChoice(temperature=0.1, max_tokens=64)))
    assert of_this_machine.defaults.temperature == 0.1


@pytest.mark.parametrize("name", ["temperature", "max_tokens"])
async def test_documents_can_begin_with_a_model_of_a_service(name: str) -> None:
    with gr.Blocks():
        settings = lay_out_answer_settings(OF_A_SERVICE)
    value = settings.sliders[name].value
    assert settings.read(name, value, DocumentOptions()).sampling == SamplingChoice(), "nothing was chosen yet"
