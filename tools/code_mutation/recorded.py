"""Recorded evidence of real images, conformant and defective, with the verdicts that the kit gave: one small file.

``fixtures/evidence/recorded.jsonl.xz`` holds one image a line: its name, the status of every requirement, the evidence.
It lets the checks be tried on what images really leave behind, without an engine. `record` writes it from what
`make mutants` and ``sdg-conformance check --evidence`` kept, `judge_again` renews the verdicts alone.
"""

from __future__ import annotations

import gzip
import json
import lzma
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kill_matrix.mutants import load_mutants

from conformance.campaign import verdict
from conformance.contract.catalogue import EDITION, load_catalogue, select
from conformance.contract.manifest import parse_manifest
from conformance.evidence import Evidence
from conformance.evidence_files import load_evidence
from conformance.options import Options

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "fixtures" / "evidence" / "recorded.jsonl.xz"
MUTANTS = ROOT / "build" / "mutants" / "evidence"
IMAGES = ROOT / "build" / "recorded"
LARGEST = 400_000
"""Evidence with more bytes of JSON is left out: a flood of log shows one thing and weighs more than all the rest."""


@dataclass(frozen=True)
class Recorded:
    """One image: ``name`` says which, ``statuses`` the verdict by requirement."""

    name: str
    statuses: Mapping[str, str]
    evidence: Evidence


def load(path: Path = RECORDED) -> list[Recorded]:
    """Everything that was recorded."""
    return [_recorded(entry) for entry in _entries(path)]


def statuses(evidence: Evidence) -> dict[str, str]:
    """The status of every requirement on that evidence, by the checks as they are."""
    manifest = parse_manifest(evidence.image.manifest).manifest
    report = verdict(evidence, manifest, Options(), select((), EDITION))
    return {row.id: row.status for row in report.requirements}


@cache
def _requirements() -> Mapping[str, str]:
    return {one.id: one.requirement for one in load_mutants()}


def holds(name: str, said: Mapping[str, str]) -> bool:
    """Whether the verdict on an image is the one it must get: a mutant's own requirement fails, else no MUST does."""
    kind, _, identifier = name.partition(" ")
    if kind == "mutant":
        return said.get(_requirements().get(identifier, "")) == "fail"
    binding = {row.id for row in load_catalogue() if row.level == "MUST"}
    return not any(said.get(requirement) == "fail" for requirement in binding)


def record(path: Path = RECORDED) -> int:
    """Write what was kept of mutants and images that get the verdict they must get; how many there are."""
    kept = {f"mutant {file.name.split('.')[0]}": _bytes(file) for file in MUTANTS.glob("*.part.*")}
    kept |= {f"image {file.parent.name}": file.read_bytes() for file in IMAGES.glob("*/evidence.json")}
    documents = {name: _without_ballast(text) for name, text in sorted(kept.items()) if 0 < len(text) < LARGEST}
    return _write(path, documents)


def judge_again(path: Path = RECORDED) -> int:
    """Renew the verdicts, after a check changed for a good reason; how many images still get the one they must get."""
    return _write(path, {entry["name"]: entry["document"] for entry in _entries(path)})


def _bytes(file: Path) -> bytes:
    """What is in it; nothing if a matrix that runs at the same time has just replaced it."""
    try:
        return gzip.decompress(file.read_bytes())
    except FileNotFoundError:
        return b""


def _without_ballast(text: bytes) -> dict[str, Any]:
    """The document without what differs from machine to machine and no check reads."""
    document: dict[str, Any] = json.loads(text)
    for run in document["evidence"]["runs"]:
        run["reproduce"] = ""
    document["evidence"]["started"] = ""
    return document


def _write(path: Path, documents: Mapping[str, dict[str, Any]]) -> int:
    entries = []
    for name, document in documents.items():
        entry = {"name": name, "document": document}
        said = statuses(_evidence(entry))
        if holds(name, said):
            entries.append({"name": name, "statuses": said, "document": document})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress("\n".join(map(json.dumps, entries)).encode(), preset=9))
    return len(entries)


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, lzma.decompress(path.read_bytes()).splitlines())


def _recorded(entry: Mapping[str, Any]) -> Recorded:
    return Recorded(entry["name"], entry["statuses"], _evidence(entry))


def _evidence(entry: Mapping[str, Any]) -> Evidence:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(entry["document"], file)
        file.flush()
        return load_evidence(Path(file.name))
