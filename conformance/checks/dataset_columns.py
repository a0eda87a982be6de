"""DATASET-009 to -012, -015, -016, -020 to -022: columns, values and rows of the produced tables.

Only tables that could be read whole are judged here. DATASET-011 is about columns declared as one of the 35 dtypes,
DATASET-012 about lists, objects, labels and media. A null type in place of the declared one is DATASET-022's alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks import check
from conformance.checks.common import first_of_each, quote, successes
from conformance.checks.produced import (
    NO_SUCCESS,
    Produced,
    datasets_of,
    judges_datasets,
    judges_runs,
    no_datasets,
)
from conformance.contract.features import describe
from conformance.contract.model import HUGGINGFACE, Feature, Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotTested
from conformance.outputs.facts import ColumnFacts

ORDINARY_CODES = frozenset({"S01", "S02", "S04", "S12", "S15", "S28"})
"""Scenarios whose inputs are ordinary: a run with extreme ones may rightly produce no rows."""

SAME_INPUT_CODES = frozenset({"S15", "S28"})


def _columns(produced: Produced) -> Iterator[tuple[Feature, ColumnFacts | None]]:
    """Every declared feature with its column; nothing where the columns are not known."""
    if produced.has_columns and produced.declared is not None:
        for feature in produced.declared.features:
            yield feature, produced.facts.column(feature.name)


@judges_datasets("DATASET-009")
def required_columns_are_full(produced: Produced) -> Iterator[Finding]:
    """Every required feature is a column without a missing value."""
    for feature, column in _columns(produced):
        if not feature.required:
            continue
        if column is None:
            yield produced.finding(f"The required column “{feature.name}” of {produced.name} is absent.")
        elif column.nulls:
            rows = produced.facts.rows
            missing = f"{column.nulls} missing value{'s' if column.nulls > 1 else ''} in {rows} rows"
            yield produced.finding(f"The required column “{feature.name}” of {produced.name} has {missing}.")


@judges_datasets("DATASET-010")
def optional_columns_are_there(produced: Produced) -> Iterator[Finding]:
    """Features that are not required are columns all the same."""
    for feature, column in _columns(produced):
        if not feature.required and column is None:
            yield produced.finding(f"The declared column “{feature.name}” of {produced.name} is absent.")


@judges_datasets("DATASET-011")
def dtypes_are_the_declared_ones(produced: Produced) -> Iterator[Finding]:
    """Columns declared as a dtype have it, or in text formats hold only values that cast to it."""
    for feature, column in _columns(produced):
        if feature.kind == "Value" and column is not None:
            yield from _misfit(produced, feature, column)


@judges_datasets("DATASET-012")
def deep_features_fit(produced: Produced) -> Iterator[Finding]:
    """Lists, objects, labels and media are what is declared, down to their values."""
    for feature, column in _columns(produced):
        if feature.kind != "Value" and column is not None:
            yield from _misfit(produced, feature, column)


def _misfit(produced: Produced, feature: Feature, column: ColumnFacts) -> Iterator[Finding]:
    """One finding for a column: its type, or the first values that do not fit."""
    where = f"The column “{feature.name}” of {produced.name}"
    if column.type_misfit:
        yield produced.finding(f"{where} has another type: {quote(column.type_misfit)}.")
    elif column.misfits:
        shown = "; ".join(quote(misfit, 160) for misfit in column.misfits[:3])
        more = "; and others" if len(column.misfits) > 3 else ""
        yield produced.finding(f"{where} is declared {quote(describe(feature), 120)}: {shown}{more}.")


@judges_datasets("DATASET-015")
def no_extra_columns(produced: Produced) -> Iterator[Finding]:
    """Columns that the manifest does not declare, where it declares any."""
    if not produced.has_columns or produced.declared is None or not produced.declared.features:
        return
    declared = {feature.name for feature in produced.declared.features}
    extra = [column.name for column in produced.facts.columns if column.name not in declared]
    if extra:
        names = ", ".join(f"“{quote(name, 60)}”" for name in extra[:10])
        yield produced.finding(f"{produced.name} has undeclared columns: {names}.")


@judges_runs("DATASET-016")
def rows_come_out(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """From ordinary input come rows, and not all of them empty."""
    if run.code not in ORDINARY_CODES or not _was_fed(run, manifest):
        return
    for produced in datasets_of(run, manifest):
        rows, columns = produced.facts.rows, produced.facts.columns
        has_no_rows = produced.facts.form == "empty" or produced.has_rows
        if produced.type == HUGGINGFACE and has_no_rows and not rows:
            yield produced.finding(f"The dataset {produced.name} has no rows, although the input had some.")
        elif produced.has_columns and all(column.nulls == rows for column in columns):
            yield produced.finding(f"Every value of the dataset {produced.name} is missing.")


def _was_fed(run: Run, manifest: Manifest) -> bool:
    """Whether the run had something to make rows from: its datasets have rows, or the image needs none."""
    if not manifest.input_datasets:
        return True
    return bool(run.datasets) and all(fed.rows > 0 or fed.type != HUGGINGFACE for fed in run.datasets)


@judges_runs("DATASET-020")
def provenance_is_plausible(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """A declared is_synthetic is never missing; a declared source_index points into the input (-1: no source)."""
    for produced in datasets_of(run, manifest):
        for feature, column in _columns(produced):
            if column is None:
                continue
            if feature.name == "is_synthetic" and feature.dtype == "bool" and column.nulls and not feature.required:
                yield produced.finding(f"{column.nulls} rows of {produced.name} do not say is_synthetic.")
            elif feature.name == "source_index" and (problem := _out_of_range(run, column)):
                yield produced.finding(f"The column “source_index” of {produced.name} {problem}.")


def _out_of_range(run: Run, column: ColumnFacts) -> str:
    """Nothing where documents were given: how many rows an image makes of one is its own affair.

    Several datasets may be read one behind the other, so their rows count together.
    """
    rows = sum(fed.rows for fed in run.datasets) if all(fed.columns for fed in run.datasets) else 0
    if not rows or column.minimum is None or column.maximum is None:
        return ""
    if column.minimum >= -1 and column.maximum < rows:
        return ""
    return f"reaches from {column.minimum} to {column.maximum}, but the input has the rows 0 to {rows - 1}"


@check("DATASET-021", "baseline", "repeat*", "re-run")
def schema_is_stable(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The same input gives the same columns and types."""
    if nothing := no_datasets(evidence, manifest):
        return nothing
    runs = successes(evidence)
    first = next((run for run in runs if run.scenario == "baseline"), None)
    again = [run for run in runs if run.code in SAME_INPUT_CODES]
    if first is None or not again:
        return NotTested(NO_SUCCESS if first is None else "no second run with the same input ended in success")
    before = {each.facts.name: each for each in datasets_of(first, manifest)}
    return first_of_each(
        finding
        for run in again
        for produced in datasets_of(run, manifest)
        if (known := before.get(produced.facts.name)) is not None
        for finding in _changed(known, produced)
    )


def _changed(before: Produced, after: Produced) -> Iterator[Finding]:
    """The columns that two runs do not have alike; text formats have no types to compare."""
    if not before.has_columns or not after.has_columns:
        return
    old, new = _schema(before), _schema(after)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    if changed:
        names = ", ".join(f"“{quote(name, 60)}”" for name in changed[:10])
        yield after.finding(f"With the same input as before, the columns {names} of {after.name} are other ones.")


def _schema(produced: Produced) -> dict[str, Mapping[str, Any]]:
    typed = produced.facts.self_describing
    return {column.name: column.feature if typed else {} for column in produced.facts.columns}


@judges_datasets("DATASET-022")
def types_survive_missing_values(produced: Produced) -> Iterator[Finding]:
    """Columns of a typed format have the declared type even without a single value."""
    facts = produced.facts
    if not produced.has_rows or not facts.self_describing or produced.declared is None:
        return
    if not facts.columns and produced.declared.features:
        yield produced.finding(f"The dataset {produced.name} has no columns at all; its {facts.form} has lost them.")
    for feature, column in _columns(produced):
        if column is not None and column.null_type:
            kind = quote(describe(feature), 120)
            yield produced.finding(f"The column “{feature.name}” of {produced.name} has the type null, not {kind}.")
