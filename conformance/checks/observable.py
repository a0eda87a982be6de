"""What can be compared between two runs: rows, values and metrics that stay the same from run to run.

Only what several runs on the same input agree on counts, because an image may draw random numbers without a seed. What
tells the time, or repeats what was given, is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from conformance.checks.common import quote
from conformance.evidence import Run
from conformance.inputs.words import has_word
from conformance.outputs.facts import DatasetFacts

TIME_LIKE = (
    "second|sec|ms|millisecond|minute|time|date|timestamp|duration|elapsed|latency|runtime|took|wall|clock|at|start|"
    "end|finished|memory|rss|mb|cpu|load|speed|throughput|rate|uuid|id|run|host|hostname|pid|version|hash|digest"
)
"""Words of the names of values that differ though nothing else does."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?|\d\d:\d\d(?::\d\d)?")
MOST_LEAVES = 200
DEEPEST = 5


def differences(same: Sequence[Run], run: Run, parameters: Set[str], *, echoes: bool = True) -> Iterator[str]:
    """In words, how a run differs from what all runs of ``same`` agree on (the first of them is the measure).

    ``parameters`` are the names of the declared parameters: a document may repeat them, and what it repeats tells which
    value was used (with ``echoes``; else such values are not compared).
    """
    first, *others = same
    yield from _datasets(first, others, run)
    yield from _metrics(first, others, run, parameters, echoes)


def _datasets(first: Run, others: Sequence[Run], run: Run) -> Iterator[str]:
    theirs = {facts.name: facts for facts in run.produced if facts.role == "dataset"}
    for facts in first.produced:
        if facts.role != "dataset" or facts.problem:
            continue
        again = [one for other in others for one in other.produced if one.role == "dataset" and one.name == facts.name]
        now = theirs.get(facts.name)
        if now is None or now.problem or len(again) != len(others):
            continue
        name = quote(facts.name, 80)
        if now.rows != facts.rows:
            if all(one.rows == facts.rows for one in again):
                yield f"the dataset “{name}” has {now.rows} rows instead of {facts.rows}"
        elif not _alike(facts, now) and all(_alike(facts, one) for one in again):
            yield f"the dataset “{name}” has other values"


def _alike(one: DatasetFacts, other: DatasetFacts) -> bool:
    """Whether two datasets hold the same, in any order, whatever the time was."""
    if one.rows != other.rows:
        return False
    if one.fingerprint == other.fingerprint or sorted(one.row_hashes) == sorted(other.row_hashes):
        return True
    return _timeless(one) == _timeless(other)


def _timeless(facts: DatasetFacts) -> list[str]:
    rows = [{key: _masked(value) for key, value in row.items() if not _tells_time(key)} for row in facts.sample]
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)


def _masked(value: Any) -> Any:
    """A value without moments; a text of JSON may well hold the settings of the run, so it is not compared."""
    if isinstance(value, str):
        return "{}" if value.lstrip().startswith("{") else MOMENT.sub("", value)
    return value


def _tells_time(name: str) -> bool:
    return has_word(name, TIME_LIKE)


def _metrics(first: Run, others: Sequence[Run], run: Run, parameters: Set[str], echoes: bool) -> Iterator[str]:
    known, now = dict(_leaves(first.results)), dict(_leaves(run.results))
    again = [dict(_leaves(other.results)) for other in others]
    for path, value in known.items():
        is_echo = path[-1] in parameters
        if path not in now or value is None or now[path] is None or (is_echo and not echoes):
            continue
        if not is_echo and (isinstance(value, float) or any(_tells_time(part) for part in path)):
            continue
        if now[path] != value and all(path in one and one[path] == value for one in again):
            name = quote(".".join(path), 120)
            yield f"“{name}” is {quote(repr(now[path]), 120)} instead of {quote(repr(value), 120)}"


def _leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """The numbers, texts and truth values of a document's results by their path; at most `MOST_LEAVES`."""
    if isinstance(value, Mapping) and len(path) < DEEPEST:
        found = [leaf for key, inner in value.items() for leaf in _leaves(inner, (*path, str(key)))]
        return found[:MOST_LEAVES]
    if path and (value is None or isinstance(value, bool | int | float | str)):
        return [(path, MOMENT.sub("", value) if isinstance(value, str) else value)]
    return []
