"""How many scenarios run side by side: as many as work, and as many again that only wait."""

from __future__ import annotations

import threading

import pytest
from builders import run

from conformance.runs.runner import Silence, perform_all
from conformance.scenarios.model import Scenario


class Counting:
    """A stage on which every scenario stays until those that may run beside it are there, and notes who was."""

    def __init__(self, expected: int) -> None:
        self.most: dict[str, int] = {"S01": 0, "S11": 0}
        self._here: list[str] = []
        self._lock = threading.Lock()
        self._all_there = threading.Barrier(expected)

    def perform(self, scenario):
        with self._lock:
            self._here.append(scenario.code)
            for code in self.most:
                self.most[code] = max(self.most[code], self._here.count(code))
        self._all_there.wait(timeout=10)
        with self._lock:
            self._here.remove(scenario.code)
        return (run(scenario.name),)


def scenarios(working, waiting):
    codes = ["S01"] * working + ["S11"] * waiting
    return [Scenario(f"{code}-{number}", code, "?") for number, code in enumerate(codes)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_runs_that_wait_for_a_failing_system_have_slots_of_their_own(jobs):
    stage = Counting(expected=2 * jobs)
    planned = scenarios(2 * jobs, 2 * jobs)
    runs, skipped = perform_all(stage, planned, {}, jobs=jobs, progress=Silence())
    assert stage.most == {"S01": jobs, "S11": jobs}
    assert ([one.scenario for one in runs], skipped) == ([one.name for one in planned], {})


def test_without_them_no_more_run_side_by_side_than_was_asked():
    stage = Counting(expected=2)
    perform_all(stage, scenarios(6, 0), {}, jobs=2, progress=Silence())
    assert stage.most == {"S01": 2, "S11": 0}
