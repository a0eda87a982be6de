"""ERROR: how an image fails (contract.md sections 3, 4 and 6); ERROR-007 stands with the faults of systems.

What a failure says is judged wherever something was wrong on purpose. A lenient image that takes such an input and
succeeds is not blamed here: whether it may is the matter of the row about that input.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.checks import check
from conformance.checks.cli import accepted
from conformance.checks.common import each, how_it_ended, quote
from conformance.checks.failing import (
    FAULTS,
    NO_FAILURE,
    OTHERS,
    ended_in_failure,
    failed,
    faulty,
    must_fail,
)
from conformance.checks.logs import RACE_SECONDS, read_log, read_stdout, settled, unlike
from conformance.checks.output_log import is_complete
from conformance.contract.model import Manifest
from conformance.contract.result import ResultError, intended_text, parse_p1, parse_p2
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

NOTHING_CAN_FAIL = "nothing that the manifest declares made it fail (manifest.yaml)"
RESERVED_CODES = {
    130: "the host makes it up at shutdown",
    137: "the host makes it up for a timeout",
    125: "it is the engine's",
    126: "it is the engine's",
    127: "it is the engine's",
}
FAST_SECONDS = 30.0
TORN_FORMS = frozenset({"missing", "empty", "link-out", "unknown"})
LOG_KEYS = frozenset({"level", "levelname", "severity", "msg", "message", "event", "time", "timestamp", "ts", "logger"})
ASKS = ("EOFError", "EOF when reading a line")
Examine = Callable[[Run], Iterator[Finding]]


def _without_failures(evidence: Evidence) -> Judgement:
    """What is said of failures where none was seen: not applicable only where some run could have shown one."""
    baseline = evidence.run("baseline")
    could = baseline is not None and baseline.claims_success and any(faulty(evidence, *FAULTS, *OTHERS))
    return NotApplicable(NOTHING_CAN_FAIL) if could else NotTested(NO_FAILURE)


def _healed(evidence: Evidence) -> bool:
    """Whether a departure in one point heals the baseline: then its failure has a requirement of its own."""
    return any(run.scenario.startswith("diagnose-") and run.claims_success for run in evidence.runs)


def _baseline_crash(evidence: Evidence) -> list[Run]:
    """The baseline, if it ended in failure for a reason that no other requirement has found."""
    run = evidence.run("baseline")
    if run is None or not ended_in_failure(run) or not run.exit_code or _healed(evidence) or not accepted(run):
        return []
    asks = any(words in run.merged[-4000:].decode("utf-8", "replace") for words in ASKS)
    return [] if asks else [run]


@check("ERROR-001", *FAULTS, *OTHERS, "diagnose-*")
def a_failure_ends_in_a_result_document(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Every failure of an input, a parameter or a system has a document with success false and a text error."""
    del manifest
    runs = [*failed(evidence), *_baseline_crash(evidence)]
    if not runs:
        return [] if any(run.refused_cleanly for run in evidence.runs) else _without_failures(evidence)
    return each(runs, _explains_itself, NO_FAILURE)


def _explains_itself(run: Run) -> Iterator[Finding]:
    if run.document is None:
        yield Finding(
            f"It failed without a result document; expected success false and an error. Observed: {how_it_ended(run)}.",
            run.scenario, "stdout",
        )  # fmt: skip
        return
    if "error" not in run.results:
        yield Finding("The document of its failure has no “error”; expected a text.", run.scenario, "stdout")
    elif not (isinstance(error := run.results["error"], str) and error.strip()):
        shown = quote(json.dumps(error), 80)
        yield Finding(
            f"The error of its failure is {shown}; expected a text that is not empty.", run.scenario, "stdout"
        )


