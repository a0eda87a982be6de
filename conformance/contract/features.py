"""Features: the manifest's column types, and what `datasets` and `pyarrow` make of them.

A manifest describes columns in words of its own (`Feature`); a produced file has the types of its format. This module
translates both ways and says whether a column's type is the declared one (contract.md 9.3 and 9.5, DATASET-011, -012).
Types only: whether the *values* of a text file fit is for whoever has read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from conformance.contract.model import Feature

if TYPE_CHECKING:
    import pyarrow as pa

ALIASES = {"float": "float32", "double": "float64"}
"""Two names of one type."""

STRINGS = ("string", "large_string", "string_view")
"""One type with three memory layouts."""

BINARIES = ("binary", "large_binary", "binary_view")

MEDIA = ("Image", "Audio", "Video")
"""Kinds whose values are files: bytes, or a path."""

PARQUET_FORCED = {
    "time32[s]": ("time32[ms]",),
    "timestamp[s]": ("timestamp[ms]",),
    "date64": ("date32", "timestamp[ms]"),
    # Parquet has one string and one binary type; the layout is Arrow's own note beside it, which not everyone writes.
    "large_string": ("string",),
    "string_view": ("string",),
    "large_binary": ("binary",),
    "binary_view": ("binary",),
}
"""What Parquet makes of types that it does not have."""

JSON_FORMS = ("json", "jsonl")
CSV_FORMS = ("csv", "text")

_JSON_KINDS = (
    (("bool",), ("boolean",)),
    (("int", "uint", "float"), ("number",)),
    # Readers take text that looks like a date for one.
    (STRINGS, ("string", "time")),
    (BINARIES, ("string",)),
    (("time", "date", "duration"), ("string", "number", "time")),
)
"""In which kinds of JSON value a dtype, by the beginning of its name, can be written."""

Direction = Literal["output", "input"]


def canonical(dtype: str) -> str:
    """A dtype's one name: ``float`` is ``float32``, ``double`` is ``float64``."""
    return ALIASES.get(dtype, dtype)


def describe(feature: Feature) -> str:
    """A type in a person's words: ``int32``, ``List(string)``, ``Dict(x: int64)``, ``ClassLabel(neg, pos)``."""
    if feature.kind == "Value":
        return feature.dtype or "an unknown dtype"
    if feature.kind == "List" and feature.element is not None:
        length = f", length {feature.length}" if feature.length >= 0 else ""
        return f"List({describe(feature.element)}{length})"
    if feature.kind == "Dict" and feature.fields:
        return f"Dict({', '.join(f'{field.name}: {describe(field)}' for field in feature.fields)})"
    if feature.kind == "ClassLabel" and feature.names:
        return f"ClassLabel({', '.join(feature.names)})"
    return feature.kind


def as_mapping(feature: Feature) -> dict[str, Any]:
    """A type as plain data, without the column's name: what `ColumnFacts.feature` holds."""
    plain: dict[str, Any] = {"kind": feature.kind}
    if feature.kind == "Value":
        plain["dtype"] = feature.dtype
    if feature.kind == "List":
        plain["length"] = feature.length
        plain["element"] = as_mapping(feature.element) if feature.element else None
    if feature.kind == "Dict":
        plain["fields"] = [{"name": field.name, **as_mapping(field)} for field in feature.fields]
    if feature.kind == "ClassLabel":
        plain["names"] = list(feature.names)
    return plain


def from_mapping(plain: Mapping[str, Any], name: str = "") -> Feature:
    """The feature that `as_mapping` made plain."""
    element = plain.get("element")
    return Feature(
        plain.get("name", name),
        kind=plain.get("kind", "Value"),
        dtype=plain.get("dtype", ""),
        element=from_mapping(element) if element else None,
        length=plain.get("length", -1),
        fields=tuple(from_mapping(field) for field in plain.get("fields", ())),
        names=tuple(plain.get("names", ())),
    )


def to_hf(feature: Feature) -> Any:
    """The feature as `datasets` writes it, to make datasets with.

    What a manifest may leave open gets a stand-in, for `datasets` wants it said: a bare ``Dict`` one text field, a bare
    ``List`` text elements, a bare ``ClassLabel`` two names.
    """
    import datasets

    if feature.kind == "Value":
        return datasets.Value(canonical(feature.dtype))
    if feature.kind == "List":
        element = feature.element or Feature("", dtype="string")
        return datasets.List(to_hf(element), length=feature.length)
    if feature.kind == "Dict":
        return {field.name: to_hf(field) for field in feature.fields or (Feature("value", dtype="string"),)}
    if feature.kind == "ClassLabel":
        return datasets.ClassLabel(names=list(feature.names or ("no", "yes")))
    return {"Image": datasets.Image, "Audio": datasets.Audio, "Video": datasets.Video}[feature.kind]()


