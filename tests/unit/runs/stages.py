"""A stage whose containers are functions: what an image does to its folders, without an engine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from builders import document, image, manifest, produced, run

from conformance.contract.model import Feature, InputDataset
from conformance.engines.protocol import EngineFacts, Interruption, Outcome, RunRequest
from conformance.evidence import LogChunk
from conformance.inputs.plan import DatasetPlan
from conformance.runs.performer import Performer
from conformance.scenarios.model import Scenario

READS_TEXTS = manifest(input_datasets=(InputDataset("source_data", features=(Feature("text", dtype="string"),)),))
FILE = "datasets/augmented_data.jsonl"


class Functions:
    """Stands for an engine: a container is a function of its output folder, its input rows and its number.

    It is called in steps (a generator): between two of them a signal may come, as it would to a real container.
    """

    facts = EngineFacts("functions", "1", "amd64")

    def __init__(self, program: Callable[[Path, int], Any], cpu_seconds: float | None = None) -> None:
        self.program, self.cpu_seconds = program, cpu_seconds
        self.requests: list[RunRequest] = []
        self.rows: list[int] = []
        self._lock = threading.Lock()

    def run(self, request: RunRequest) -> Outcome:
        rows = rows_of(request)
        with self._lock:
            self.requests.append(request)
            self.rows.append(rows)
        output = next((mount.source for mount in request.mounts if mount.target == "/output"), Path())
        began = time.monotonic()
        for _ in self.program(output, rows):
            if request.interruption is not None and request.interruption.ready(self.cpu_seconds):
                return self._stopped(request.interruption, began)
        said = json.dumps(lists()).encode()
        return Outcome(0, (LogChunk("stdout", 0.1, said),), seconds=time.monotonic() - began)

    def _stopped(self, interruption: Interruption, began: float) -> Outcome:
        code = 143 if interruption.signal == "SIGTERM" else 137
        return Outcome(code, interrupted=True, stop_seconds=0.1, seconds=time.monotonic() - began)


def rows_of(request: RunRequest) -> int:
    """How many rows a run was given."""
    folder = next(mount.source for mount in request.mounts if "input" in mount.target)
    return sum(len(path.read_bytes().splitlines()) for path in folder.rglob("*.jsonl"))


def lists(path: str = f"/output/{FILE}") -> dict[str, Any]:
    """A document that lists the dataset."""
    entry = {"dataset_name": "augmented_data", "dataset_type": "huggingface", "dataset_path": path, "format": "jsonl"}
    return document(generated_datasets=[entry])


def write_rows(output: Path, number: int, name: str = FILE) -> None:
    """Put so many rows into a file below the output folder."""
    path = output / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f'{{"text": "{row}"}}\n' for row in range(number)))


def stage(root: Path, engine: Any, mock: Any, **fields: Any) -> Performer:
    """A stage after a good baseline of one second."""
    seen = run(stdout=lists(), produced=(produced(path=f"/output/{FILE}"),), seconds=1.0, cpu_seconds=0.5)
    defaults = {"image": image(user_id=1000), "manifest": READS_TEXTS, "baseline": seen}
    return Performer(engine, mock, root=root, **{**defaults, **fields})


def scenario(name: str, rows: int = 6, **fields: Any) -> Scenario:
    """A scenario with one dataset of JSON lines."""
    plan = DatasetPlan(builder="jsonl", rows=rows)
    return replace(Scenario(name, "S24", "Does it?", datasets={"source_data": plan}), **fields)
