"""What the checks of inputs share: which inputs there are, how a run failed, whether it read the rows it was given."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.common import how_it_ended, quote
from conformance.checks.traces import lost
from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.evidence import Evidence, FedDataset, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

NO_BASELINE = "the baseline did not succeed, for reasons that do not concern this"
NO_FILE_WORDS = (
    "no such file",
    "not found",
    "does not exist",
    "there is no",
    "cannot find",
    "unable to find",
    "enoent",
)


def no_inputs(manifest: Manifest) -> NotApplicable | None:
    """Why nothing is to be said of inputs: none is declared."""
    if manifest.input_datasets:
        return None
    return NotApplicable(f"no input dataset is declared ({manifest.line_of('input_datasets')})")


def no_rows(manifest: Manifest) -> NotApplicable | None:
    """Why nothing is to be said of rows and columns: every declared dataset is a document first."""
    if any(dataset.types[:1] == (HUGGINGFACE,) for dataset in manifest.input_datasets):
        return None
    line = manifest.line_of("input_datasets")
    return no_inputs(manifest) or NotApplicable(f"no input dataset is of type huggingface first ({line})")


def said(run: Run) -> str:
    """What a failed run says of its failure: its error, or the end of its log where it has none."""
    return run.error_text or run.merged[-2000:].decode("utf-8", "replace")


def basenames(run: Run) -> list[str]:
    """The names of the files that a run was given."""
    places = [file for fed in run.datasets for file in (*fed.files, str(fed.definition.get("file_path") or ""))]
    return [place.rpartition("/")[2] for place in places if place]


def failed_baseline(evidence: Evidence) -> Run | None:
    """The baseline if the image itself ended it without success."""
    run = evidence.run("baseline")
    return run if run is not None and run.status == "done" and not run.claims_success else None


def heals(evidence: Evidence, scenario: str) -> bool:
    """Whether one departure from the contract made a failing baseline succeed."""
    run = evidence.run(scenario)
    return failed_baseline(evidence) is not None and run is not None and run.claims_success


def succeeded(evidence: Evidence) -> bool:
    """Whether the baseline succeeded."""
    run = evidence.run("baseline")
    return run is not None and run.status == "done" and run.claims_success


def reads_rows(evidence: Evidence, scenario: str, expectation: str) -> Judgement:
    """The run succeeded, and shows the rows of an image that shows its rows."""
    run = evidence.run(scenario)
    if run is None:
        return NotTested(evidence.skipped.get(scenario, f"the scenario “{scenario}” was not run"))
    if run.status != "done" or not run.claims_success:
        return [Finding(f"{expectation}; observed: {how_it_ended(run)}.", scenario)]
    return list(unread(evidence, run, expectation))


def unread(evidence: Evidence, run: Run, expectation: str) -> Iterator[Finding]:
    """A finding for every column of the input that a successful run lost, though the baseline always shows it."""
    for (dataset, column, _, _), found, total in lost(evidence, run):
        yield Finding(
            f"{expectation}; observed: success, but of the {total} values of “{quote(column, 80)}” in the dataset "
            f"“{quote(dataset, 80)}” the output shows {found} where the baseline shows all.", run.scenario,
        )  # fmt: skip


def rows_fed(run: Run) -> list[FedDataset]:
    """The datasets of rows that a run was given."""
    return [fed for fed in run.datasets if fed.type == HUGGINGFACE]
