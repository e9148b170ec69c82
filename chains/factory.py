"""The one place where a chain is piped together; every room asks here."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable


def build_chain(
    prompt: ChatPromptTemplate, model: Runnable[LanguageModelInput, AIMessage], run_name: str
) -> Runnable[dict[str, Any], str]:
    """Return ``prompt | model | parser`` with every stage named, so that a trace reads like the design.

    Takes the prompt's variables, gives text: whole with ``ainvoke``, piece by piece with ``astream``.
    """
    named_prompt = prompt.with_config(run_name="prompt")
    named_model = model.with_config(run_name="model")
    parser = StrOutputParser().with_config(run_name="parser")
    return (named_prompt | named_model | parser).with_config(run_name=run_name)
