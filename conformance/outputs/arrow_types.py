"""Column types of Arrow data in the manifest's words, and the storage types that rows are read from.

Where a file carries the `datasets` library's own metadata, it tells kinds (a label, an image) that Arrow has no word
for; the dtype of a scalar is always the one that is really stored, whatever the metadata say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.types as is_

from conformance.contract.features import MEDIA, from_arrow
from conformance.contract.model import Feature


def library_features(schema: pa.Schema) -> Mapping[str, Any]:
    """The features that the `datasets` library wrote into a schema's metadata; empty where there are none."""
    raw = (schema.metadata or {}).get(b"huggingface", b"{}")
    try:
        features = json.loads(raw)["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def feature_of_type(kind: pa.DataType, hint: Any, name: str = "") -> Feature:
    """One column's feature from its Arrow type, and what the library's metadata say of it where that fits the type."""
    named = hint.get("_type") if isinstance(hint, dict) else None
    if named == "ClassLabel" and is_.is_integer(kind):
        return Feature(name, kind="ClassLabel", names=_label_names(hint))
    if named in MEDIA and _holds_media(kind):
        return Feature(name, kind=str(named))
    if is_.is_dictionary(kind):
        return feature_of_type(kind.value_type, None, name)
    plain = from_arrow(kind, name)
    if plain.kind == "List":
        length = plain.length if plain.length >= 0 else _hinted_length(hint)
        return replace(plain, element=feature_of_type(kind.value_type, _element_hint(hint)), length=length)
    if plain.kind == "Dict":
        inner = hint if isinstance(hint, dict) else {}
        fields = [kind.field(index) for index in range(kind.num_fields)]
        return replace(plain, fields=tuple(feature_of_type(f.type, inner.get(f.name), f.name) for f in fields))
    return plain


def as_declared(actual: Feature, declared: Feature, *, known: bool) -> Feature:
    """The actual type, read as the declared one where nothing stored says otherwise.

    A null type stands for any type: that it is one is a fact of its own (DATASET-022). ``known`` says that the file
    carries the library's metadata for the column; without them (an image that does not use the library) whole numbers
    may be labels, and bytes, a path or both may be media: their values are looked at.
    """
    if actual.kind == "Value" and actual.dtype == "null":
        return declared
    if declared.kind == "ClassLabel" and not known and actual.dtype.lstrip("u").startswith("int"):
        return declared
    if declared.kind in MEDIA and not known and _may_be_media(actual):
        return declared
    if declared.kind == actual.kind == "List" and declared.element and actual.element:
        return replace(actual, element=as_declared(actual.element, declared.element, known=known))
    if declared.kind == actual.kind == "Dict":
        wanted = {field.name: field for field in declared.fields}
        fields = (as_declared(f, wanted[f.name], known=known) if f.name in wanted else f for f in actual.fields)
        named = (replace(read, name=field.name) for read, field in zip(fields, actual.fields, strict=True))
        return replace(actual, fields=tuple(named))
    return actual


def _may_be_media(actual: Feature) -> bool:
    if actual.kind == "Dict":
        return {"bytes", "path"} >= {field.name for field in actual.fields} != set()
    return actual.kind == "Value" and actual.dtype.removeprefix("large_") in {"string", "binary"}


def _label_names(hint: Mapping[str, Any]) -> tuple[str, ...]:
    names = hint.get("names")
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def has_null_type(kind: pa.DataType) -> bool:
    """Whether a type is, or contains, Arrow's null type."""
    if is_.is_null(kind):
        return True
    if _is_list(kind):
        return has_null_type(kind.value_type)
    return is_.is_struct(kind) and any(has_null_type(kind.field(index).type) for index in range(kind.num_fields))


def storable(kind: pa.DataType) -> pa.DataType:
    """A type that holds the same values and turns into plain Python values: temporal ones become text or numbers."""
    if _is_list(kind):
        return pa.list_(storable(kind.value_type))
    if is_.is_struct(kind):
        fields = [kind.field(index) for index in range(kind.num_fields)]
        return pa.struct([pa.field(each.name, storable(each.type)) for each in fields])
    if is_.is_dictionary(kind):
        return storable(kind.value_type)
    return _plain_scalar(kind)


def _plain_scalar(kind: pa.DataType) -> pa.DataType:
    if is_.is_duration(kind) or (is_.is_timestamp(kind) and kind.tz is not None):
        return pa.int64()
    if is_.is_temporal(kind) or is_.is_string_view(kind) or is_.is_decimal(kind):
        return pa.string()
    if is_.is_binary_view(kind) or is_.is_fixed_size_binary(kind):
        return pa.binary()
    return pa.float32() if is_.is_float16(kind) else kind


def _is_list(kind: pa.DataType) -> bool:
    views = is_.is_list_view(kind) or is_.is_large_list_view(kind)
    return bool(is_.is_list(kind) or is_.is_large_list(kind) or is_.is_fixed_size_list(kind) or views)


def _holds_media(kind: pa.DataType) -> bool:
    if is_.is_struct(kind):
        return {kind.field(index).name for index in range(kind.num_fields)} >= {"bytes", "path"}
    return bool(is_.is_string(kind) or is_.is_binary(kind) or is_.is_large_binary(kind) or is_.is_large_string(kind))


def _hinted_length(hint: Any) -> int:
    length = hint.get("length", -1) if isinstance(hint, dict) and hint.get("_type") in {"List", "Sequence"} else -1
    return length if isinstance(length, int) else -1


def _element_hint(hint: Any) -> Any:
    if isinstance(hint, list):
        return hint[0] if hint else None
    return hint.get("feature") if isinstance(hint, dict) else None
