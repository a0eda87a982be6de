"""Builders with defaults: a test names only what it is about.

Import with ``from builders import ...`` (the tests folder is on the path, see ``pythonpath`` in pyproject.toml).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks import Check, CheckFunction
from conformance.contract.model import Manifest, OutputDataset
from conformance.evidence import Evidence, ImageFacts, LogChunk, Request, Run
from conformance.findings import Finding
from conformance.outputs.facts import DatasetFacts
from conformance.report import Report
from conformance.verdict import judge


@dataclass(frozen=True)
class Row:
    """A requirement as the verdict needs it, without the catalogue."""

    id: str
    level: str = "MUST"
    title: str = "A title"
    statement: str = "The image does it."
    hint: str = "Do it."
    source: str = "contract.md:1"
    profiles: tuple[str, ...] = ("current", "seed", "kubernetes")

    def level_in(self, profile: str) -> str | None:
        return self.level if profile in self.profiles else None


def finding(message: str = "It does not.", scenario: str = "baseline", **fields: Any) -> Finding:
    """A finding in the baseline run."""
    return Finding(message, scenario=scenario, **fields)


def document(**fields: Any) -> dict[str, Any]:
    """A result document of a successful run; fields replace or add top-level keys."""
    return {"results": {"success": True}, "generated_datasets": [], **fields}


def run(
    scenario: str = "baseline",
    *,
    stdout: bytes | str | Mapping[str, Any] | None = None,
    stderr: bytes | str = b"",
    **fields: Any,
) -> Run:
    """A run that ended with exit code 0 and, unless told otherwise, printed a successful document."""
    text = json.dumps(document() if stdout is None else stdout) if not isinstance(stdout, bytes | str) else stdout
    chunks = [("stderr", _bytes(stderr)), ("stdout", _bytes(text))]
    log = tuple(LogChunk("stdout" if name == "stdout" else "stderr", 0.1, data) for name, data in chunks if data)
    defaults: dict[str, Any] = {
        "code": "S01",
        "exit_code": 0,
        "seconds": 1.25,
        "log": log,
        "reproduce": f"docker run --rm example:1 # {scenario}",
    }
    return Run(scenario, **{**defaults, **fields})


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def image(**fields: Any) -> ImageFacts:
    """An image that is as it should be."""
    defaults: dict[str, Any] = {
        "reference": "example:1",
        "digest": "sha256:" + "ab" * 32,
        "architecture": "amd64",
        "host_architecture": "amd64",
        "entrypoint": ("python", "/app/entrypoint.py"),
        "manifest": b"name: example\nversion: 1.0.0\n",
    }
    return ImageFacts(**{**defaults, **fields})


def evidence(*runs: Run, **fields: Any) -> Evidence:
    """Evidence of these runs; of a good baseline run if there are none."""
    defaults: dict[str, Any] = {
        "image": image(),
        "runs": runs or (run(),),
        "kit": "0.1.0",
        "edition": "1",
        "started": "2026-01-02T03:04:05Z",
    }
    return Evidence(**{**defaults, **fields})


def manifest(**fields: Any) -> Manifest:
    """A manifest that promises one dataset."""
    defaults: dict[str, Any] = {
        "name": "example",
        "version": "1.0.0",
        "output_datasets": (OutputDataset("augmented_data"),),
    }
    return Manifest(**{**defaults, **fields})


def produced(name: str = "augmented_data", path: str = "augmented_data.parquet", **fields: Any) -> DatasetFacts:
    """A produced dataset that could be read."""
    return DatasetFacts(name, path, **{"form": "parquet", "rows": 6, "self_describing": True, **fields})


def request(path: str = "/v1/chat/completions", **fields: Any) -> Request:
    """A request that the mock server answered."""
    return Request(**{"method": "POST", "path": path, **fields})


def registry(**functions: CheckFunction) -> dict[str, Check]:
    """Checks by requirement (``OUTPUT_001=function``), each on the baseline run."""
    names = {name.replace("_", "-"): function for name, function in functions.items()}
    return {name: Check(name, ("baseline",), function) for name, function in names.items()}


def report(
    *rows: Row, findings: Mapping[str, Sequence[Finding]] | None = None, seen: Evidence | None = None, **options: Any
) -> Report:
    """A report in which every row passes but those that have findings."""
    said = findings or {}
    chosen = rows or tuple(Row(identifier) for identifier in said) or (Row("OUTPUT-001"),)
    checks = {
        row.id: Check(row.id, ("baseline",), lambda _evidence, _manifest, row=row: list(said.get(row.id, ())))
        for row in chosen
    }
    return judge(seen or evidence(), manifest(), chosen, **{"checks": checks, **options})
