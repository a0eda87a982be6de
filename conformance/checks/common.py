"""What several checks ask of the evidence: which runs succeeded, which refused, how to quote an image safely.

Pure functions on evidence; the words "success" and "failure" are the document's own, as the host reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotTested

QUOTE_LIMIT = 300
_MOCK_PORT = re.compile(r"(127\.0\.0\.1|localhost|172\.\d+\.\d+\.\d+):\d{4,5}/s/")


def successes(evidence: Evidence) -> tuple[Run, ...]:
    """Every run that ended by itself and whose document says success."""
    return tuple(run for run in evidence.runs if run.status == "done" and run.claims_success)


def failures(evidence: Evidence) -> tuple[Run, ...]:
    """Every run that ended by itself and does not say success: with an error document, or with none at all."""
    return tuple(run for run in evidence.runs if run.status == "done" and not run.claims_success)


def matching(evidence: Evidence, *patterns: str) -> tuple[Run, ...]:
    """The runs whose scenario's name matches one of the shell patterns, in the order in which they were planned."""
    return tuple(run for run in evidence.runs if any(fnmatchcase(run.scenario, pattern) for pattern in patterns))


def each(runs: Iterable[Run], examine: Callable[[Run], Iterable[Finding]], nothing: str) -> Judgement:
    """The findings of every run; `NotTested` with the reason ``nothing`` when there is no run to look at."""
    looked_at = list(runs)
    if not looked_at:
        return NotTested(nothing)
    return first_of_each(finding for run in looked_at for finding in examine(run))


def first_of_each(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without repetitions: the same message is kept for the first scenario that shows it."""
    kept: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.message, finding.location), finding)
    return list(kept.values())


def quote(text: str | bytes, limit: int = QUOTE_LIMIT) -> str:
    """Text from the image, made fit for a sentence: decoded, one line, cut, the mock server's port made constant."""
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    flat = " ".join(_MOCK_PORT.sub(r"\1:8000/s/", decoded).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def how_it_ended(run: Run) -> str:
    """In a few words, how a run ended: for findings about runs that should have ended otherwise."""
    if run.status == "timeout":
        return f"it did not end within {run.observed.get('timeout', 'the')} seconds"
    if run.out_of_memory:
        return "it was killed for using more memory than it may"
    if run.document is None:
        tail = quote(run.merged[-2000:].strip().splitlines()[-1] if run.merged.strip() else b"", 160)
        return f"exit code {run.exit_code} and no result document" + (f"; its last line: {tail}" if tail else "")
    if run.claims_success:
        return f"exit code {run.exit_code} and a document that says success"
    return f"exit code {run.exit_code} and the error “{quote(run.error_text, 200)}”"


def must_succeed(evidence: Evidence, manifest: Manifest, scenario: str, expectation: str) -> Judgement:
    """One finding if the scenario's run did not end in success; ``expectation`` says what it should have coped with."""
    del manifest
    run = evidence.run(scenario)
    if run is None:
        return NotTested(evidence.skipped.get(scenario, f"the scenario “{scenario}” was not run"))
    if run.claims_success and run.status == "done":
        return []
    return [Finding(f"{expectation}; observed: {how_it_ended(run)}.", scenario=scenario)]
