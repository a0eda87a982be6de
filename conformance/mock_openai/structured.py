"""A value that obeys a JSON Schema, made without a library so that the sidecar needs none.

Understood: ``$ref`` (local), ``$defs``, ``const``, ``enum``, ``anyOf``, ``oneOf``, ``allOf``, type lists, string
lengths, patterns and formats, number bounds and ``multipleOf``, arrays with ``prefixItems``, lengths and uniqueness,
objects with required, optional and additional properties. Recursion ends: below a depth only what is required is made,
and alternatives that lead out of the recursion are preferred.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from conformance.mock_openai import strings
from conformance.mock_openai.dice import Dice
from conformance.mock_openai.errors import bad

DEEP = 5
"""From this depth on only what is required is made."""

DEEPEST = 40
"""No value goes deeper: a schema that demands it has no finite value."""

MOST_VALUES = 20_000
"""So many values are made for one answer: a schema that demands more is refused, lest it hold up everybody."""

Schema = Mapping[str, Any]


def generate(schema: Schema, dice: Dice, about: str) -> Any:
    """A value for the schema; texts are variations of ``about``. Raises the 400 for a schema that cannot be met."""
    try:
        return _Maker(schema, about).value(schema, dice, 0, "")
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise bad(f"Invalid schema: {error}", "response_format", "invalid_json_schema") from error


class _Maker:
    def __init__(self, root: Any, about: str):
        self.root = root
        self.about = about
        self.left = MOST_VALUES

    def value(self, schema: Any, dice: Dice, depth: int, name: str) -> Any:
        self.left -= 1
        if depth > DEEPEST or self.left < 0:
            raise bad(
                "Invalid schema: its smallest value is too large or never ends.",
                "response_format",
                "invalid_json_schema",
            )
        schema = self.resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._from_enum(schema, dice)
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                return self._alternative(schema, key, dice, depth, name)
        kind = self._kind(schema, dice, depth)
        if kind == "object":
            return self.object(schema, dice, depth)
        if kind == "array":
            return self.array(schema, dice, depth, name)
        return self.scalar(kind, schema, dice, name)

    def resolved(self, schema: Any) -> dict[str, Any]:
        """The schema with references followed and ``allOf`` merged."""
        if schema is True or schema is None:
            return {"type": "string"}
        for _ in range(DEEPEST):
            if not isinstance(schema, Mapping):
                raise bad("Invalid schema: a schema must be an object.", "response_format", "invalid_json_schema")
            if "$ref" in schema:
                rest = {key: value for key, value in schema.items() if key != "$ref"}
                schema = _merged(self._target(str(schema["$ref"])), rest)
            elif isinstance(schema.get("allOf"), list):
                parts = [self.resolved(part) for part in schema["allOf"]]
                merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
                for part in parts:
                    merged = _merged(merged, part)
                schema = merged
            else:
                return dict(schema)
        raise bad("Invalid schema: its references go in a circle.", "response_format", "invalid_json_schema")

    def _target(self, reference: str) -> Any:
        target = self.root
        if not reference.startswith("#"):
            raise bad(f"Invalid schema: cannot follow {reference!r}.", "response_format", "invalid_json_schema")
        for quoted in reference.lstrip("#").split("/")[1:]:
            part = unquote(quoted).replace("~1", "/").replace("~0", "~")
            if isinstance(target, list) and part.isdigit() and int(part) < len(target):
                target = target[int(part)]
            elif isinstance(target, Mapping) and part in target:
                target = target[part]
            else:
                raise bad(f"Invalid schema: nothing at {reference!r}.", "response_format", "invalid_json_schema")
        return target

    @staticmethod
    def _from_enum(schema: Schema, dice: Dice) -> Any:
        options = schema["enum"]
        if not isinstance(options, list) or not options:
            raise bad("Invalid schema: enum must be a list.", "response_format", "invalid_json_schema")
        types = schema.get("type")
        fitting = [option for option in options if types is None or _has_type(option, types)]
        return dice.pick(fitting or options)

    def _alternative(self, schema: dict[str, Any], key: str, dice: Dice, depth: int, name: str) -> Any:
        options = schema[key]
        rest = {k: v for k, v in schema.items() if k != key}
        if depth >= DEEP:
            options = sorted(options, key=lambda option: self._weight(option, 0))[:1]
        return self.value(_merged(rest, self.resolved(dice.pick(options))), dice, depth + 1, name)

    def _weight(self, schema: Any, depth: int) -> float:
        """How deep the smallest value of a schema goes (to a limit): recursion ends by taking the lightest."""
        if depth > DEEP:
            return math.inf
        schema = self.resolved(schema)
        if "enum" in schema or "const" in schema:
            return 1
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                return min(self._weight(option, depth + 1) for option in schema[key])
        required = [
            schema["properties"][key] for key in schema.get("required", ()) if key in schema.get("properties", {})
        ]
        if schema.get("minItems") and isinstance(schema.get("items"), Mapping):
            required.append(schema["items"])
        return 1 + max((self._weight(part, depth + 1) for part in required), default=0)

    def _kind(self, schema: Schema, dice: Dice, depth: int) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            options = ["null"] if "null" in kind and depth >= DEEP else [k for k in kind if k != "null"] or kind
            return str(dice.pick(options))
        if isinstance(kind, str):
            return kind
        for keys, implied in _IMPLIED:
            if any(key in schema for key in keys):
                return implied
        return "string"

    def scalar(self, kind: str, schema: Schema, dice: Dice, name: str) -> Any:
        if kind == "string":
            return strings.make(schema, dice.child(name), self.about, name)
        if kind in ("integer", "number"):
            return _number(schema, dice, whole=kind == "integer")
        if kind == "boolean":
            return bool(dice.below(2))
        if kind == "null":
            return None
        raise bad(f"Invalid schema: unknown type {kind!r}.", "response_format", "invalid_json_schema")

    def array(self, schema: Schema, dice: Dice, depth: int, name: str) -> list[Any]:
        first = schema.get("prefixItems") or []
        low = int(schema.get("minItems", 0))
        high = int(schema.get("maxItems", max(low, 3)))
        if schema.get("items") is False:
            high = min(high, len(first))
        wanted = low if depth >= DEEP else min(max(low, len(first), dice.between(1, 3)), high)
        made: list[Any] = []
        for attempt in range(wanted * 20):
            if len(made) >= wanted:
                break
            at = len(made)
            part = first[at] if at < len(first) else schema.get("items", True)
            item = self.value(part, dice.child(f"{name}[{at}]{attempt}"), depth + 1, name)
            if not schema.get("uniqueItems") or item not in made:
                made.append(item)
        return made

    def object(self, schema: Schema, dice: Dice, depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = schema.get("required") or []
        made: dict[str, Any] = {}
        for key, part in properties.items():
            if part is False or (key not in required and depth >= DEEP):
                continue
            made[key] = self.value(part, dice.child(key), depth + 1, key)
        extra = schema.get("additionalProperties", True)
        for key in required:
            if key not in made:
                made[key] = self.value(extra, dice.child(key), depth + 1, key)
        wanted = int(schema.get("minProperties", 0))
        if not properties and isinstance(extra, Mapping) and depth < DEEP:
            wanted = max(wanted, 1)
        at = 0
        while len(made) < wanted and extra is not False:
            at += 1
            made.setdefault(f"key_{at}", self.value(extra, dice.child(f"key_{at}"), depth + 1, f"key_{at}"))
        return made


_IMPLIED = (
    (("properties", "required", "additionalProperties", "minProperties"), "object"),
    (("items", "prefixItems", "minItems", "maxItems", "uniqueItems"), "array"),
    (("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"),
)
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "null": (type(None),),
    "array": (list,), "object": (dict,),
}  # fmt: skip


def _has_type(value: Any, types: Any) -> bool:
    for name in types if isinstance(types, list) else [types]:
        if isinstance(value, _TYPES.get(name, ())) and (name == "boolean" or not isinstance(value, bool)):
            return True
    return False


def _merged(left: Any, right: Any) -> dict[str, Any]:
    """Both schemas at once: properties and requirements add up, the tighter bound counts."""
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        return dict(right if isinstance(right, Mapping) else left if isinstance(left, Mapping) else {})
    merged = dict(left)
    for key, value in right.items():
        if key not in merged:
            merged[key] = value
        elif key == "properties":
            merged[key] = {**merged[key], **value}
        elif key == "required":
            merged[key] = list(dict.fromkeys([*merged[key], *value]))
        elif key.startswith("min") or key == "exclusiveMinimum":
            merged[key] = max(merged[key], value)
        elif key.startswith("max") or key == "exclusiveMaximum":
            merged[key] = min(merged[key], value)
        elif key == "enum":
            merged[key] = [item for item in merged[key] if item in value] or value
        else:
            merged[key] = value
    return merged


def _number(schema: Schema, dice: Dice, *, whole: bool) -> float | int:
    low, high, low_open, high_open = _bounds(schema)
    step = schema.get("multipleOf")
    unit = step if isinstance(step, (int, float)) and step > 0 else (1 if whole else 0.01)
    if whole and unit != int(unit):
        unit = _whole_multiple(unit)
    if low is None and high is None:
        low, high = 0, 100 * unit
    elif low is None:
        low = high - 100 * unit
    elif high is None:
        high = low + 100 * unit
    first, last = math.ceil(low / unit - 1e-9), math.floor(high / unit + 1e-9)
    if low_open and first * unit <= low:
        first += 1
    if high_open and last * unit >= high:
        last -= 1
    if first > last:
        if step is None and not whole:
            return float(low + high) / 2
        raise bad("Invalid schema: no number is within the bounds.", "response_format", "invalid_json_schema")
    if whole or unit == int(unit):
        return int(dice.between(first, last) * unit)
    return _decimal(first, last, unit, dice)


def _decimal(first: int, last: int, unit: float, dice: Dice) -> float:
    """A multiple of a decimal unit, if possible one that division by the unit shows to be one: 16.9 / 0.1 does not."""
    for _ in range(20):
        value = round(dice.between(first, last) * unit, 10)
        if (value / unit).is_integer():
            break
    return value


def _whole_multiple(unit: float) -> int:
    """The smallest whole number that is a multiple of ``unit``."""
    numerator, _ = unit.as_integer_ratio()
    for factor in range(1, 10_001):
        if abs(unit * factor - round(unit * factor)) < 1e-9:
            return round(unit * factor)
    return numerator


def _bounds(schema: Schema) -> tuple[Any, Any, bool, bool]:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    low_open = _is_number(above) and (low is None or above >= low)
    high_open = _is_number(below) and (high is None or below <= high)
    return (above if low_open else low), (below if high_open else high), low_open, high_open


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
