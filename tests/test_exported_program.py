from __future__ import annotations

import ast
import io
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.exports.conversation_program import ProgramContext, program_of, to_python
from chains.options import ConversationOptions, MemoryKind, SamplingChoice
from chains.room_model import RoomModel
from chains.templates import Example, StepSpec, TemplateSpec, Variable
from errors import NothingAsked
from storage.records import Conversation, Message, MessageStatus, Note, Role
from tests.scripted_model import ScriptedModel
from tests.served_app import ROOT, app_environment

CONTEXT = ProgramContext("Be brief.", "local/test", transcript_heading="Current conversation:")
NASTY = st.text() | st.sampled_from(
    ['"""', "'''", "\\", "\\'\n", "\ud83d", "\0", "{x}", "\u202e", "'''\nimport os\n'''"]
)


def said(*texts: str) -> list[Message]:
    roles = (Role.USER, Role.ASSISTANT)
    return [Message(roles[place % 2], text) for place, text in enumerate(texts)]


def literals(program: str) -> dict[str, Any]:
    """What stands between the imports and the functions."""
    found = {}
    for node in ast.parse(program).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = ast.literal_eval(node.value)
    return found


async def answered(program: str) -> tuple[list[list[tuple[str, str]]], str]:
    """The prompts that the program's chain sends, and what it prints, over a scripted model."""
    model = ScriptedModel()
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(program, "exported.py", "exec"), names)  # noqa: S102 - to run it is the point
    with redirect_stdout(io.StringIO()) as printed:
        await names["answer"](model)
    return [[(message.type, message.text) for message in prompt] for prompt in model.prompts], printed.getvalue()


@given(st.lists(NASTY, min_size=1, max_size=4), NASTY, NASTY)
def test_any_text_stays_a_literal(texts: list[str], system: str, example: str) -> None:
    examples = (Example(question=example, answer=example),)
    options = ConversationOptions(template=TemplateSpec(examples=examples), human_name="Ana")
    program = to_python(options, said(*texts), ProgramContext(system, model=system, transcript_heading=system))
    program.encode()
    found = literals(program)
    questions = texts[0::2]
    assert found["INPUTS"] == {"question": questions[-1]}
    assert [text for _, text in found["HISTORY"]] == [text for text in texts[: 2 * len(questions) - 2] if text]
    assert (found["SYSTEM_PROMPT"], found["ANSWERED_BY"], found["HEADING"]) == (system, system, system)
    assert found["EXAMPLES"] == [{"question": examples[0].question, "answer": examples[0].answer}]


@given(NASTY)
def test_text_never_changes_the_code(text: str) -> None:
    def code(program: str) -> list[str]:
        return [ast.dump(node) for node in ast.parse(program).body if not isinstance(node, ast.Assign)]

    assert code(to_python(ConversationOptions(), said(text), CONTEXT)) == code(
        to_python(ConversationOptions(), said("Why?"), CONTEXT)
    )


async def prompt_of(options: ConversationOptions, messages: Sequence[Message]) -> list[tuple[str, str]]:
    prompts, _ = await answered(to_python(options, messages, CONTEXT))
    return prompts[-1]


async def test_the_last_question_is_asked_again() -> None:
    prompts, printed = await answered(
        to_python(ConversationOptions(), said("Hi {x}", "Hello {y}", "Why {z}?"), CONTEXT)
    )
    assert prompts == [[("system", "Be brief."), ("human", "Hi {x}"), ("ai", "Hello {y}"), ("human", "Why {z}?")]]
    assert printed == "You said: Why {z}? \n"


async def test_an_answer_after_the_last_question_is_not_told() -> None:
    assert await prompt_of(ConversationOptions(), said("Why?", "So.")) == [("system", "Be brief."), ("human", "Why?")]


async def test_the_template_is_filled_again() -> None:
    variables = (Variable(name="context"),)
    template = TemplateSpec(system="Doctor {", template="{context}: {question}", variables=variables)
    inputs = {"context": "{a}", "question": "Why?"}
    asked = Message(Role.USER, template.asked(inputs), inputs=inputs)
    program = to_python(ConversationOptions(template=template), [asked], CONTEXT)
    assert literals(program)["TEMPLATE"] == "{context}: {question}"
    assert (await answered(program))[0] == [[("system", "Doctor {"), ("human", "{a}: Why?")]]


async def test_a_question_that_was_edited_stands_for_itself() -> None:
    template = TemplateSpec(template="Q: {question}")
    asked = Message(Role.USER, "Edited {x}", inputs={"question": "Why?"})
    assert (await prompt_of(ConversationOptions(template=template), [asked]))[-1] == ("human", "Edited {x}")


async def test_examples_are_turns() -> None:
    template = TemplateSpec(examples=(Example(question="{good}", answer="positive"),))
    assert await prompt_of(ConversationOptions(template=template), said("bad")) == [
        ("system", "Be brief."),
        ("human", "{good}"),
        ("ai", "positive"),
        ("human", "bad"),
    ]


async def test_speakers_take_turns_even_after_an_answer_that_never_began() -> None:
    messages = said("One?", "", "Two?")
    assert await prompt_of(ConversationOptions(), messages) == [("system", "Be brief."), ("human", "One?\n\nTwo?")]


