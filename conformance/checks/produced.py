"""What the document says of a produced dataset or report, beside what is really there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.checks import check
from conformance.checks.common import each, quote, successes
from conformance.contract.model import HUGGINGFACE, Manifest, OutputDataset
from conformance.contract.result import DATASET_TYPES
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable
from conformance.outputs.facts import DatasetFacts
from conformance.outputs.forms import FORMAT_FORMS, format_of_name

NO_SUCCESS = "no run ended in success, so nothing that a success produces could be judged"
ABSENT = frozenset({"missing", "link-out", "denied", "empty"})
"""Forms of entries behind which there is nothing to read."""

EMPTY_IS_NO_ROWS = frozenset({"json", "jsonl", "ndjson", "json_lines", "jsonlines", "csv", "tsv", "text", "txt"})
TEXT_FORMS = frozenset({"csv", "json", "jsonl", "text"})
FOLDERS = frozenset({"directory", "save_to_disk"})
TABLES = frozenset({"parquet", "arrow-file", "arrow-stream", "jsonl", "json", "csv", "text"}) | FOLDERS


@dataclass(frozen=True)
class Produced:
    """One entry of a successful run's document, what the manifest declares by its name, and its file's facts."""

    run: Run
    entry: Mapping[str, Any]
    facts: DatasetFacts
    declared: OutputDataset | None

    @property
    def type(self) -> str:
        """The dataset's type: the manifest's, or the document's where the manifest has no such dataset."""
        if self.declared is not None:
            return self.declared.type
        stated = self.entry.get("dataset_type")
        return stated if stated in DATASET_TYPES else HUGGINGFACE

    @property
    def name(self) -> str:
        """The dataset's name, fit for a sentence."""
        return f"“{quote(self.facts.name, 80)}”"

    @property
    def stated_format(self) -> str:
        """The entry's ``format`` in lower case, empty where there is none."""
        stated = self.entry.get("format")
        return stated.strip().lower().lstrip(".") if isinstance(stated, str) else ""

    @property
    def has_rows(self) -> bool:
        """Whether it is a table that could be read whole, so that its rows and columns are known."""
        facts = self.facts
        return self.type == HUGGINGFACE and facts.form in TABLES and not facts.problem and not self._is_other_text

    @property
    def _is_other_text(self) -> bool:
        """Whether it is text that claims to be Parquet, say: its lines are no rows (DATASET-007 says so)."""
        claimed = FORMAT_FORMS.get(self.stated_format or format_of_name(self.facts.path))
        return self.facts.form == "text" and claimed is not None and not claimed & TEXT_FORMS

    @property
    def may_be_empty(self) -> bool:
        """Whether a file of no bytes is a dataset without rows, and not a lost one (DATASET-005)."""
        stated = self.stated_format or format_of_name(self.facts.path)
        return stated in EMPTY_IS_NO_ROWS or self.type == "txt"

    @property
    def has_columns(self) -> bool:
        """Whether its columns are known: a table without rows may be a file that has no word for columns."""
        return self.has_rows and bool(self.facts.columns)

    def finding(self, message: str, hint: str = "") -> Finding:
        """A finding at this file in this run."""
        return Finding(message, scenario=self.run.scenario, location=quote(self.facts.path), hint=hint)


def datasets_of(run: Run, manifest: Manifest) -> Iterator[Produced]:
    """Every listed dataset of a run whose file was looked at."""
    declared = {dataset.name: dataset for dataset in manifest.output_datasets}
    facts = {each.index: each for each in run.produced if each.role == "dataset"}
    for index, entry in enumerate(run.entries()):
        if index in facts:
            yield Produced(run, entry, facts[index], declared.get(facts[index].name))


Examine = Callable[[Produced], Iterator[Finding]]
ExamineRun = Callable[[Run, Manifest], Iterator[Finding]]


def no_datasets(evidence: Evidence, manifest: Manifest) -> NotApplicable | None:
    """Why nothing is to be said of datasets: none is declared and none was listed."""
    if manifest.output_datasets or any(run.entries() for run in successes(evidence)):
        return None
    return NotApplicable(f"no output dataset is declared ({manifest.line_of('output_datasets')})")


def judges_runs(requirement: str, *scenarios: str) -> Callable[[ExamineRun], ExamineRun]:
    """Register a check of every successful run that should have produced datasets."""

    def register(examine: ExamineRun) -> ExamineRun:
        @check(requirement, *(scenarios or ("*",)))
        def judged(evidence: Evidence, manifest: Manifest) -> Judgement:
            nothing = no_datasets(evidence, manifest)
            return nothing or each(successes(evidence), lambda run: examine(run, manifest), NO_SUCCESS)

        return examine

    return register


def judges_datasets(requirement: str, *scenarios: str) -> Callable[[Examine], Examine]:
    """Register a check of every dataset that a successful run listed."""

    def register(examine: Examine) -> Examine:
        @judges_runs(requirement, *scenarios)
        def examine_run(run: Run, manifest: Manifest) -> Iterator[Finding]:
            for produced in datasets_of(run, manifest):
                yield from examine(produced)

        return examine

    return register
