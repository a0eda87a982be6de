"""DATASET-013 and -014: what an entry says of its file, and whether that is so.

Counted only where the file could be read, and only words with one meaning: ``num_rows`` is a number of rows, ``size``
may be anything. Both places count: ``metadata``, and the top of the entry, where containers of 2026-01 wrote them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks.common import quote
from conformance.checks.produced import ABSENT, FOLDERS, Produced, judges_datasets
from conformance.contract.features import BINARIES, STRINGS, from_mapping, type_misfit
from conformance.contract.model import HUGGINGFACE, Feature
from conformance.findings import Finding
from conformance.outputs.facts import ColumnFacts

ROWS = ("row_count", "num_rows", "n_rows", "num_examples")
COLUMNS = ("num_columns", "column_count", "n_columns")
SIZES = ("size_bytes", "file_size_bytes")
DTYPES = frozenset({
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float",
    "float64", "double", *STRINGS, *BINARIES, "date32", "date64", "time32[s]", "time32[ms]", "time64[us]", "time64[ns]",
    "timestamp[s]", "timestamp[ms]", "timestamp[us]", "timestamp[ns]",
    "duration[s]", "duration[ms]", "duration[us]", "duration[ns]",
})  # fmt: skip
"""The plain dtypes; other words (``object``, ``str``) are people's own and say nothing exact."""


@judges_datasets("DATASET-013")
def metadata_is_structured(produced: Produced) -> Iterator[Finding]:
    """Rows and columns are stated in metadata: in the structured form, or in a free object."""
    if produced.type != HUGGINGFACE:
        return
    metadata = produced.entry.get("metadata")
    stated = metadata if isinstance(metadata, dict) else {}
    missing = [] if any(key in stated for key in ROWS) else ["row_count"]
    missing += [] if "columns" in stated else ["columns"]
    if missing:
        dropped = [key for key in (*ROWS, *COLUMNS, *SIZES, "columns") if key in produced.entry]
        beside = f"; the host drops {', '.join(dropped)} beside it" if dropped else ""
        yield produced.finding(f"The metadata of {produced.name} do not state {' and '.join(missing)}{beside}.")


@judges_datasets("DATASET-014")
def statements_are_true(produced: Produced) -> Iterator[Finding]:
    """Every stated number of rows, columns and bytes, and every stated column, is that of the file."""
    is_lost = produced.facts.form in ABSENT and not (produced.facts.form == "empty" and produced.may_be_empty)
    if is_lost or produced.facts.problem:
        return
    metadata = produced.entry.get("metadata")
    places: dict[str, Mapping[str, Any]] = {"metadata.": metadata if isinstance(metadata, dict) else {}}
    places[""] = produced.entry
    for prefix, stated in places.items():
        yield from _sizes(produced, prefix, stated)
        yield from _rows(produced, prefix, stated)
        if produced.has_columns:
            yield from _columns(produced, prefix, stated)


def _sizes(produced: Produced, prefix: str, stated: Mapping[str, Any]) -> Iterator[Finding]:
    for key in SIZES:
        size = stated.get(key)
        # A folder also holds descriptions, and perhaps what a killed run left: its data may be fewer bytes than it.
        if produced.facts.form in FOLDERS and type(size) is int and 0 < size < produced.facts.size:
            continue
        yield from _number(produced, f"{prefix}{key}", size, produced.facts.size, "bytes")


def _rows(produced: Produced, prefix: str, stated: Mapping[str, Any]) -> Iterator[Finding]:
    if produced.has_rows or (produced.type == HUGGINGFACE and produced.facts.form == "empty"):
        for key in ROWS:
            yield from _number(produced, f"{prefix}{key}", stated.get(key), produced.facts.rows, "rows")


def _columns(produced: Produced, prefix: str, stated: Mapping[str, Any]) -> Iterator[Finding]:
    columns = {column.name: column for column in produced.facts.columns}
    for key in COLUMNS:
        yield from _number(produced, f"{prefix}{key}", stated.get(key), len(columns), "columns")
    listed = stated.get("columns")
    if isinstance(listed, int):
        yield from _number(produced, f"{prefix}columns", listed, len(columns), "columns")
        return
    described = _described(listed)
    if described is None:
        return
    if set(described) != set(columns):
        says, has = (", ".join(quote(name, 60) for name in sorted(names)[:20]) for names in (described, columns))
        yield produced.finding(f"{prefix}columns of {produced.name} says {says or 'none'}; the file has {has}.")
        return
    for name, dtype in described.items():
        if dtype and (problem := _dtype_problem(dtype, columns[name], produced)):
            yield produced.finding(f"{prefix}columns of {produced.name} says that “{name}” is {dtype}: {problem}.")


def _number(produced: Produced, key: str, stated: object, counted: int, unit: str) -> Iterator[Finding]:
    if stated is None or isinstance(stated, list | dict):
        return
    if isinstance(stated, bool) or not isinstance(stated, int | float) or stated != counted:
        shown = quote(repr(stated), 60)
        yield produced.finding(f"{key} of {produced.name} says {shown}; the file has {counted} {unit}.")


def _described(listed: object) -> dict[str, str] | None:
    """Column names with their dtypes (empty: not said), from any of the ways to list them; None if it is none."""
    if isinstance(listed, dict):
        return {name: dtype if isinstance(dtype, str) else "" for name, dtype in listed.items()}
    if not isinstance(listed, list):
        return None
    found: dict[str, str] = {}
    for each in listed:
        name = each.get("name") if isinstance(each, dict) else each
        if not isinstance(name, str):
            return None
        dtype = each.get("dtype") if isinstance(each, dict) else ""
        found[name] = dtype if isinstance(dtype, str) else ""
    return found


def _dtype_problem(stated: str, column: ColumnFacts, produced: Produced) -> str:
    """Why a stated dtype is not the file's; only for plain dtypes, in formats that have them, of a right column."""
    actual = from_mapping(column.feature, column.name)
    exact = stated in DTYPES and actual.dtype in DTYPES and not column.null_type
    if not exact or not produced.facts.self_describing or column.type_misfit:
        return ""
    if {stated, actual.dtype} <= set(STRINGS):
        return ""
    form = "parquet" if "parquet" in {produced.facts.form, produced.facts.inner} else "arrow-file"
    return type_misfit(Feature(column.name, dtype=stated), actual, form, "output")
