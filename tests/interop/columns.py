"""Features of an input dataset at random from a seed: as the kit holds them, and as a manifest declares them."""

import random
from typing import Any

from conformance.contract.model import Feature

DTYPES = [
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float",
    "float64",
    "double",
    "time32[s]",
    "time32[ms]",
    "time64[us]",
    "time64[ns]",
    "timestamp[s]",
    "timestamp[ms]",
    "timestamp[us]",
    "timestamp[ns]",
    "date32",
    "date64",
    "duration[s]",
    "duration[ms]",
    "duration[us]",
    "duration[ns]",
    "binary",
    "large_binary",
    "string",
    "large_string",
]
TEXT_DTYPES = ["string", "bool", "int64", "float64"]


def feature(dice: random.Random, name: str, *, simple: bool) -> Feature:
    """One feature; a simple one is what text formats can carry."""
    required = dice.random() < 0.5
    if simple:
        return Feature(name, dtype=dice.choice(TEXT_DTYPES), required=required)
    kind = dice.choice(["Value"] * 6 + ["List", "Dict", "ClassLabel", "Image", "Audio"])
    if kind == "List":
        element = Feature("", dtype=dice.choice(DTYPES))
        return Feature(name, kind=kind, element=element, length=dice.choice([-1, -1, 3]), required=required)
    if kind == "Dict":
        fields = tuple(Feature(f"field_{number}", dtype=dice.choice(DTYPES)) for number in range(dice.randrange(1, 4)))
        return Feature(name, kind=kind, fields=fields, required=required)
    if kind == "ClassLabel":
        return Feature(name, kind=kind, names=("negative", "neutral", "positive"), required=required)
    return Feature(name, kind=kind, dtype=dice.choice(DTYPES) if kind == "Value" else "", required=required)


def declared(column: Feature) -> dict[str, Any]:
    """The feature in the words of a manifest."""
    entry: dict[str, Any] = {"name": column.name, "feature_type": column.kind, "required": column.required}
    if column.kind == "Value":
        entry["dtype"] = column.dtype
    if column.kind == "List" and column.element is not None:
        entry |= {"feature": column.element.dtype, "length": column.length}
    if column.kind == "Dict":
        entry["fields"] = [declared(field) for field in column.fields]
    if column.kind == "ClassLabel":
        entry["names"] = list(column.names)
    return entry
