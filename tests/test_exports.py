from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.exports.conversation_json import MAX_MEGABYTES, MAX_MESSAGES, from_json, to_json
from chains.exports.conversation_markdown import MarkdownWords, to_markdown
from chains.options import ConversationOptions, SamplingChoice
from chains.run_record import Alternative, AnswerRecord, Part, PromptTokens, RunRecord, WrittenToken
from chains.templates import TemplateSpec
from errors import EngineDied, ImportNotOurs, ImportRefused, ImportTooLarge, ImportTooNew
from storage.records import Conversation, Message, MessageStatus, Role, Step, TitleSource

TEXT = st.text(max_size=30)  # hypothesis leaves out half surrogate pairs, as the room does
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ALTERNATIVES = st.builds(
    Alternative, id=st.none() | st.integers(0, 9), text=st.binary(max_size=4), probability=st.floats(0, 1)
)
WRITTEN = st.builds(
    WrittenToken, id=st.just(1), text=st.binary(max_size=4), probability=st.just(0.5), others=st.tuples(ALTERNATIVES)
)
PROMPTS = st.builds(PromptTokens, part=st.sampled_from(Part), ids=st.just((1,)), texts=st.tuples(st.binary()))
RUNS = st.builds(
    RunRecord,
    model=TEXT,
    step=TEXT,
    sampling=st.just({"temperature": 0.1, "stop": ["a"]}),
    seed=st.none() | st.integers(0, 2**32),
    first_token_s=st.none() | st.floats(0, 1e6),
    prompt=st.tuples(PROMPTS),
    answer=st.lists(WRITTEN, max_size=2).map(tuple),
)
RECORDS = st.builds(AnswerRecord, runs=st.tuples(RUNS)).map(lambda record: record.model_dump(mode="json"))
OPTIONS = st.builds(
    ConversationOptions,
    human_name=st.text(max_size=9),
    template=st.builds(TemplateSpec, name=TEXT, system=TEXT),
    sampling=st.builds(SamplingChoice, temperature=st.none() | st.floats(0, 5)),
).map(lambda options: options.model_dump(mode="json"))
MESSAGES = st.builds(
    Message,
    role=st.sampled_from(Role),
    text=TEXT,
    status=st.sampled_from([status for status in MessageStatus if status is not MessageStatus.ANSWERING]),
    num_left_out=st.integers(0, 99),
    error_key=st.sampled_from([None, EngineDied.key]),
    rating=st.integers(-1, 1),
    inputs=st.dictionaries(TEXT, TEXT, max_size=2),
    steps=st.lists(st.builds(Step, TEXT, TEXT), max_size=2).map(tuple),
    created_at=TIMES,
)


@st.composite
def trees(draw: st.DrawFn) -> tuple[Message, ...]:
    messages: list[Message] = []
    for message in draw(st.lists(MESSAGES, max_size=6)):
        parent = draw(st.none() | st.sampled_from([one.id for one in messages])) if messages else None
        messages.append(replace(message, parent_id=parent))
    return tuple(messages)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Conversation, tuple[Message, ...], dict[str, dict[str, Any]]]:
    messages = draw(trees())
    ids = st.none() | st.sampled_from([message.id for message in messages]) if messages else st.none()
    conversation = Conversation(
        title=draw(TEXT),
        title_source=draw(st.sampled_from(TitleSource)),
        is_pinned=draw(st.booleans()),
        options=draw(st.just({}) | OPTIONS),
        summary=draw(TEXT),
        summary_until=draw(ids),
        leaf_id=draw(ids),
        created_at=draw(TIMES),
        updated_at=draw(TIMES),
    )
    with_record = (
        draw(st.lists(st.sampled_from(messages), max_size=2, unique_by=lambda message: message.id)) if messages else []
    )
    return conversation, messages, {message.id: draw(RECORDS) for message in with_record}


@given(conversations())
def test_any_conversation_comes_back_whole(
    exported: tuple[Conversation, tuple[Message, ...], dict[str, dict[str, Any]]],
) -> None:
    text = to_json(*exported)
    assert from_json(text) == exported
    assert from_json(text.encode()) == exported


QUESTION = Message(Role.USER, "Why?", created_at=datetime(2025, 3, 1, tzinfo=UTC), id="q")
ANSWER = Message(Role.ASSISTANT, "So.", parent_id="q", created_at=datetime(2025, 3, 1, tzinfo=UTC), id="a")
OTHER = replace(ANSWER, text="Because.", id="b")
CONVERSATION = Conversation(title="Whys", leaf_id="a", created_at=datetime(2025, 3, 1, 12, 30, tzinfo=UTC), id="c")


