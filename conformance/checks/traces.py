"""What shows from outside that an image used the rows it was given: its input's words in its output.

Every text of the kit's inputs is unique to its cell, and so are most of its fractions and larger numbers. An image
whose first two runs show every row's value of a column in an output column is known to pass that column on; if a later
run on the same kind of rows shows at most half of them, that run did not read them as it should. An image that does not
pass its input on (it samples, aggregates, invents) leaves no such trace, and nothing is said of it. Counts of rows are
compared only where two equal runs gave equal data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract.model import HUGGINGFACE
from conformance.evidence import Evidence, FedDataset, Run
from conformance.outputs.facts import DatasetFacts

SHORTEST_TEXT = 12
"""Characters; shorter texts are labels and the like, which an image may well write by itself."""
COMPARED_CHARACTERS = 60
"""Long cells of an output are cut in the evidence, so only the beginning of a text is looked for."""
SMALLEST_NUMBER = 1000
"""Smaller whole numbers are counts, labels and positions, which an image may well write by itself."""
LARGEST_NUMBER = 2**53
"""Larger ones are not exact in every format."""
FEWEST_ROWS = 3
DEEPEST = 8

Place = tuple[str, str, str, str]
"""An input dataset and its column, an output dataset and its column (empty: a document's text)."""


def texts_in(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text inside a value, keys of objects included."""
    if isinstance(value, str):
        yield value
    elif depth < DEEPEST and isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from texts_in(item, depth + 1)
    elif depth < DEEPEST and isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item, depth + 1)


def numbers_in(value: Any, depth: int = 0) -> Iterator[str]:
    """A mark for every number inside a value that is a fraction, or larger than a count: equal numbers, equal marks."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) < LARGEST_NUMBER and (abs(value) >= SMALLEST_NUMBER or value % 1):
            yield f"\x00{float(value)!r}\x00"
    elif depth < DEEPEST and isinstance(value, Mapping):
        for item in value.values():
            yield from numbers_in(item, depth + 1)
    elif depth < DEEPEST and isinstance(value, list | tuple):
        for item in value:
            yield from numbers_in(item, depth + 1)


def output_columns(run: Run) -> dict[tuple[str, str], str]:
    """All text and telling numbers of every produced dataset, by dataset and column (``""``: a document's text)."""
    columns: dict[tuple[str, str], list[str]] = {}
    for facts in _datasets(run):
        if facts.text_head:
            columns.setdefault((facts.name, ""), []).append(facts.text_head)
        for row in facts.sample:
            for name, value in row.items():
                columns.setdefault((facts.name, str(name)), []).extend((*texts_in(value), *numbers_in(value)))
    return {place: "\n".join(texts) for place, texts in columns.items()}


def output_text(run: Run) -> str:
    """All text and telling numbers that a run produced, as far as it was sampled."""
    return "\n".join(output_columns(run).values())


def telling_texts(fed: FedDataset) -> dict[str, dict[int, str]]:
    """By column: the text of every row that occurs in no other row of it."""
    found: dict[str, dict[int, str]] = {}
    for number, row in enumerate(fed.sample):
        for column, value in row.items():
            if isinstance(value, str) and len(value.strip()) >= SHORTEST_TEXT:
                found.setdefault(str(column), {})[number] = value.strip()[:COMPARED_CHARACTERS]
    return _unique(found)


def telling_values(fed: FedDataset) -> dict[str, dict[int, str]]:
    """The same with numbers, which only tell together: an image may write one of them by itself."""
    found: dict[str, dict[int, str]] = {}
    for number, row in enumerate(fed.sample):
        for column, value in row.items():
            if not isinstance(value, Mapping | list | tuple) and (marks := list(numbers_in(value))):
                found.setdefault(str(column), {})[number] = marks[0]
    return {**_unique(found), **telling_texts(fed)}


def _unique(found: Mapping[str, Mapping[int, str]]) -> dict[str, dict[int, str]]:
    return {
        column: {row: text for row, text in texts.items() if list(texts.values()).count(text) == 1}
        for column, texts in found.items()
    }


def rows_shown(run: Run) -> dict[Place, frozenset[int]]:
    """By place: the input rows whose value occurs in the output."""
    outputs = output_columns(run)
    return {
        (fed.name, column, *where): frozenset(row for row, text in texts.items() if text in words)
        for fed in run.datasets
        for column, texts in telling_values(fed).items()
        for where, words in outputs.items()
    }


def reference_runs(evidence: Evidence) -> tuple[Run, ...]:
    """The baseline and its repetition if both succeeded, else nothing: one run proves no habit."""
    runs = [run for name in ("baseline", "repeat") if (run := evidence.run(name)) is not None and run.claims_success]
    return tuple(runs) if len(runs) == 2 else ()


def passed_on(evidence: Evidence) -> frozenset[Place]:
    """The places to which every row's value is passed on, in both reference runs."""
    kept: list[frozenset[Place]] = []
    for run in reference_runs(evidence):
        given = {place: frozenset(values) for place, values in _given(run).items()}
        shown = rows_shown(run)
        kept.append(
            frozenset(place for place, rows in shown.items() if len(rows) >= FEWEST_ROWS and rows == given[place[:2]])
        )
    return kept[0].intersection(*kept[1:]) if kept else frozenset()


def _given(run: Run) -> dict[tuple[str, str], dict[int, str]]:
    """By input dataset and column: the rows' values that tell."""
    return {(fed.name, column): values for fed in run.datasets for column, values in telling_values(fed).items()}


def lost(evidence: Evidence, run: Run) -> Iterator[tuple[Place, int, int]]:
    """Places that the image always fills and that show at most half of a successful run's rows: how many of how many.

    One place for each input column: the others would say the same.
    """
    shown = rows_shown(run)
    given = {place: len(values) for place, values in _given(run).items()}
    said: set[tuple[str, str]] = set()
    for place in sorted(passed_on(evidence)):
        total, found = given.get(place[:2], 0), len(shown.get(place, frozenset()))
        if total >= FEWEST_ROWS and found * 2 <= total and place[:2] not in said:
            said.add(place[:2])
            yield place, found, total


def deterministic(evidence: Evidence) -> bool:
    """Whether the reference runs gave the same data, value by value."""
    marks = [[(facts.name, facts.fingerprint) for facts in _datasets(run)] for run in reference_runs(evidence)]
    return len(marks) == 2 and marks[0] == marks[1] and bool(marks[0]) and all(mark for _, mark in marks[0])


def counts_rows(evidence: Evidence, run: Run, rows: int) -> bool:
    """Whether a run's number of output rows is the baseline's, in proportion to that many input rows.

    Only for an image that is deterministic, and only where the proportion is exact and tells something: that of all
    rows together, or of one dataset that has as many rows as the input, or a multiple of them.
    """
    if not deterministic(evidence) or not run.claims_success:
        return False
    base = reference_runs(evidence)[0]
    fed = {dataset.rows for dataset in base.datasets if dataset.type == HUGGINGFACE}
    if len(fed) != 1 or not (rows_fed := fed.pop()) or rows == rows_fed:
        return False
    before, now = (sum(facts.rows for facts in _datasets(one)) for one in (base, run))
    if before > 0 and now != before and now * rows_fed == before * rows:
        return True
    multiples = {facts.name: facts.rows // rows_fed for facts in _datasets(base) if facts.rows % rows_fed == 0}
    return any(facts.rows == multiples.get(facts.name, 0) * rows > 0 for facts in _datasets(run))


def _datasets(run: Run) -> list[DatasetFacts]:
    return [facts for facts in run.produced if facts.role == "dataset"]
