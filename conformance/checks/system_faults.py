"""SYSTEM-012 and ERROR-007: what becomes of an image whose system fails.

A system that fails for good ends in failure, whatever the image could do without it: rows that look like the system's
and are not are made up. Bounded means within the time that the host gives; how often and in which rhythm an image tries
is its own affair, with two exceptions that the contract's scenarios name: it does not send again what was refused for a
reason that another try cannot change (400, 401), and it does not come back before the time that Retry-After says.
Whether the failure is told in a document is ERROR-001.

An image that sends one and the same request many times on a good day cannot be told from one that repeats it: there
only what the client library itself calls a repetition counts.

ERROR-007 is about a system that fails for some of the requests. A success is right if it tells of it: a figure, a text
or a list of its document that speaks of failure and was not there when nothing failed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.checks import check
from conformance.checks.asked import (
    asking_runs,
    field_of,
    has_foreign,
    known,
    no_systems,
    nobody_asked,
    twin,
)
from conformance.checks.common import matching, quote
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Request, Run
from conformance.findings import Finding, Judgement, NotTested
from conformance.mock_openai.analysis import (
    Attempts,
    attempts_per_request,
    most_at_once,
    most_attempts,
    retried_before_retry_after,
    retried_statuses,
)

CONTENT_FAULTS = ("fault-malformed", "fault-no-choices", "fault-truncated", "fault-cut-stream")
"""Faults that only an answer in the OpenAI protocol can have."""

NOT_LASTING = ("fault-passing", "fault-partial")
WORDS = {
    "fault-server-error": "answers every request with status 500",
    "fault-unauthorized": "refuses its key with status 401",
    "fault-bad-request": "refuses every request with status 400",
    "fault-rate-limit": "answers every request with status 429",
    "fault-dropped": "closes every connection without an answer",
    "fault-malformed": "answers with JSON that breaks off",
    "fault-no-choices": "answers with empty lists",
    "fault-truncated": "breaks off every answer",
    "fault-cut-stream": "ends every streamed answer early, without a finish_reason",
    "fault-refused": "accepts no connection",
    "fault-passing": "fails now and then",
    "fault-partial": "breaks down after the first answers",
}
"""What the system does in each of the scenarios."""

TELLING = re.compile(
    r"fail|error|skip|miss|lost|drop|omit|reject|discard|incomplete|partial|unanswered|warn|fallback|invalid|unsuccess"
    r"|not_generated|ungenerated|exclud|unavailable|timeout|abort",
    re.IGNORECASE,
)
RATES = re.compile(r"success_rate|completeness|coverage|yield|success_ratio|fraction", re.IGNORECASE)
EARLY = 0.1
"""Seconds by which a retry may come before its time: clocks, rounding, scheduling."""


@check("SYSTEM-012", "fault-*")
def a_failing_system_is_a_failure(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Bounded retries, then success false, and nothing made up."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    runs = [run for run in matching(evidence, "fault-*") if _met(run, twin(evidence, run))]
    if not runs:
        reasons = [why for name, why in evidence.skipped.items() if name.startswith("fault-")]
        return _no_fault_was_met(reasons, evidence, manifest)
    return [finding for run in runs for finding in _of_a_failing_system(run, twin(evidence, run))]


def _no_fault_was_met(reasons: list[str], evidence: Evidence, manifest: Manifest) -> Judgement:
    """Why no run shows what becomes of a failing system."""
    if asking_runs(evidence) and reasons:
        return NotTested(reasons[0])
    return nobody_asked(evidence, manifest)


def _met(run: Run, good: Run | None) -> bool:
    """Whether the fault met a request of the image at all."""
    if run.scenario == "fault-refused":
        return good is not None
    met = [request for request in run.requests if request.fault]
    if run.scenario == "fault-cut-stream":
        met = [request for request in met if field_of(request, "stream") is True]
    if run.scenario in CONTENT_FAULTS:
        return bool(known(met)) and not has_foreign(run)
    return bool(met)


def _of_a_failing_system(run: Run, good: Run | None) -> Iterator[Finding]:
    if run.status == "timeout":
        yield Finding(
            f"When its system {WORDS.get(run.scenario, 'fails')}, it did not end within "
            f"{run.observed.get('timeout', 'the')} seconds; it had sent {_tries(run)}.", run.scenario, "process",
        )  # fmt: skip
    elif run.claims_success and run.scenario not in NOT_LASTING:
        yield Finding(
            f"When its system {WORDS.get(run.scenario, 'fails')}, it reports success{_with_rows(run)} after "
            f"{_tries(run)}; expected success false, and no data that the system did not give.",
            run.scenario, "success",
        )  # fmt: skip
    repeats = _same_question_twice(good)
    yield from _useless_retries(run, repeats=repeats)
    yield from _early_retries(run, repeats=repeats)


def _tries(run: Run) -> str:
    """How often it asked, as the ledger has it."""
    count = len(run.requests)
    if not count:
        return "no request that arrived"
    tries, at_once = most_attempts(run.requests), most_at_once(run.requests)
    return f"{count} request{'s' * (count > 1)} (up to {tries} for one answer, {at_once} at a time)"


def _with_rows(run: Run) -> str:
    rows = _rows(run)
    return "" if rows is None else f" with {rows} rows"


def _rows(run: Run) -> int | None:
    """The rows of everything that a run produced; None where nothing could be counted."""
    counted = [facts.rows for facts in run.produced if facts.role == "dataset" and not facts.problem]
    return sum(counted) if counted else None


def _same_question_twice(good: Run | None) -> bool:
    """Whether it asks one and the same thing several times on a good day (or nobody knows)."""
    if good is None:
        return True
    bodies = [(one.method, one.path, json.dumps(one.body, sort_keys=True, default=str)) for one in good.requests]
    return len(set(bodies)) < len(bodies)


def _counting(pairs: Iterable[tuple[Request, Request]], *, repeats: bool) -> list[tuple[Request, Request]]:
    return [(first, second) for first, second in pairs if not repeats or second.retry_count > 0]


def _useless_retries(run: Run, *, repeats: bool) -> Iterator[Finding]:
    pairs = [pair for pair in retried_statuses(run.requests) if pair[0].fault]
    if again := _counting(pairs, repeats=repeats):
        status = again[0][0].status
        yield Finding(
            f"A request that was refused with status {status} was sent again unchanged ({_tries(run)}); another try "
            f"cannot change a {status}.", run.scenario, "requests",
        )  # fmt: skip


def _early_retries(run: Run, *, repeats: bool) -> Iterator[Finding]:
    pairs = _counting(retried_before_retry_after(run.requests), repeats=repeats)
    early = [(first, second) for first, second in pairs if _wait(first, second) < 1.0 - EARLY]
    if early:
        shortest = min(_wait(first, second) for first, second in early)
        yield Finding(
            f"It asked again {shortest:.1f} seconds after an answer with status 429 that said Retry-After: 1.",
            run.scenario, "requests",
        )  # fmt: skip


def _wait(first: Request, second: Request) -> float:
    """Seconds from one arrival to the next: whatever holds up the server, a client that waits is never below."""
    return second.arrived - first.arrived


@check("ERROR-007", "fault-partial", "fault-passing")
def partial_failure_is_told(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Inputs for which the system fails are not skipped silently in a successful run."""
    if (nothing := no_systems(manifest)) is not None:
        return nothing
    runs = matching(evidence, "fault-partial", "fault-passing")
    pairs = [(run, good) for run in runs if (good := twin(evidence, run)) is not None]
    if not pairs:
        reasons = [evidence.skipped[name] for name in ("fault-partial", "fault-passing") if name in evidence.skipped]
        return _no_fault_was_met(reasons, evidence, manifest)
    return [finding for run, good in pairs for finding in _silent_losses(run, good)]