def to_arrow(feature: Feature) -> pa.DataType:
    """The type in which Arrow stores the feature: a class label as int64, a picture as bytes and path."""
    import datasets

    schema = datasets.Features({"column": to_hf(feature)}).arrow_schema
    return schema.field("column").type


def from_hf(hf_feature: Any, name: str = "") -> Feature:
    """A feature of `datasets` in the manifest's words.

    Kinds that no manifest can say (``Translation``, ``Array2D``, ...) keep their class's name as ``kind``.
    """
    import datasets

    if isinstance(hf_feature, dict):
        return Feature(name, kind="Dict", fields=tuple(from_hf(value, key) for key, value in hf_feature.items()))
    if isinstance(hf_feature, (list, tuple)):
        return Feature(name, kind="List", element=from_hf(hf_feature[0]) if hf_feature else None)
    if isinstance(hf_feature, datasets.ClassLabel):
        return Feature(name, kind="ClassLabel", names=tuple(hf_feature.names or ()))
    if isinstance(hf_feature, datasets.Value):
        return Feature(name, dtype=canonical(hf_feature.dtype))
    element = getattr(hf_feature, "feature", None)
    if element is not None:
        return Feature(name, kind="List", element=from_hf(element), length=getattr(hf_feature, "length", -1))
    return Feature(name, kind=type(hf_feature).__name__)


def from_arrow(arrow_type: pa.DataType, name: str = "") -> Feature:
    """A type of Arrow in the manifest's words; what no manifest can say keeps Arrow's own name as ``dtype``."""
    import pyarrow as pa

    if pa.types.is_struct(arrow_type):
        fields = (arrow_type.field(index) for index in range(arrow_type.num_fields))
        return Feature(name, kind="Dict", fields=tuple(from_arrow(field.type, field.name) for field in fields))
    if pa.types.is_fixed_size_list(arrow_type):
        return Feature(name, kind="List", element=from_arrow(arrow_type.value_type), length=arrow_type.list_size)
    if pa.types.is_list(arrow_type) or pa.types.is_large_list(arrow_type) or _is_list_view(arrow_type):
        return Feature(name, kind="List", element=from_arrow(arrow_type.value_type))
    if pa.types.is_dictionary(arrow_type):
        return from_arrow(arrow_type.value_type, name)
    return Feature(name, dtype=_dtype(arrow_type))


def _is_list_view(arrow_type: pa.DataType) -> bool:
    return str(arrow_type).startswith(("list_view", "large_list_view"))


def _dtype(arrow_type: pa.DataType) -> str:
    """Arrow's name for a scalar type as `datasets` spells it."""
    renamed = {
        "halffloat": "float16",
        "float": "float32",
        "double": "float64",
        "date32[day]": "date32",
        "date64[ms]": "date64",
    }
    return renamed.get(str(arrow_type), str(arrow_type))


def type_misfit(declared: Feature, actual: Feature, form: str = "parquet", direction: Direction = "output") -> str:
    """Why a column's type is not the declared one, in a few words; empty if it is (DATASET-011, -012).

    ``form`` is the file's, in `DatasetFacts.form`'s words. Formats that keep types (Parquet, Arrow, ``save_to_disk``)
    must have the declared type, after aliases and what the format forces. JSON is held to its own five kinds of value,
    CSV to scalars: whether their values fit the declared type without loss is judged where they are read.

    What the manifest leaves open matches anything of its kind: a bare ``Dict``, ``List`` or ``ClassLabel``. A list of
    declared length may be stored as one of any length (its values are counted elsewhere), and a Dict may have more
    fields than declared, as a dataset may have more columns. On input the three layouts of strings are one type.
    """
    if form in CSV_FORMS:
        return _csv_misfit(declared, actual)
    if form in JSON_FORMS:
        return _json_misfit(declared, actual, "")
    return _typed_misfit(declared, actual, form, direction, "")


