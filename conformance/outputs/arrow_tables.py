"""Parquet and Arrow files read batch by batch: types, missing values, and what only values can show.

A batch is validated in full before a value of it is touched, because the bytes are an image's. The size of a batch
follows the size of the rows, so that memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from conformance.contract.features import type_misfit
from conformance.contract.model import Feature
from conformance.outputs.arrow_types import as_declared, feature_of_type, has_null_type, library_features, storable
from conformance.outputs.contents import COLUMN_LIMIT, Contents, Part, Question, UnreadableError
from conformance.outputs.tally import ColumnTally, RowTally
from conformance.outputs.values import looks_into_values

BATCH_BYTES = 32 * 1024**2
BATCH_ROWS = 8_192
ROW_LIMIT = 5_000_000
"""Rows that are looked at; what a Parquet footer says of later ones is believed."""


class Reader:
    """Batches going by: one tally per column and one of the rows."""

    def __init__(self, schema: pa.Schema, hints: Mapping[str, Any], question: Question) -> None:
        check_names(schema.names)
        self.schema = schema
        self.hints = hints
        self.question = question
        self.rows = RowTally()
        self.seen = 0
        self.actual = {f.name: feature_of_type(f.type, hints.get(f.name), f.name) for f in schema}
        self.misfit = {name: self._type_misfit(name) for name in self.actual}
        self.columns = [self._tally(name) for name in schema.names]

    def _type_misfit(self, name: str) -> str:
        declared = self.question.features.get(name)
        if declared is None:
            return ""
        read = as_declared(self.actual[name], declared, known=name in self.hints)
        return type_misfit(declared, read, self.question.form, "output")

    def _tally(self, name: str) -> ColumnTally:
        """A column's tally; values are only looked into where the type is right and cannot say everything."""
        declared: Feature | None = self.question.features.get(name)
        deep = declared is not None and not self.misfit[name] and looks_into_values(declared)
        return ColumnTally(name, declared if deep else None, "typed", self.question.opener)

    def read(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Let batches go by until the limit of rows."""
        for batch in batches:
            if self.seen >= ROW_LIMIT:
                return
            batch.validate(full=True)
            if batch.schema.names != self.schema.names or batch.schema.types != self.schema.types:
                raise UnreadableError("its files have different columns")
            self._see(batch)
            self.seen += batch.num_rows

    def _see(self, batch: pa.RecordBatch) -> None:
        hashing = self.rows.hashing
        seen: list[list[Any]] = []
        for tally, column in zip(self.columns, batch.columns, strict=True):
            wanted = hashing or tally.declared is not None
            stored = column.cast(storable(column.type)) if wanted else column
            tally_range(tally, column)
            if tally.declared is not None:
                values = [tally.see(value, self.seen + at) for at, value in enumerate(stored.to_pylist(), start=1)]
            else:
                tally.present += len(column) - column.null_count
                values = stored.to_pylist() if hashing else []
            seen.append(values)
        if hashing and seen:
            self.rows.see_all(self.schema.names, seen)
        else:
            self.rows.count(batch.num_rows)

    def contents(self, rows: int | None = None) -> Contents:
        """Everything counted; ``rows`` where more of them are known to exist than were looked at."""
        facts = [
            tally.facts(
                self.seen,
                self.actual[tally.name],
                null_type=self._lost_type(tally.name),
                type_misfit=self.misfit[tally.name],
            )
            for tally in self.columns
        ]
        return Contents(
            rows=max(self.seen, rows or 0),
            columns=tuple(facts),
            fingerprint=self.rows.fingerprint,
            row_hashes=tuple(self.rows.hashes),
            sample=tuple(self.rows.sample),
        )

    def _lost_type(self, name: str) -> bool:
        declared = self.question.features.get(name)
        return has_null_type(self.schema.field(name).type) and not (declared and declared.dtype == "null")


def tally_range(tally: ColumnTally, column: pa.Array) -> None:
    """Widen a tally's range by a column of whole numbers."""
    if pa.types.is_integer(column.type) and len(column) > column.null_count:
        bounds = pc.min_max(column).as_py()
        tally.widen(bounds["min"], bounds["max"])


def check_names(names: list[str]) -> None:
    """Raise `UnreadableError` for a table that no reader can address by column names."""
    twice = sorted({name for name in names if names.count(name) > 1}) if len(names) <= COLUMN_LIMIT else []
    if len(names) > COLUMN_LIMIT:
        raise UnreadableError(f"it has {len(names)} columns, more than {COLUMN_LIMIT}")
    if twice:
        raise UnreadableError(f"the column “{twice[0]}” occurs twice")


def read_parquet(parts: list[Part], question: Question) -> Contents:
    """The rows of Parquet files. Raises `UnreadableError` or Arrow's own errors for broken ones."""
    import pyarrow.parquet as pq

    reader: Reader | None = None
    claimed = 0
    for part in parts:
        with pa.OSFile(str(part.file)) as source, pq.ParquetFile(source, pre_buffer=False) as file:
            reader = reader or Reader(file.schema_arrow, library_features(file.schema_arrow), question)
            before = reader.seen
            reader.read(_parquet_batches(file))
            claimed += file.metadata.num_rows
            if reader.seen < ROW_LIMIT and reader.seen - before != file.metadata.num_rows:
                raise UnreadableError(
                    f"its footer says {file.metadata.num_rows} rows, its pages hold {reader.seen - before}"
                )
    return reader.contents(claimed) if reader else Contents()


def _parquet_batches(file: Any) -> Iterator[pa.RecordBatch]:
    for group in range(file.metadata.num_row_groups):
        facts = file.metadata.row_group(group)
        yield from file.iter_batches(batch_rows(facts.total_byte_size, facts.num_rows), row_groups=[group])


def batch_rows(size: int, rows: int) -> int:
    """How many rows to read at once, of ``rows`` that take ``size`` bytes."""
    each = max(1, size // max(1, rows))
    return max(1, min(BATCH_ROWS, BATCH_BYTES // each))


def read_arrow(parts: list[Part], question: Question, hints: Mapping[str, Any] | None = None) -> Contents:
    """The rows of Arrow files or streams; ``hints`` are the library's features from beside the files."""
    reader: Reader | None = None
    for part in parts:
        with pa.OSFile(str(part.file)) as source:
            is_file = source.read(6) == b"ARROW1"
            source.seek(0)
            opened = pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)
            schema = opened.schema
            reader = reader or Reader(schema, hints or library_features(schema), question)
            reader.read(_arrow_batches(opened) if is_file else opened)
    return reader.contents() if reader else Contents()


def _arrow_batches(opened: Any) -> Iterator[pa.RecordBatch]:
    for index in range(opened.num_record_batches):
        yield opened.get_batch(index)
