"""Answers in a given shape: a grammar holds the model to the schema, a parser makes the value."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from operator import itemgetter
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.output_parsers import BaseOutputParser, JsonOutputParser, PydanticOutputParser
from langchain_core.runnables import Runnable, RunnableGenerator, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass

ANY_OBJECT = {"type": "object"}
TOOL_KEYS = {"function", "parameters", "input_schema", "inputSchema"}  # of schemas that come wrapped in a tool


def structured_output(
    model: BaseChatModel, schema: dict[str, Any] | type | None, *, include_raw: bool, method: str
) -> Runnable[LanguageModelInput, Any]:
    """``model`` with its answers parsed: into ``schema`` if it is a pydantic class, else into a dict.

    With ``include_raw`` the result is a dict of raw, parsed and parsing_error. Only json_mode goes without a schema.
    """
    if schema is None and method != "json_mode":
        raise ValueError("a schema is needed, unless the method is json_mode")
    asked = ANY_OBJECT if schema is None else json_schema_of(schema)
    traced = {"kwargs": {"method": method}, "schema": schema or ANY_OBJECT}
    held = model.bind(json_schema=asked, tells_schema=schema is not None, ls_structured_output_format=traced)
    parser = RunnableGenerator(_whole, _awhole) | _parser(schema)
    if not include_raw:
        return held | parser
    parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=held) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def with_schema_of_response_format(options: dict[str, Any]) -> dict[str, Any]:
    """A call's ``options`` with OpenAI's ``response_format`` as the schema that it stands for, which is to be told."""
    form = options.get("response_format")
    if form is None:
        return options
    schema = {"json_schema": form.get("json_schema", {}).get("schema", ANY_OBJECT), "json_object": ANY_OBJECT}
    return {**options, "json_schema": schema.get(form["type"]), "tells_schema": form["type"] == "json_schema"}


def with_schema_told(messages: Sequence[BaseMessage], schema: dict[str, Any]) -> list[BaseMessage]:
    """``messages`` with the shape of the answer at the end of the last thing that a person says.

    The grammar would hold a model that was told nothing to the schema too, but it then writes words it did not choose,
    letter by letter, and goes on in kind. At the end, so that the conversation before stays as it was computed.
    """
    told = list(messages)
    last = next((index for index in reversed(range(len(told))) if isinstance(told[index], HumanMessage)), None)
    note = f"Answer with JSON of this shape:\n{json.dumps(_shape(schema), ensure_ascii=False)}"
    if last is None:
        return [*told, HumanMessage(note)]
    content = told[last].content
    said = f"{content}\n\n{note}" if isinstance(content, str) else [*content, {"type": "text", "text": f"\n\n{note}"}]
    told[last] = told[last].model_copy(update={"content": said})
    return told


def _shape(schema: dict[str, Any]) -> dict[str, Any]:
    """Of a plain object its fields alone: the smaller the model, the more the rest of a schema confuses it."""
    if "properties" not in schema or "$defs" in schema:
        return schema
    return {
        name: {key: value for key, value in field.items() if key != "title"} if isinstance(field, dict) else field
        for name, field in schema["properties"].items()
    }


def json_schema_of(schema: Any) -> dict[str, Any]:
    """References of a pydantic class stay as they are: LangChain resolves them, and a tree of trees has no end."""
    if isinstance(schema, type) and is_basemodel_subclass(schema) and hasattr(schema, "model_json_schema"):
        return dict(schema.model_json_schema())
    is_plain = isinstance(schema, dict) and not schema.keys() & TOOL_KEYS
    return schema if is_plain else convert_to_json_schema(schema)


def _parser(schema: Any) -> BaseOutputParser[Any]:
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        return PydanticOutputParser(pydantic_object=schema)
    return JsonOutputParser()


def _whole(messages: Iterator[BaseMessage]) -> Iterator[BaseMessage]:
    for message in messages:
        yield message
        _check(message)


async def _awhole(messages: AsyncIterator[BaseMessage]) -> AsyncIterator[BaseMessage]:
    async for message in messages:
        yield message
        _check(message)


def _check(message: BaseMessage) -> None:
    """The parsers would close what was cut, and pass half an answer for a whole one."""
    if isinstance(message, AIMessage) and message.response_metadata.get("finish_reason") == "length":
        raise OutputParserException("the answer was cut by max_tokens", llm_output=message.text)
