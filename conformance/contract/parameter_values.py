"""Whether the host would accept a value for a parameter, read from the manifest's document (contract.md 9.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_CHECKS = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def value_problem(value: Any, parameter: Mapping[str, Any], place: str = "") -> str:
    """Why the host refuses a value for a parameter (its mapping in the manifest); empty if it accepts it.

    null is accepted wherever the value is not required. An unknown type is not judged.
    """
    at = f"{place} " if place else ""
    if value is None:
        return f"{at}is null but required" if parameter.get("required") is True else ""
    type_ = parameter.get("type")
    if type_ == "enum":
        choices = parameter.get("choices")
        known = not isinstance(choices, list) or value in choices
        return "" if known else f"{at}{_shown(value)} is none of the choices"
    accepts = _CHECKS.get(type_) if isinstance(type_, str) else None
    if accepts is not None and not accepts(value):
        return f"{at}{_shown(value)} is not of type {type_}"
    if type_ == "list":
        return _list_problem(value, parameter, place)
    return _object_problem(value, parameter, place) if type_ == "object" else ""


def _list_problem(value: list[Any], parameter: Mapping[str, Any], place: str) -> str:
    items = parameter.get("items")
    if isinstance(items, str) and items != "enum":
        items = {"type": items, "required": True}
    if not isinstance(items, dict):
        return _not_json(value, place)
    problems = (value_problem(item, items, f"{place}[{index}]") for index, item in enumerate(value))
    return next((problem for problem in problems if problem), "")


def _object_problem(value: dict[Any, Any], parameter: Mapping[str, Any], place: str) -> str:
    listed = parameter.get("properties")
    if not isinstance(listed, list) or not listed:
        return _not_json(value, place)
    properties = {
        entry["name"]: entry for entry in listed if isinstance(entry, dict) and isinstance(entry.get("name"), str)
    }
    for name, entry in properties.items():
        where = f"{place}.{name}".lstrip(".")
        if name in value:
            if problem := value_problem(value[name], entry, where):
                return problem
        elif entry.get("required") is True:
            return f"it lacks the required property {where}"
    unknown = [str(key) for key in value if key not in properties]
    return f"it has the unknown property {unknown[0]}" if unknown else ""


def _not_json(value: Any, place: str) -> str:
    """Hosts pass on whatever an open list or object holds, and fail on what JSON does not have (a date, say)."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return f"{place or 'it'} holds a value that JSON does not have"
    return ""


def _shown(value: Any) -> str:
    text = str(value) if not isinstance(value, (str, bool, list, dict)) else json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
