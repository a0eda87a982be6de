"""METRIC: the values in ``results`` that the manifest promises (contract.md section 6).

Numbers that are not finite are METRIC-003's, the metric ``success`` is OUTPUT-012's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from conformance.checks import check
from conformance.checks.common import each, quote, successes
from conformance.checks.produced import NO_SUCCESS, datasets_of
from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable

TOTALS = ("total_count", "total_rows", "row_count", "num_rows", "rows_written", "output_rows", "output_row_count")
"""Metrics whose name can only mean the number of produced rows (or of read ones, which is accepted)."""

TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _undeclared(manifest: Manifest) -> NotApplicable | None:
    if manifest.metrics:
        return None
    return NotApplicable(f"no output metric is declared ({manifest.line_of('output_metrics')})")


def _untyped(manifest: Manifest) -> NotApplicable | None:
    if any(metric.type for metric in manifest.metrics):
        return None
    return NotApplicable(f"no output metric is declared with a type ({manifest.line_of('output_metrics')})")


@check("METRIC-001", "*")
def declared_metrics_are_there(evidence: Evidence, manifest: Manifest) -> Judgement:
    """On success every declared metric is in results."""

    def examine(run: Run) -> Iterator[Finding]:
        for index, metric in enumerate(manifest.metrics):
            if metric.name not in run.results and metric.name != "success":
                message = f"results lacks the declared metric “{quote(metric.name, 80)}”."
                yield Finding(message, run.scenario, manifest.line_of("output_metrics", index))

    return _undeclared(manifest) or each(successes(evidence), examine, NO_SUCCESS)


def _wrong_types(run: Run, manifest: Manifest) -> Iterator[Finding]:
    for index, metric in enumerate(manifest.metrics):
        fits = TYPES.get(metric.type)
        if fits is None or metric.name == "success" or metric.name not in run.results:
            continue
        value = run.results[metric.name]
        if not fits(value):
            name, shown = quote(metric.name, 80), quote(_json(value), 80)
            message = f"The metric “{name}” is declared {metric.type}; observed {shown} ({_json_type(value)})."
            yield Finding(message, run.scenario, manifest.line_of("output_metrics", index))


def _json(value: Any) -> str:
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else repr(value)


def _json_type(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "float", str: "string", list: "list", dict: "object"}
    return names.get(type(value), "null")


@check("METRIC-002", "*")
def metrics_have_their_type(evidence: Evidence, manifest: Manifest) -> Judgement:
    """On success a metric has the declared type."""
    return _untyped(manifest) or each(successes(evidence), lambda run: _wrong_types(run, manifest), NO_SUCCESS)


@check("METRIC-003", "*")
def numbers_are_finite(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No number anywhere in results is NaN or infinite."""
    del manifest

    def examine(run: Run) -> Iterator[Finding]:
        for path, number in _numbers(run.results, "results"):
            if not math.isfinite(number):
                yield Finding(f"{quote(path, 120)} is {number}, which is no finite number.", run.scenario)

    return each(successes(evidence), examine, NO_SUCCESS)


def _numbers(value: Any, path: str) -> Iterator[tuple[str, float]]:
    """Every fraction in a value with its place, without recursion: an image decides how deep it is."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, float):
            yield path, value
        elif isinstance(value, dict):
            waiting.extend((f"{path}.{key}", item) for key, item in reversed(list(value.items())))
        elif isinstance(value, list):
            waiting.extend((f"{path}[{index}]", item) for index, item in reversed(list(enumerate(value))))


@check("METRIC-004", "*")
def other_metrics_are_allowed(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Metrics that are not declared are never a fault."""
    del manifest
    return each(successes(evidence), lambda _run: (), NO_SUCCESS)


@check("METRIC-005", "*")
def failures_keep_types(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Metrics beside an error keep their types; that they are left out is no fault here."""
    refused = [run for run in evidence.runs if run.status == "done" and run.results.get("success") is False]
    nothing = "no run ended with a result that says success: false"
    return _untyped(manifest) or each(refused, lambda run: _wrong_types(run, manifest), nothing)


@check("METRIC-006", "*")
def totals_agree_with_rows(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A total is the number of rows, where one produced dataset leaves no doubt whose."""
    names = [metric.name for metric in manifest.metrics if metric.name in TOTALS]
    if not names:
        return NotApplicable(
            f"no declared metric is a count of rows by its name ({manifest.line_of('output_metrics')})"
        )

    def examine(run: Run) -> Iterator[Finding]:
        tables = [each for each in datasets_of(run, manifest) if each.type == HUGGINGFACE]
        if len(tables) != 1 or not tables[0].has_rows or len(manifest.output_datasets) != 1:
            return
        counted = tables[0].facts.rows
        accepted = {counted} | {fed.rows for fed in run.datasets if counted == 0}
        for name in names:
            stated = run.results.get(name)
            if TYPES["integer"](stated) and stated not in accepted:
                message = f"The metric “{name}” is {stated}; {tables[0].name} has {counted} rows."
                yield tables[0].finding(message)

    return each(successes(evidence), examine, NO_SUCCESS)


@check("METRIC-007", "*")
def no_error_on_success(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A success has no member ``error``: hosts show even null as the message "None"."""
    del manifest

    def examine(run: Run) -> Iterator[Finding]:
        if "error" in run.results:
            shown = quote(_json(run.results["error"]), 80)
            yield Finding(f"results of a success has the member “error” ({shown}).", run.scenario)

    return each(successes(evidence), examine, NO_SUCCESS)
