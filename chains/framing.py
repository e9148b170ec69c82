"""What stands around the turns of a conversation: system prompt, notes, summary and examples."""

from __future__ import annotations

from collections.abc import Sequence

from chains.composition import Frame, Section
from chains.memory import keeps_summary, num_summarized, turns_of
from chains.options import ConversationOptions
from chains.prompts import NOTES_HEADING, SUMMARY_HEADING, SYSTEM_PROMPTS, TRANSCRIPT_HEADING
from chains.run_record import Part
from storage.records import Conversation, Message, Note


def frame_of(
    conversation: Conversation,
    options: ConversationOptions,
    notes: Sequence[Note],
    language: str,
    history: Sequence[Message],
) -> Frame:
    """The frame for a question after ``history``; a summary of another branch is left out."""
    sections = [Section(Part.SYSTEM, options.template.system or SYSTEM_PROMPTS[language])]
    if notes:
        lines = "\n".join(f"- {note.text}" for note in notes)
        sections.append(Section(Part.NOTES, f"{NOTES_HEADING[language]}\n{lines}"))
    if has_summary(conversation, options, history):
        sections.append(Section(Part.SUMMARY, f"{SUMMARY_HEADING[language]}\n{conversation.summary}"))
    examples = tuple((example.question, example.answer) for example in options.template.examples)
    return Frame(tuple(sections), examples, TRANSCRIPT_HEADING[language])


def has_summary(conversation: Conversation, options: ConversationOptions, history: Sequence[Message]) -> bool:
    """True when the running summary is in use and covers turns of this branch, or is a person's and covers none."""
    if not keeps_summary(options) or not conversation.summary:
        return False
    until = conversation.summary_until
    return until is None or num_summarized(turns_of(history), until) > 0
