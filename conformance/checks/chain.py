"""CHAIN: whether what a container produces can be another container's input (contract.md section 6)."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import check
from conformance.checks.common import first_of_each, matching, quote, successes
from conformance.checks.produced import ABSENT, NO_SUCCESS, Produced, datasets_of, no_datasets
from conformance.contract.features import type_misfit
from conformance.contract.model import HUGGINGFACE, InputDataset, Manifest, OutputDataset
from conformance.evidence import Evidence
from conformance.findings import Finding, Judgement, NotApplicable, NotTested


@check("CHAIN-001", "baseline")
def output_serves_as_input(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A produced table loads, and has the columns and types that it promises, as a job that reads it would ask."""
    if nothing := no_datasets(evidence, manifest):
        return nothing
    runs = successes(evidence)
    if not runs:
        return NotTested(NO_SUCCESS)
    listed = [produced for run in runs for produced in datasets_of(run, manifest)]
    tables = [each for each in listed if each.type == HUGGINGFACE and each.facts.form not in ABSENT]
    if not tables:
        return NotTested("no run produced a table that could be loaded")
    return first_of_each(finding for produced in tables for finding in _unfit(produced))


def _unfit(produced: Produced) -> Iterator[Finding]:
    # A folder of `save_to_disk` loads by a pattern of its Arrow files (contract.md 9.6); that it is one is DATASET-006.
    reloads = "" if produced.facts.form == "save_to_disk" else produced.facts.reloads
    problem = produced.facts.problem or reloads or _schema_problem(produced)
    if problem:
        yield produced.finding(f"{produced.name} cannot serve as a downstream input: {quote(problem)}.")


def _schema_problem(produced: Produced) -> str:
    """The first thing that the host's library would refuse: an absent column, another type."""
    for feature in produced.declared.features if produced.declared and produced.has_columns else ():
        column = produced.facts.column(feature.name)
        if column is None and feature.required:
            return f"the column “{feature.name}” is absent"
        if column is not None and column.null_type:
            return f"the column “{feature.name}” has the type null"
        if column is not None and (column.type_misfit or column.misfits):
            return f"the column “{feature.name}”: {column.type_misfit or column.misfits[0]}"
    return ""


@check("CHAIN-002", "chain*")
def consumes_its_own_output(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A container that can read what it writes has done so."""
    if not any(_feeds(made, read) for made in manifest.output_datasets for read in manifest.input_datasets):
        line = manifest.line_of("input_datasets")
        return NotApplicable(f"no declared output has all the columns of a declared input ({line})")
    runs = matching(evidence, "chain*")
    if not runs:
        return NotTested("no run was given the image's own output as its input")
    return [
        Finding("The image did not accept its own output as input.", scenario=run.scenario)
        for run in runs
        if run.status == "done" and not run.claims_success
    ]


def _feeds(made: OutputDataset, read: InputDataset) -> bool:
    if made.type != HUGGINGFACE or HUGGINGFACE not in read.types or not read.features:
        return False
    columns = {feature.name: feature for feature in made.features}
    return all(
        feature.name in columns and not type_misfit(feature, columns[feature.name], "parquet", "input")
        for feature in read.features
    )
