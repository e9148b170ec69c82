"""Tools as a small model is shown them: short, and with nothing in their schemas that it could write without end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MAX_CHARACTERS = 120  # of one argument
MAX_ITEMS = 4
NOTHING: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
SHORT_TEXT = {"type": "string", "maxLength": MAX_CHARACTERS}


def capped(function: Mapping[str, Any]) -> dict[str, Any]:
    """``function``, in OpenAI's form, whose every argument ends: what fits it fits the tool's own schema."""
    return {**function, "parameters": _capped(_without_lists(function.get("parameters") or NOTHING))}


def signature(function: Mapping[str, Any]) -> str:
    """Name, arguments and purpose in one line; an argument that may be left out has a question mark."""
    parameters = function.get("parameters") or NOTHING
    required = parameters.get("required", ())
    fields = [
        f"{name}{'' if name in required else '?'}: {_kind(field)}"
        for name, field in parameters.get("properties", {}).items()
    ]
    purpose = " ".join(function.get("description", "").split("\n\n")[0].split())
    return f"- {function['name']}({', '.join(fields)}): {purpose}"


def is_filled(arguments: Mapping[str, Any], functions: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether no text that the tool ``name`` needs is blank, which a grammar cannot say."""
    required = [field for one in functions if one["name"] == name for field in one["parameters"].get("required", ())]
    return all(not isinstance(arguments.get(field), str) or arguments[field].strip() for field in required)


def _without_lists(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Lists that may be left out are: small models fill them with anything."""
    required, properties = parameters.get("required", ()), parameters.get("properties", {})
    kept = {name: field for name, field in properties.items() if name in required or not _is_list(field)}
    return {**parameters, "properties": kept} if kept else dict(parameters)


def _is_list(field: Any) -> bool:
    return isinstance(field, dict) and field.get("type") in ("array", "object")


def _capped(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return SHORT_TEXT if schema is True else schema
    inner = {key: _within(key, value) for key, value in schema.items()}
    kind = schema.get("type")
    if "enum" in schema or "const" in schema:
        return inner
    if kind == "string" and "format" not in schema:
        inner["maxLength"] = _cap(schema, "maxLength", "minLength", MAX_CHARACTERS)
    elif kind == "array":
        inner = {"items": SHORT_TEXT, **inner, "maxItems": _cap(schema, "maxItems", "minItems", MAX_ITEMS)}
    elif kind == "object" and not schema.get("properties") and not schema.get("required"):
        return inner | {"properties": {}, "additionalProperties": False}
    elif kind is None and not {"$ref", "anyOf", "oneOf", "allOf"} & schema.keys():
        return inner | SHORT_TEXT
    return inner


def _within(key: str, value: Any) -> Any:
    if key in ("properties", "$defs", "definitions") and isinstance(value, dict):
        return {name: _capped(field) for name, field in value.items()}
    if key in ("anyOf", "oneOf", "allOf", "prefixItems") and isinstance(value, list):
        return [_capped(option) for option in value]
    return _capped(value) if key == "items" else value


def _cap(schema: Mapping[str, Any], most: str, least: str, cap: int) -> int:
    return max(int(schema.get(least, 0)), min(int(schema.get(most, cap)), cap))


def _kind(field: Any) -> str:
    if not isinstance(field, dict):
        return "any"
    if choices := field.get("enum"):
        return "|".join(map(str, choices))
    kinds = [_kind(option) for option in field.get("anyOf", ()) if option.get("type") != "null"]
    return " or ".join(kinds) or str(field.get("type", "any"))
