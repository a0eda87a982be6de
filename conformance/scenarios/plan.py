"""From a manifest and the inputs that an image accepted to the list of its runs.

Deterministic, bounded, and complete: a scenario that is left out is named with the reason, never forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from conformance.contract.model import Manifest
from conformance.scenarios import datasets, faults, ordinary, parameters, surroundings, systems
from conformance.scenarios.model import Scenario, safe_name
from conformance.scenarios.recipe import Recipe

QUICK = ("baseline", "minimal", "without-systems", "repeat", "missing-file", "missing-dataset-*")
OUT_OF_SCOPE = "the quick scope leaves it out"
NOT_NEEDED = "no selected requirement needs it"


@dataclass(frozen=True)
class Plan:
    """The scenarios to run, in order, and those that are not run, each with the reason."""

    scenarios: tuple[Scenario, ...]
    skipped: Mapping[str, str]


def plan(
    manifest: Manifest,
    recipe: Recipe,
    *,
    scope: str = "full",
    needed: Iterable[str] | None = None,
    exempt: Mapping[str, str] | None = None,
) -> Plan:
    """Every scenario after the baseline.

    ``needed`` are names or shell patterns of the scenarios that the selected checks read (None: all), ``exempt`` are
    scenarios that a person's configuration excludes, each with its reason.
    """
    named = [
        *ordinary.scenarios(manifest, recipe),
        *datasets.scenarios(manifest, recipe),
        *parameters.scenarios(manifest, recipe),
        *systems.scenarios(manifest, recipe),
        *surroundings.scenarios(manifest, recipe),
        *faults.scenarios(manifest, recipe),
    ]
    everything = [replace(scenario, name=safe_name(scenario.name)) for scenario in named]
    chosen: list[Scenario] = []
    skipped: dict[str, str] = {}
    wanted = None if needed is None else _with_foundations(everything, tuple(needed))
    for scenario in everything:
        reason = _why_not(scenario, scope, wanted, exempt or {})
        if reason:
            skipped[scenario.name] = reason
        else:
            chosen.append(scenario)
    return Plan(tuple(chosen), skipped)


def _why_not(scenario: Scenario, scope: str, wanted: set[str] | None, exempt: Mapping[str, str]) -> str:
    for pattern, reason in exempt.items():
        if fnmatchcase(scenario.name, pattern):
            return f"excluded by the configuration: {reason}"
    if wanted is not None and scenario.name not in wanted:
        return NOT_NEEDED
    if scope == "quick" and not any(fnmatchcase(scenario.name, pattern) for pattern in QUICK):
        return OUT_OF_SCOPE
    return ""


def _with_foundations(everything: list[Scenario], patterns: tuple[str, ...]) -> set[str]:
    """The names that match, and what they build on (names are planned after their foundations)."""
    wanted: set[str] = set()
    for scenario in reversed(everything):
        if scenario.name in wanted or any(fnmatchcase(scenario.name, pattern) for pattern in patterns):
            wanted |= {scenario.name, *scenario.builds_on, *scenario.options.get("borrow_from", ())}
    return wanted
