"""Rows as files: Parquet, JSON, JSON lines, CSV and Arrow, byte-equal for equal rows."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from conformance.contract.model import Feature
from conformance.inputs.feature_types import arrow_type, hf_metadata
from conformance.inputs.plan import Builder

LONGEST_SAMPLE_TEXT = 50_000


def write_rows(path: Path, builder: Builder, features: Sequence[Feature], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows into one file. ``features`` are tidy, name the file's columns and give their order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = [{feature.name: row.get(feature.name) for feature in features} for row in rows]
    if builder in ("parquet", "arrow"):
        _write_table(path, builder, features, columns)
    else:
        path.write_bytes(_TEXT[builder](columns, [feature.name for feature in features]).encode())


def _write_table(path: Path, builder: str, features: Sequence[Feature], rows: Sequence[Mapping[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(feature.name, arrow_type(feature)) for feature in features], metadata=hf_metadata(features))
    arrays = [pa.array([row[field.name] for row in rows], type=field.type) for field in schema]
    table = pa.Table.from_arrays(arrays, schema=schema)
    if builder == "parquet":
        with pq.ParquetWriter(path, schema) as writer:
            if (
                rows
            ):  # A row group without rows is an obscure error to `datasets`; a file without row groups is a clear one.
                writer.write_table(table)
        return
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema) as stream:
        stream.write_table(table)


def _json_array(rows: Iterable[Mapping[str, Any]], _names: Sequence[str]) -> str:
    return json.dumps([plain_values(row) for row in rows], ensure_ascii=False, indent=2) + "\n"


def _json_lines(rows: Iterable[Mapping[str, Any]], _names: Sequence[str]) -> str:
    return "".join(json.dumps(plain_values(row), ensure_ascii=False) + "\n" for row in rows)


def _comma_separated(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        values = plain_values(row).values()
        writer.writerow(
            [json.dumps(one, ensure_ascii=False) if isinstance(one, list | dict) else one for one in values]
        )
    return buffer.getvalue()


_TEXT: Mapping[str, Callable[[Iterable[Mapping[str, Any]], Sequence[str]], str]] = {
    "json": _json_array, "jsonl": _json_lines, "csv": _comma_separated,
}  # fmt: skip


def plain_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON values: bytes in Base64, dates and times in ISO 8601, durations in seconds."""
    return {name: _plain(value, _base64) for name, value in row.items()}


def sample_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON values for the record of a run: bytes as their SHA-256 (``sha256:...``), long text cut."""
    return {name: _cut(_plain(value, _fingerprint)) for name, value in row.items()}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _fingerprint(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _cut(value: Any) -> Any:
    return value[:LONGEST_SAMPLE_TEXT] if isinstance(value, str) else value


def _plain(value: Any, of_bytes: Callable[[bytes], str]) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(one, of_bytes) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, of_bytes) for one in value]
    if isinstance(value, bytes):
        return of_bytes(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
