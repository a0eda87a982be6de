"""Real input files that a person gives instead of made rows."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.inputs.plan import Builder


@dataclass(frozen=True)
class Source:
    """A real file: its bytes, the format that its content shows, its columns and its rows."""

    data: bytes
    builder: Builder
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]


def read_source(path: Path) -> Source:
    """Read a file of rows; the content tells the format, not the name.

    Raises `UsageError` when the file is not there or is none of Parquet, Arrow, JSON, JSON lines and CSV.
    """
    try:
        data = path.read_bytes()
        builder = builder_of(data)
        rows = _read(data, builder)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The input file {path} cannot be used: {error}",
            "Give a Parquet, Arrow, JSON, JSON lines or CSV file whose rows are objects.",
        ) from error
    columns = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    return Source(data, builder, columns, tuple(rows))


def builder_of(data: bytes) -> Builder:
    """The format of a file's content."""
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return "arrow"
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"[":
        return "json"
    return "jsonl" if start == b"{" else "csv"


def _read(data: bytes, builder: Builder) -> list[dict[str, Any]]:
    if builder in ("parquet", "arrow"):
        return _read_table(data, builder)
    text = data.decode("utf-8-sig")
    if builder == "csv":
        return list(csv.DictReader(io.StringIO(text, newline="")))
    rows = json.loads(text) if builder == "json" else [json.loads(line) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("not every row is an object")
    return list(rows)


def _read_table(data: bytes, builder: Builder) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = pa.BufferReader(data)
    if builder == "parquet":
        rows: list[dict[str, Any]] = pq.read_table(buffer).to_pylist()
        return rows
    reader = pa.ipc.open_file(buffer) if data.startswith(b"ARROW1") else pa.ipc.open_stream(buffer)
    table: list[dict[str, Any]] = reader.read_all().to_pylist()
    return table
