"""What is to be answered: made of a conversation by each way of asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from chains.answering import decoded
from chains.options import ConversationOptions
from chains.run_record import AnswerRecord, RunRecord, WrittenToken
from errors import MessageNotFound, MessageTooLong
from safety.surrogates import without_surrogates
from storage.message_tree import MessageTree
from storage.records import Conversation, Message, MessageStatus, Role


@dataclass(frozen=True)
class Assignment:
    """``question`` after ``history`` is to be answered by ``answer``, which may have begun.

    ``begun`` holds its beginning as tokens where they are known, else ``answer.text`` is all there is; ``done`` are the
    runs of the steps before it, in a chain of several. ``is_asked`` and ``is_placed`` say whether question and answer
    are stored already.
    """

    conversation: Conversation
    options: ConversationOptions
    history: tuple[Message, ...]
    question: Message
    answer: Message
    begun: tuple[WrittenToken, ...] = ()
    done: tuple[RunRecord, ...] = ()
    is_asked: bool = True
    is_placed: bool = False

    @property
    def begun_text(self) -> str:
        """The beginning of the answer where its tokens are not known."""
        return "" if self.begun else self.answer.text

    @property
    def step_names(self) -> tuple[str, ...]:
        """A name for each call; a single one needs none."""
        return tuple(step.name for step in self.options.template.steps) or ("",)

    @property
    def first_step(self) -> int:
        """The index of the call to begin with: an answer that goes on has the earlier ones behind it."""
        return min(len(self.answer.steps), len(self.step_names) - 1)

    def prompt_of(self, step: int, previous: str) -> str:
        """What to ask in the call at the index ``step``, after the one before wrote ``previous``."""
        template = self.options.template
        if not template.steps:
            return self.question.text
        inputs = dict(self.question.inputs) or {"question": self.question.text}  # an edited question is text alone
        return template.step_prompt(template.steps[step], inputs, previous)


class Assignments:
    """Makes assignments within one conversation. ``max_characters`` is the limit of one message.

    ``looked_at`` gives a question as it may be sent, or raises QuestionRefused.
    """

    def __init__(
        self,
        conversation: Conversation,
        tree: MessageTree,
        options: ConversationOptions,
        max_characters: int,
        looked_at: Callable[[str], str] = str,
    ) -> None:
        self._conversation = conversation
        self._tree = tree
        self._options = options
        self._max_characters = max_characters
        self._looked_at = looked_at

    def asked(self, inputs: Mapping[str, str]) -> Assignment:
        """A new question at the end of the branch. Raises MessageTooLong."""
        text = self._options.template.asked(inputs)
        kept = {name: self._looked_at(value) for name, value in inputs.items()} if self._options.template.form else {}
        question = Message(Role.USER, self._checked(text), parent_id=self._tree.leaf_id, inputs=kept)
        return self._new(self._tree.path, question)

    def edited(self, message_id: str, text: str) -> Assignment:
        """Another version of a question. Raises MessageTooLong or MessageNotFound."""
        before = self._question(message_id)
        question = Message(Role.USER, self._checked(text), parent_id=before.parent_id)
        return self._new(self._tree.upto(message_id)[:-1], question)

    def again(self, message_id: str) -> Assignment:
        """Another version of an answer. Raises MessageNotFound."""
        answer = self._answer(message_id)
        return self._to(answer, Message(Role.ASSISTANT, "", MessageStatus.ANSWERING, parent_id=answer.parent_id))

    def resumed(self, message_id: str, record: AnswerRecord | None) -> Assignment:
        """The same answer, from where it stopped. Raises MessageNotFound."""
        answer = self._answer(message_id)
        begun = _tokens_of(answer, record)
        resumed = replace(answer, status=MessageStatus.ANSWERING, error_key=None)
        return replace(self._to(answer, resumed), begun=begun, done=_done(answer, record), is_placed=True)

    def branched(self, message_id: str, record: AnswerRecord | None, place: tuple[int, int]) -> Assignment:
        """Another version that is the same up to a token and goes on with one of its alternatives.

        ``place`` is the token's index and its alternative's. Raises MessageNotFound when there is none such.
        """
        answer = self._answer(message_id)
        tokens = _written(answer, record)
        try:
            token, other = tokens[place[0]], tokens[place[0]].others[place[1]]
        except IndexError:
            raise MessageNotFound from None
        if min(place) < 0 or other.id is None or not other.text:  # the end of an answer has no text to go on from
            raise MessageNotFound
        instead = WrittenToken(**dict(other), others=tuple(o for o in token.others if o is not other))
        begun = (*tokens[: place[0]], instead)
        branched = Message(
            Role.ASSISTANT, decoded(begun), MessageStatus.ANSWERING, parent_id=answer.parent_id, steps=answer.steps
        )
        return replace(self._to(answer, branched), begun=begun, done=_done(answer, record))

    def _new(self, history: tuple[Message, ...], question: Message) -> Assignment:
        answer = Message(Role.ASSISTANT, "", MessageStatus.ANSWERING, parent_id=question.id)
        return Assignment(self._conversation, self._options, history, question, answer, is_asked=False)

    def _to(self, before: Message, answer: Message) -> Assignment:
        *history, question, _ = self._tree.upto(before.id)
        return Assignment(self._conversation, self._options, tuple(history), question, answer)

    def _question(self, message_id: str) -> Message:
        message = self._tree.message(message_id)
        if message.role is not Role.USER:
            raise MessageNotFound
        return message

    def _answer(self, message_id: str) -> Message:
        message = self._tree.message(message_id)
        if message.role is not Role.ASSISTANT or message.parent_id is None:
            raise MessageNotFound
        return message

    def _checked(self, text: str) -> str:
        text = without_surrogates(text)
        if len(text) > self._max_characters:
            raise MessageTooLong(length=len(text), limit=self._max_characters)
        return self._looked_at(text)


def _done(answer: Message, record: AnswerRecord | None) -> tuple[RunRecord, ...]:
    """The runs of the steps behind an answer."""
    return record.runs[: len(answer.steps)] if record else ()


def _written(answer: Message, record: AnswerRecord | None) -> tuple[WrittenToken, ...]:
    """What is recorded of the answer itself: one that was stopped before its last step began has nothing yet."""
    runs = record.runs[len(answer.steps) :] if record else ()
    return runs[-1].answer if runs else ()


def _tokens_of(answer: Message, record: AnswerRecord | None) -> tuple[WrittenToken, ...]:
    """The tokens of an answer when the record holds all of them, with their ids."""
    tokens = _written(answer, record)
    is_whole = answer.text in (decoded(tokens), decoded(tokens, is_final=True))
    return tokens if is_whole and all(token.id is not None for token in tokens) else ()
