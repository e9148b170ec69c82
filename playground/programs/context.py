"""What each memory still sees of a conversation."""

from __future__ import annotations

CODE = '''
from chains.room_model import RoomModel
from playground.context import ContextQuestion, ContextWindows
from playground.panel_options import ContextOptions


async def experiment(engine):
    """What each memory of Tertulia's Chat gives the model in a small window; the model writes the summary."""
    card = engine.wait()
    model = LocalChatModel(engine=engine, model_name=MODEL, context_tokens=card.context_tokens)
    room = RoomModel(model, model, MODEL, card.context_tokens, has_chat_template=card.has_chat_template)
    options = ContextOptions(
        conversation=CONVERSATION,
        window_tokens=WINDOW_TOKENS,
        answer_tokens=ANSWER_TOKENS,
        window_turns=WINDOW_TURNS,
        language=LANGUAGE,
    )
    async with aclosing(ContextWindows(room).views("", ContextQuestion(TEXT, IS_CHAT, options))) as views:
        async for view in views:
            pass  # the last one has the summary, too
    print(f"everything: {view.num_tokens} tokens, window: {view.window_tokens}, too many: {view.excess}")
    for sight in view.sights:
        if sight.too_long is not None:
            print(f"{sight.memory}: not even the question fits: {sight.too_long.values}")
            continue
        fates = [str(sight.fate(number)) for number in range(len(view.turns))]
        print(f"{sight.memory}: {sight.num_tokens} tokens; {fates}")
        prompt = b"".join(text for run in sight.prompt for text in run.texts).decode(errors="replace")
        print(f"    the model is given {prompt!r}")
'''
