"""The stage with its procedures: what a scenario's options ask for decides how it is performed.

The one place that knows every procedure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.evidence import Run
from conformance.runs.egress import perform_watched
from conformance.runs.offering import perform_offers
from conformance.runs.once import perform_once
from conformance.runs.procedures import perform_interrupted, perform_twins
from conformance.runs.stage import Stage
from conformance.scenarios.model import Scenario

Procedure = Callable[[Stage, Scenario], tuple[Run, ...]]

_PROCEDURES: Mapping[str, Procedure] = {
    "twin": perform_twins,
    "interrupt": perform_interrupted,
    "egress": perform_watched,
    "offers": perform_offers,
}
"""By the option that asks for it."""


@dataclass(frozen=True)
class Performer(Stage):
    """A stage that performs scenarios."""

    def perform(self, scenario: Scenario) -> tuple[Run, ...]:
        """Run a scenario once and collect its evidence; more than one run where it takes several containers.

        Never raises because an image misbehaves; raises `EngineFailure` when the engine does.
        """
        return procedure_for(scenario)(self, scenario)


def procedure_for(scenario: Scenario) -> Procedure:
    """How a scenario is performed."""
    asked = [procedure for option, procedure in _PROCEDURES.items() if scenario.options.get(option)]
    return asked[0] if asked else perform_once
