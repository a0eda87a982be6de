"""DSIN-007, -011 to -015, -017, -022: what an image makes of columns and documents, and of inputs that are not right.

A run that had to fail must have failed for a reason that names what was wrong; a run that had to succeed must show the
rows that it was given, as far as the image shows its rows at all (`conformance.checks.traces`).
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import check
from conformance.checks.common import first_of_each, how_it_ended, matching, quote
from conformance.checks.reading import (
    NO_FILE_WORDS,
    failed_baseline,
    no_inputs,
    no_rows,
    reads_rows,
    rows_fed,
    said,
    succeeded,
)
from conformance.checks.traces import output_text, passed_on, reference_runs
from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.evidence import Evidence, FedDataset, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested
from conformance.inputs.sheet import NO_NUMBER

DECODING_WORDS = ("codec", "utf-8", "utf8", "ascii", "decode", "unicode")
FAULTY_FILES = ("missing-file", "missing-file-joined", "missing-other-file", "corrupt-file", "empty-directory")
MISSING_COLUMNS = ("missing-column", "missing-other-column")
DOCUMENTS = ("pdf", "txt")


@check("DSIN-007", "baseline", "repeat", "mapping")
def the_mapping_is_applied(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Columns of other names are renamed to the declared ones before they are used."""
    return no_rows(manifest) or reads_rows(evidence, "mapping", "It does not apply the mapping of column names")


def _not_run(evidence: Evidence, *scenarios: str) -> NotTested:
    reasons = [evidence.skipped[name] for name in scenarios if name in evidence.skipped]
    return NotTested(reasons[0] if reasons else f"the scenario “{scenarios[0]}” was not run")