def test_half_a_surrogate_pair_and_a_zero_are_written() -> None:
    text = to_json(CONVERSATION, (replace(QUESTION, text="\ud83d\0\u202e🦉"), ANSWER), {})
    assert from_json(text.encode()).messages[0].text == "?\0\u202e🦉"


def test_an_unfinished_answer_counts_as_stopped() -> None:
    text = to_json(CONVERSATION, (QUESTION, replace(ANSWER, status=MessageStatus.ANSWERING)), {})
    assert from_json(text).messages[1].status is MessageStatus.STOPPED


@pytest.mark.parametrize("key", ["app_send", "error_message_too_long", "nonsense"])
def test_an_answer_cannot_name_any_sentence(key: str) -> None:
    text = to_json(CONVERSATION, (QUESTION, replace(ANSWER, error_key=key)), {})
    assert from_json(text).messages[1].error_key == "error" + "_unexpected"


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    content = json.loads(to_json(CONVERSATION, (QUESTION, ANSWER, OTHER), {}))
    change(content)
    return json.dumps(content)


NOT_OURS = {
    "empty": "",
    "list": "[]",
    "null": "null",
    "no format": "{}",
    "text": "# Title",
    "bytes": b"\xff\xfe",
    "picture": b"\x89PNG",
    "another format": '{"format": "chat", "version": 1}',
    "another version": changed(lambda content: content.update(version="1")),
    "deep": "[" * 1_000_000,
    "cut off": to_json(CONVERSATION, (QUESTION, ANSWER), {})[:-9],
}


