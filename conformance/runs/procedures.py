"""Two containers at once, and a signal in mid-run.

Each procedure is a function ``(stage, scenario) -> runs``. A moment in mid-run is found, never guessed: something shows
that the image is at work, or the run is left alone and its evidence says so. What a procedure saw beside the run
itself is in ``Run.observed``:

* ``produced`` (twins): facts of what both runs list, read when both had ended. ``Run.produced`` is empty then, because
  a file that both write belongs to the last one.
* ``signal``, ``moment`` (what showed that it was at work; empty: nothing did, so there was no signal) and
  ``stop_seconds`` (from the signal to the end, the engine's own time included).
* ``held``: the mock server was holding a request of the image at that moment.
* ``left`` (after a signal): facts of every file that was left, see `conformance.runs.leftovers`.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import shutil
import stat
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.engines.protocol import Interruption, Outcome
from conformance.evidence import Run
from conformance.inputs.plan import DatasetPlan
from conformance.outputs.names import same_name
from conformance.outputs.tree import walk
from conformance.runs import folders
from conformance.runs.leftovers import files_left
from conformance.runs.once import collect, perform_once, prepare
from conformance.runs.stage import Prepared, Stage
from conformance.scenarios.model import Scenario

GRACE_SECONDS = 10.0
SIZES = (1, 10)
"""How many times the planned rows are given, one attempt after the other, until the image is slow enough to meet."""
LONGEST_FIRST_ATTEMPT = 20.0
LARGEST_FIRST_INPUT = 32 * 1024**2
LONGEST_STOP = 3.0
"""Seconds; an image that works for so long after SIGTERM has been met, and went on."""
REQUESTS_BEFORE_HOLD = 2
MEETING_SECONDS = 60.0


def perform_twins(stage: Stage, scenario: Scenario) -> tuple[Run, ...]:
    """Two containers at once on one output folder; the second run is named after the first.

    Where both ask a system, the mock server lets them go on only when both have asked, so that they write together.
    """
    if scenario.systems:
        scenario = replace(scenario, options={**scenario.options, "faults": ("hold",)})
    other = replace(
        scenario, name=f"{scenario.name}-twin", options={**scenario.options, "shared_output": scenario.name}
    )
    pair = [prepare(stage, scenario), prepare(stage, other)]
    over = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        meeting = pool.submit(_let_both_go_on, stage, (scenario.name, other.name), over)
        outcomes = list(pool.map(lambda prepared: _run_and_tell(stage, prepared, over), pair))
        meeting.result()
    runs = [collect(stage, prepared, outcome) for prepared, outcome in zip(pair, outcomes, strict=True)]
    return tuple(_shared(run) for run in runs)


def _run_and_tell(stage: Stage, prepared: Prepared, over: threading.Event) -> Outcome:
    try:
        return stage.engine.run(prepared.request)
    finally:
        over.set()


def _let_both_go_on(stage: Stage, names: tuple[str, str], over: threading.Event) -> None:
    """Release both spaces once both were asked, or when one of the runs is over or takes too long."""
    deadline = time.monotonic() + MEETING_SECONDS
    while not over.wait(0.02) and time.monotonic() < deadline:
        if all(stage.mock.wait_for_request(name, timeout=0.0) for name in names):
            break
    for name in names:
        stage.mock.release(name)


def _shared(run: Run) -> Run:
    facts = [dataclasses.asdict(one) for one in run.produced]
    return replace(run, produced=(), observed={**run.observed, "produced": facts})


def perform_interrupted(stage: Stage, scenario: Scenario) -> tuple[Run, ...]:
    """A signal in mid-run, and after SIGKILL a run on the same input to its end if something readable was left.

    An image that is done before a signal reaches it gets one more chance, with ten times as many rows.
    """
    run = None
    for size in SIZES:
        larger = replace(scenario, datasets={name: _times(plan, size) for name, plan in scenario.datasets.items()})
        if run is not None:
            if larger.datasets == scenario.datasets or not _can_be_larger(stage, scenario, run):
                break
            shutil.rmtree(stage.folder(scenario.name), ignore_errors=True)
        run = _interrupt(stage, larger)
        if _was_met(run):
            break
    assert run is not None
    if _may_be_partial(run, stage.baseline):
        control = replace(larger, name=f"{scenario.name}-control", options={}, expects="success")
        return (run, *perform_once(stage, control))
    return (run,)


def _can_be_larger(stage: Stage, scenario: Scenario, run: Run) -> bool:
    """Whether ten times as much is still a small matter: rows with pictures are not."""
    given = folders.size_of(folders.places(stage, scenario).input, LARGEST_FIRST_INPUT)
    return run.seconds <= LONGEST_FIRST_ATTEMPT and given <= LARGEST_FIRST_INPUT


def _was_met(run: Run) -> bool:
    """Whether the signal came in time: the image did not end in success, or went on for a while before it did."""
    return not run.claims_success or (run.observed["stop_seconds"] or 0.0) > LONGEST_STOP


def _times(plan: DatasetPlan, size: int) -> DatasetPlan:
    """A plan with more rows; small ones (documents) and real files stay as they are."""
    return replace(plan, rows=plan.rows * size) if plan.rows >= 1000 and plan.source is None else plan


def _interrupt(stage: Stage, scenario: Scenario) -> Run:
    hold = bool(scenario.options.get("hold"))
    signal = scenario.options["interrupt"]
    if hold:
        rule: Any = {"fault": "hold", "calls": tuple(range(_requests_before(signal), 5000))}
        scenario = replace(scenario, options={**scenario.options, "faults": (rule,)})
    prepared = prepare(stage, scenario)
    moment = Moment(stage, prepared, hold=hold)
    interruption = Interruption(signal, moment, GRACE_SECONDS)
    outcome = stage.engine.run(replace(prepared.request, interruption=interruption))
    stage.mock.release(scenario.name)
    output = folders.places(stage, scenario).output
    observed: dict[str, Any] = {
        "signal": signal,
        "stop_seconds": outcome.stop_seconds,
        "moment": moment.seen if outcome.interrupted else "",
        "held": moment.held,
        "left": files_left(output, stage.manifest) if output is not None and outcome.interrupted else [],
    }
    return collect(stage, prepared, outcome, observed=observed)


def _requests_before(signal: str) -> int:
    """SIGTERM comes while the first answer is awaited; SIGKILL later, when there may be something to tear."""
    return REQUESTS_BEFORE_HOLD if signal == "SIGKILL" else 0


def _may_be_partial(run: Run, baseline: Run | None) -> bool:
    """Whether a killed run left a file that can be read whole where the baseline has one: only a full run can tell."""
    if run.observed["signal"] != "SIGKILL" or run.observed["held"] or baseline is None:
        return False
    names = [facts.path for facts in baseline.produced]
    whole = [left for left in run.observed["left"] if left["rows"] and not left["problem"]]
    return any(same_name(left["path"], name) for left in whole for name in names)


class Moment:
    """Knows when an image is in the middle of its work, and what showed it.

    For SIGTERM any sign of work will do. SIGKILL has to come while there is something to tear: once the image writes,
    or while it waits for a later answer of its system.
    """

    def __init__(self, stage: Stage, prepared: Prepared, *, hold: bool) -> None:
        self._stage = stage
        self._scenario = prepared.scenario.name
        self._signal = prepared.scenario.options["interrupt"]
        self._output = folders.places(stage, prepared.scenario).output
        self._hold = hold
        self._baseline = stage.baseline
        self._started = time.monotonic()
        self.seen = ""
        self.held = False

    def __call__(self, cpu_seconds: float | None) -> bool:
        """Whether it is at work; ``cpu_seconds`` is what it has used until now, where the engine knows."""
        requests = _requests_before(self._signal) + 1
        if self._hold and self._stage.mock.wait_for_request(self._scenario, timeout=0.0, count=requests):
            self.seen, self.held = "it was waiting for an answer of its system", True
        elif self._output is not None and has_content(self._output) and self._past_its_start(cpu_seconds):
            self.seen = "it had begun to write its output"
        elif self._signal == "SIGTERM" and self._beyond_the_baseline(cpu_seconds):
            self.seen = "it had been at work for longer than the whole baseline takes"
        return bool(self.seen)

    def _past_its_start(self, cpu_seconds: float | None) -> bool:
        """Whether a file that is there can be more than a log opened at the start, before signals are handled."""
        if self._signal == "SIGKILL" or cpu_seconds is None or self._baseline is None:
            return True
        return cpu_seconds >= (self._baseline.cpu_seconds or 0.0) / 2

    def _beyond_the_baseline(self, cpu_seconds: float | None) -> bool:
        """Whether it has worked more than for the whole of a small input: then its start is long over."""
        if self._baseline is None:
            return False
        if cpu_seconds is not None and self._baseline.cpu_seconds:
            return cpu_seconds > 1.2 * self._baseline.cpu_seconds + 0.05
        return time.monotonic() - self._started > 2 * self._baseline.seconds + 2


def has_content(folder: Path) -> bool:
    """Whether any file below the folder has a byte in it; links are not followed."""
    return any(_holds_bytes(parent / name) for parent, _, names in walk(folder) for name in names)


def _holds_bytes(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size > 0