async def test_memory_is_the_one_that_was_chosen() -> None:
    messages = said("1?", "1.", "2?", "2.", "3?")
    window = ConversationOptions(memory=MemoryKind.WINDOW, window_turns=1)
    assert [text for _, text in await prompt_of(window, messages)] == ["Be brief.", "2?", "2.", "3?"]
    nothing = ConversationOptions(memory=MemoryKind.NONE)
    assert [text for _, text in await prompt_of(nothing, messages)] == ["Be brief.", "3?"]
    answer = Message(Role.ASSISTANT, "3.", num_left_out=2)
    assert [text for _, text in await prompt_of(ConversationOptions(), [*messages, answer])][1:] == ["2?", "2.", "3?"]


async def test_steps_read_what_the_one_before_wrote() -> None:
    steps = (StepSpec(name="Plan", prompt="Plan {question}"), StepSpec(name="Do", prompt="{previous}/{question}"))
    options = ConversationOptions(template=TemplateSpec(steps=steps))
    prompts, printed = await answered(to_python(options, said("a", "b", "c {x}"), CONTEXT))
    assert [prompt[-1][1] for prompt in prompts] == ["Plan c {x}", "You said: Plan c {x} /c {x}"]
    assert [len(prompt) for prompt in prompts] == [2, 2]
    assert printed == "You said: You said: Plan c {x} /c {x} \n"


async def test_names_make_a_transcript() -> None:
    options = ConversationOptions(human_name="Friend", ai_name="Skynet {}")
    program = to_python(options, said("Hi {x}", "Hello", "Why?"), CONTEXT)
    prompts, _ = await answered(program)
    transcript = "Current conversation:\nFriend: Hi {x}\nSkynet {}: Hello\nFriend: Why?\nSkynet {}:"
    assert prompts == [[("system", "Be brief."), ("human", transcript)]]


async def test_a_completion_goes_on_with_one_text() -> None:
    options = ConversationOptions(mode="completion")
    assert await prompt_of(options, said("Llama {is}", " an open", " source")) == [
        ("human", "Llama {is} an open source")
    ]


def test_sampling_is_told() -> None:
    options = ConversationOptions(sampling=SamplingChoice(temperature=0.2, seed=7, stop=("END",)))
    found = literals(to_python(options, said("Why?"), CONTEXT))
    assert found["SAMPLING"] == {"temperature": 0.2, "seed": 7, "stop": ("END",)}


def test_there_is_nothing_to_ask_in_an_empty_conversation() -> None:
    with pytest.raises(NothingAsked):
        to_python(ConversationOptions(), (), CONTEXT)


def exported(messages: Sequence[Message], summary_until: str | None, **options: Any) -> dict[str, Any]:
    """What the program of a conversation says, in which one note is kept and a summary up to a message."""
    kept = ConversationOptions(memory=MemoryKind.SUMMARY, **options).model_dump(mode="json")
    conversation = Conversation(options=kept, summary="Ana counts.", summary_until=summary_until)
    model = ScriptedModel()
    room_model = RoomModel(model, model, "local/test", 10_000)
    return literals(program_of(conversation, messages, [Note("I keep bees")], room_model, "en"))


def test_notes_and_the_summary_are_told_beside_the_turns_that_it_does_not_cover() -> None:
    messages = said("1?", "1.", "2?", "2.", "3?")
    found = exported(messages, messages[1].id)
    assert "I keep bees" in found["SYSTEM_PROMPT"]
    assert found["SYSTEM_PROMPT"].endswith("Ana counts.")
    assert [text for _, text in found["HISTORY"]] == ["2?", "2."]


def test_the_templates_system_prompt_stands_before_the_notes() -> None:
    found = exported(said("1?"), None, template=TemplateSpec(system="Doctor {"))
    assert found["SYSTEM_PROMPT"].startswith("Doctor {\n")
    assert "I keep bees" in found["SYSTEM_PROMPT"]


def test_notes_that_are_off_and_a_summary_of_what_comes_after_the_question_are_not_told() -> None:
    messages = said("1?", "1.")
    found = exported(messages, messages[1].id, uses_notes=False)
    assert "bees" not in found["SYSTEM_PROMPT"]
    assert "Ana counts." not in found["SYSTEM_PROMPT"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        ConversationOptions(sampling=SamplingChoice(temperature=0.0, max_tokens=12)),
        ConversationOptions(mode="completion", sampling=SamplingChoice(temperature=0.0, max_tokens=12)),
    ],
    ids=["chat", "completion"],
)
def test_an_exported_conversation_runs(tmp_path: Path, options: ConversationOptions) -> None:
    answer = Message(Role.ASSISTANT, "Nice to meet you, Ignacio.", MessageStatus.COMPLETE)
    messages = [Message(Role.USER, "My name is Ignacio."), answer, Message(Role.USER, "What is my name?")]
    program = tmp_path / "exported.py"
    program.write_text(to_python(options, messages, CONTEXT), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(program)],
        cwd=ROOT,
        env=app_environment(tmp_path),
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.strip()
    assert not (tmp_path / "leaks").exists()
