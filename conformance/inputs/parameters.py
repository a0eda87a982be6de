"""Values of user parameters, made from ``input_schema`` alone.

The manifest states types, choices and defaults, but no ranges and no meaning. So required values start with what the
name and the description suggest, and each further attempt offers other ones; a value that makes a run long is never
offered (`conformance.inputs.ranges`). Everything here is a value the host lets through (contract.md 9.2), except
`invalid_variants`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conformance.contract.model import Manifest, Parameter
from conformance.inputs.guesses import is_prose, open_texts_for, texts_for
from conformance.inputs.ranges import Range, most_for, range_of
from conformance.inputs.words import has_word

Variant = tuple[str, Any]
"""What is special about a value, in a few words, and the value."""

MOST_VARIANTS = 6
MOST_NUMBERS = 3
LONGEST_DEFAULT = 4096
DEEPEST = 40
INTEGERS = (2, 1, 3, 5, 10, 100, 0)
FRACTIONS = (0.5, 1.0, 0.1, 2.0, 0.25, 10.0, 0.0)
FOREIGN_TEXT = "Grüße, 日本語 & “quotes”"
_KINDS = {"number": "float", "double": "float", "int": "integer", "bool": "boolean", "str": "string", "array": "list",
          "dict": "object"}  # fmt: skip
"""Types that no manifest may use but some do; they are taken for what they mean."""


def required_only(manifest: Manifest, attempt: int = 0) -> dict[str, Any]:
    """A plausible value for every required parameter; every ``attempt`` (counted from 0) gives other ones."""
    columns = _columns(manifest)
    return {
        parameter.name: _pick(_candidates(parameter, columns), attempt)
        for parameter in manifest.parameters
        if parameter.required
    }


def candidates(parameter: Parameter) -> tuple[Any, ...]:
    """Plausible valid values of a parameter, the likeliest first: its default, then what its words suggest."""
    return _candidates(parameter, ())


def valid_variants(parameter: Parameter) -> tuple[Variant, ...]:
    """Valid values other than the default, each with what is special about it; at most `MOST_VARIANTS`.

    Every choice of an enum, both truth values, stated boundaries of numbers, a whole number for a float, lists of one
    and of several elements, objects with the required and with all properties. What an image may well refuse for
    reasons that the manifest cannot state (an empty list, an unknown mode) is left out.
    """
    return _variants(parameter, ())


def null_variants(parameter: Parameter) -> tuple[Variant, ...]:
    """Where null may stand: for an optional parameter itself, and for the optional properties of an object."""
    own: tuple[Variant, ...] = () if parameter.required else (("null", None),)
    optional = [one.name for one in parameter.properties if not one.required]
    if _kind(parameter) != "object" or not optional:
        return own
    return (*own, ("null for its optional properties", {**_object(parameter, full=False), **dict.fromkeys(optional)}))


def invalid_variants(parameter: Parameter) -> tuple[Variant, ...]:
    """Values of a wrong type or outside the choices, the most clearly wrong first; never one that converts."""
    return tuple(_INVALID.get(_kind(parameter), _invalid_text)(parameter))[:MOST_VARIANTS]


def full_sets(manifest: Manifest, base: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Complete parameter sets in which every valid variant appears at least once, in as few sets as possible.

    ``base`` are the values of the baseline; what it already used is not tried again. A manifest without parameters,
    or with none that can vary, needs no set.
    """
    columns = _columns(manifest)
    varied: dict[str, tuple[Any, ...]] = {}
    for parameter in manifest.parameters:
        used = base.get(parameter.name, parameter.default if parameter.has_default else ...)
        values = tuple(value for _, value in _variants(parameter, columns) if not _same(value, used))
        if values:
            varied[parameter.name] = values
    count = max((len(values) for values in varied.values()), default=0)
    return tuple(
        {**base, **{name: values[number % len(values)] for name, values in varied.items()}} for number in range(count)
    )


def _columns(manifest: Manifest) -> tuple[str, ...]:
    return tuple(feature.name for dataset in manifest.input_datasets for feature in dataset.features)


def _kind(parameter: Parameter) -> str:
    return _KINDS.get(parameter.type, parameter.type)


