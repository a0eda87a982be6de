"""The command line: which changes are tried, and the share of them that somebody notices."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from multiprocessing import get_context
from pathlib import Path

from code_mutation import recorded as evidence
from code_mutation.operators import Change, changes
from code_mutation.recorded import ROOT, Recorded
from code_mutation.trial import Fate, fate, requirements_in

CHECKS = ROOT / "conformance" / "checks"
TESTS = ROOT / "tests" / "unit" / "checks"
REPORT = Path("build") / "mutation" / "report.json"
GOAL = 0.9
Result = tuple[Change, Fate]

_warm: list[Recorded] = []


def main(arguments: Sequence[str] | None = None) -> int:
    """Try changes and print the score; 0 if it reaches the goal, 1 if not, 3 if the oracles disagree with the code."""
    chosen = parse(arguments)
    if chosen.record or chosen.judge:
        number = evidence.record() if chosen.record else evidence.judge_again()
        print(f"{number} images recorded in {evidence.RECORDED.relative_to(ROOT)}")
        return 0
    _warm.extend(evidence.load())
    _import_what_is_slow()
    every = [change for path in modules(chosen.only) for change in changes(_name(path), path.read_text("utf-8"))]
    tried = every if chosen.all else drawn(every, chosen.sample, chosen.seed)
    if not tried:
        print(f"error: no module matches {', '.join(chosen.only)}", file=sys.stderr)
        return 2
    if stale := disagreeing(tried, chosen.jobs):
        print(f"error: without a change, tests or recorded verdicts (see --judge) fail: {', '.join(stale)}")
        return 3
    print(f"{len(tried)} of {len(every)} changes, {len(_warm)} recorded images", flush=True)
    results = list(perform(tried, chosen.jobs, chosen.minutes))
    return finish(results, len(every), chosen.report)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; the program ends with exit code 2 where they make no sense."""
    parser = argparse.ArgumentParser(prog="mutation.py", description="Change the checks and count who notices.")
    add = parser.add_argument
    add("--only", action="append", default=[], metavar="PATTERN", help="modules of checks, such as 'output*'")
    add("--sample", type=int, default=150, metavar="N", help="so many changes")
    add("--seed", type=int, default=0, help="which ones those are")
    add("--all", action="store_true", help="every change")
    add("--minutes", type=float, default=None, metavar="N", help="start no further change after so long")
    add("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="changes at a time")
    add("--report", type=Path, default=REPORT, metavar="FILE", help="where the score and the survivors go")
    add("--record", action="store_true", help="record the evidence that `make mutants` and `check` kept")
    add("--judge", action="store_true", help="renew the recorded verdicts")
    return parser.parse_args(arguments)


def modules(patterns: Sequence[str]) -> list[Path]:
    """The modules of checks whose name matches."""
    paths = [path for path in sorted(CHECKS.glob("*.py")) if path.stem not in {"__init__", "all"}]
    return [one for one in paths if not patterns or any(fnmatchcase(one.stem, pattern) for pattern in patterns)]


def drawn(every: Sequence[Change], number: int, seed: int) -> list[Change]:
    """A sample that is the same for the same seed."""
    return random.Random(seed).sample(list(every), min(number, len(every)))  # noqa: S311


def tests_of(path: Path) -> list[str]:
    """The test modules that speak of a module or its groups of requirements; all of them if it serves every check."""
    source = path.read_text("utf-8")
    groups = {name.rpartition("-")[0] for name in requirements_in(source)}
    named = {f"checks.{path.stem} ", f"import {path.stem}", *(f"{group}-0" for group in groups)}
    every = sorted(TESTS.glob("test_*.py"))
    about = [one for one in every if groups and any(name in one.read_text("utf-8") for name in named)]
    return [str(one) for one in about or every]


def perform(tried: Iterable[Change], jobs: int, minutes: float | None) -> Iterator[Result]:
    """The results as they come; a dot for a change that was noticed, a line for one that was not."""
    deadline = time.monotonic() + minutes * 60 if minutes else float("inf")
    in_time = (change for change in tried if time.monotonic() < deadline)
    with get_context("fork").Pool(max(1, jobs), maxtasksperchild=None) as pool:
        for change, what in pool.imap_unordered(_try, in_time):
            print("." if what != "survived" else f"\nsurvived: {change.label}", end="\n" * (what == "survived"))
            yield change, what


def _try(change: Change) -> Result:
    path = ROOT / change.path
    return change, fate(change, path, _relevant(path), tests_of(path))


def disagreeing(tried: Iterable[Change], jobs: int) -> list[str]:
    """The modules whose oracles find fault with them as they are: no change can be tried on those."""
    names = sorted({change.path for change in tried})
    with get_context("fork").Pool(max(1, jobs)) as pool:
        return [name for name, what in zip(names, pool.map(_unchanged, names, 1), strict=True) if what != "survived"]


def _unchanged(name: str) -> Fate:
    path = ROOT / name
    return fate(None, path, _relevant(path), tests_of(path))


def _relevant(path: Path) -> list[Recorded]:
    """The recorded images, first those on which a check of this module found something: they notice soonest."""
    names = requirements_in(path.read_text("utf-8"))
    return sorted(_warm, key=lambda one: not any(one.statuses.get(name) == "fail" for name in names))


def _import_what_is_slow() -> None:
    """Before the forks, and nothing that is changed in them."""
    import jsonschema
    import pyarrow.parquet
    import pytest

    import conformance.contract.manifest_rules
    import conformance.verdict

    del jsonschema, pyarrow, pytest, conformance


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def finish(results: Sequence[Result], total: int, report: Path = REPORT) -> int:
    """Print and write the score."""
    noticed = [change for change, what in results if what != "survived"]
    score = len(noticed) / len(results)
    by_module = {
        name: f"{sum(what != 'survived' for change, what in results if change.path == name)}/{number}"
        for name, number in sorted(Counter(change.path for change, _ in results).items())
    }
    survivors = sorted(change.label for change, what in results if what == "survived")
    document = {
        "schema": "sdg-conformance/mutation/1", "score": round(score, 4), "tried": len(results), "changes": total,
        "fates": dict(Counter(what for _, what in results)), "modules": by_module, "survivors": survivors,
    }  # fmt: skip
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print("", *(f"{name:<48} {share}" for name, share in by_module.items()), sep="\n")
    print(f"\n{len(noticed)} of {len(results)} changes noticed ({100 * score:.1f} %); the goal is {100 * GOAL:.0f} %")
    print(f"the survivors are in {report}")
    return 0 if score >= GOAL else 1
