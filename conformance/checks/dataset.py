"""DATASET-001 to -008, -017 to -019: which datasets are listed, where they are, and what their files are.

What is inside them is `conformance.checks.dataset_columns`, what is said of them `conformance.checks.dataset_metadata`.
Each defect is one requirement's: a file that is not there is not also unreadable, a torn file has no wrong columns.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator

from conformance.checks import check
from conformance.checks.common import first_of_each, quote, successes
from conformance.checks.produced import (
    ABSENT,
    FOLDERS,
    TABLES,
    TEXT_FORMS,
    Produced,
    datasets_of,
    judges_datasets,
    judges_runs,
    no_datasets,
)
from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.contract.result import DATASET_TYPES
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotTested
from conformance.outputs.forms import FORMAT_FORMS, format_of_name
from conformance.outputs.places import path_problem

FOLDER_FORMATS = frozenset({"huggingface", "hf", "save_to_disk", "arrow", "dataset"})


def _names(run: Run) -> list[str]:
    """The names that entries state; blank ones are OUTPUT-016's."""
    stated = [entry.get("dataset_name") for entry in run.entries()]
    return [name for name in stated if isinstance(name, str) and name.strip()]


def _list_is_broken(run: Run) -> bool:
    """Whether entries are lost for a reason that another requirement states: no list, no objects, no name."""
    listed = (run.document or {}).get("generated_datasets")
    if listed is None:
        return False
    return not isinstance(listed, list) or len(_names(run)) != len(listed)


