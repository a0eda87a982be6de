"""What is counted while rows go by: missing values, misfits, ranges, hashes, samples. Memory is bounded."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.contract.features import as_mapping
from conformance.contract.model import Feature
from conformance.outputs.facts import ColumnFacts
from conformance.outputs.values import Opener, Source, fit, no_files

MISFIT_LIMIT = 10
HASHED_ROWS = 50_000
"""Rows of which the fingerprint knows every value; later ones only count."""

ROW_HASHES = 1_000
SAMPLE_ROWS = 20
SAMPLE_TEXT = 2_000
SAMPLE_BYTES = 200_000


class ColumnTally:
    """One column while its values go by."""

    def __init__(self, name: str, declared: Feature | None, source: Source, opener: Opener = no_files) -> None:
        self.name = name
        self.declared = declared
        self.source = source
        self.opener = opener
        self.present = 0
        self.minimum: int | None = None
        self.maximum: int | None = None
        self.misfits: list[str] = []

    def see(self, value: Any, row: int) -> Any:
        """Count one value of the row (from 1) and give it back as the declared type reads it."""
        if value is None:
            return None
        self.present += 1
        plain, problem = fit(value, self.declared, self.source, self.opener) if self.declared else (value, "")
        if problem and len(self.misfits) < MISFIT_LIMIT:
            self.misfits.append(f"row {row}: {problem}")
        if isinstance(plain, int) and not isinstance(plain, bool):
            self.widen(plain, plain)
        return plain

    def widen(self, low: int, high: int) -> None:
        """Let the range of whole numbers reach from low to high at least."""
        self.minimum = low if self.minimum is None else min(low, self.minimum)
        self.maximum = high if self.maximum is None else max(high, self.maximum)

    def facts(self, rows: int, actual: Feature, *, null_type: bool = False, type_misfit: str = "") -> ColumnFacts:
        """The column's facts after ``rows`` rows."""
        return ColumnFacts(
            name=self.name,
            feature=as_mapping(actual),
            nulls=rows - self.present,
            null_type=null_type,
            type_misfit=type_misfit,
            misfits=tuple(self.misfits),
            minimum=self.minimum,
            maximum=self.maximum,
        )


class RowTally:
    """Hashes and samples of whole rows, the same for the same values whatever format held them."""

    def __init__(self) -> None:
        self.rows = 0
        self._digest = hashlib.sha256()
        self.hashes: list[str] = []
        self.sample: list[Mapping[str, Any]] = []

    @property
    def hashing(self) -> bool:
        """Whether the next row's values are still wanted."""
        return self.rows < HASHED_ROWS

    def see(self, row: Mapping[str, Any]) -> None:
        """Count a row; values are plain ones."""
        text = json.dumps(
            [[name, _plain(row[name])] for name in sorted(row) if row[name] is not None], ensure_ascii=True
        )
        short = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._digest.update(short.encode())
        if len(self.hashes) < ROW_HASHES:
            self.hashes.append(short)
        if len(self.sample) < SAMPLE_ROWS and len(text) <= SAMPLE_BYTES:
            self.sample.append({name: _shortened(value) for name, value in row.items()})
        self.rows += 1

    def see_all(self, names: Sequence[str], columns: Iterable[Sequence[Any]]) -> None:
        """Count rows given as columns."""
        for values in zip(*columns, strict=True):
            self.see(dict(zip(names, values, strict=True)))

    def count(self, rows: int) -> None:
        """Count rows whose values are not wanted any more."""
        self.rows += rows

    @property
    def fingerprint(self) -> str:
        """The hash of everything seen so far, row order and number of rows included."""
        whole = self._digest.copy()
        whole.update(f" {self.rows} rows".encode())
        return whole.hexdigest()


def _plain(value: Any) -> Any:
    """A value as JSON can hold it, equal for what different formats make of one value; missing fields are left out."""
    if isinstance(value, bytes):
        return "sha256:" + hashlib.sha256(value).hexdigest()
    if isinstance(value, float):
        return int(value) if value.is_integer() else value if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(value[key]) for key in sorted(value, key=str) if value[key] is not None}
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _shortened(value: Any) -> Any:
    """A value for a sample: JSON, with long text and bytes cut."""
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()[:SAMPLE_TEXT]
    if isinstance(value, list | tuple):
        return [_shortened(item) for item in value[:SAMPLE_ROWS]]
    if isinstance(value, dict):
        return {_shortened(str(key)): _shortened(item) for key, item in list(value.items())[:100]}
    return _plain(value)
