"""JSON lines, JSON arrays, CSV and plain text read row by row, values held against the declared columns.

Missing values are those that the host's library would read as missing: JSON null, an absent key, an empty CSV field.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

from conformance.contract.features import type_misfit
from conformance.contract.model import Feature
from conformance.outputs.contents import COLUMN_LIMIT, Contents, Part, Question, UnreadableError
from conformance.outputs.forms import open_plain
from conformance.outputs.tally import ColumnTally, RowTally
from conformance.outputs.values import Source

LINE_LIMIT = 64 * 1024**2
WHOLE_LIMIT = 256 * 1024**2
"""A JSON array has to be read at once; a larger one is not read."""

Row = Mapping[str, Any]
Expect = Callable[[Iterable[str]], None]


def read_text_table(parts: list[Part], question: Question) -> Contents:
    """The rows of text files of one form. Raises `UnreadableError`, or `UnicodeDecodeError` for other encodings."""
    rows = {"jsonl": _json_lines, "json": _json_array, "csv": _csv_rows, "text": _text_lines}[question.form]
    source: Source = "json" if question.form in {"json", "jsonl"} else "csv"
    reader = _Reader(question, source)
    for part in parts:
        with open_plain(part.file, part.compression) as stream:
            reader.read(rows(stream, reader.expect))
    return reader.contents()


class _Reader:
    """Rows going by; columns are known as they turn up."""

    def __init__(self, question: Question, source: Source) -> None:
        self.question = question
        self.source = source
        self.rows = RowTally()
        self.columns: dict[str, ColumnTally] = {}
        self.kinds: dict[str, set[str]] = {}

    def expect(self, names: Iterable[str]) -> None:
        """Know of columns before, or without, a row that has them."""
        for name in names:
            if name not in self.columns:
                self._add(name)

    def read(self, rows: Iterable[Row]) -> None:
        """Let rows go by."""
        for row in rows:
            number = self.rows.rows + 1
            self.expect(row)
            plain = {name: self._see(name, value, number) for name, value in row.items()}
            if self.rows.hashing:
                self.rows.see(plain)
            else:
                self.rows.count(1)

    def _see(self, name: str, value: Any, row: int) -> Any:
        if self.source == "json" and value is not None:
            self.kinds[name].add(_kind_of(value))
        return self.columns[name].see(value, row)

    def _add(self, name: str) -> None:
        if len(self.columns) >= COLUMN_LIMIT:
            raise UnreadableError(f"it has more than {COLUMN_LIMIT} columns")
        declared = self.question.features.get(name)
        carried = None if self._not_carried(declared) else declared
        self.columns[name] = ColumnTally(name, carried, self.source, self.question.opener)
        self.kinds[name] = set()

    def _not_carried(self, declared: Feature | None) -> str:
        """Why CSV has no way to write a declared type."""
        if declared is None or self.source == "json":
            return ""
        return type_misfit(declared, Feature("", dtype="string"), "csv", "output")

    def contents(self) -> Contents:
        order = [name for name in self.question.features if name in self.columns]
        order += [name for name in self.columns if name not in self.question.features]
        facts = [
            self.columns[name].facts(
                self.rows.rows,
                self._actual(name),
                type_misfit=self._not_carried(self.question.features.get(name)),
            )
            for name in order
        ]
        return Contents(
            rows=self.rows.rows,
            columns=tuple(facts),
            fingerprint=self.rows.fingerprint,
            row_hashes=tuple(self.rows.hashes),
            sample=tuple(self.rows.sample),
        )

    def _actual(self, name: str) -> Feature:
        """The type as far as the text tells: CSV is all text; JSON has five kinds of value."""
        if self.source == "csv":
            return Feature(name, dtype="string")
        kinds = self.kinds[name]
        if kinds == {"int64", "float64"}:
            kinds = {"float64"}
        if len(kinds) != 1:
            return Feature(name, dtype="mixed" if kinds else "null")
        kind = next(iter(kinds))
        return Feature(name, kind=kind) if kind in {"List", "Dict"} else Feature(name, dtype=kind)


def _kind_of(value: Any) -> str:
    kinds = {bool: "bool", int: "int64", float: "float64", str: "string", list: "List", dict: "Dict"}
    return kinds.get(type(value), "mixed")


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Every line that is not blank, with its number from 1."""
    number = 0
    while line := stream.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            raise UnreadableError(f"line {number} is longer than {LINE_LIMIT // 1024**2} MiB")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableError(f"line {number} is not UTF-8 ({error.reason})") from None
        if text.strip():
            yield number, text


def _json_lines(stream: IO[bytes], _expect: Expect) -> Iterator[Row]:
    for number, text in _lines(stream):
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UnreadableError(f"line {number} is not JSON: {_first_line(error)}") from None
        if not isinstance(row, dict):
            raise UnreadableError(f"line {number} is not a JSON object")
        yield row


def _json_array(stream: IO[bytes], _expect: Expect) -> Iterator[Row]:
    data = stream.read(WHOLE_LIMIT + 1)
    if len(data) > WHOLE_LIMIT:
        raise UnreadableError(f"it is one JSON value of more than {WHOLE_LIMIT // 1024**2} MiB")
    try:
        whole = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableError(f"it is not UTF-8 ({error.reason})") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"it is not JSON: {_first_line(error)}") from None
    if isinstance(whole, dict):
        whole = _rows_of_columns(whole)
    for number, row in enumerate(whole, start=1):
        if not isinstance(row, dict):
            raise UnreadableError(f"element {number} of the array is not an object")
        yield row


def _rows_of_columns(whole: dict[str, Any]) -> list[Row]:
    """The rows of an object that holds one list per column, all of one length; any other object is one row."""
    columns = list(whole.values())
    if columns and all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns):
        return [dict(zip(whole, values, strict=True)) for values in zip(*columns, strict=True)]
    return [whole]


def _csv_rows(stream: IO[bytes], expect: Expect) -> Iterator[Row]:
    csv.field_size_limit(LINE_LIMIT)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    first = text.readline(LINE_LIMIT)
    tab = "\t" in first and "," not in first
    lines = csv.reader(_again(first, text), delimiter="\t" if tab else ",", strict=True)
    try:
        header = next(lines, [])
        _check_header(header)
        expect(header)
        for values in lines:
            if not values:
                continue
            if len(values) != len(header):
                raise UnreadableError(f"line {lines.line_num} has {len(values)} fields, the header has {len(header)}")
            yield {name: value if value != "" else None for name, value in zip(header, values, strict=True)}
    except csv.Error as error:
        raise UnreadableError(f"line {lines.line_num} is not CSV: {error}") from None
    except UnicodeDecodeError as error:
        raise UnreadableError(f"it is not UTF-8 ({error.reason})") from None


def _again(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _check_header(header: list[str]) -> None:
    twice = next((name for at, name in enumerate(header[:COLUMN_LIMIT]) if name in header[:at]), None)
    if twice is not None:
        raise UnreadableError(f"the column “{twice}” occurs twice")


def _text_lines(stream: IO[bytes], expect: Expect) -> Iterator[Row]:
    expect(["text"])
    for _, text in _lines(stream):
        yield {"text": text.rstrip("\r\n")}


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