def _typed_misfit(declared: Feature, actual: Feature, form: str, direction: Direction, path: str) -> str:
    if declared.kind != actual.kind:
        return _mismatch(declared, actual, path)
    if declared.kind == "Value":
        wanted = _accepted(declared.dtype, form, direction)
        return "" if canonical(actual.dtype) in wanted else _mismatch(declared, actual, path)
    if declared.kind == "List":
        return _list_misfit(declared, actual, form, direction, path)
    if declared.kind == "ClassLabel":
        return _names_misfit(declared, actual, path)
    if declared.kind == "Dict":
        return _fields_misfit(declared, actual, form, direction, path)
    return ""


def _accepted(dtype: str, form: str, direction: Direction) -> tuple[str, ...]:
    """The dtypes that a column declared as ``dtype`` may have."""
    wanted = canonical(dtype)
    if direction == "input" and wanted in STRINGS:
        return STRINGS
    return (wanted, *(PARQUET_FORCED.get(wanted, ()) if form == "parquet" else ()))


def _list_misfit(declared: Feature, actual: Feature, form: str, direction: Direction, path: str) -> str:
    if declared.length >= 0 and actual.length >= 0 and declared.length != actual.length:
        return f"{_at(path)}declared a list of length {declared.length}, the file has length {actual.length}"
    if declared.element is None or actual.element is None:
        return ""
    return _typed_misfit(declared.element, actual.element, form, direction, f"{path}[]")


def _names_misfit(declared: Feature, actual: Feature, path: str) -> str:
    if not declared.names or declared.names == actual.names:
        return ""
    has = ", ".join(actual.names) or "none"
    return f"{_at(path)}declared the label names {', '.join(declared.names)}, the file has {has}"


def _fields_misfit(declared: Feature, actual: Feature, form: str, direction: Direction, path: str) -> str:
    present = {field.name: field for field in actual.fields}
    for field in declared.fields:
        where = f"{path}.{field.name}"
        if field.name not in present:
            return f"{_at(path)}the declared field {field.name} is absent"
        if problem := _typed_misfit(field, present[field.name], form, direction, where):
            return problem
    return ""


def _json_misfit(declared: Feature, actual: Feature, path: str) -> str:
    """JSON says null, boolean, number, string, list and object; nothing finer is held against it."""
    if _is_null(actual):
        return ""
    if declared.kind == "List" and actual.kind == "List":
        if declared.element is None or actual.element is None:
            return ""
        return _json_misfit(declared.element, actual.element, f"{path}[]")
    if declared.kind == "Dict" and actual.kind == "Dict":
        return _json_fields_misfit(declared, actual, path)
    if actual.kind == declared.kind != "Value":
        return ""
    return "" if _json_kind(actual) in _json_kinds(declared) else _mismatch(declared, actual, path)


def _json_fields_misfit(declared: Feature, actual: Feature, path: str) -> str:
    present = {field.name: field for field in actual.fields}
    for field in declared.fields:
        if field.name not in present:
            if field.required:
                return f"{_at(path)}the required field {field.name} is absent"
            continue
        if problem := _json_misfit(field, present[field.name], f"{path}.{field.name}"):
            return problem
    return ""


def _json_kinds(declared: Feature) -> tuple[str, ...]:
    """In which kinds of JSON value the declared type can be written."""
    if declared.kind == "ClassLabel":
        return ("number", "string")
    if declared.kind in MEDIA:
        return ("string", "object")
    if declared.kind != "Value":
        return ()
    return next((kinds for prefixes, kinds in _JSON_KINDS if canonical(declared.dtype).startswith(prefixes)), ())


def _json_kind(actual: Feature) -> str:
    """Which kind of JSON value a reader inferred the type from."""
    if actual.kind == "Dict":
        return "object"
    if actual.kind != "Value":
        return actual.kind
    dtype = canonical(actual.dtype)
    if dtype == "bool":
        return "boolean"
    if dtype.startswith(("int", "uint", "float", "decimal")):
        return "number"
    return "time" if dtype.startswith(("time", "date", "duration")) else "string"


def _csv_misfit(declared: Feature, actual: Feature) -> str:
    if declared.kind in ("List", "Dict"):
        return f"declared {describe(declared)}, which this format cannot carry"
    return "" if actual.kind == "Value" else _mismatch(declared, actual, "")


def _is_null(feature: Feature) -> bool:
    return feature.kind == "Value" and feature.dtype == "null"


def _mismatch(declared: Feature, actual: Feature, path: str) -> str:
    return f"{_at(path)}declared {describe(declared)}, the file has {describe(actual)}"


def _at(path: str) -> str:
    return f"at {path.lstrip('.')}: " if path else ""
