"""META: tracking metadata may have any shape, may be absent, and stays out of the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.checks import check
from conformance.checks.common import how_it_ended, quote
from conformance.checks.reading import heals, said, succeeded
from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotTested

NO_BASELINE = "the baseline did not succeed, and metadata is not the reason"
GIVEN = ("kit-job", "kit-parent")
"""Values of the metadata that a run with further metadata is given, and that occur nowhere else."""
ABOUT_METADATA = ("metadata", "user_id", "tags", "job_id", "parent_id", "job_type", "kit_unknown_key")


def _speaks_of_metadata(run: Run) -> bool:
    return any(word in said(run) for word in ABOUT_METADATA)


@check("META-001", "baseline", "diagnose-no-metadata", "extra-metadata")
def accepts_metadata_of_any_shape(evidence: Evidence, manifest: Manifest) -> Judgement:
    """``user_id`` null in every run; unknown keys and custom tags in one."""
    del manifest
    baseline, run = evidence.run("baseline"), evidence.run("extra-metadata")
    if baseline is not None and heals(evidence, "diagnose-no-metadata"):
        message = "It works only without the metadata that the host sends (user_id is null)"
        return [Finding(f"{message}; observed: {how_it_ended(baseline)}.", "baseline", "argv")]
    if not succeeded(evidence) or run is None:
        return NotTested(evidence.skipped.get("extra-metadata", NO_BASELINE))
    if run.claims_success:
        return []
    if "token" in said(run) and not _speaks_of_metadata(run):
        return NotTested("the run with further metadata failed because of the token of its dataset")
    message = "It does not accept metadata with unknown keys, custom tags and a null user_id"
    return [Finding(f"{message}; observed: {how_it_ended(run)}.", run.scenario, "argv")]


@check("META-002", "legacy-host")
def works_without_metadata(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Hosts before 0.4.5 and local runs send none. They leave loader keys out as well: those are DSIN-008's."""
    run = evidence.run("legacy-host")
    if run is None:
        return NotTested(evidence.skipped.get("legacy-host", "no run without metadata was made"))
    if run.claims_success:
        return []
    rows = any(HUGGINGFACE in dataset.types for dataset in manifest.input_datasets)
    if rows and not _speaks_of_metadata(run):
        return NotTested("the run without metadata had fewer loader keys too, and failed for another reason")
    return [Finding(f"It does not work without metadata; observed: {how_it_ended(run)}.", run.scenario, "argv")]


@check("META-003", "extra-metadata")
def keeps_metadata_out_of_the_rows(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No value of the metadata is in a produced row."""
    del manifest
    run = evidence.run("extra-metadata")
    if run is None or not run.claims_success:
        return NotTested(evidence.skipped.get("extra-metadata", "no run with further metadata succeeded"))
    readable = [facts for facts in run.produced if facts.role == "dataset" and not facts.problem]
    if not readable:
        return NotTested("the run with further metadata produced no dataset that could be read")
    return [
        Finding(
            f"The column “{quote(column, 80)}” of “{quote(facts.name, 80)}” holds the metadata “{value}”; expected it "
            "to stay out of the data.", run.scenario, quote(facts.path, 200),
        )
        for facts in readable
        for column, value in _copied(facts.sample)
    ]  # fmt: skip


def _copied(rows: Any) -> Iterator[tuple[str, str]]:
    columns = dict.fromkeys(name for row in rows for name in row)
    for column in columns:
        for value in GIVEN:
            if any(value in str(row.get(column)) for row in rows):
                yield column, value
                break
