from __future__ import annotations

from collections.abc import Sequence

import pytest

from chains.options import ConversationOptions
from chains.templates import StepSpec, TemplateSpec, Variable
from errors import EngineDied, PromptTooLong
from storage.records import MessageStatus, Step
from tests.chat_room import ChatRoom, Gate, RoomOver
from tests.scripted_model import ScriptedModel, token_id

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]

CHAIN = ConversationOptions(
    template=TemplateSpec(
        template="{question} for {audience}",
        variables=(Variable(name="audience", default="anybody"),),
        steps=(
            StepSpec(name="outline", prompt="Outline {question} for {audience}"),
            StepSpec(name="draft", prompt="Write from: {previous}"),
            StepSpec(name="polish", prompt="Polish for {audience}: {previous}"),
        ),
    )
)
WRITTEN = {"Outline": ["plan ", "A"], "Write": ["a ", "draft"], "Polish": ["the ", "text"]}


def by_step(prompt: str) -> Sequence[str | Exception]:
    return WRITTEN[prompt.split()[0]]


def chain_room(room_over: RoomOver, model: ScriptedModel | None = None) -> ChatRoom:
    room = room_over(model or ScriptedModel(script=by_step))
    room.choose(CHAIN)
    return room


async def test_each_step_is_asked_with_what_the_one_before_wrote(room_over: RoomOver) -> None:
    room = chain_room(room_over)
    answer = await room.say("bees", audience="children")
    assert [prompt[-1][1] for prompt in room.prompts] == [
        "Outline bees for children",
        "Write from: plan A",
        "Polish for children: a draft",
    ]
    assert (answer.text, answer.status) == ("the text", MessageStatus.COMPLETE)
    assert answer.steps == (Step("outline", "plan A"), Step("draft", "a draft"))
    assert room.branch == (room.branch[0], answer)
    assert room.branch[0].text == "bees for children"
    assert room.branch[0].inputs == {"question": "bees", "audience": "children"}


async def test_each_call_has_a_record_with_its_name(room_over: RoomOver) -> None:
    room = chain_room(room_over)
    runs = room.record(await room.say("bees")).runs
    assert [run.step for run in runs] == ["outline", "draft", "polish"]
    assert [len(run.answer) for run in runs] == [2, 2, 2]
    assert all(sum(len(part.ids) for part in run.prompt) == run.num_prompt for run in runs)


async def test_stopped_in_the_second_step_it_goes_on_there(room_over: RoomOver) -> None:
    room = chain_room(room_over, ScriptedModel(script=by_step, pace=Gate(3).pass_one))
    await room.leave(room.replies.ask(room.here, {"question": "bees"}), "a ")
    stopped = room.branch[-1]
    assert (stopped.text, stopped.status) == ("a ", MessageStatus.STOPPED)
    assert stopped.steps == (Step("outline", "plan A"),)
    assert [run.step for run in room.record(stopped).runs] == ["outline", "draft"]
    room.model.pace = None
    room.model.script = lambda prompt: ["rest"] if prompt.startswith("Write") else by_step(prompt)
    whole = await room.hear(room.replies.resume(room.here, stopped.id))
    assert [prompt[-1][1] for prompt in room.prompts[2:]] == ["Write from: plan A", "Polish for anybody: a rest"]
    assert room.options[2]["prefill_ids"] == (token_id("a "),)
    assert not {"prefill", "prefill_ids"} & room.options[3].keys()
    assert whole.steps == (Step("outline", "plan A"), Step("draft", "a rest"))
    assert whole.text == "the text"
    assert [run.step for run in room.record(whole).runs] == ["outline", "draft", "polish"]
    assert [len(run.answer) for run in room.record(whole).runs] == [2, 2, 2]


async def test_another_token_of_the_answer_keeps_the_steps_before(room_over: RoomOver) -> None:
    room = chain_room(room_over)
    first = await room.say("bees")
    other = await room.hear(room.replies.branch(room.here, first.id, 0, 0))
    assert other.steps == first.steps
    assert other.text == "the! the text"
    assert len(room.prompts) == 4
    assert [run.step for run in room.record(other).runs] == ["outline", "draft", "polish"]


async def test_again_begins_with_the_first_step(room_over: RoomOver) -> None:
    room = chain_room(room_over)
    first = await room.say("bees", audience="children")
    second = await room.hear(room.replies.again(room.here, first.id))
    assert room.prompts[3:] == room.prompts[:3]
    assert second.steps == first.steps


async def test_an_edited_question_goes_through_the_chain_as_it_is(room_over: RoomOver) -> None:
    room = chain_room(room_over)
    await room.say("bees", audience="children")
    await room.hear(room.replies.edit(room.here, room.branch[0].id, "wasps"))
    assert room.prompts[3][-1][1] == "Outline wasps for anybody"


@pytest.mark.parametrize(("draft", "error"), [([EngineDied()], EngineDied), (["word " * 700], PromptTooLong)])
async def test_a_chain_that_fails_keeps_the_steps_that_were_done(
    room_over: RoomOver, draft: list[str | Exception], error: type[EngineDied] | type[PromptTooLong]
) -> None:
    model = ScriptedModel(script=lambda prompt: draft if prompt.startswith("Write") else by_step(prompt))
    room = room_over(model, context_tokens=500)
    room.choose(CHAIN)
    answer = await room.say("bees")
    assert (answer.status, answer.error_key) == (MessageStatus.FAILED, error.key)
    assert answer.steps[0] == Step("outline", "plan A")
    assert room.branch[-1] == answer
    assert room.is_free