def _pick(values: tuple[Any, ...], attempt: int) -> Any:
    return values[attempt % len(values)] if values else None


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON (true is not 1; 1 is not 1.0)."""
    return one is not ... and other is not ... and _text(one) == _text(other)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple({_text(value): value for value in reversed(list(values))}.values())[::-1]


def _candidates(parameter: Parameter, columns: tuple[str, ...], depth: int = 0) -> tuple[Any, ...]:
    kind = _kind(parameter)
    values: Iterable[Any]
    if kind == "enum":
        values = parameter.choices or texts_for(parameter, columns)
    elif kind == "boolean":
        usually_off = has_word(parameter.name, "dry|debug|skip|disable|offline|no|strict|overwrite|verbose")
        values = (False, True) if usually_off else (True, False)
    elif kind in ("integer", "float"):
        values = _numbers(parameter)
    elif kind == "list":
        values = _lists(parameter, columns, depth)
    elif kind == "object":
        values = _objects(parameter, columns, depth)
    else:
        values = texts_for(parameter, columns)
    default = (parameter.default,) if _usable_default(parameter, kind) else ()
    return _distinct((*default, *values))


def _usable_default(parameter: Parameter, kind: str) -> bool:
    """Whether the declared default is a value of the declared type, small enough, and of no long effect."""
    value = parameter.default
    if not parameter.has_default or not _has_type(value, parameter, kind) or len(_text(value)) > LONGEST_DEFAULT:
        return False
    return not isinstance(value, int | float) or isinstance(value, bool) or value <= most_for(parameter)


def _has_type(value: Any, parameter: Parameter, kind: str) -> bool:
    if kind == "enum":
        return any(_same(value, choice) for choice in parameter.choices)
    if kind == "boolean" or isinstance(value, bool):
        return kind == "boolean" and isinstance(value, bool)
    wanted: dict[str, type | tuple[type, ...]] = {
        "integer": int, "float": (int, float), "list": list, "object": dict,
    }  # fmt: skip
    return isinstance(value, wanted.get(kind, str)) and not (isinstance(value, float) and not math.isfinite(value))


def _numbers(parameter: Parameter) -> tuple[Any, ...]:
    """Small numbers within what is stated; the stated ends where no small number fits."""
    whole = _kind(parameter) == "integer"
    stated, most = range_of(parameter), most_for(parameter)
    usual: tuple[float, ...] = INTEGERS if whole else FRACTIONS
    if has_word(parameter.name, "seed"):
        usual = (42, *usual)
    if has_word(parameter.name, "tokens|length|chars|characters|words|timeout"):
        usual = (100, 50, 30, 200, *usual)
    small = [value for value in usual if stated.holds(value) and value <= most]
    if small:
        return tuple(small)
    return tuple(value for _, value in _ends(stated, whole=whole)) or (1 if whole else 1.0,)


def _ends(stated: Range, *, whole: bool) -> list[tuple[str, Any]]:
    """The lowest and the highest stated number; next to the end where that does not belong to the range."""
    step = 1.0 if whole else 0.01
    ends: list[tuple[str, Any]] = []
    for label, end, inward in (
        ("lowest", stated.low, step * stated.low_open), ("highest", stated.high, -step * stated.high_open),
    ):  # fmt: skip
        if math.isfinite(end):
            number = end + inward
            if whole:
                number = math.ceil(number) if label == "lowest" else math.floor(number)
            if stated.holds(number):
                ends.append((f"{label} stated value", number))
    return ends


def _element(parameter: Parameter) -> Parameter:
    return parameter.items or Parameter(parameter.name, description=parameter.description)


def _lists(parameter: Parameter, columns: tuple[str, ...], depth: int) -> tuple[Any, ...]:
    if depth >= DEEPEST:
        return ([],)
    element = _element(parameter)
    if not element.name or element.name in ("item", "items"):
        element = Parameter(
            parameter.name, element.type, True, False, None, element.choices, element.items, element.properties,
            element.description or parameter.description,
        )  # fmt: skip
    values = _candidates(element, columns, depth + 1)
    others = ([1, 2],) if parameter.items is None else ()
    return ([values[0]], list(values[:2]), *([value] for value in values[1:3]), *others, [])


def _objects(parameter: Parameter, columns: tuple[str, ...], depth: int) -> tuple[Any, ...]:
    if not parameter.properties:
        return ({}, {"key": "value"}, {"count": 2})
    if depth >= DEEPEST:
        return ({},)
    offered = {one.name: _candidates(one, columns, depth + 1) for one in parameter.properties}
    needed = [one.name for one in parameter.properties if one.required]
    return tuple(
        {name: _pick(offered[name], attempt) for name in names}
        for attempt in (0, 1)
        for names in (needed, list(offered))
    )


def _object(parameter: Parameter, *, full: bool, columns: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object with its required properties, or with all."""
    chosen = [one for one in parameter.properties if full or one.required]
    return {one.name: _pick(_candidates(one, columns, 1), 0) for one in chosen}


def _variants(parameter: Parameter, columns: tuple[str, ...]) -> tuple[Variant, ...]:
    makers: Mapping[str, Callable[[Parameter, tuple[str, ...]], list[Variant]]] = {
        "enum": _choice_variants, "boolean": _truth_variants, "integer": _number_variants, "float": _number_variants,
        "list": _list_variants, "object": _object_variants,
    }  # fmt: skip
    made = makers.get(_kind(parameter), _text_variants)(parameter, columns)
    default = parameter.default if parameter.has_default else ...
    seen: dict[str, Variant] = {}
    for label, value in made:
        if not _same(value, default):
            seen.setdefault(_text(value), (label, value))
    return tuple(seen.values())[:MOST_VARIANTS]


