"""ERROR-005: an error names its cause.

Generous on purpose: any word counts that leads a person to the thing that was wrong. What fails is a text that would
read the same whatever had been wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from conformance.checks import check
from conformance.checks.common import each, quote
from conformance.checks.failing import ARGUMENT_FAULTS, INPUT_FAULTS, NO_FAILURE, PARAMETER_FAULTS, failed, is_about
from conformance.contract.model import Manifest, Parameter
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement

ABOUT_ARGUMENTS = ("argument", "param", "json", "expecting", "option", "--", "argv", "usage", "flag", "input")
ABOUT_ABSENCE = ("input_datasets", "dataset", "volumes")
ABOUT_COLUMNS = ("column", "feature", "field", "schema", "dtype")
ABOUT_FORMATS = ("parquet", "csv", "arrow", "json", "utf-8", "decode", "pdf")
"""A reader's own words about bytes that it cannot read: they name the format that was expected."""

COLUMN_FAULTS = ("missing-column", "missing-other-column", "wrong-dtype")
SCENARIOS = (*INPUT_FAULTS, *PARAMETER_FAULTS, *ARGUMENT_FAULTS)


@check("ERROR-005", *SCENARIOS)
def an_error_names_its_cause(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The text of an error has a word for the dataset, column, file, parameter or argument that was wrong."""

    def examine(run: Run) -> Iterator[Finding]:
        words = [word for word in _words(run, manifest) if word]
        if not any(_mentions(run.error_text, word) for word in words):
            shown = ", ".join(f"“{quote(word, 60)}”" for word in words[:3])
            yield Finding(
                f"The error “{quote(run.error_text, 160)}” does not name its cause; expected a word like {shown}.",
                run.scenario, "stdout",
            )  # fmt: skip

    return each([run for run in failed(evidence, *SCENARIOS) if run.refused_cleanly], examine, NO_FAILURE)


def _words(run: Run, manifest: Manifest) -> list[str]:
    """What would name the cause of this run's failure."""
    scenario = run.scenario
    if scenario in ARGUMENT_FAULTS:
        return list(ABOUT_ARGUMENTS)
    if any(fnmatchcase(scenario, pattern) for pattern in PARAMETER_FAULTS):
        return _words_for_parameter(scenario, run, manifest)
    given = {dataset.name for dataset in run.datasets}
    absent = [dataset.name for dataset in manifest.input_datasets if dataset.required and dataset.name not in given]
    words = absent or [dataset.name for dataset in manifest.input_datasets]
    if absent:
        return [*words, *ABOUT_ABSENCE]
    words += _words_for_files(run)
    if scenario in COLUMN_FAULTS:
        return [*words, *_features(manifest), *ABOUT_COLUMNS]
    return [*words, "dataset", *(ABOUT_FORMATS if scenario == "corrupt-file" else ())]


def _words_for_files(run: Run) -> list[str]:
    """Every path that the run was given: names, stems and folders."""
    words: list[str] = []
    for dataset in run.datasets:
        loader = dataset.definition.get("loader_params")
        places = [dataset.definition.get("file_path"), *(loader.values() if isinstance(loader, dict) else ())]
        listed = [item for one in places for item in (one if isinstance(one, list) else [one])]
        for place in [*dataset.files, *(one for one in listed if isinstance(one, str) and ("/" in one or "." in one))]:
            path = PurePosixPath(place)
            words += [path.name, path.stem]
        if isinstance(loader, dict) and isinstance(folder := loader.get("data_dir"), str):
            words.append(folder.strip("/"))
    return words


def _features(manifest: Manifest) -> list[str]:
    return [feature.name for dataset in manifest.input_datasets for feature in dataset.features]


def _words_for_parameter(scenario: str, run: Run, manifest: Manifest) -> list[str]:
    parameter = next((one for one in manifest.parameters if is_about(scenario, one.name)), None)
    if parameter is None:
        return ["param"]
    value = run.parameters.get(parameter.name)
    unknown = [value] if scenario.startswith("unknown-choice-") and isinstance(value, str) else []
    return [parameter.name, *_inner(parameter), *unknown]


def _inner(parameter: Parameter) -> list[str]:
    """The names inside an object, each of which leads to it."""
    nested = [*parameter.properties, *(parameter.items.properties if parameter.items is not None else ())]
    return [one.name for one in nested if len(one.name) >= 3]


def _mentions(text: str, word: str) -> bool:
    """Whether a text has the word, whatever its case and however its parts are joined.

    A word of one or two letters has to stand alone, lest it is found in every sentence.
    """
    if len(word) < 3:
        return re.search(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])", text, re.IGNORECASE) is not None
    return _plain(word) in _plain(text) if _plain(word) else word in text


def _plain(text: str) -> str:
    return re.sub(r"[^0-9a-zÀ-￿]+", "", text.lower())
