"""RUNTIME: time, memory, shared memory, signals, log volume, locale, running again, repeatability.

The two MUST requirements speak of ordinary jobs. The run with 100,000 rows is the kit's own idea of a large one: what
it shows is a finding of a SHOULD requirement at most, because no contract says how much a container must take.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.checks import check
from conformance.checks.common import each, first_of_each, how_it_ended, matching, quote
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

HOST_SECONDS = 300.0
GRACE_SECONDS = 10.0
KILLED, BUS_ERROR = 137, 135
ORDINARY = ("baseline", "minimal", "without-systems", "repeat", "re-run", "defaults", "kubernetes")
LARGE = ("many-rows",)
MOST_LOG_BYTES = 8 * 1024**2
SILENT_SECONDS = 60.0
SEED = "seed"
MOST_CROWDED = 4.0
"""How many programs may want each processor before the kit stops timing signals."""

NO_BASELINE = "the baseline was not run"
MEBIBYTE = 1024**2


@check("RUNTIME-001", "baseline")
def finishes_in_time(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The baseline ends by itself, and within the host's 300 seconds whatever the kit's deadline was."""
    del manifest
    run = evidence.run("baseline")
    if run is None:
        return NotTested(NO_BASELINE)
    if run.status == "timeout":
        return [Finding(f"{_cut_short(run)}; expected the baseline to end within 300 seconds.", run.scenario, "time")]
    if run.status != "done":
        return NotTested("the baseline did not end by itself")
    if run.seconds > HOST_SECONDS:
        return [Finding(f"The baseline took {run.seconds:.0f} seconds; expected at most 300.", run.scenario, "time")]
    return []


def _cut_short(run: Run) -> str:
    """How the kit ended a run: at its deadline, or before it because the output outgrew its limit."""
    deadline = float(run.observed.get("timeout", HOST_SECONDS))
    if run.seconds < deadline - 1:
        return f"It was ended after {run.seconds:.0f} seconds, because its output had outgrown every limit"
    return f"It had not ended after {deadline:.0f} seconds"