@pytest.mark.parametrize("content", NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_no_export_is_refused(content: str | bytes) -> None:
    with pytest.raises(ImportNotOurs):
        from_json(content)


def test_a_newer_export_is_refused() -> None:
    with pytest.raises(ImportTooNew) as refused:
        from_json(changed(lambda content: content.update(version=2, news=[])))
    assert refused.value.values == {"version": 2}


@pytest.mark.parametrize("content", [b" " * (MAX_MEGABYTES * 1_000_000 + 1), "[]," * 1_000_001], ids=["long", "lists"])
def test_a_file_that_is_too_large_is_refused(content: str | bytes) -> None:
    with pytest.raises(ImportTooLarge):
        from_json(content)


def test_too_many_messages_are_refused() -> None:
    messages = [replace(QUESTION, id=f"m{number}") for number in range(MAX_MESSAGES + 1)]
    with pytest.raises(ImportTooLarge):
        from_json(to_json(replace(CONVERSATION, leaf_id=None), messages, {}))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda content: content.pop("messages"), "messages"),
        (lambda content: content.update(more=1), "more"),
        (lambda content: content["conversation"].update(title=3), "conversation.title"),
        (lambda content: content["conversation"].update(title="x" * 2_000), "conversation.title"),
        (lambda content: content["conversation"].update(leaf_id="nobody"), "conversation.leaf_id"),
        (lambda content: content["conversation"].update(summary_until="nobody"), "conversation.summary_until"),
        (lambda content: content["conversation"].update(created_at="yesterday"), "conversation.created_at"),
        (lambda content: content["conversation"].update(created_at="2025-01-01T00:00:00"), "conversation.created_at"),
        (
            lambda content: content["conversation"].update(created_at="0001-01-01T00:00:00+14:00"),
            "conversation.created_at",
        ),
        (
            lambda content: content["conversation"].update(created_at="9999-12-31T23:00:00-14:00"),
            "conversation.created_at",
        ),
        (
            lambda content: content["conversation"].update(options={"window_turns": 0}),
            "conversation.options.window_turns",
        ),
        (lambda content: content["conversation"].update(options={"junk": "x" * 1_000_000}), "conversation.options"),
        (
            lambda content: content["conversation"].update(options={"template": {"template": "{x.y}"}}),
            "conversation.options.template",
        ),
        (lambda content: content["messages"][0].update(parent_id="q"), "messages.0"),
        (lambda content: content["messages"][0].update(parent_id="a"), "messages.0"),
        (lambda content: content["messages"][1].update(parent_id="nobody"), "messages.1"),
        (lambda content: content["messages"].append(content["messages"][0]), "messages.3"),
        (lambda content: content["messages"][1].update(id="../../x"), "messages.1.id"),
        (lambda content: content["messages"][1].update(role="system"), "messages.1.role"),
        (lambda content: content["messages"][1].update(rating=2), "messages.1.rating"),
        (lambda content: content["messages"][1].update(rating="1"), "messages.1.rating"),
        (lambda content: content["messages"][1].update(num_left_out=-1), "messages.1.num_left_out"),
        (lambda content: content["messages"][1].update(steps=[{"name": "x"}]), "messages.1.steps.0.text"),
        (lambda content: content["messages"][1].update(text=["x"]), "messages.1.text"),
        (lambda content: content.update(records={"nobody": {"runs": [{"model": "m"}]}}), "records.nobody"),
        (lambda content: content.update(records={"a": {"runs": []}}), "records.a"),
        (lambda content: content.update(records={"a": {"runs": [{}]}}), "records.a.runs.0.model"),
    ],
)
def test_a_damaged_export_is_refused_with_the_place(change: Callable[[dict[str, Any]], object], place: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        from_json(changed(change))
    assert refused.value.values == {"place": place}


@given(st.text() | st.binary())
def test_any_file_is_a_conversation_or_refused(content: str | bytes) -> None:
    with pytest.raises(ImportRefused):
        from_json(content)


def test_versions_of_the_first_question_are_two_roots() -> None:
    text = to_json(CONVERSATION, (QUESTION, ANSWER, replace(QUESTION, id="q2")), {})
    assert from_json(text).messages[2].parent_id is None


WORDS = MarkdownWords("Untitled", "You", "Model", "Stopped here.", "Cut at the limit.", "Not finished.")


def markdown(*texts: str, status: MessageStatus = MessageStatus.COMPLETE, title: str = "Whys") -> str:
    roles = (Role.USER, Role.ASSISTANT)
    messages = [Message(roles[place % 2], text, status) for place, text in enumerate(texts)]
    return to_markdown(replace(CONVERSATION, title=title), messages, WORDS)


def test_markdown_says_who_said_what() -> None:
    assert markdown("Why?", "**So.**\n\n- a\n- b") == (
        "# Whys\n\n2025-03-01 12:30 UTC\n\n## You\n\nWhy?\n\n## Model\n\n**So.**\n\n- a\n- b\n"
    )


@pytest.mark.parametrize(
    ("status", "note"),
    [
        (MessageStatus.STOPPED, "Stopped here."),
        (MessageStatus.CUT, "Cut at the limit."),
        (MessageStatus.FAILED, "Not finished."),
    ],
)
def test_markdown_marks_how_an_answer_ended(status: MessageStatus, note: str) -> None:
    assert to_markdown(CONVERSATION, [replace(ANSWER, status=status)], WORDS).endswith(f"So.\n\n*{note}*\n")


def test_markdown_shows_the_steps_of_a_chain() -> None:
    answer = replace(ANSWER, steps=(Step("Plan", "First."),))
    assert to_markdown(CONVERSATION, [answer], WORDS).endswith("## Model\n\n### Plan\n\nFirst.\n\n---\n\nSo.\n")


def test_markdown_has_a_title_without_one() -> None:
    assert markdown(title=" \n ").startswith("# Untitled\n")


@pytest.mark.parametrize(
    "text", ["# You", "## You", "  # You", "You\n===", "You\n---", "```\ncode\n```\n## You", "<h2>You</h2>"]
)
def test_a_text_cannot_pose_as_a_speaker(text: str) -> None:
    shown = markdown("Why?", text).split("## Model\n", 1)[1]
    assert not any(line.startswith(("# ", "## ", "<")) for line in shown.split("\n"))
    for above, below in zip(shown.split("\n"), shown.split("\n")[1:], strict=False):
        assert not (above and set(below) in ({"="}, {"-"}))


def test_code_stays_as_it_was_written() -> None:
    code = "```sh\n# a comment\n## another\necho $$ `date`\n```"
    assert code in markdown("Why?", code)


def test_code_that_was_cut_off_is_closed() -> None:
    assert markdown("Why?", "```python\nprint(1)", status=MessageStatus.STOPPED).endswith(
        "```python\nprint(1)\n```\n\n*Stopped here.*\n"
    )


@given(TEXT, TEXT)
def test_the_title_is_one_line(title: str, text: str) -> None:
    lines = markdown("Why?", text, title=title).split("\n")
    assert lines[0].startswith("# ")
    assert lines[2] == "2025-03-01 12:30 UTC"
    assert [line for line in lines if line.startswith(("# ", "## "))][1:3] == ["## You", "## Model"]
