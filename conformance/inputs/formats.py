"""Which file formats can carry which features; what a format cannot carry is not asked of an image.

"Carry" means: ``datasets.load_dataset`` gives back the declared feature (contract.md 9.5), the text dtypes counting
as one family (DSIN-016). JSON gives back int64 and float64 only; CSV no nesting; Parquet itself changes three dtypes.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.contract.features import STRINGS
from conformance.contract.model import HUGGINGFACE, Feature, InputDataset
from conformance.inputs.feature_types import tidy
from conformance.inputs.plan import Builder
from conformance.inputs.words import is_date_like

NEGOTIATION: tuple[Builder, ...] = ("parquet", "json", "jsonl", "csv", "arrow")
"""The formats in the order in which they are offered to an image."""

LOADER: dict[Builder, str] = {
    "parquet": "parquet", "json": "json", "jsonl": "json", "csv": "csv", "arrow": "arrow",
}  # fmt: skip
"""The loader's ``builder_name`` for each format."""

CHANGED_BY_PARQUET = ("time32[s]", "timestamp[s]", "date64")
_EXACT_IN_TEXT = (*STRINGS, "bool", "int64", "float64", "double")
_WHOLE = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
_READABLE_IN_TEXT = (*_EXACT_IN_TEXT, *_WHOLE, "float16", "float32", "float", "date32", "date64", "null")


def can_carry(features: Iterable[Feature], builder: Builder) -> bool:
    """Whether a file of that format gives back the declared features when it is loaded."""
    return all(_carries(feature, builder, feature.name) for feature in tidy(features))


def _carries(feature: Feature, builder: Builder, name: str) -> bool:
    if builder in ("arrow", "csv"):
        return builder == "arrow" or (feature.kind == "Value" and feature.dtype in _EXACT_IN_TEXT)
    if feature.kind == "List" and feature.element is not None:
        fits = builder == "parquet" or feature.length == -1
        # A fixed length of 0 is written as any length (see `feature_types.arrow_type`).
        return fits and feature.length != 0 and _carries(feature.element, builder, name)
    if feature.kind == "Dict":
        return all(_carries(field, builder, field.name) for field in feature.fields)
    if builder == "parquet":
        return feature.dtype not in CHANGED_BY_PARQUET
    # The JSON reader takes text that looks like an ISO date for a timestamp.
    mistaken = feature.dtype in STRINGS and is_date_like(name)
    return feature.kind == "Value" and feature.dtype in (*_EXACT_IN_TEXT, "null") and not mistaken


def builders_for(dataset: InputDataset) -> tuple[Builder, ...]:
    """The formats in which a dataset can be offered, in the order of negotiation; empty for documents.

    Parquet is always among them: last, where it stores a dtype in a wider one (`CHANGED_BY_PARQUET`), because many
    images read nothing else. `can_carry` tells that case apart.
    """
    if HUGGINGFACE not in dataset.types:
        return ()
    exact = tuple(builder for builder in NEGOTIATION if can_carry(dataset.features, builder))
    return exact if "parquet" in exact else (*exact, "parquet")


def last_resorts_for(dataset: InputDataset) -> tuple[Builder, ...]:
    """Text formats that keep the values but not the declared dtypes: offered when the image refused all others.

    An image that reads text alone may well declare ``int32``: what it reads as text, it converts itself. That it
    should read such a file is never asked of an image which reads an exact format.
    """
    if HUGGINGFACE not in dataset.types:
        return ()
    texts: tuple[Builder, ...] = ("json", "jsonl", "csv")
    exact = builders_for(dataset)
    features = tidy(dataset.features)
    return tuple(one for one in texts if one not in exact and all(_readable(feature, one) for feature in features))


def _readable(feature: Feature, builder: Builder) -> bool:
    if feature.kind == "Value":
        return feature.dtype in _READABLE_IN_TEXT
    if builder == "csv":
        return feature.kind == "ClassLabel"
    if feature.kind == "List" and feature.element is not None:
        return _readable(feature.element, builder)
    if feature.kind == "Dict":
        return all(_readable(field, builder) for field in feature.fields)
    return feature.kind == "ClassLabel"
