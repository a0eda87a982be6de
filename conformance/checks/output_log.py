"""OUTPUT-018 to -021: the log as a whole. What is lost at its end, said twice, or looks like something it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from conformance.checks import check
from conformance.checks.common import first_of_each, quote
from conformance.checks.logs import read_log
from conformance.checks.output import on_document
from conformance.contract.model import Manifest
from conformance.contract.result import STRUCTURED_KEYS
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x9b")
RUN_INTO = re.compile(rb"\d%\|[^|]{0,400}\| {0,20}[\w.]{1,20}/\d{1,20}(?: ?\[[^\]]{0,200}\](?=\S)|(?=[A-Za-z]{3}))")
"""A bar as tqdm draws it, and the next words of the log right behind it."""


@check("OUTPUT-018", "baseline", "unbuffered")
def the_result_is_flushed(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Nothing that was printed is lost at the end (`os._exit`, a killed main process)."""
    del manifest
    run, unbuffered = evidence.run("baseline"), evidence.run("unbuffered")
    if run is not None and run.document is None and unbuffered is not None and unbuffered.document is not None:
        return [
            Finding(
                "The result document is lost: it comes out only when PYTHONUNBUFFERED=1 is set, so standard output "
                "is not flushed before the end.", "unbuffered", "stdout",
            )
        ]  # fmt: skip
    if run is not None and run.document is None:
        return NotTested("the baseline printed no result document, and none comes out without a buffer either")
    return []


def _documents(run: Run) -> list[Any]:
    return [span.value for span in read_log(run).results]


def is_complete(document: Any) -> bool:
    """Whether an object says how a run ended, so that a host could take it for the result."""
    results = document.get("results") or document.get("test_results") if isinstance(document, dict) else None
    return isinstance(results, dict) and "success" in results


@on_document("OUTPUT-019")
def the_result_is_printed_once(run: Run) -> Iterator[Finding]:
    """Not again by a forked child, a worker or an exit handler."""
    documents = [document for document in _documents(run) if is_complete(document)]
    repeated = len(documents) - len({repr(document) for document in documents})
    if repeated:
        yield Finding(f"The result document is printed {repeated + 1} times.", run.scenario, "stdout")


@on_document("OUTPUT-020")
def nothing_else_looks_like_a_result(run: Run) -> Iterator[Finding]:
    """No earlier object could be taken for the result."""
    documents = _documents(run)
    others = [document for document in documents[:-1] if repr(document) != repr(documents[-1])]
    structured = [one for one in others if any(key in one for key in STRUCTURED_KEYS)]
    if structured:
        shown = quote(json.dumps(structured[0]), 120)
        yield Finding(f"An earlier object looks like a result: {shown}", run.scenario, "stdout")


@check("OUTPUT-021", "*")
def progress_leaves_no_traces(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No terminal escapes, and no progress bar that leaves its line open."""
    del manifest
    findings = []
    for run in evidence.runs:
        text = run.merged.decode("utf-8", "replace")
        if found := ANSI.search(text):
            findings.append(Finding(f"The log has terminal escapes ({found.group()!r}).", run.scenario, "log"))
        streams = (run.stdout, run.stderr)
        if any(_open_line(stream, stopped=_was_stopped(run)) for stream in streams):
            findings.append(Finding("A progress bar leaves its line open.", run.scenario, "log"))
    if not evidence.runs:
        return NotApplicable("no run was made")
    return first_of_each(findings)


def _was_stopped(run: Run) -> bool:
    """Whether the kit ended the run before its time, so that nothing could be written behind its bar."""
    return run.status == "timeout" or run.out_of_memory or bool(run.observed.get("signal"))


def _open_line(stream: bytes, *, stopped: bool) -> bool:
    """Whether a stream draws over its line with carriage returns and does not end that line before it goes on.

    What stands last on such a line is the bar itself, or what was logged after a bar that took itself away. The very
    last line of a run that was ``stopped`` says nothing.
    """
    lines = stream.replace(b"\r\n", b"\n").split(b"\n")
    last = [(line, line.rpartition(b"\r")[2]) for line in lines if b"\r" in line]
    return any(
        (line is lines[-1] and not stopped) or text.lstrip().startswith(b"{") or RUN_INTO.search(text)
        for line, text in last
    )
