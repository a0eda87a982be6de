"""A run that offers one file format after another until the image does not cleanly refuse.

The manifest cannot say which formats an image reads, so a type of dataset that the baseline did not show is offered as
the baseline's was: an image that refuses Parquet and reads JSON handles the type. Only the last attempt is evidence.
"""

from __future__ import annotations

from dataclasses import replace

from conformance.contract.model import HUGGINGFACE
from conformance.evidence import Run
from conformance.inputs.plan import Builder
from conformance.runs.once import perform_once
from conformance.runs.stage import Stage
from conformance.scenarios.model import Scenario


def perform_offers(stage: Stage, scenario: Scenario) -> tuple[Run, ...]:
    """The first attempt that is not refused cleanly; the first one of all if every format is refused."""
    refused: list[Run] = []
    for builder in scenario.options["offers"]:
        (run,) = perform_once(stage, _offering(scenario, builder, first=not refused))
        run = replace(run, scenario=scenario.name)
        if not run.refused_cleanly:
            return (run,)
        refused.append(run)
    return tuple(refused[:1])


def _offering(scenario: Scenario, builder: Builder, *, first: bool) -> Scenario:
    """The scenario with the rows of the named datasets in that format, in folders of its own."""
    datasets = {
        name: replace(plan, builder=builder) if name in scenario.options["offered"] else plan
        for name, plan in scenario.datasets.items()
    }
    assert all(datasets[name].type == HUGGINGFACE for name in scenario.options["offered"])
    return replace(scenario, name=scenario.name if first else f"{scenario.name}-{builder}", datasets=datasets)