def _silent_losses(run: Run, good: Run) -> Iterator[Finding]:
    lost = unanswered(run.requests)
    if run.status != "done" or not run.claims_success or not lost or tells(run, good):
        return
    rows, whole = _rows(run), _rows(good)
    fewer = rows is not None and whole is not None and rows < whole
    if run.scenario == "fault-passing" and not fewer:
        return  # it found an answer in another way: a changed request, another model
    asked = len(attempts_per_request(run.requests))
    what = f"{rows} rows instead of {whole}" if fewer else "as many rows as if nothing had failed"
    yield Finding(
        f"Its system gave no answer to {len(lost)} of {asked} requests, yet it reports success with {what}, and its "
        "document says nothing of a failure.", run.scenario, "results",
    )  # fmt: skip


def unanswered(requests: Iterable[Request]) -> list[Attempts]:
    """The questions that a fault met and that were given no proper answer in the end."""
    return [
        attempts
        for attempts in attempts_per_request(requests)
        if not attempts.answered and attempts.requests[-1].fault not in ("", "latency")
    ]


def tells(run: Run, good: Run) -> bool:
    """Whether the document of a run speaks of failure where that of the good run does not."""
    usual = dict(_leaves(good.document))
    for path, value in _leaves(run.document):
        if usual.get(path) == value or not value:
            continue
        if TELLING.search(path) or RATES.search(path) or (isinstance(value, str) and TELLING.search(value)):
            return True
    return False


def _leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every scalar of a document with its path; what is nested too deep is left out."""
    if depth > 12:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{quote(str(key), 80)}", depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value[:1000]):
            yield from _leaves(item, f"{path}.{index}", depth + 1)
    else:
        yield path, value
