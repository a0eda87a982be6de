"""The declared features as Arrow types and as the metadata that the ``datasets`` library stores beside them.

Written without importing ``datasets`` (its import costs most of a second); tests compare every result with it.
The metadata is added only where the Arrow types alone do not tell the features (pictures, sounds, clips, labels), so
that images with an older ``datasets``, or with none, read the files as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.contract.features import BINARIES, MEDIA, STRINGS, canonical
from conformance.contract.model import Feature

ANY_FIELDS = (Feature("text", dtype="string"),)
"""The fields of a Dict whose fields the manifest cannot state (a List of bare ``Dict``)."""
ANY_LABELS = ("negative", "positive")
"""The names of a ClassLabel whose names the manifest cannot state."""
DEEPEST = 16
MOST_ELEMENTS = 65_536

_ARROW_FUNCTIONS = {"bool": "bool_", "date32": "date32", "date64": "date64"}
_TIMED = ("time32", "time64", "timestamp", "duration")
_PLAIN = (
    "null", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    *BINARIES, *STRINGS,
)  # fmt: skip
DTYPES = (
    *_PLAIN, "bool", "float", "double", "date32", "date64", "time32[s]", "time32[ms]", "time64[us]", "time64[ns]",
    *(f"{kind}[{unit}]" for kind in ("timestamp", "duration") for unit in ("s", "ms", "us", "ns")),
)  # fmt: skip
"""The 35 dtypes of contract.md 9.3."""


def tidy(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """The features as a file can hold them: complete, uniquely named, not bottomless, not endless.

    The last of several features of one name counts, as for the host. Missing parts (a Dict's fields, a ClassLabel's
    names, a List's element, an unknown dtype) get plausible ones. Below `DEEPEST` levels everything is text; lists
    that would need more than `MOST_ELEMENTS` values are taken as lists of any length.
    """
    by_name = {_clean(feature.name) or "unnamed": feature for feature in features}
    return tuple(_tidy(replace(feature, name=name), DEEPEST, MOST_ELEMENTS) for name, feature in by_name.items())


def _tidy(feature: Feature, depth: int, elements: int) -> Feature:
    plain = replace(feature, element=None, length=-1, fields=(), names=())
    if depth == 0:
        return replace(plain, kind="Value", dtype="string")
    if feature.kind == "List":
        length = feature.length if -1 <= feature.length <= elements else -1
        element = feature.element or Feature("", dtype="string")
        room = elements // (4 * max(1, length))
        tidied_element = _tidy(element, depth - 1, max(1, room))
        return replace(plain, element=_without_views(tidied_element) if length > 0 else tidied_element, length=length)
    if feature.kind == "Dict":
        fields = {_clean(field.name) or "unnamed": field for field in feature.fields or ANY_FIELDS}
        tidied = tuple(_tidy(replace(one, name=name), depth - 1, elements) for name, one in fields.items())
        return replace(plain, fields=tidied)
    if feature.kind == "ClassLabel":
        return replace(plain, names=tuple(dict.fromkeys(map(_clean, feature.names))) or ANY_LABELS)
    if feature.kind in MEDIA:
        return plain
    return replace(plain, kind="Value", dtype=feature.dtype if feature.dtype in DTYPES else "string")


def _without_views(feature: Feature) -> Feature:
    """A feature inside a list of fixed length: Arrow cannot write views of text and bytes to Parquet there."""
    return replace(
        feature,
        dtype=feature.dtype.removesuffix("_view"),
        element=_without_views(feature.element) if feature.element else None,
        fields=tuple(map(_without_views, feature.fields)),
    )


def _clean(text: str) -> str:
    """Text without lone surrogates, which no file format can hold, and without NUL, which ends a name in Arrow."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def arrow_type(feature: Feature) -> Any:
    """The `pyarrow.DataType` that stores a (tidy) feature, as ``datasets`` stores it."""
    import pyarrow as pa

    if feature.kind == "List" and feature.element is not None:
        # Arrow aborts the whole process when it writes lists of fixed length 0 to Parquet.
        return pa.list_(arrow_type(feature.element), feature.length or -1)
    if feature.kind == "Dict":
        return pa.struct([(field.name, arrow_type(field)) for field in feature.fields])
    if feature.kind == "ClassLabel":
        return pa.int64()
    if feature.kind in MEDIA:
        return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    dtype = canonical(feature.dtype)
    if dtype.startswith(_TIMED):
        name, unit = dtype.rstrip("]").split("[")
        return getattr(pa, name)(unit)
    return getattr(pa, _ARROW_FUNCTIONS.get(dtype, dtype))()


def hf_metadata(features: Iterable[Feature]) -> dict[bytes, bytes]:
    """The schema metadata that makes ``datasets`` load the features as declared; empty where the types say it all."""
    listed = tuple(features)
    if not any(_needs_metadata(feature) for feature in listed):
        return {}
    described = {feature.name: _described(feature) for feature in listed}
    return {b"huggingface": json.dumps({"info": {"features": described}}).encode()}


def _needs_metadata(feature: Feature) -> bool:
    inner = (*feature.fields, *((feature.element,) if feature.element else ()))
    return feature.kind in (*MEDIA, "ClassLabel") or any(_needs_metadata(one) for one in inner)


def _described(feature: Feature) -> dict[str, Any]:
    if feature.kind == "List" and feature.element is not None:
        length = {"length": feature.length} if feature.length > 0 else {}
        return {"feature": _described(feature.element), **length, "_type": "List"}
    if feature.kind == "Dict":
        return {field.name: _described(field) for field in feature.fields}
    if feature.kind == "ClassLabel":
        return {"names": list(feature.names), "_type": "ClassLabel"}
    if feature.kind in MEDIA:
        return {"_type": feature.kind}
    return {"dtype": canonical(feature.dtype), "_type": "Value"}