@check("RUNTIME-002", *ORDINARY)
def stays_within_its_memory(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No run of an ordinary job is killed for its memory; the figure alone says nothing, for it counts cached files."""
    del manifest
    runs = [run for run in matching(evidence, *ORDINARY) if run.status == "done"]
    return each(runs, _memory_kills, NO_BASELINE)


def _memory_kills(run: Run) -> Iterator[Finding]:
    if killed_for_memory(run):
        message = "It was killed for using more memory than the host's 2 GiB (exit code 137)"
        yield Finding(f"{message}; expected it to stay below.", run.scenario, "memory")


def killed_for_memory(run: Run) -> bool:
    """Whether the engine says so, or a kill that nobody sent says it (some engines do not tell)."""
    return run.out_of_memory or (run.status == "done" and run.exit_code == KILLED and run.document is None)


@check("RUNTIME-003", "baseline", *LARGE)
def adapts_to_small_limits(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Every run has two processors and 64 MB of shared memory; a failing baseline is tried with more of the latter."""
    del manifest
    run = evidence.run("baseline")
    if run is None:
        return NotTested(NO_BASELINE)
    healed = evidence.run("diagnose-shared-memory")
    if healed is not None and healed.claims_success:
        message = f"With 64 MB of shared memory it fails, with 1 GiB it succeeds; expected 64 MB to do. {_ended(run)}"
        return [Finding(message, run.scenario, "/dev/shm")]  # noqa: S108 (in the container)
    if run.exit_code == BUS_ERROR and run.status == "done":
        message = f"It ended with a bus error, as programs do that outgrow 64 MB of shared memory. {_ended(run)}"
        return [Finding(message, run.scenario, "/dev/shm")]  # noqa: S108 (in the container)
    if not (run.status == "done" and run.claims_success):
        return NotTested("the baseline did not succeed, and more shared memory is not what it lacks")
    return [finding for large in matching(evidence, *LARGE) for finding in _large_memory(large)]


def _large_memory(run: Run) -> Iterator[Finding]:
    if killed_for_memory(run):
        rows = max((fed.rows for fed in run.datasets), default=0)
        message = (
            f"With {rows:,} rows it was killed for using more than 2 GiB of memory; expected it to work in batches"
        )
        hint = "Read, generate and write the rows in batches, or refuse what does not fit with success false."
        yield Finding(f"{message}, or to refuse the size.", run.scenario, "memory", hint)


def _ended(run: Run) -> str:
    return f"Observed: {how_it_ended(run)}."


@check("RUNTIME-004", "baseline", "terminated", "killed")
def behaves_as_process_1(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The container ends with its work, and SIGTERM reaches the program that does it."""
    del manifest
    baseline, terminated = evidence.run("baseline"), evidence.run("terminated")
    if baseline is not None and baseline.status == "timeout" and baseline.document is not None:
        message = "It printed its result and did not end, as if a child kept it alive; expected the container to end"
        return [Finding(f"{message} with its main process.", baseline.scenario, "process 1")]
    if terminated is None:
        return NotTested(evidence.skipped.get("terminated", "no run was interrupted"))
    if terminated.status != "interrupted" or not terminated.observed.get("moment"):
        return NotTested("it had ended before it could be interrupted in the middle of its work")
    return _stopping(terminated, evidence.run("killed"))


def _stopping(terminated: Run, killed: Run | None) -> Judgement:
    """Whether the signal ended it; a machine that is too busy to tell is no reason to blame it."""
    seconds = terminated.observed.get("stop_seconds")
    if terminated.exit_code not in (KILLED, None) and not (seconds is not None and float(seconds) >= GRACE_SECONDS):
        return []
    if _engine_is_slow(killed):
        return NotTested("the engine takes seconds to end a container that is killed, so it hides how one stops")
    if float(terminated.observed.get("crowd", 0)) > MOST_CROWDED:
        return NotTested("the machine was so busy that a program which would have stopped got no time to")
    message = f"SIGTERM did not end it within {GRACE_SECONDS:.0f} seconds"
    expected = "expected the program, its threads and its children to end"
    return [Finding(f"{message}; {expected}.", terminated.scenario, "process 1")]


def _engine_is_slow(killed: Run | None) -> bool:
    """Whether SIGKILL, which no image can answer, shows that the machine is too busy to time a signal."""
    seconds = killed.observed.get("stop_seconds") if killed is not None else None
    return isinstance(seconds, int | float) and seconds > GRACE_SECONDS / 3


@check("RUNTIME-005", "baseline", *LARGE)
def logs_but_not_too_much(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No log of any run is huge, and no run that takes minutes is silent for longer than one."""
    del manifest
    runs = [run for run in evidence.runs if run.status in ("done", "timeout")]
    return each(runs, _log_findings, NO_BASELINE)


def _log_findings(run: Run) -> Iterator[Finding]:
    size = len(run.merged)
    if run.log_truncated or size > MOST_LOG_BYTES:
        more = "more than " if run.log_truncated else ""
        message = f"It logged {more}{size / MEBIBYTE:.0f} MiB; expected a few lines for each step of the work."
        yield Finding(message, run.scenario, "log")
    if (silence := _longest_silence(run)) > SILENT_SECONDS:
        message = f"It logged nothing for {silence:.0f} seconds; expected a line at least every minute of long work."
        yield Finding(message, run.scenario, "log")


def _longest_silence(run: Run) -> float:
    """The longest time without a line, in seconds; the deadline of a run that was ended counts as its end."""
    moments = [0.0, *sorted(chunk.at for chunk in run.log), run.seconds]
    return max(later - earlier for earlier, later in itertools.pairwise(moments))


@check("RUNTIME-006", "baseline")
def same_bytes_streamed_or_not(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The engine records the log the same way whether anybody reads along, so no run can show a difference."""
    del evidence, manifest
    why = "a container cannot see whether its log is streamed, and the engine keeps the same bytes"
    return NotTested(why, observable=False)


@check("RUNTIME-007", "other-locale", "wild-text", "repeat", "minimal", "without-systems")
def works_in_any_locale(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The run in the C locale ends as the one in the image's own locale does, with the same rows."""
    del manifest
    run = evidence.run("other-locale")
    if run is None:
        return NotTested(evidence.skipped.get("other-locale", "no run in another locale was made"))
    usual = evidence.run("wild-text")
    if not (run.status == "done" and run.claims_success):
        if usual is not None and not usual.claims_success:
            return NotTested("it does not accept the same text in its own locale either")
        if not _works_with(evidence, run.systems):
            return NotTested("it does not succeed with the same systems in its own locale either")
        message = f"With LANG=C and another time zone it fails: {how_it_ended(run)}; expected it to work anywhere"
        return [Finding(f"{message}.", run.scenario, "LANG, LC_ALL, TZ")]
    return list(_other_values(evidence, usual, run))


def _works_with(evidence: Evidence, systems: Iterable[str]) -> bool:
    """Whether an ordinary run with just these systems succeeded."""
    return any(
        run.status == "done" and run.claims_success and set(run.systems) == set(systems)
        for run in matching(evidence, *ORDINARY)
    )


def _other_values(evidence: Evidence, usual: Run | None, run: Run) -> Iterator[Finding]:
    """Values that the locale changed: only where the same input twice is known to give the same values."""
    baseline, repeat = evidence.run("baseline"), evidence.run("repeat")
    if usual is None or set(usual.systems) != set(run.systems) or baseline is None or repeat is None:
        return
    steady = {name for name, one, other in _same_datasets(baseline, repeat) if one.fingerprint == other.fingerprint}
    for name, one, other in _same_datasets(usual, run):
        if name in steady and (difference := _difference(one, other)):
            message = f"With LANG=C and another time zone “{quote(name)}” holds other values ({difference})"
            yield Finding(f"{message}; expected the same.", run.scenario, f"/output/{quote(name, 100)}")


@check("RUNTIME-008", "re-run", "after-kill")
def is_safe_to_run_again(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The same job succeeds on a folder in which it ran before, to its end or not."""
    del manifest
    runs = matching(evidence, "re-run", "after-kill")
    reason = next((why for name, why in evidence.skipped.items() if name in ("re-run", "after-kill")), "")
    return each(runs, _runs_again, reason or "no run on a used folder was made")


def _runs_again(run: Run) -> Iterator[Finding]:
    if not (run.status == "done" and run.claims_success):
        before = "that was killed" if run.scenario == "after-kill" else "that succeeded"
        message = (
            f"On the output folder of a run {before} it fails: {how_it_ended(run)}; expected the job to work again"
        )
        yield Finding(f"{message}.", run.scenario, "/output")


@check("RUNTIME-009", "seeded", "seeded-again")
def a_seed_makes_it_repeatable(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Two runs with one seed and equal inputs write the same values, moments and unique identifiers aside."""
    if not any(parameter.name == SEED for parameter in manifest.parameters):
        return NotApplicable(f"no parameter “seed” is declared ({manifest.line_of('input_schema')})")
    first, second = evidence.run("seeded"), evidence.run("seeded-again")
    if first is None or second is None:
        return NotTested(evidence.skipped.get("seeded", "no two runs with one seed were made"))
    if not (first.claims_success and second.claims_success):
        return NotTested("it did not succeed twice with one seed")
    pairs = _same_datasets(first, second)
    if not pairs:
        return NotTested("the two runs wrote no dataset that could be read and compared")
    return first_of_each(
        Finding(
            f"Two runs with seed {quote(str(first.parameters.get(SEED)), 40)} wrote different values to “{quote(name)}”"
            f" ({difference}); expected the same.",
            second.scenario, f"/output/{quote(name, 100)}",
        )
        for name, one, other in pairs if (difference := _difference(one, other))
    )  # fmt: skip


def _same_datasets(first: Run, second: Run) -> list[tuple[str, Any, Any]]:
    others = {facts.name: facts for facts in second.produced if facts.role == "dataset" and not facts.problem}
    return [
        (facts.name, facts, others[facts.name])
        for facts in first.produced
        if facts.role == "dataset" and not facts.problem and facts.fingerprint and facts.name in others
    ]


def _difference(one: Any, other: Any) -> str:
    """In which way two produced datasets differ, or nothing."""
    if one.fingerprint == other.fingerprint:
        return ""
    if one.rows != other.rows:
        return f"{one.rows} and {other.rows} rows"
    if one.row_hashes and sorted(one.row_hashes) == sorted(other.row_hashes) and len(one.row_hashes) == one.rows:
        return "the rows stand in another order"
    columns = sorted(
        name
        for name in {name for row in (*one.sample, *other.sample) for name in row}
        if _values(one.sample, name) != _values(other.sample, name) and not _is_stamp(one.sample, other.sample, name)
    )
    if columns:
        return "column " + ", ".join(quote(name, 60) for name in columns[:3])
    return "" if one.sample and one.rows <= len(one.sample) else _beyond_the_sample(one, other)


def _beyond_the_sample(one: Any, other: Any) -> str:
    """Rows that were not sampled differ; it counts only where no column holds moments or identifiers."""
    names = {name for row in one.sample for name in row}
    stamped = any(
        _values(one.sample, name) != _values(other.sample, name) for name in names
    )  # then it is a column of stamps, which differs everywhere
    return "" if stamped else "rows after the first ones"


def _values(sample: Iterable[Mapping[str, Any]], name: str) -> list[Any]:
    return [row.get(name) for row in sample]


_STAMP = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|1\d{9}(?:\.\d+|\d{3})?",
    re.IGNORECASE,
)
"""Moments, universally unique identifiers, and seconds or milliseconds since 1970."""


def _is_stamp(one: Iterable[Mapping[str, Any]], other: Iterable[Mapping[str, Any]], name: str) -> bool:
    """Whether a column holds moments or unique identifiers, which are another time's whatever the seed is."""
    values = [value for value in (*_values(one, name), *_values(other, name)) if value is not None]
    return bool(values) and all(_STAMP.fullmatch(str(value)) for value in values)
