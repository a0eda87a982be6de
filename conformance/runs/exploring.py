"""``--explore N``: N more generated parameter sets, and the smallest one that ends badly.

A set ends badly if the image neither succeeds nor refuses it in a document. Hypothesis then makes the set smaller as
long as that stays so. The same seed gives the same sets. What was seen on the way to the smallest set is not kept; all
other runs are, as ``explore-1`` and so on. ``Run.observed["smallest"]`` is true in the run of the smallest set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.errors import EngineFailure
from conformance.evidence import Run
from conformance.inputs.explore import strategy
from conformance.runs.performer import Performer
from conformance.runs.runner import Progress
from conformance.scenarios.model import Scenario
from conformance.scenarios.ordinary import BASELINE, baseline
from conformance.scenarios.recipe import Recipe

LONGEST_SECONDS = 120.0
MOST_SMALLER = 40
"""Container runs that are spent on making a failing set smaller."""


class EndedBadlyError(AssertionError):
    """Tells Hypothesis that a set is worth making smaller."""


class Exploration:
    """The runs of one exploration. ``limit`` is the number of sets that are tried before any ends badly."""

    def __init__(self, stage: Performer, recipe: Recipe, limit: int, progress: Progress) -> None:
        self._stage, self._recipe, self._progress = stage, recipe, progress
        self._limit = limit
        self._bad: dict[str, Run] = {}
        self._good: dict[str, Run] = {}

    def runs(self) -> tuple[Run, ...]:
        """Try the sets, and give the runs that are worth keeping."""
        from hypothesis import HealthCheck, Phase, given, seed, settings
        from hypothesis.errors import HypothesisException

        bounded = settings(
            max_examples=self._limit, database=None, deadline=None, suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink), print_blob=False, report_multiple_bugs=False,
        )  # fmt: skip
        attempt = seed(self._stage.seed)(bounded(given(strategy(self._stage.manifest))(self._try)))
        try:
            attempt()
        except EngineFailure as failure:
            return (*self._kept(), Run("explore-failed", "S03", "engine-error", failure.message))
        except (EndedBadlyError, HypothesisException):
            pass  # among the latter: the image does not repeat itself; what was seen counts all the same
        return self._kept()

    def _try(self, values: Mapping[str, Any]) -> None:
        parameters = {**self._recipe.parameters, **values, **self._recipe.fixed_parameters}
        known = json.dumps(parameters, sort_keys=True)
        if known not in self._good and known not in self._bad and self._may_go_on():
            run = self._perform(parameters)
            (self._bad if ended_badly(run) else self._good)[known] = run
        if known in self._bad:
            raise EndedBadlyError

    def _may_go_on(self) -> bool:
        done = len(self._good) + len(self._bad)
        return done < self._limit + (MOST_SMALLER if self._bad else 0)

    def _perform(self, parameters: Mapping[str, Any]) -> Run:
        name = f"explore-{len(self._good) + len(self._bad) + 1}"
        scenario: Scenario = replace(
            baseline(self._stage.manifest, self._recipe), name=name, code="S03", parameters=parameters,
            question="Does it work with these values, or refuse them?", builds_on=(BASELINE,),
            options={"timeout": min(LONGEST_SECONDS, self._stage.timeout)},
        )  # fmt: skip
        self._progress.scenario_started(name)
        (run,) = self._stage.perform(scenario)
        self._progress.scenario_finished(name, run.status, run.seconds)
        return run

    def _kept(self) -> tuple[Run, ...]:
        good = tuple(self._good.values())
        if not self._bad:
            return good
        _, smallest = min(self._bad.items(), key=lambda item: (len(item[0]), item[0]))
        return (*good, replace(smallest, observed={**smallest.observed, "smallest": True}))


def ended_badly(run: Run) -> bool:
    """Whether a run neither succeeded nor said no; its deadline and its memory are other matters."""
    return run.status == "done" and not run.out_of_memory and not (run.claims_success or run.refused_cleanly)
