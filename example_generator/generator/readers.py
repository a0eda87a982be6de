"""Local files, read in pieces: one function per builder, each yields pieces of columns.

Nothing here reads a whole file into memory. ``datasets.load_dataset`` reads the same files the same way; it is not
used because importing it takes five times as long as this container's whole start.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from generator.errors import GeneratorError


@dataclass(frozen=True)
class PieceSize:
    """The largest piece: ``rows`` and, because a row may be a book, about ``characters`` of text."""

    rows: int = 8192
    characters: int = 4_000_000


Columns = dict[str, Any]
"""Column name -> values of one piece: a list of Python values or a ``pyarrow.Array``."""

Reader = Callable[[Path, Callable[[Sequence[str]], Sequence[str]], PieceSize], Iterator[Columns]]
"""``(file, choose, size)``; ``choose`` gets the names a file has and returns those to read (or raises)."""

Choose = Callable[[Sequence[str]], Sequence[str]]


def read_json(path: Path, choose: Choose, size: PieceSize) -> Iterator[Columns]:
    """A JSON array of objects, or one object per line: told apart by the first character, not by the name."""
    objects = _json_objects(path)
    chosen: Sequence[str] | None = None
    for rows in _pieces(objects, size, lambda row: sum(len(str(value)) for value in row.values())):
        if chosen is None:
            chosen = choose(list({name: None for row in rows for name in row}))
        yield {name: [row.get(name) for row in rows] for name in chosen}


def _json_objects(path: Path) -> Iterator[dict[str, Any]]:
    """One object after the other, reading a mebibyte at a time; a file that was cut off is an error."""
    decoder = json.JSONDecoder()
    brackets, step = 0, 1 << 20
    with _open_text(path) as file:
        text, position, finished = file.read(step), 0, False
        while True:
            start = _skip(text, position)
            brackets += text.count("[", position, start) - text.count("]", position, start)
            position = start
            if finished and position == len(text):
                break
            try:
                value, position = decoder.raw_decode(text, position)
            except ValueError as error:
                if finished:
                    raise GeneratorError(f"{path.name} is not valid JSON: {error}") from None
                # Perhaps only the end of the object is missing. Doubling keeps parsing it again cheap.
                more = file.read(step)
                text, position, finished, step = text[position:] + more, 0, not more, step * 2
                continue
            if not isinstance(value, dict):
                raise GeneratorError(f"{path.name} holds a {type(value).__name__} where an object (a row) belongs")
            step = 1 << 20
            yield value
    if brackets:
        raise GeneratorError(f"{path.name} is not valid JSON: its array is not closed")


def _skip(text: str, position: int) -> int:
    """Past white space and the brackets and commas of an array."""
    while position < len(text) and text[position] in " \t\r\n,[]":
        position += 1
    return position


def read_csv(path: Path, choose: Choose, size: PieceSize) -> Iterator[Columns]:
    """Comma-separated values with a header; every value is text (``007`` stays ``007``)."""
    csv.field_size_limit(sys.maxsize)
    with _open_text(path, newline="") as file:
        rows = csv.reader(file)
        header = next(rows, None)
        if not header:
            raise GeneratorError(f"{path.name} is empty: a CSV file begins with a line of column names")
        chosen = choose(header)
        places = {name: header.index(name) for name in chosen}
        # Blank lines are no rows, and a short row has no value in its last columns.
        filled = (row for row in rows if row)
        for piece in _pieces(filled, size, lambda row: sum(map(len, row))):
            yield {n: [row[at] if at < len(row) else None for row in piece] for n, at in places.items()}


def read_text(path: Path, choose: Choose, size: PieceSize) -> Iterator[Columns]:
    """Plain text: every line is a row with the one column ``text``."""
    chosen = choose(["text"])
    with _open_text(path) as file:
        for lines in _pieces((line.rstrip("\r\n") for line in file), size, len):
            yield dict.fromkeys(chosen, lines)


def read_parquet(path: Path, choose: Choose, size: PieceSize) -> Iterator[Columns]:
    """Parquet, one part of a row group after the other."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pa.OSFile(str(path)) as file, pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20) as table:
        chosen = list(choose(table.schema_arrow.names))
        footer = table.metadata
        byte_count = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
        row_bytes = byte_count // max(footer.num_rows, 1) + 1
        rows = max(1, min(size.rows, size.characters // row_bytes))
        for batch in table.iter_batches(rows, columns=chosen):
            yield _named(batch, chosen, table.schema_arrow)


def parquet_rows(path: Path) -> int:
    """The number of rows that a Parquet file's footer states."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def read_arrow(path: Path, choose: Choose, size: PieceSize) -> Iterator[Columns]:
    """Arrow IPC, the file format or the stream that ``save_to_disk`` writes."""
    import pyarrow as pa

    # Not memory-mapped: mapped pages count as this process's memory until the kernel takes them back.
    with pa.OSFile(str(path)) as file:
        with pa.OSFile(str(path)) as head:
            is_file = head.read(6) == b"ARROW1"
        reader = pa.ipc.open_file(file) if is_file else pa.ipc.open_stream(file)
        chosen = choose(reader.schema.names)
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches)) if is_file else iter(reader)
        for batch in batches:
            rows = max(1, min(size.rows, batch.num_rows * size.characters // (batch.nbytes + 1)))
            for start in range(0, batch.num_rows, rows):
                yield _named(batch.slice(start, rows), chosen, reader.schema)


def _named(batch: Any, chosen: Sequence[str], schema: Any) -> Columns:
    """The chosen columns; integers that the file's metadata gives class names to become those names."""
    names = class_names(schema.metadata)
    return {n: named_classes(batch.column(n), names[n]) if n in names else batch.column(n) for n in chosen}


def class_names(metadata: dict[bytes, bytes] | None) -> dict[str, list[str]]:
    """Column -> class names, from the features that ``datasets`` keeps in a file's schema metadata."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        return {n: list(f["names"]) for n, f in features.items() if f.get("_type") == "ClassLabel" and f.get("names")}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


def named_classes(values: Any, names: Sequence[str]) -> list[str | None]:
    """Class numbers as class names; ``datasets`` writes -1 for "no label"."""
    return [names[v] if isinstance(v, int) and 0 <= v < len(names) else None for v in values.to_pylist()]


READERS: dict[str, Reader] = {
    "json": read_json,
    "csv": read_csv,
    "text": read_text,
    "parquet": read_parquet,
    "arrow": read_arrow,
}

EXTENSIONS: dict[str, tuple[str, ...]] = {
    "json": (".json", ".jsonl", ".ndjson"),
    "csv": (".csv",),
    "text": (".txt", ".text"),
    "parquet": (".parquet",),
    "arrow": (".arrow",),
}
"""What a ``data_dir`` is searched for; a file that is named outright may be called anything."""


def _open_text(path: Path, newline: str | None = None) -> IO[str]:
    """UTF-8 text, with or without a byte-order mark, packed with gzip or not."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    # gzip speaks the same protocol as an open file, but is not typed so.
    binary = cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")  # noqa: SIM115 - the wrapper closes it
    return io.TextIOWrapper(binary, encoding="utf-8-sig", newline=newline)


def _pieces(items: Iterator[Any], size: PieceSize, characters_of: Callable[[Any], int]) -> Iterator[list[Any]]:
    """Lists of at most ``size.rows`` items; shorter ones where the items are long."""
    rows = size.rows
    step = min(rows, 64)
    piece: list[Any] = []
    characters = 0
    while block := list(islice(items, step)):
        piece += block
        characters += sum(map(characters_of, block))
        if len(piece) + step > rows or characters >= size.characters:
            yield piece
            piece, characters = [], 0
    if piece:
        yield piece
