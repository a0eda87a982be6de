"""The command line: which mutants are tried, side by side in processes of their own, and what is told of them."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from fnmatch import fnmatchcase
from pathlib import Path

from conformance.contract.catalogue import load_catalogue
from kill_matrix import matrix
from kill_matrix.mutants import Mutant, load_exclusions, load_mutants
from kill_matrix.page import render
from kill_matrix.trial import try_mutant
from kill_matrix.verdicts import Trial


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the chosen mutants and print the matrix; returns the exit code."""
    chosen = parse(arguments)
    mutants = select(load_mutants(), chosen.only)
    if not mutants:
        print(f"error: no mutant and no requirement matches {', '.join(chosen.only)}", file=sys.stderr)
        return 2
    work = plan(mutants, full=chosen.full, sample=chosen.sample, seed=chosen.seed)
    trials = []
    for trial in perform(work, chosen.jobs, fresh=chosen.fresh):
        trials.append(trial)
        print(matrix.line(trial), flush=True)
    exclusions = {} if chosen.only else load_exclusions()
    print("", *matrix.table(sorted(trials, key=lambda one: one.mutant.id), exclusions), "", sep="\n")
    print(matrix.summary(trials))
    document = matrix.document(trials, exclusions, load_catalogue())
    if chosen.json:
        _write(chosen.json, json.dumps(document, indent=1) + "\n")
    if chosen.page:
        _write(chosen.page, render(document))
    return matrix.exit_code(trials)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; the program ends with exit code 2 where they make no sense."""
    parser = argparse.ArgumentParser(prog="mutants.py", description="Prove that every requirement can fail.")
    add = parser.add_argument
    add("--only", action="append", default=[], metavar="PATTERN", help="mutants or requirements; repeatable")
    add("--full", action="store_true", help="every mutant through every scenario")
    add("--sample", type=int, default=0, metavar="N", help="so many mutants through every scenario as well")
    add("--seed", type=int, default=0, help="which ones those are")
    add("--jobs", type=int, default=(os.cpu_count() or 1) + 1, metavar="N", help="mutants at a time")
    add("--json", type=Path, metavar="FILE", help="write the matrix as JSON")
    add("--page", type=Path, metavar="FILE", help="write the matrix as a page of HTML")
    add("--fresh", action="store_true", help="run again what was run before")
    return parser.parse_args(arguments)


def select(mutants: Sequence[Mutant], patterns: Sequence[str]) -> tuple[Mutant, ...]:
    """The mutants whose id or requirement matches a pattern; all without patterns."""
    return tuple(
        one
        for one in mutants
        if not patterns or any(fnmatchcase(name, pattern) for name in (one.id, one.requirement) for pattern in patterns)
    )


def plan(mutants: Sequence[Mutant], *, full: bool, sample: int, seed: int) -> list[tuple[Mutant, bool]]:
    """What to try, each with whether every scenario is performed; a seeded sample is tried in both ways."""
    if full:
        return [(one, True) for one in mutants]
    drawn = random.Random(seed).sample(sorted(mutants, key=lambda one: one.id), min(sample, len(mutants)))  # noqa: S311
    return [*((one, True) for one in drawn), *((one, False) for one in mutants)]


def perform(work: Sequence[tuple[Mutant, bool]], jobs: int, *, fresh: bool) -> Iterator[Trial]:
    """The trials as they end."""
    with ProcessPoolExecutor(max(1, jobs)) as pool:
        pending = [pool.submit(try_mutant, one, full=full, fresh=fresh) for one, full in work]
        for future in as_completed(pending):
            yield future.result()