@judges_runs("DATASET-001")
def declared_datasets_are_listed_once(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """Every declared dataset is listed exactly once."""
    listed = Counter(_names(run))
    for index, dataset in enumerate(manifest.output_datasets):
        line = manifest.line_of("output_datasets", index, "name")
        name = f"“{quote(dataset.name, 80)}”"
        if listed[dataset.name] > 1:
            message = f"The dataset {name} is listed {listed[dataset.name]} times in generated_datasets, not once."
            yield Finding(message, scenario=run.scenario, location=line)
        elif not listed[dataset.name] and not _list_is_broken(run):
            said = ", ".join(f"“{quote(other, 80)}”" for other in sorted(listed)[:10]) or "nothing"
            message = f"The declared dataset {name} is not listed in generated_datasets, which lists {said}."
            yield Finding(message, scenario=run.scenario, location=line)


@judges_runs("DATASET-002")
def no_undeclared_name(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """Every listed name is declared."""
    declared = {dataset.name for dataset in manifest.output_datasets}
    for name in dict.fromkeys(_names(run)):
        if name not in declared:
            message = f"generated_datasets lists “{quote(name, 80)}”, which the manifest does not declare."
            yield Finding(message, scenario=run.scenario, location=manifest.line_of("output_datasets"))


@judges_runs("DATASET-003")
def type_is_the_declared_one(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """dataset_type equals the manifest's type; values that no host knows are OUTPUT-016's."""
    declared = {dataset.name: dataset.type for dataset in manifest.output_datasets}
    for entry in run.entries():
        name, stated = entry.get("dataset_name"), entry.get("dataset_type")
        expected = declared.get(name) if isinstance(name, str) else None
        if expected is not None and stated in DATASET_TYPES and stated != expected:
            message = f"The dataset “{quote(str(name), 80)}” has dataset_type {stated}; the manifest says {expected}."
            yield Finding(message, scenario=run.scenario, location=manifest.line_of("output_datasets"))


@judges_runs("DATASET-004")
def path_is_below_the_mount(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """dataset_path is absolute and below /output; a path that is no text is OUTPUT-016's."""
    del manifest
    for entry in run.entries():
        path = entry.get("dataset_path")
        if isinstance(path, str) and path.strip() and (problem := path_problem(path)):
            name = quote(str(entry.get("dataset_name")), 80)
            message = f"The dataset_path “{quote(path)}” of “{name}” {problem}."
            yield Finding(message, scenario=run.scenario, location="generated_datasets")


@judges_datasets("DATASET-005")
def path_exists(produced: Produced) -> Iterator[Finding]:
    """Something is there, inside the output folder, and it is not empty."""
    facts = produced.facts
    if path_problem(facts.path):
        return
    if facts.form == "missing":
        yield produced.finding(f"The dataset {produced.name} is listed, but at its path {facts.problem}.")
    elif facts.form == "link-out":
        yield produced.finding(f"The dataset {produced.name} is not in the output folder: {facts.problem}.")
    elif facts.form == "empty" and not produced.may_be_empty:
        yield produced.finding(f"The dataset {produced.name} is empty: 0 bytes of data.")


@judges_datasets("DATASET-006")
def path_is_a_file(produced: Produced) -> Iterator[Finding]:
    """The path is a regular file."""
    if produced.facts.form in FOLDERS:
        kind = "a save_to_disk folder" if produced.facts.form == "save_to_disk" else "a folder"
        yield produced.finding(f"The dataset {produced.name} is {kind}; today's hosts take it for missing.")


@judges_datasets("DATASET-007")
def file_is_whole(produced: Produced) -> Iterator[Finding]:
    """The file can be read to its end, and is what its format and its name's extension say."""
    facts = produced.facts
    if facts.form in ABSENT or produced.type == "txt":
        return
    if facts.problem:
        yield produced.finding(f"The dataset {produced.name} ({facts.form}) cannot be read whole: {facts.problem}.")
        return
    if produced.type != HUGGINGFACE:
        return
    if wrong := _disagreements(produced):
        yield produced.finding(f"The dataset {produced.name} is {_kind(produced)}, but {' and '.join(wrong)}.")
    elif facts.form not in TABLES:
        yield produced.finding(f"The dataset {produced.name} is {_kind(produced)}, which holds no rows.")


def _kind(produced: Produced) -> str:
    facts = produced.facts
    return f"a folder of {facts.inner} files" if facts.form == "directory" else f"a {facts.form} file or folder"


def _disagreements(produced: Produced) -> list[str]:
    """What the entry's format and the path's extension say that the bytes are not."""
    facts, wrong = produced.facts, []
    forms = {facts.form, facts.inner} if facts.form == "directory" else {facts.form}
    allowed = FORMAT_FORMS.get(produced.stated_format)
    if allowed and not allowed & forms:
        wrong.append(f"its format says {produced.stated_format}")
    extension = format_of_name(facts.path) if facts.form not in FOLDERS else ""
    fits = FORMAT_FORMS.get(extension, frozenset(forms)) & forms
    if not fits and not (extension == "text" and facts.form in TEXT_FORMS):
        wrong.append(f"its name says {extension}")
    return wrong


@judges_datasets("DATASET-008")
def format_is_given(produced: Produced) -> Iterator[Finding]:
    """A table's format is stated in a word that downstream jobs know."""
    stated = produced.stated_format
    if produced.type != HUGGINGFACE or stated in FORMAT_FORMS.keys() - {"pdf", "html"}:
        return
    if stated in FOLDER_FORMATS and produced.facts.form in FOLDERS:
        return
    said = f"states the format “{quote(stated, 60)}”" if stated else "states no format"
    yield produced.finding(f"The entry of {produced.name} {said}; expected parquet, json, jsonl, csv or arrow.")


@judges_datasets("DATASET-017")
def documents_are_what_they_say(produced: Produced) -> Iterator[Finding]:
    """A pdf dataset is a PDF named .pdf, a txt dataset UTF-8 text named .txt; a folder of them is tolerated."""
    facts = produced.facts
    if produced.type not in {"pdf", "txt"} or facts.form in ABSENT:
        return
    wanted = "pdf" if produced.type == "pdf" else "text"
    if facts.form == "directory":
        if facts.inner != wanted:
            yield produced.finding(f"The folder of {produced.name} does not hold {produced.type} files alone.")
        return
    if facts.form != wanted or (wanted == "text" and facts.problem):
        seen = facts.problem if facts.form == wanted else f"it is {facts.form}"
        yield produced.finding(f"The dataset {produced.name} is no {produced.type} file: {seen}.")
    elif posixpath.splitext(facts.path.lower())[1] != f".{produced.type}":
        yield produced.finding(f"The {produced.type} dataset {produced.name} has a name without .{produced.type}.")


@judges_runs("DATASET-018")
def no_shared_path(run: Run, manifest: Manifest) -> Iterator[Finding]:
    """Two datasets have two paths; one dataset that is listed twice is DATASET-001's."""
    del manifest
    owners: dict[str, list[str]] = {}
    for entry in run.entries():
        name, path = entry.get("dataset_name"), entry.get("dataset_path")
        if isinstance(name, str) and isinstance(path, str) and path.strip():
            owners.setdefault(posixpath.normpath(path), []).append(name)
    for path, names in owners.items():
        different = list(dict.fromkeys(names))
        if len(different) > 1:
            listed = " and ".join(f"“{quote(name, 80)}”" for name in different[:10])
            message = f"The datasets {listed} share one path."
            yield Finding(message, scenario=run.scenario, location=quote(path))


@check("DATASET-019", "baseline")
def loads_downstream(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The `datasets` library loads the file as the input of another job; torn and absent files are other rows'."""
    if nothing := no_datasets(evidence, manifest):
        return nothing
    listed = [produced for run in successes(evidence) for produced in datasets_of(run, manifest)]
    tables = [produced for produced in listed if produced.type == HUGGINGFACE]
    tried = [produced for produced in tables if produced.facts.reloads is not None]
    if not tried:
        return NotTested("no produced file could be loaded with the datasets library") if tables else []
    return first_of_each(finding for produced in tried for finding in _not_loadable(produced))


def _not_loadable(produced: Produced) -> Iterator[Finding]:
    if produced.facts.reloads:
        reason = quote(produced.facts.reloads)
        yield produced.finding(f"The dataset {produced.name} cannot be loaded downstream: {reason}.")
