"""Quality of the generated data, measured while it passes by, in memory that does not grow with it."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

SAMPLE_ROWS = 100_000
"""Duplicates and lengths are measured on the first rows: remembering every row of a large run would need its memory."""

_MOST_LABELS = 1000
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
REPORT_SCHEMA = {"metric": "string", "group": "string", "value": "float64"}


class Quality:
    """Counts of one run. Rates are shares from 0 to 1, of generated rows unless said otherwise."""

    def __init__(self) -> None:
        self.original_count = 0
        self.generated_count = 0
        self.skipped_count = 0
        self.failed_count = 0
        self.unchanged_count = 0
        self._labels: Counter[str] = Counter()
        self._lengths: Counter[int] = Counter()
        self._seen: set[int] = set()
        self._sampled = 0

    def add(self, texts: Sequence[str], labels: Sequence[str], variations: Sequence[Sequence[str | None]]) -> None:
        """Count a piece of originals and their variations (None: a variation that could not be made)."""
        self.original_count += len(texts)
        self._count_labels(labels)
        self._count_texts(texts)
        for column in variations:
            made = [text for text in column if text is not None] if None in column else column
            self.generated_count += len(made)
            self.failed_count += len(column) - len(made)
            self.unchanged_count += sum(map(operator.eq, column, texts))
            self._count_texts(made)

    @property
    def duplicate_rate(self) -> float:
        """The share of rows (originals too) that repeat an earlier text, among the first ``SAMPLE_ROWS``."""
        return _share(self._sampled - len(self._seen), self._sampled)

    @property
    def unchanged_rate(self) -> float:
        """The share of variations that equal their original."""
        return _share(self.unchanged_count, self.generated_count)

    @property
    def failure_rate(self) -> float:
        """The share of wanted variations that could not be made."""
        return _share(self.failed_count, self.generated_count + self.failed_count)

    def rows(self) -> list[tuple[str, str, float]]:
        """The rows of the dataset ``quality_report``: metric, group, value."""
        rows: list[tuple[str, str, float]] = [
            ("rows", "original", float(self.original_count)),
            ("rows", "generated", float(self.generated_count)),
            ("rows", "skipped", float(self.skipped_count)),
            ("rate", "duplicate", self.duplicate_rate),
            ("rate", "unchanged", self.unchanged_rate),
            ("rate", "failure", self.failure_rate),
        ]
        rows += [("originals per label", label, float(count)) for label, count in sorted(self._labels.items())]
        rows += [("text length quantile", f"{q:.2f}", float(length)) for q, length in self._length_quantiles()]
        return rows

    def _count_labels(self, labels: Sequence[str]) -> None:
        if len(self._labels) < _MOST_LABELS:
            self._labels.update(labels)
        else:
            self._labels.update(label if label in self._labels else "(other)" for label in labels)

    def _count_texts(self, texts: Sequence[Any]) -> None:
        if room := SAMPLE_ROWS - self._sampled:
            sample = texts[:room]
            self._lengths.update(map(len, sample))
            self._seen.update(map(hash, sample))  # a number instead of a text, which may be a book
            self._sampled += len(sample)

    def _length_quantiles(self) -> Iterator[tuple[float, int]]:
        """Lengths in characters, by nearest rank."""
        total = self._lengths.total()
        wanted = [(quantile, quantile * total) for quantile in _QUANTILES] if total else []
        passed = 0
        for length, count in sorted(self._lengths.items()):
            passed += count
            while wanted and passed >= wanted[0][1]:
                yield wanted.pop(0)[0], length


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
