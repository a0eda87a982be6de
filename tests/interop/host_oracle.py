"""The real host's own code, asked through JSON lines. It runs in the host's virtual environment, not in the kit's.

One line in, ``{"ask": NAME, "cases": [...]}``; one line out, one answer for each case: ``{"value": ...}``, or
``{"error": ...}`` where the host's code raised something.
"""

import base64
import json
import os
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from asqi.datasets import load_hf_dataset
from asqi.output import extract_container_json_output_fields, parse_container_json_output
from asqi.response_schemas import GeneratedDataset, GeneratedReport
from asqi.schemas import Manifest


def parse(log: str) -> Any:
    """The result document that the host finds in a merged log."""
    return parse_container_json_output(log)


def manifest(encoded: str) -> bool:
    """Whether the host takes a manifest, given as base64: the last steps of its extract_manifest_from_image."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "manifest.yaml")
        file.write_bytes(base64.b64decode(encoded))
        with file.open() as stream:
            data = yaml.safe_load(stream)
    if data is None:
        raise ValueError("empty")
    Manifest(**data)
    return True


def dataset_entry(entry: dict[str, Any]) -> bool:
    """Whether the host keeps an entry of generated_datasets."""
    GeneratedDataset(**entry)
    return True


def report_entry(entry: dict[str, Any]) -> bool:
    """Whether the host keeps an entry of generated_reports."""
    GeneratedReport(**entry)
    return True


def output(document: dict[str, Any]) -> dict[str, Any]:
    """What the host reads out of a result document."""
    fields = extract_container_json_output_fields(document)
    return {
        "results": fields.get_results(),
        "datasets": [entry.dataset_name for entry in fields.generated_datasets],
        "reports": [entry.report_name for entry in fields.generated_reports],
    }


def input_dataset(case: dict[str, Any]) -> bool:
    """Whether the host's library loads an input and finds the features of the manifest in it."""
    declared = Manifest(**yaml.safe_load(case["manifest"])).input_datasets
    (features,) = (dataset.features for dataset in declared if dataset.name == case["name"])
    load_hf_dataset(case["definition"], Path(case["folder"]), features, case["name"])
    return True


QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "version": version,
    "parse": parse,
    "manifest": manifest,
    "dataset_entry": dataset_entry,
    "report_entry": report_entry,
    "output": output,
    "input_dataset": input_dataset,
}


def answer(question: Callable[[Any], Any], case: Any) -> dict[str, Any]:
    """Ask the host's code about one case."""
    try:
        return {"value": question(case)}
    except Exception as error:  # noqa: BLE001  # whatever the host raises is its answer
        return {"error": f"{type(error).__name__}: {error}"[:2000]}


def main() -> None:
    """Answer until the questions end. What the host's code itself prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        question = QUESTIONS[asked["ask"]]
        print(json.dumps([answer(question, case) for case in asked["cases"]]), file=answers, flush=True)


if __name__ == "__main__":
    main()
