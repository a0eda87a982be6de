"""ERROR-009: an image that is told to stop does, and one that is killed leaves nothing that looks complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks import check
from conformance.checks.common import how_it_ended, quote
from conformance.checks.mount import is_leftover
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotTested
from conformance.outputs.facts import DatasetFacts
from conformance.outputs.names import same_name

STOP_SECONDS = 1.0
OVERHEAD_SECONDS = 2.0
"""What an engine may take to deliver a signal and to notice the end of a container, on a busy machine."""

DONE_IN_TIME = "its work was done when the signal came, or in the time that it has to stop"
"""Even with many rows: nobody can tell a program that is so quick from one that does not hear."""

PARTIAL_SHARE = 0.9
"""A file with fewer than this share of the rows of a whole run is not finished; chance may cost a whole one a few."""


@check("ERROR-009", "terminated", "killed", "killed-control", "after-kill")
def it_stops_when_told(evidence: Evidence, manifest: Manifest) -> Judgement:
    """SIGTERM in mid-run ends it within a second; SIGKILL leaves no file under a final name that is not whole."""
    del manifest
    terminated, killed = evidence.run("terminated"), evidence.run("killed")
    findings = [*_stops(terminated, killed), *_leaves_nothing_partial(evidence, killed), *_works_again(evidence)]
    if findings:
        return findings
    for name, run in (("SIGTERM", terminated), ("SIGKILL", killed)):
        if run is None:
            continue
        if reason := _undecided(run):
            return NotTested(f"{name} showed nothing: {reason}", observable=reason != DONE_IN_TIME)
    return [] if terminated or killed else NotTested("no run was interrupted")


def _undecided(run: Run) -> str:
    """Why an interrupted run says nothing, or nothing."""
    if run.status in ("timeout", "engine-error"):
        return "the run was ended by its deadline" if run.status == "timeout" else run.reason
    if not run.observed.get("moment"):
        return "the run was over before anything showed it at work"
    if run.claims_success:
        return DONE_IN_TIME
    return ""


def _allowed(killed: Run | None) -> float:
    """How long SIGTERM may take: a second, and the engine's own time, of which SIGKILL shows some."""
    shown = killed.observed.get("stop_seconds") if killed is not None else None
    engine = float(shown) if isinstance(shown, int | float) else 0.0
    return STOP_SECONDS + max(OVERHEAD_SECONDS, 2 * min(engine, 5.0))


def _stops(run: Run | None, killed: Run | None) -> Iterator[Finding]:
    if run is None or not run.observed.get("moment"):
        return
    seconds = run.observed.get("stop_seconds")
    if isinstance(seconds, int | float) and seconds > _allowed(killed):
        yield Finding(
            f"After SIGTERM it went on for {seconds:.1f} seconds ({quote(str(run.observed['moment']), 80)}); "
            "expected it to stop within 1 second.", run.scenario, "process",
        )  # fmt: skip


def _leaves_nothing_partial(evidence: Evidence, killed: Run | None) -> Iterator[Finding]:
    baseline = evidence.run("baseline")
    if killed is None or baseline is None or not killed.observed.get("moment"):
        return
    control = evidence.run("killed-control")
    for left in _left(killed):
        expected = None if _holds_temporary_files_alone(str(left["path"]), killed) else _namesake(left, baseline)
        problem = _what_is_partial(left, expected, control) if expected is not None else ""
        if problem:
            yield Finding(
                f"Killed while at work, it leaves a file under a final name that {problem}; expected another name "
                "until the file is whole.", killed.scenario, quote(f"/output/{left['path']}"),
            )  # fmt: skip


def _left(run: Run) -> list[Mapping[str, Any]]:
    found = run.observed.get("left")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _holds_temporary_files_alone(path: str, run: Run) -> bool:
    """Whether it is a folder in which nothing has its final name: nobody takes that for a whole dataset."""
    below = [one for one in run.output if one.kind == "file" and one.path.startswith(f"{path}/")]
    files = [one.path.removeprefix(f"{path}/") for one in below]
    return bool(files) and all(name.startswith(".") or is_leftover(name) for name in files)


def _namesake(left: Mapping[str, Any], run: Run) -> DatasetFacts | None:
    """The product of a whole run that has this file's name."""
    return next((facts for facts in run.produced if same_name(str(left["path"]), facts.path)), None)


def _what_is_partial(left: Mapping[str, Any], expected: DatasetFacts, control: Run | None) -> str:
    if left["form"] in ("empty", "missing") and expected.form not in ("empty", "missing"):
        return "is empty"
    if left["problem"] and not expected.problem:
        return f"is torn ({quote(str(left['problem']), 120)})"
    whole = _namesake(left, control) if control is not None and control.claims_success else None
    if whole is not None and left["rows"] < whole.rows * PARTIAL_SHARE:
        return f"has {left['rows']} of {whole.rows} rows"
    return ""


def _works_again(evidence: Evidence) -> Iterator[Finding]:
    """What a killed run left must not be in the way of the next, if what a whole run leaves is not."""
    again, used = evidence.run("after-kill"), evidence.run("re-run")
    if again is None or again.status != "done" or again.claims_success or again.reason:
        return
    if used is None or used.claims_success:
        yield Finding(
            f"On the output folder of a killed run it does not work; observed: {how_it_ended(again)}.",
            again.scenario, "/output",
        )  # fmt: skip