@check("ERROR-002", *FAULTS, "foreign-output")
def a_failure_never_says_success(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No document says success beside an error, and none takes a stated failure back."""
    del manifest
    wrong = must_fail(evidence)
    others = [run for run in evidence.runs if run.status == "done" and run not in wrong]
    findings = [*_contradictions(wrong, any_code=True), *_contradictions(others, any_code=False)]
    if findings or wrong:
        return findings
    return _without_failures(evidence)


def _contradictions(runs: list[Run], *, any_code: bool) -> list[Finding]:
    """Successes with an error; where success is possible, only those that end with another exit code than 0."""
    found = []
    for run in runs:
        if not run.claims_success or not (any_code or run.exit_code):
            continue
        if run.error_text.strip():
            words = f"the error “{quote(run.error_text, 160)}”"
        elif any_code and (earlier := _stated_errors(run)):
            words = f"an earlier document with the error “{quote(earlier[0], 160)}”"
        else:
            continue
        found.append(Finding(f"The document says success beside {words}.", run.scenario, "stdout"))
    return found


def _results(document: Any) -> Mapping[str, Any]:
    found = document.get("results") or document.get("test_results") if isinstance(document, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _stated_errors(run: Run) -> list[str]:
    """The errors of documents in the log that say no."""
    documents = [_results(span.value) for span in read_log(run).results if _is_document(span.value)]
    return [str(one.get("error")) for one in documents if one.get("success") is False and one.get("error")]


@check("ERROR-003", *FAULTS, *OTHERS)
def errors_are_on_stdout(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The document of a failure stands on standard output."""
    del manifest

    def examine(run: Run) -> Iterator[Finding]:
        if read_stdout(run).span is None and not intended_text(run.stdout):
            yield Finding("The document of its failure stands on stderr; expected on stdout.", run.scenario, "stderr")

    runs = [run for run in failed(evidence, *FAULTS, *OTHERS) if run.document is not None and not run.joined]
    return each(runs, examine, NO_FAILURE)


@check("ERROR-004", *FAULTS, "foreign-output")
def every_host_finds_the_error(evidence: Evidence, manifest: Manifest) -> Judgement:
    """P1 and P2 read from the merged log the same document that the image meant."""
    del manifest
    runs = [run for run in failed(evidence, *FAULTS, "foreign-output") if run.document is not None]
    return each(runs, _is_found, NO_FAILURE) if runs else _without_failures(evidence)


def _is_found(run: Run) -> Iterator[Finding]:
    log = _answerable(run)
    for name, parser in (("0.3.5 to 0.5.8", parse_p1), ("0.5.9", parse_p2)):
        try:
            parsed: dict[str, Any] | None = parser(log)
            seen = f"reads {quote(json.dumps(parsed), 120)}"
        except ResultError as error:
            parsed, seen = None, f"finds none ({error})"
        if parsed is None or unlike(parsed, run.document):
            yield Finding(
                f"In the merged log of its failure a host {name} {seen}; expected the error document.",
                run.scenario, "log",
            )  # fmt: skip


def _answerable(run: Run) -> bytes:
    """The merged log in an order that the image is answerable for, whichever stream the document is on.

    `settled` does it for a document on stdout. For one on stderr, what stdout said within the time that two pipes race
    is left out; the run with both streams on one pipe shows its true place.
    """
    if run.joined or read_stdout(run).span is not None:
        return settled(run)
    text = intended_text(run.stderr).encode("utf-8", "replace")
    times, position = [], 0
    start = run.stderr.rfind(text[:200]) if text else -1
    for chunk in run.log:
        if chunk.stream == "stderr":
            position += len(chunk.data)
            if position > start >= 0:
                times.append(chunk.at)
    if not times:
        return run.merged
    racing = (times[0] - RACE_SECONDS, times[-1] + RACE_SECONDS)
    kept = [one for one in run.log if one.stream == "stderr" or not racing[0] <= one.at <= racing[1]]
    return b"".join(chunk.data for chunk in kept)


@check("ERROR-006", *FAULTS, *OTHERS)
def a_failure_lists_nothing_that_is_not_there(evidence: Evidence, manifest: Manifest) -> Judgement:
    """What a failed run lists under ``generated_datasets`` is there and whole."""
    del manifest

    def examine(run: Run) -> Iterator[Finding]:
        for facts in run.produced:
            if facts.role != "dataset" or not (facts.form in TORN_FORMS or facts.problem):
                continue
            if facts.form == "denied" or facts.problem.startswith("reading it was given up"):
                continue
            what = "is not there" if facts.form == "missing" else f"is not whole ({quote(facts.problem or facts.form)})"
            message = f"The document of its failure lists “{quote(facts.name, 80)}”, whose file {what}."
            yield Finding(message, run.scenario, quote(facts.path))

    runs = [run for run in failed(evidence, *FAULTS, *OTHERS) if run.document is not None]
    return each(runs, examine, NO_FAILURE) if runs else _without_failures(evidence)


@check("ERROR-008", "missing-dataset-*", "no-datasets", "missing-parameter-*", "missing-system-*", "missing-variable-*")
def failures_are_fast(evidence: Evidence, manifest: Manifest) -> Judgement:
    """What is missing is noticed before the work begins: well within the time of a whole run."""
    del manifest
    baseline = evidence.run("baseline")
    whole = baseline.seconds if baseline is not None and baseline.claims_success else 0.0

    def examine(run: Run) -> Iterator[Finding]:
        if run.seconds > FAST_SECONDS and run.seconds > whole / 2:
            yield Finding(
                f"It took {run.seconds:.0f} seconds to notice what was missing"
                + (f" (a whole run takes {whole:.0f})" if whole else "") + "; expected it before any work.",
                run.scenario, "process",
            )  # fmt: skip

    patterns = ("missing-dataset-*", "no-datasets", "missing-parameter-*", "missing-system-*", "missing-variable-*")
    return each(failed(evidence, *patterns), examine, NO_FAILURE)


@check("ERROR-010", *FAULTS, *OTHERS, "baseline", "repeat")
def there_is_no_second_result(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No other document of the log says something else of how the run ended."""
    del manifest
    runs = [run for run in evidence.runs if run.status == "done" and run.document is not None]
    return each(runs, _says_it_once, "no run printed a result document")


def _says_it_once(run: Run) -> Iterator[Finding]:
    documents = [span.value for span in read_log(run).results if _is_document(span.value)]
    if not documents:
        return
    last = _results(documents[-1])
    for document in documents[:-1]:
        results = _results(document)
        other_end = bool(results.get("success")) != bool(last.get("success"))
        other_error = not last.get("success") and results.get("error") != last.get("error")
        if other_end or other_error:
            shown = quote(json.dumps(results), 120)
            yield Finding(
                f"Before its result it printed another one, which says otherwise: {shown}", run.scenario, "stdout"
            )
            return


def _is_document(document: Any) -> bool:
    """Whether an object is a whole result document, and not a line of a log that carries one."""
    return is_complete(document) and not LOG_KEYS & set(document)


@check("ERROR-011", *FAULTS, *OTHERS)
def a_failure_has_another_exit_code(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Success false goes with a non-zero exit code."""
    del manifest

    def examine(run: Run) -> Iterator[Finding]:
        if run.exit_code == 0:
            yield Finding("The document says success false but the exit code is 0.", run.scenario, "exit code")

    runs = [run for run in failed(evidence, *FAULTS, *OTHERS) if run.document is not None]
    return each(runs, examine, NO_FAILURE)


@check("ERROR-012", *FAULTS, *OTHERS)
def reserved_exit_codes_are_left_alone(evidence: Evidence, manifest: Manifest) -> Judgement:
    """An image's own failures end with none of the codes that the host and the engine use for theirs."""
    del manifest

    def examine(run: Run) -> Iterator[Finding]:
        if run.exit_code in RESERVED_CODES:
            why = RESERVED_CODES[run.exit_code]
            yield Finding(f"Its own failure ends with exit code {run.exit_code}: {why}.", run.scenario, "exit code")

    # Without a document it may have been killed by the kernel, whose code this is.
    runs = [run for run in failed(evidence, *FAULTS, *OTHERS) if run.document is not None]
    return each(runs, examine, NO_FAILURE)
