"""All trials together: the matrix of requirements and mutants, the kill rate, and whether it all holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.contract.catalogue import Requirement
from kill_matrix.verdicts import Outcome, Trial

PROVED, NOT_PROVED, ENGINE_FAILED = 0, 1, 3
"""Exit codes: every defect was found and nothing else was blamed; one was not; something could not be tried."""
SCHEMA = "sdg-conformance/kill-matrix/1"
MARKS: Mapping[Outcome, str] = {"killed": "killed", "survived": "SURVIVED", "extra": "EXTRA", "error": "ERROR"}
LONGEST = 240


def line(trial: Trial) -> str:
    """One line about a mutant: its outcome, and what a person needs who has to mend it."""
    told = f"{MARKS[trial.outcome]:<9}{trial.mutant.requirement:<13} {trial.mutant.id}"
    told += " (full)" if trial.full else ""
    told += f"  {trial.seconds:.1f} s" if trial.seconds else "  (kept)"
    return "\n".join([told, *(f"           {shorten(detail)}" for detail in details(trial))])


def details(trial: Trial) -> list[str]:
    """What is wrong with a trial; nothing for a mutant that was killed cleanly."""
    if trial.error:
        return [f"it could not be tried: {trial.error}"]
    own = trial.own
    told = [] if own.status == "fail" else [f"{trial.mutant.requirement} is {own.status}: {own.text or 'no finding'}"]
    told += [f"{name} fails as well: {one.text}" for name, one in trial.extras.items()]
    return told + [f"{name} is said to fail as well, and passes" for name in trial.unneeded]


def shorten(text: str) -> str:
    """On one line, and not longer than a person reads."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def table(trials: Iterable[Trial], exclusions: Mapping[str, str]) -> list[str]:
    """The matrix: one line per requirement with its mutants, a mutant that was not killed with its outcome."""
    rows: dict[str, list[str]] = {name: [] for name in exclusions}
    for trial in trials:
        mark = "" if trial.outcome == "killed" else f" [{MARKS[trial.outcome]}]"
        also = "".join(f" +{name}" for name in (*trial.extras, *trial.mutant.also_fails) if _fails(trial, name))
        rows.setdefault(trial.mutant.requirement, []).append(f"{trial.mutant.id}{mark}{also}")
    return [
        f"{name:<13} {'; '.join(mutants) or f'excluded: {exclusions[name]}'}" for name, mutants in sorted(rows.items())
    ]


def _fails(trial: Trial, name: str) -> bool:
    return name in trial.seen and trial.seen[name].status == "fail"


def summary(trials: Sequence[Trial]) -> str:
    """The kill rate and what spoils it, in one line."""
    numbers = tally(trials)
    rate = f"{numbers['found']} of {len(trials)} mutants killed ({100 * numbers['found'] / max(1, len(trials)):.1f} %)"
    problems = [f"{numbers['survived']} survived", f"{numbers['extra']} with unexplained extras"]
    return ", ".join([rate, *problems, f"{numbers['error']} could not be tried"])


def tally(trials: Iterable[Trial]) -> dict[str, int]:
    """The number of trials by outcome; ``found`` counts every defect that its own requirement's check found."""
    numbers = {"killed": 0, "survived": 0, "extra": 0, "error": 0}
    for trial in trials:
        numbers[trial.outcome] += 1
    return numbers | {"found": numbers["killed"] + numbers["extra"]}


def exit_code(trials: Sequence[Trial]) -> int:
    """Nothing tried is never a success."""
    numbers = tally(trials)
    if numbers["survived"] or numbers["extra"]:
        return NOT_PROVED
    return ENGINE_FAILED if numbers["error"] or not trials else PROVED


def document(
    trials: Sequence[Trial], exclusions: Mapping[str, str], catalogue: Sequence[Requirement]
) -> dict[str, Any]:
    """The matrix as JSON: the requirements that it is about, and every mutant's result."""
    tried = {trial.mutant.requirement for trial in trials}
    return {
        "schema": SCHEMA,
        "tally": {"mutants": len(trials), **tally(trials)},
        "requirements": [
            {"id": row.id, "level": row.level, "title": row.title, "exclusion": exclusions.get(row.id, "")}
            for row in catalogue
            if row.id in tried or row.id in exclusions
        ],
        "mutants": [_entry(trial) for trial in sorted(trials, key=lambda one: (one.mutant.requirement, one.mutant.id))],
    }


def _entry(trial: Trial) -> dict[str, Any]:
    failed = {name: one.text for name, one in trial.seen.items() if one.status == "fail"}
    mutant = trial.mutant
    return {
        "id": mutant.id, "requirement": mutant.requirement, "defect": mutant.defect, "base": mutant.base,
        "outcome": trial.outcome, "scope": "full" if trial.full else "row", "status": trial.own.status,
        "finding": trial.own.text, "problems": details(trial), "explained": dict(mutant.also_fails), "fails": failed,
        "runs": trial.runs, "seconds": round(trial.seconds, 1),
    }  # fmt: skip
