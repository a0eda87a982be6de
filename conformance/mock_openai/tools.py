"""Tools, tool choice and response formats as the two text endpoints state them: checked, and in one form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.mock_openai.answers import Tool
from conformance.mock_openai.errors import bad, missing


def read(tools: Any, *, nested: bool) -> tuple[Tool, ...]:
    """The tools that the model may call.

    Chat completions nest a function's data (``{"type": "function", "function": {...}}``), responses do not. Tools
    that run at the service (web search and such) are legal there and never called by the mock.
    """
    if tools is None:
        return ()
    if not isinstance(tools, list):
        raise bad("Invalid type for 'tools': expected an array of objects.", "tools", "invalid_type")
    found = (_tool(tool, f"tools[{at}]", nested=nested) for at, tool in enumerate(tools))
    return tuple(tool for tool in found if tool is not None)


def _tool(tool: Any, place: str, *, nested: bool) -> Tool | None:
    kind = tool.get("type") if isinstance(tool, Mapping) else None
    if kind is None:
        raise missing(f"{place}.type")
    if kind not in ("function", "custom"):
        if not nested:
            return None
        raise bad(
            f"Invalid value: '{kind}'. Supported values are: 'function' and 'custom'.", f"{place}.type", "invalid_value"
        )
    data = tool.get(kind) if nested else tool
    if not isinstance(data, Mapping):
        raise missing(f"{place}.{kind}")
    name = data.get("name")
    if not isinstance(name, str) or not name:
        raise missing(f"{place}.{kind}.name" if nested else f"{place}.name")
    parameters = data.get("parameters") or {}
    if not isinstance(parameters, Mapping):
        raise bad(
            f"Invalid schema for function '{name}'.", f"{place}.function.parameters", "invalid_function_parameters"
        )
    return Tool(name, {"type": "object", **parameters}, custom=kind == "custom")


def choice(value: Any, tools: tuple[Tool, ...], *, nested: bool) -> tuple[str, str, tuple[Tool, ...]]:
    """``tool_choice`` as (``none``, ``auto`` or ``required``; the forced tool's name; the tools that are allowed)."""
    if value is None:
        return "auto", "", tools
    if not tools and value != "none":
        raise bad(
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.", "tool_choice"
        )
    if value in ("none", "auto", "required"):
        return str(value), "", tools
    if not isinstance(value, Mapping):
        raise bad("Invalid value for 'tool_choice'.", "tool_choice", "invalid_value")
    kind = value.get("type")
    if kind == "allowed_tools":
        return _allowed(value, tools, nested=nested)
    if kind not in ("function", "custom"):
        return "auto", "", tools
    data = value.get(str(kind)) if nested else value
    name = data.get("name") if isinstance(data, Mapping) else None
    if name not in [tool.name for tool in tools]:
        raise bad(f"Tool choice '{name}' not found in 'tools' parameter.", "tool_choice")
    return "required", str(name), tools


def _allowed(value: Mapping[str, Any], tools: tuple[Tool, ...], *, nested: bool) -> tuple[str, str, tuple[Tool, ...]]:
    data = value.get("allowed_tools", {}) if nested else value
    listed = data.get("tools", []) if isinstance(data, Mapping) else []
    names = [
        (item.get(item.get("type"), {}) if nested else item).get("name") for item in listed if isinstance(item, Mapping)
    ]
    allowed = tuple(tool for tool in tools if tool.name in names)
    if not allowed:
        raise bad("Invalid value for 'tool_choice': none of the allowed tools is in 'tools'.", "tool_choice")
    return str(data.get("mode", "auto")), "", allowed


def text_format(value: Any, place: str, *, nested: bool) -> tuple[Mapping[str, Any] | None, bool]:
    """``response_format`` (or ``text.format``) as (the JSON Schema, whether any JSON object will do)."""
    if value is None:
        return None, False
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind is None:
        raise missing(f"{place}.type")
    if kind == "text":
        return None, False
    if kind == "json_object":
        return None, True
    if kind != "json_schema":
        supported = "'json_object', 'json_schema', and 'text'"
        raise bad(f"Invalid value: '{kind}'. Supported values are: {supported}.", f"{place}.type", "invalid_value")
    data = value.get("json_schema") if nested else value
    here = f"{place}.json_schema" if nested else place
    if not isinstance(data, Mapping):
        raise missing(here)
    if not isinstance(data.get("name"), str):
        raise missing(f"{here}.name")
    schema = data.get("schema")
    if not isinstance(schema, Mapping):
        raise missing(f"{here}.schema")
    return schema, False
