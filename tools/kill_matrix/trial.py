"""Check one mutant: build it, perform the scenarios that show its defect, judge every requirement on what was seen.

The evidence of a run is kept below ``build/mutants/evidence``, under a name with a hash of the image, the scenarios and
all code that takes part in gathering it. A second run judges kept evidence again, so a changed check costs no
container, and only what changed is run.
"""

from __future__ import annotations

import gzip
import hashlib
import tempfile
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from conformance.campaign import gather, verdict
from conformance.checks import STATIC
from conformance.checks.all import REGISTRY
from conformance.contract.catalogue import EDITION, select
from conformance.contract.manifest import parse_manifest
from conformance.engines.docker import DockerEngine
from conformance.errors import KitError
from conformance.evidence import Evidence
from conformance.evidence_files import load_evidence, save_evidence
from conformance.options import Options
from conformance.runs.runner import Silence
from conformance.target import resolve
from kill_matrix.building import BuildFailedError, build_mutant
from kill_matrix.mutants import ROOT, Mutant
from kill_matrix.verdicts import Trial, seen_in

EVIDENCE = ROOT / "build" / "mutants" / "evidence"
KIT = ROOT / "conformance"
JUDGING = ("checks", "reports", "commands", "suite", "verdict.py", "report.py", "findings.py", "cli.py", "plugin.py")
"""Parts of the kit that only read evidence: a change there makes no evidence stale."""
WHY_IT_FAILED = ("diagnose-*", "unbuffered")
BASELINE = ("baseline", *WHY_IT_FAILED)


def try_mutant(mutant: Mutant, *, full: bool = False, fresh: bool = False) -> Trial:
    """Check a mutant. Whatever breaks in the kit or its engine is the trial's ``error``, never an exception."""
    began = time.monotonic()
    try:
        tag = build_mutant(mutant)
        options = _options(mutant, full=full)
        scope = "full" if full else "part"
        kept = EVIDENCE / f"{mutant.id}.{scope}.{_fingerprint(tag, mutant, options)}.json.gz"
        performed = fresh or not kept.is_file()
        evidence = _perform(tag, options) if performed else _load(kept)
        if performed and all(run.status != "engine-error" for run in evidence.runs):
            _keep(evidence, kept)
        everything = replace(options, only=(), scenarios=())
        manifest = parse_manifest(evidence.image.manifest).manifest
        report = verdict(evidence, manifest, everything, select((), EDITION))
    except (KitError, BuildFailedError, OSError) as error:
        return Trial(mutant, full=full, seconds=time.monotonic() - began, error=f"{type(error).__name__}: {error}")
    seconds = time.monotonic() - began if performed else 0.0
    return Trial(mutant, seen_in(report), full, len(evidence.runs), seconds)


@cache
def _engine() -> DockerEngine:
    """One engine for all trials of this process: its control groups are named after the process."""
    engine = DockerEngine()
    engine.sweep()
    return engine


def _options(mutant: Mutant, *, full: bool) -> Options:
    if full:
        return Options(jobs=1, **mutant.options)
    return Options(jobs=1, only=(mutant.requirement,), scenarios=scenarios_of(mutant), **mutant.options)


def scenarios_of(mutant: Mutant) -> tuple[str, ...]:
    """The runs that show the defect: the row's; else those that the check reads, of which the baseline stands for all.

    A check that reads every run is shown its defect by the first one, unless the row knows better. What finds out why a
    baseline fails belongs to it, because it decides who is blamed.
    """
    read = REGISTRY[mutant.requirement].scenarios if mutant.requirement in REGISTRY else ()
    if not mutant.scenarios and set(read) <= {STATIC}:
        return ()
    chosen = mutant.scenarios or (BASELINE if "*" in read else (*read, *WHY_IT_FAILED))
    return tuple(name for name in chosen if name != STATIC)


def _perform(tag: str, options: Options) -> Evidence:
    target = resolve(tag, _engine())
    return gather(target, _engine(), options, select(options.only, EDITION), Silence())[0]


def _fingerprint(tag: str, mutant: Mutant, options: Options) -> str:
    """A hash of all that evidence depends on: the image, what is run, and the code that runs it."""
    told: list[Any] = [tag, sorted(mutant.options.items()), options.scenarios]
    return hashlib.sha256(f"{told}{_gathering_code()}".encode()).hexdigest()[:12]


@cache
def _gathering_code() -> str:
    digest = hashlib.sha256()
    for path in sorted(KIT.rglob("*")):
        name = path.relative_to(KIT)
        if path.is_file() and path.suffix != ".pyc" and name.parts[0] not in JUDGING:
            digest.update(f"{name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _load(path: Path) -> Evidence:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(gzip.decompress(path.read_bytes()))
        file.flush()
        return load_evidence(Path(file.name))


def _keep(evidence: Evidence, path: Path) -> None:
    """Keep the evidence in place of the mutant's older one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f"{path.name.rsplit('.', 3)[0]}.*"):
        old.unlink(missing_ok=True)  # another matrix may be at it, too
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, "evidence.json")
        save_evidence(evidence, plain)
        path.write_bytes(gzip.compress(plain.read_bytes(), 6))
