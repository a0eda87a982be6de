"""Every planned scenario performed once, side by side, each when what it builds on is there.

An engine that fails in one scenario spoils that scenario; an engine that stops answering ends the campaign with what
was seen until then. Nothing is retried: a container that behaves differently the second time is worth a finding.
"""

from __future__ import annotations

import concurrent.futures
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from conformance.errors import EngineFailure
from conformance.evidence import Run
from conformance.runs.performer import Performer
from conformance.scenarios.model import Scenario

MOST_ENGINE_FAILURES = 3
FAILING_SYSTEMS = "S11"
"""The runs that wait more than they work: they have as many slots of their own, beside those for work."""


class Progress(Protocol):
    """Who wants to know how far it is."""

    def scenario_started(self, name: str) -> None:
        """A scenario begins."""
        ...

    def scenario_finished(self, name: str, status: str, seconds: float) -> None:
        """A scenario has ended."""
        ...

    def note(self, text: str) -> None:
        """Something that a person may want to read."""
        ...


class Silence:
    """Nobody wants to know."""

    def scenario_started(self, name: str) -> None:
        """Nothing."""

    def scenario_finished(self, name: str, status: str, seconds: float) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


@dataclass
class _State:
    runs: dict[str, tuple[Run, ...]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    failures: int = 0


def perform_all(
    stage: Performer,
    scenarios: Sequence[Scenario],
    done: Mapping[str, tuple[Run, ...]],
    *,
    jobs: int,
    progress: Progress,
) -> tuple[tuple[Run, ...], dict[str, str]]:
    """The runs, in the order in which the scenarios were planned, and the scenarios that were not run with reasons.

    ``done`` holds the runs that were made before (the baseline). Ctrl-C ends every container before it goes on.
    """
    state = _State(runs=dict(done))
    if "baseline" in done:
        stage = replace(stage, baseline=done["baseline"][0])
    waiting = list(scenarios)
    running: dict[concurrent.futures.Future[tuple[Run, ...]], Scenario] = {}
    pool = concurrent.futures.ThreadPoolExecutor(2 * max(1, jobs), thread_name_prefix="scenario")
    try:
        while waiting or running:
            for scenario in _startable(waiting, state, running, jobs):
                waiting.remove(scenario)
                progress.scenario_started(scenario.name)
                running[pool.submit(_perform, stage, _with_parameters(scenario, state))] = scenario
            waiting = [scenario for scenario in waiting if scenario.name not in state.skipped]
            if not running:
                continue
            finished, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in finished:
                _take(future, running.pop(future), state, progress)
    except BaseException:
        stage.engine.close()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
    ordered = [run for scenario in scenarios for run in state.runs.get(scenario.name, ())]
    return tuple(ordered), state.skipped


def _startable(
    waiting: Sequence[Scenario],
    state: _State,
    running: Mapping[concurrent.futures.Future[tuple[Run, ...]], Scenario],
    jobs: int,
) -> list[Scenario]:
    """The scenarios that can start now; those that never can are marked as skipped."""
    pending = {scenario.name for scenario in (*waiting, *running.values())}
    taken = Counter(map(_mostly_waits, running.values()))
    chosen: list[Scenario] = []
    for scenario in waiting:
        if state.failures >= MOST_ENGINE_FAILURES:
            state.skipped[scenario.name] = "the engine stopped answering"
        elif reason := _obstacle(scenario, state, pending):
            if reason != "later":
                state.skipped[scenario.name] = reason
        elif taken[_mostly_waits(scenario)] < jobs:
            taken[_mostly_waits(scenario)] += 1
            chosen.append(scenario)
    return chosen


def _mostly_waits(scenario: Scenario) -> bool:
    """Whether its container sleeps between attempts at a system that fails: then it leaves the processor to others."""
    return scenario.code == FAILING_SYSTEMS


def _obstacle(scenario: Scenario, state: _State, pending: set[str]) -> str:
    """Why a scenario cannot start: ``later``, a reason for never, or nothing."""
    for name in scenario.builds_on:
        if name in state.skipped:
            return f"“{name}” was not run: {state.skipped[name]}"
        if name not in state.runs:
            if name in pending:
                return "later"
            return f"“{name}” was not run"
        if name == "baseline" and not state.runs[name][0].claims_success:
            return "the baseline did not succeed, so there is nothing to compare with"
        if state.runs[name][0].status == "timeout":
            return f"“{name}” did not end in its time"
    return _without_parameters(scenario, state, pending)


def _without_parameters(scenario: Scenario, state: _State, pending: set[str]) -> str:
    """Whether a scenario must wait for the runs that show its parameters, or cannot do without them."""
    shown_by = (*scenario.options.get("borrow_from", ()), *scenario.options.get("after_refusals_of", ()))
    if any(name in pending and name not in state.runs and name not in state.skipped for name in shown_by):
        return "later"
    if scenario.options.get("needs_requests") and _lender(scenario, state) is None:
        return "the image asked its systems in no run, with no values of its parameters that the kit tried"
    if "after_refusals_of" in scenario.options and _not_refused(scenario, state) is None:
        return "there are no refusals of all sets of values that name a parameter to leave out"
    return ""


def _lender(scenario: Scenario, state: _State) -> Run | None:
    """The first run of those to borrow from in which the image succeeded and asked its systems."""
    runs = [state.runs[name][0] for name in scenario.options.get("borrow_from", ()) if name in state.runs]
    return next((run for run in runs if run.status == "done" and run.claims_success and run.requests), None)


def _not_refused(scenario: Scenario, state: _State) -> dict[str, Any] | None:
    """The first of the sets that were all refused, without the optional parameters that the refusals name."""
    runs = [run for name in scenario.options["after_refusals_of"] for run in state.runs.get(name, ())[:1]]
    if not runs or not all(run.refused_cleanly for run in runs):
        return None
    said = " ".join(run.error_text for run in runs)
    named = {name for name in scenario.options["optional"] if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said)}
    rest = {name: value for name, value in runs[0].parameters.items() if name not in named}
    return rest if named and rest != scenario.parameters else None


def _with_parameters(scenario: Scenario, state: _State) -> Scenario:
    """The scenario with the parameters that other runs show (`conformance.scenarios.parameters`), if they show any."""
    if "after_refusals_of" in scenario.options:
        return replace(scenario, parameters=_not_refused(scenario, state) or scenario.parameters)
    lender = _lender(scenario, state)
    return scenario if lender is None else replace(scenario, parameters=lender.parameters)


def _perform(stage: Performer, scenario: Scenario) -> tuple[Run, ...]:
    try:
        return stage.perform(scenario)
    except EngineFailure as failure:
        return (Run(scenario.name, scenario.code, "engine-error", failure.message),)


def _take(
    future: concurrent.futures.Future[tuple[Run, ...]], scenario: Scenario, state: _State, progress: Progress
) -> None:
    runs = future.result()
    state.runs[scenario.name] = runs
    state.failures += any(run.status == "engine-error" for run in runs)
    progress.scenario_finished(scenario.name, runs[0].status, sum(run.seconds for run in runs))
