"""The scenarios that take more than starting a container and waiting for it.

Each procedure is a function ``(stage, scenario) -> runs``; `procedure_for` chooses by the scenario's options.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from conformance.engines.protocol import Interruption
from conformance.evidence import Run
from conformance.runs import folders
from conformance.runs.stage import Prepared, Stage, collect, perform_once, prepare
from conformance.scenarios.model import Scenario

Procedure = Callable[[Stage, Scenario], tuple[Run, ...]]
GRACE_SECONDS = 10.0


def procedure_for(scenario: Scenario) -> Procedure:
    """How a scenario is performed."""
    if scenario.options.get("twin"):
        return perform_twins
    if scenario.options.get("interrupt"):
        return perform_interrupted
    if scenario.options.get("egress"):
        from conformance.runs.egress import perform_watched

        return perform_watched
    return perform_once


def perform_twins(stage: Stage, scenario: Scenario) -> tuple[Run, ...]:
    """Two containers at once on one output folder; the second run is named after the first."""
    other = replace(
        scenario, name=f"{scenario.name}-twin", options={**scenario.options, "shared_output": scenario.name}
    )
    pair = [prepare(stage, scenario), prepare(stage, other)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda prepared: stage.engine.run(prepared.request), pair))
    return tuple(collect(stage, prepared, outcome) for prepared, outcome in zip(pair, outcomes, strict=True))


def perform_interrupted(stage: Stage, scenario: Scenario) -> tuple[Run, ...]:
    """A signal in mid-run: while the mock server holds the image's request, or once its first output appears."""
    hold = bool(scenario.options.get("hold"))
    if hold:
        scenario = replace(scenario, options={**scenario.options, "faults": ("hold",)})
    prepared = prepare(stage, scenario)
    signal = scenario.options["interrupt"]
    moment = _Moment(stage, prepared, hold=hold)
    interruption = Interruption(signal, moment, GRACE_SECONDS)
    outcome = stage.engine.run(replace(prepared.request, interruption=interruption))
    stage.mock.release(scenario.name)
    observed = {"signal": signal, "stop_seconds": outcome.stop_seconds, "moment": moment.seen}
    return (collect(stage, prepared, outcome, observed=observed),)


class _Moment:
    """Knows when an image is in the middle of its work, and what showed it."""

    def __init__(self, stage: Stage, prepared: Prepared, *, hold: bool) -> None:
        self._stage = stage
        self._scenario = prepared.scenario.name
        self._output = folders.places(stage, prepared.scenario).output
        self._hold = hold
        self._started = time.monotonic()
        self.seen = ""

    def __call__(self) -> bool:
        if self._hold and self._stage.mock.wait_for_request(self._scenario, timeout=0.0):
            self.seen = "it was waiting for an answer of its system"
        elif self._output is not None and _has_content(self._output):
            self.seen = "it had begun to write its output"
        return bool(self.seen)


def _has_content(folder: Path) -> bool:
    try:
        return any(path.is_file() and path.stat().st_size > 0 for path in folder.rglob("*"))
    except OSError:
        return False