@check("DSIN-011", *MISSING_COLUMNS)
def a_missing_column_is_named(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Without a required column the run fails, and says which one is missing."""
    if nothing := no_rows(manifest):
        return nothing
    rows = [dataset for dataset in manifest.input_datasets if dataset.types[:1] == (HUGGINGFACE,)]
    if not any(feature.required for dataset in rows for feature in dataset.features):
        return NotApplicable(f"no column of an input dataset is required ({manifest.line_of('input_datasets')})")
    runs = matching(evidence, *MISSING_COLUMNS)
    if not runs:
        return _not_run(evidence, *MISSING_COLUMNS)
    return [finding for run in runs for finding in _unnamed_column(run)]


def _unnamed_column(run: Run) -> Iterator[Finding]:
    column = _broken_column(run)
    named = f"the required column “{quote(column, 80)}” is missing in the input"
    if run.claims_success or column.lower() not in said(run).lower():
        message = f"Expected an error that names the column: {named}; observed: {how_it_ended(run)}."
        yield Finding(message, run.scenario)


def _broken_column(run: Run) -> str:
    return next((fed.note for fed in run.datasets if fed.note), "")


@check("DSIN-012", *FAULTY_FILES)
def an_unreadable_file_is_an_error(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A file that is missing, or that is no such file, ends in a document with an error."""
    if nothing := no_inputs(manifest):
        return nothing
    runs = matching(evidence, *FAULTY_FILES)
    if not runs:
        return _not_run(evidence, *FAULTY_FILES)
    return [
        Finding(f"{_fault(run)}; expected a document with an error; observed: {how_it_ended(run)}.", run.scenario)
        for run in runs
        if not run.refused_cleanly and not (run.claims_success and _may_be_read(run, manifest))
    ]


def _fault(run: Run) -> str:
    words = {"corrupt-file": "An input file cannot be read", "empty-directory": "A data_dir has no files"}
    return words.get(run.scenario, "An input file is missing")


def _may_be_read(run: Run, manifest: Manifest) -> bool:
    """Whether a tolerant reader may make something of the broken bytes: any bytes are some text.

    So are a text document's, and those of a CSV file of which no column is required.
    """
    required = {one.name for one in manifest.input_datasets if any(feature.required for feature in one.features)}
    return run.scenario == "corrupt-file" and any(
        fed.type == "txt" or (fed.builder == "csv" and fed.name not in required) for fed in run.datasets
    )


@check("DSIN-013", "baseline", "minimal", "missing-dataset-*", "no-datasets")
def missing_datasets_are_told_or_done_without(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Without a required dataset the run fails in words; without an optional one it goes on."""
    if nothing := no_inputs(manifest):
        return nothing
    findings = [
        Finding(
            f"A required dataset is missing; expected a document with an error; observed: {how_it_ended(run)}.",
            run.scenario,
        )
        for run in matching(evidence, "missing-dataset-*", "no-datasets")
        if not run.refused_cleanly
    ]  # fmt: skip
    minimal = evidence.run("minimal")
    optional = [dataset.name for dataset in manifest.input_datasets if not dataset.required]
    if minimal is not None and optional and not minimal.claims_success and _misses_dataset(minimal, manifest, optional):
        names = ", ".join(f"“{quote(name, 80)}”" for name in optional)
        message = f"It does not work without its optional dataset ({names}); observed: {how_it_ended(minimal)}."
        findings.append(Finding(message, minimal.scenario))
    if findings or matching(evidence, "missing-dataset-*", "no-datasets", "minimal"):
        return findings
    return _not_run(evidence, "minimal", *(name for name in evidence.skipped if name.startswith("missing-dataset-")))


def _misses_dataset(run: Run, manifest: Manifest, optional: list[str]) -> bool:
    """Whether it is a dataset that the run misses, where systems and variables were left out as well."""
    others = [system.name for system in manifest.systems if not system.required]
    others += [variable.name for variable in manifest.environment if not variable.required]
    text = said(run).lower()
    return not others or any(name.lower() in text for name in (*optional, "input_datasets"))


@check("DSIN-014", "baseline", "repeat", "extra-columns")
def extra_columns_and_their_order_do_not_matter(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Two undeclared columns, and the declared ones in the opposite order, change nothing."""
    expectation = "It does not cope with undeclared input columns and another order of columns"
    return no_rows(manifest) or reads_rows(evidence, "extra-columns", expectation)


@check("DSIN-015", "no-rows", "null-cells")
def empty_inputs_end_in_words(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No rows and missing cells give a result or a clean error."""
    if nothing := no_rows(manifest):
        return nothing
    runs = matching(evidence, "no-rows", "null-cells")
    if not runs:
        return _not_run(evidence, "no-rows", "null-cells")
    words = {"no-rows": "no rows", "null-cells": "null cells"}
    return [
        Finding(
            f"An input with {words[run.scenario]} gives neither a result nor a clean error; {how_it_ended(run)}.",
            run.scenario,
        )
        for run in runs
        if not run.claims_success and not run.refused_cleanly
    ]  # fmt: skip


@check("DSIN-017", "baseline", "other-types-*", "document-folders")
def documents_are_read_at_any_depth(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Documents are read from sub-folders too, and text is UTF-8."""
    if nothing := no_inputs(manifest):
        return nothing
    if not any(kind in DOCUMENTS for dataset in manifest.input_datasets for kind in dataset.types):
        return NotApplicable(f"no input dataset is a pdf or txt document ({manifest.line_of('input_datasets')})")
    runs = [run for run in matching(evidence, "baseline", "other-types-*", "document-folders") if _documents(run)]
    findings = list(first_of_each(finding for run in runs for finding in _misread(run)))
    deep = evidence.run("document-folders")
    if deep is not None and not deep.claims_success and not any(one.scenario == deep.scenario for one in findings):
        findings.append(
            Finding(f"It does not read a document in a sub-folder; observed: {how_it_ended(deep)}.", deep.scenario)
        )
    failed = failed_baseline(evidence)
    if failed in runs and failed is not None and not findings and _file_is_missed(failed):
        findings.append(Finding(f"It does not read its document; observed: {how_it_ended(failed)}.", failed.scenario))
    if findings or (deep is not None and succeeded(evidence)):
        return findings
    return _not_run(evidence, "document-folders")


def _documents(run: Run) -> list[FedDataset]:
    return [fed for fed in run.datasets if fed.type in DOCUMENTS]


def _file_is_missed(run: Run) -> bool:
    text = said(run).lower()
    files = [file.rpartition("/")[2].lower() for fed in _documents(run) for file in fed.files]
    return any(word in text for word in NO_FILE_WORDS) and any(name in text for name in files)


def _misread(run: Run) -> Iterator[Finding]:
    """A text that could not be decoded, or was decoded as something else."""
    texts = [fed for fed in _documents(run) if fed.type == "txt"]
    if not texts:
        return
    if not run.claims_success:
        if any(word in said(run).lower() for word in DECODING_WORDS):
            yield Finding(f"It does not read UTF-8 text; observed: {how_it_ended(run)}.", run.scenario)
        return
    words = output_text(run)
    garbled = next((one for fed in texts for one in _garbled(fed) if one in words), "")
    if garbled:
        yield Finding(f"It reads UTF-8 text as Latin-1: its output shows “{quote(garbled, 60)}”.", run.scenario)


def _garbled(fed: FedDataset) -> Iterator[str]:
    """The document's foreign words, as they look when their bytes are taken for another encoding's letters."""
    for row in fed.sample:
        for word in str(row.get("text", "")).split():
            if not word.isascii() and len(word) > 2:
                data = word.encode()
                yield from (data.decode(encoding, "replace") for encoding in ("latin-1", "cp1252"))


@check("DSIN-022", "baseline", "repeat", "wrong-dtype")
def other_types_are_converted_or_refused(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A column whose values do not convert is refused by name, or its values come out as they are."""
    if nothing := no_rows(manifest):
        return nothing
    run = evidence.run("wrong-dtype")
    if run is None:
        return _not_run(evidence, "wrong-dtype")
    column = _broken_column(run)
    if not column:
        return NotTested("the accepted format has no other type than text")
    wrong = f"values of another type in the column “{quote(column, 80)}”"
    if run.claims_success and _falsifies(evidence, run, column):
        return [Finding(f"It succeeds with {wrong}, and puts something else in their place.", run.scenario)]
    if not run.claims_success and column.lower() not in said(run).lower():
        return [Finding(f"It does not name the column that has {wrong}; {how_it_ended(run)}.", run.scenario)]
    return []


def _falsifies(evidence: Evidence, run: Run, column: str) -> bool:
    """Whether an image that passes the column on passes on something else than what it was given."""
    words = output_text(run)
    return _uses(evidence, run, column) and NO_NUMBER not in words and "unexpected" not in words


def _uses(evidence: Evidence, run: Run, column: str) -> bool:
    """Whether both reference runs pass the column's values on: its texts, or its numbers in their order."""
    datasets = {fed.name for fed in rows_fed(run) if fed.note == column}
    if any(place[0] in datasets and place[1] == column for place in passed_on(evidence)):
        return True
    references = reference_runs(evidence)
    return bool(references) and all(_same_numbers(one, datasets, column) for one in references)


def _same_numbers(run: Run, datasets: set[str], column: str) -> bool:
    for fed in run.datasets:
        given = [row.get(column) for row in fed.sample]
        if fed.name not in datasets or len({str(value) for value in given}) < 3:
            continue
        for facts in run.produced:
            if [row.get(column) for row in facts.sample][: len(given)] == given:
                return True
    return False
