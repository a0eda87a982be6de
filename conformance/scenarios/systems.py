"""The runs that vary the systems: absent, bare, complete, without key, address or model, and of another type.

Where the baseline asked nobody, they use parameters with which the image does (see `parameters.asking`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.contract.model import OPENAI_TYPES, Manifest
from conformance.inputs.plan import SystemPlan
from conformance.scenarios.model import Scenario
from conformance.scenarios.ordinary import BASELINE, all_systems, baseline
from conformance.scenarios.parameters import asking
from conformance.scenarios.recipe import Recipe

MOST_ABSENT = 2
OPTIONAL_KEYS = ("description", "provider", "thinking", "reasoning_effort")
ENV_FILE = "/home/asqi/kit-secrets.env"
"""A path of the host, as the host forwards it; no container has it."""

EVERY_KEY: Mapping[str, Any] = {
    "env_file": ENV_FILE,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "reasoning_effort": "low",
}
"""The optional keys that the host knows beside those that every run gets (contract.md 2.4)."""


def scenarios(manifest: Manifest, recipe: Recipe) -> Iterator[Scenario]:
    """Every scenario about declared systems; none where the manifest declares none."""
    if not manifest.systems:
        return
    base = replace(baseline(manifest, recipe), builds_on=(BASELINE,), options={})
    yield from _absent(manifest, base)
    if recipe.requests == 0:
        yield replace(
            base, name="default-role", code="S10", options={"default_role": True}, expects="either",
            question="Does it ask a system that is called system_under_test, as test containers do?",
        )  # fmt: skip
    for scenario in (*_keys(base), *_incomplete(base), *_other_types(manifest, base)):
        yield asking(scenario, manifest, recipe)


def _absent(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    for system in [one for one in manifest.systems if one.required][:MOST_ABSENT]:
        others = {role: plan for role, plan in base.systems.items() if role != system.name}
        yield replace(
            base, name=f"missing-system-{system.name}", code="S10", systems=others, expects="failure",
            question=f"Does it say that its required system “{system.name}” was not given?",
        )  # fmt: skip


def _with_plans(base: Scenario, **changes: Any) -> dict[str, SystemPlan]:
    """The systems, those that speak the OpenAI protocol with the changes."""
    return {
        role: replace(plan, **changes) if plan.type in OPENAI_TYPES else plan for role, plan in base.systems.items()
    }


def _keys(base: Scenario) -> Iterator[Scenario]:
    yield replace(
        base, name="bare-systems", code="S10",
        systems=_with_plans(base, omit=OPTIONAL_KEYS, trailing_slash=True),
        question="Does it do without the optional keys of a system, and with a slash at the end of its address?",
    )  # fmt: skip
    yield replace(
        base, name="full-systems", code="S22", systems=_with_plans(base, extra=EVERY_KEY),
        question="Does it pass thinking and reasoning_effort on, never open env_file, and prefer the system's own key?",
        options={"decoy_key": True},
    )  # fmt: skip
    yield replace(
        base, name="no-api-key", code="S10", systems=_with_plans(base, omit=("api_key",)), expects="either",
        question="Does it work with a system that needs no key, or say that it wants one?",
        options={"keyless": True},
    )  # fmt: skip
    yield replace(
        base, name="environment-key", code="S22", systems=_with_plans(base, omit=("api_key",)), expects="either",
        question="Does it take the key from the environment?", options={"environment_key": True},
    )  # fmt: skip


def _incomplete(base: Scenario) -> Iterator[Scenario]:
    if not any(plan.type in OPENAI_TYPES for plan in base.systems.values()):
        return
    yield replace(
        base, name="no-base-url", code="S10", systems=_with_plans(base, omit=("base_url",)), expects="failure",
        question="Does it say that a system has no base_url?", options={"network": "none"},
    )  # fmt: skip
    yield replace(
        base, name="no-model", code="S10", systems=_with_plans(base, omit=("model",)), expects="failure",
        question="Does it say that a system has no model?",
    )  # fmt: skip


def _other_types(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    most = max(len(system.offered_types) for system in manifest.systems)
    for index in range(1, most):
        plans, kinds = all_systems(manifest), []
        for system in manifest.systems:
            if index < len(system.offered_types):
                plans[system.name] = SystemPlan(type=system.offered_types[index])
                kinds.append(f"{system.name} as {system.offered_types[index]}")
        yield replace(
            base, name=f"other-systems-{index}", code="S01", systems=plans,
            question=f"Does it handle every declared type of system ({', '.join(kinds)})?",
        )  # fmt: skip