def _choice_variants(parameter: Parameter, columns: tuple[str, ...]) -> list[Variant]:
    return [(f"choice {choice!r}", choice) for choice in _candidates(parameter, columns)]


def _truth_variants(_parameter: Parameter, _columns: tuple[str, ...]) -> list[Variant]:
    return [("true", True), ("false", False)]


def _number_variants(parameter: Parameter, _columns: tuple[str, ...]) -> list[Variant]:
    """Stated ends, a whole number for a float, and other small numbers; none that makes a run long."""
    whole, stated, most = _kind(parameter) == "integer", range_of(parameter), most_for(parameter)
    ends = [(label, value) for label, value in _ends(stated, whole=whole) if value <= most]
    if not whole:
        ends = [(label, float(value)) for label, value in ends]
        ends.insert(0, ("a whole number for a float", 1)) if stated.holds(1) else None
    others = [(f"value {value}", value) for value in _numbers(parameter) if value != 0 or not ends]
    return [*ends, *others][: max(MOST_NUMBERS, len(ends))]


def _text_variants(parameter: Parameter, _columns: tuple[str, ...]) -> list[Variant]:
    """Texts that an image has no reason to refuse; text of other scripts only where any sentence is plausible."""
    texts = [(f"text {text!r}", text) for text in open_texts_for(parameter)]
    return [*texts, ("text of other scripts", FOREIGN_TEXT)] if is_prose(parameter) else [*texts]


def _list_variants(parameter: Parameter, columns: tuple[str, ...]) -> list[Variant]:
    one, several, *_ = _lists(parameter, columns, 0)
    element = _element(parameter)
    if len(several) < 2:
        several = several * 2
    made: list[Variant] = [("one element", one), ("two elements", several)]
    if _kind(element) == "object" and element.properties:
        made.append(("an element with all properties", [_object(element, full=True, columns=columns)]))
    return [*made, ("an empty list", [])] if "empty" in parameter.description.lower() else made


def _object_variants(parameter: Parameter, columns: tuple[str, ...]) -> list[Variant]:
    if not parameter.properties:
        free = has_word(parameter.name, "extra|metadata|tag|label|context|attribute|variable|annotation")
        return [("an empty object", {}), *([("an object", {"key": "value"})] if free else [])]
    made: list[Variant] = [("required properties only", _object(parameter, full=False, columns=columns))]
    full = _object(parameter, full=True, columns=columns)
    made.append(("all properties", full))
    for one in parameter.properties:
        made.extend((f"{one.name}: {label}", {**full, one.name: value}) for label, value in _variants(one, columns)[1:])
    return made


def _invalid_text(_parameter: Parameter) -> list[Variant]:
    return [("an object", {"unexpected": "object"}), ("a list", ["unexpected", "list"]), ("a truth value", True)]


def _invalid_integer(_parameter: Parameter) -> list[Variant]:
    return [
        ("text", "not-a-number"), ("an object", {"unexpected": "object"}), ("a list", ["unexpected"]),
        ("a fraction", 1.5), ("a truth value", True),
    ]  # fmt: skip


def _invalid_float(_parameter: Parameter) -> list[Variant]:
    return [("text", "not-a-number"), ("an object", {"unexpected": "object"}), ("a list", ["unexpected"])]


def _invalid_truth(_parameter: Parameter) -> list[Variant]:
    return [("a list", ["unexpected"]), ("text", "not-a-truth-value"), ("an object", {"unexpected": 1})]


def _invalid_choice(parameter: Parameter) -> list[Variant]:
    numbers = [choice for choice in parameter.choices if isinstance(choice, int | float)]
    outside: Any = max(numbers) + 1000 if numbers and len(numbers) == len(parameter.choices) else "kit-unknown-choice"
    return [("none of its choices", outside), ("an object", {"unexpected": "object"}), ("a list", ["unexpected"])]


def _invalid_list(parameter: Parameter) -> list[Variant]:
    made: list[Variant] = [("a number", 7), ("an object", {"unexpected": "object"}), ("text", "not-a-list")]
    if parameter.items is not None and (wrong := invalid_variants(parameter.items)):
        label, value = wrong[0]
        made.append((f"a list of wrong elements ({label})", [value]))
    return made


def _invalid_object(parameter: Parameter) -> list[Variant]:
    made: list[Variant] = [("text", "not-an-object"), ("a list", ["unexpected"]), ("a number", 7)]
    full = _object(parameter, full=True)
    if needed := next((one.name for one in parameter.properties if one.required), None):
        made.append((f"without {needed}", {name: value for name, value in full.items() if name != needed}))
    for one in parameter.properties:
        if wrong := invalid_variants(one):
            label, value = wrong[0]
            return [*made, (f"{label} for {one.name}", {**full, one.name: value})]
    return made


_INVALID: Mapping[str, Callable[[Parameter], list[Variant]]] = {
    "integer": _invalid_integer, "float": _invalid_float, "boolean": _invalid_truth, "enum": _invalid_choice,
    "list": _invalid_list, "object": _invalid_object,
}  # fmt: skip
