"""MOUNT-005 to -008: an output folder that was used before, is used by two, is not mounted or cannot be written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks import check
from conformance.checks.common import how_it_ended, quote
from conformance.checks.logs import read_log
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

WARNS = re.compile(
    r"\b(warn(ing)?|lost|(un|not )?mount(ed|s)?|persist(ed|s|ent)?|ephemeral|volumes?|discard(ed)?|not kept)\b",
    re.IGNORECASE,
)
WAITS_FOR_ANOTHER = re.compile(r"\block|another (run|job|process)|in use|already running|busy|concurren", re.IGNORECASE)


def _rows(run: Run | None) -> dict[str, int] | None:
    """Rows by dataset of a successful run whose tables could be read whole; None of any other run."""
    if run is None or run.status != "done" or not run.claims_success:
        return None
    return {facts.name: facts.rows for facts in run.produced if facts.role == "dataset" and not facts.problem}


def _steady_rows(evidence: Evidence) -> dict[str, int]:
    """Rows of the datasets that have the same number in two runs on the same input, each in a folder of its own."""
    first, again = _rows(evidence.run("baseline")), _rows(evidence.run("repeat"))
    if first is None or again is None:
        return {}
    return {name: rows for name, rows in first.items() if again.get(name) == rows}


def _no_datasets(manifest: Manifest, evidence: Evidence) -> NotApplicable | None:
    baseline = evidence.run("baseline")
    if manifest.output_datasets or manifest.reports or (baseline is not None and baseline.entries()):
        return None
    return NotApplicable(f"no output dataset is declared ({manifest.line_of('output_datasets')})")


@check("MOUNT-005", "re-run")
def a_second_run_replaces_its_own_output(evidence: Evidence, manifest: Manifest) -> Judgement:
    """On a used folder it gives what it gives on a fresh one."""
    if nothing := _no_datasets(manifest, evidence):
        return nothing
    run, steady = evidence.run("re-run"), _steady_rows(evidence)
    if run is None or run.status != "done" or not run.claims_success:
        return NotTested(evidence.skipped.get("re-run", "no run on a used output folder ended in success"))
    if not steady and _rows(evidence.run("baseline")):
        return NotTested("the number of its rows differs from run to run")
    findings = []
    for facts in run.produced:
        if facts.role == "dataset" and facts.problem:
            message = f"After a second run “{quote(facts.name, 80)}” cannot be read: {quote(facts.problem)}."
            findings.append(Finding(message, run.scenario, quote(facts.path)))
        elif facts.name in steady and facts.rows != steady[facts.name]:
            message = (
                f"After a second run on one folder “{quote(facts.name, 80)}” has {facts.rows} rows; "
                f"expected {steady[facts.name]}, as after the first."
            )
            findings.append(Finding(message, run.scenario, quote(facts.path)))
    return findings


@check("MOUNT-006", "concurrent", "concurrent-twin")
def two_runs_at_once_do_no_harm(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Both end in success, and what both list is whole."""
    if nothing := _no_datasets(manifest, evidence):
        return nothing
    pair = [run for name in ("concurrent", "concurrent-twin") if (run := evidence.run(name)) is not None]
    if len(pair) < 2 or any(run.status != "done" or run.reason or run.out_of_memory for run in pair):
        return NotTested(evidence.skipped.get("concurrent", "no two runs at once ended by themselves"))
    if any(_steps_aside(run) for run in pair):
        return []
    return [finding for run in pair for finding in _harm(run, _steady_rows(evidence))]


def _steps_aside(run: Run) -> bool:
    """Whether it refuses because another run is at work: that damages nothing."""
    return run.refused_cleanly and WAITS_FOR_ANOTHER.search(run.error_text) is not None


def _harm(run: Run, steady: Mapping[str, int]) -> Iterator[Finding]:
    if not run.claims_success:
        yield Finding(
            f"Of two runs at once on one output folder one fails; observed: {how_it_ended(run)}.",
            run.scenario, "/output",
        )  # fmt: skip
        return
    for facts in _shared_facts(run):
        name, problem = quote(str(facts.get("name")), 80), facts.get("problem")
        if problem or facts.get("form") in ("missing", "empty"):
            reason = quote(str(problem or facts.get("form")), 120)
            message = f"After two runs at once “{name}” cannot be read: {reason}."
            yield Finding(message, run.scenario, quote(str(facts.get("path"))))
        elif facts.get("name") in steady and facts.get("rows") != steady[str(facts.get("name"))]:
            message = (
                f"After two runs at once “{name}” has {facts.get('rows')} rows; "
                f"expected {steady[str(facts.get('name'))]}, as after one."
            )
            yield Finding(message, run.scenario, quote(str(facts.get("path"))))


def _shared_facts(run: Run) -> list[Mapping[str, Any]]:
    found = run.observed.get("produced")
    facts = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    return [one for one in facts if one.get("role") == "dataset"]


@check("MOUNT-007", "no-output")
def a_missing_output_mount_is_noticed(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Without a mounted folder it fails cleanly, lists nothing, or says that nothing will be kept."""
    if nothing := _no_datasets(manifest, evidence):
        return nothing
    run = evidence.run("no-output")
    if run is None or run.status != "done" or run.reason:
        return NotTested(evidence.skipped.get("no-output", "the run without an output mount did not end"))
    if run.refused_cleanly:
        return []
    if not run.claims_success:
        message = f"Without an output mount it ends without a clean error; observed: {how_it_ended(run)}."
        return [Finding(message, run.scenario, "stdout")]
    if not (run.entries() or run.entries("generated_reports")) or _warns(run, evidence.run("baseline")):
        return []
    message = "Without an output mount it lists results as if they were kept, and warns of nothing."
    return [Finding(message, run.scenario, "stdout")]


def _warns(run: Run, usual: Run | None) -> bool:
    """Whether it says something of mounts or losses that it does not say on a good day."""
    usual_lines = set(_log_lines(usual)) if usual is not None else set()
    if any(WARNS.search(line) for line in _log_lines(run) if line not in usual_lines):
        return True
    usual_words = len(WARNS.findall(json.dumps(usual.document))) if usual is not None else 0
    return len(WARNS.findall(json.dumps(run.document))) > usual_words


def _log_lines(run: Run) -> list[str]:
    """The log without the result document."""
    read = read_log(run)
    text = read.text if read.span is None else read.text[: read.span.start] + read.after
    return text.splitlines()


@check("MOUNT-008", "foreign-output")
def an_output_that_cannot_be_written_is_named(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The error names the folder, or a file in it."""
    if nothing := _no_datasets(manifest, evidence):
        return nothing
    run = evidence.run("foreign-output")
    if run is None or run.status != "done" or run.reason:
        return NotTested(evidence.skipped.get("foreign-output", "no run on a folder of another user ended"))
    if any(one.kind == "file" for one in run.output):
        return NotTested("it could write to the folder of another user")
    if not run.refused_cleanly:
        message = f"Where it may not write to /output it ends without a clean error; observed: {how_it_ended(run)}."
        return [Finding(message, run.scenario, "stdout")]
    if not re.search(r"output", run.error_text, re.IGNORECASE):
        message = f"The error does not name the output folder that it may not write to: {quote(run.error_text, 160)}"
        return [Finding(message, run.scenario, "stdout")]
    return []
