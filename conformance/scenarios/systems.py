"""The runs that vary the systems: absent, bare, without key or address, of another type, and failing in every way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract.model import Manifest
from conformance.scenarios.model import Scenario, SystemPlan
from conformance.scenarios.ordinary import BASELINE, all_systems, baseline
from conformance.scenarios.recipe import Recipe

MOST_ABSENT = 2
OPTIONAL_KEYS = ("description", "provider", "thinking", "reasoning_effort")


def scenarios(manifest: Manifest, recipe: Recipe) -> Iterator[Scenario]:
    """Every scenario about declared systems; none where the manifest declares none."""
    if not manifest.systems:
        return
    base = replace(baseline(manifest, recipe), builds_on=(BASELINE,), options={})
    yield from _absent(manifest, base)
    yield from _sparse(base)
    yield from _other_types(manifest, base)


def _absent(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    for system in [one for one in manifest.systems if one.required][:MOST_ABSENT]:
        others = {role: plan for role, plan in base.systems.items() if role != system.name}
        yield replace(
            base, name=f"missing-system-{system.name}", code="S10", systems=others, expects="failure",
            question=f"Does it say that its required system “{system.name}” was not given?",
        )  # fmt: skip


def _sparse(base: Scenario) -> Iterator[Scenario]:
    def with_plans(**changes: object) -> dict[str, SystemPlan]:
        return {role: replace(plan, **changes) for role, plan in base.systems.items()}  # type: ignore[arg-type]

    yield replace(
        base, name="bare-systems", code="S10",
        systems=with_plans(omit=OPTIONAL_KEYS, extra={"env_file": "/home/asqi/secrets.env"}, trailing_slash=True),
        question="Does it do without the optional keys of a system, and never open env_file?",
    )  # fmt: skip
    yield replace(
        base, name="no-api-key", code="S10", systems=with_plans(omit=("api_key",)), expects="either",
        question="Does it work with a system that needs no key, or say that it wants one?",
        options={"keyless": True},
    )  # fmt: skip
    yield replace(
        base, name="environment-key", code="S22", systems=with_plans(omit=("api_key",)), expects="either",
        question="Does it take the key from the variable API_KEY?", options={"environment_key": True},
    )  # fmt: skip
    yield replace(
        base, name="no-base-url", code="S10", systems=with_plans(omit=("base_url",)), expects="failure",
        question="Does it say that a system has no base_url?", options={"no_network": True},
    )  # fmt: skip


def _other_types(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    most = max(len(system.types) for system in manifest.systems)
    for index in range(1, most):
        plans, kinds = all_systems(manifest), []
        for system in manifest.systems:
            if index < len(system.types):
                plans[system.name] = SystemPlan(type=system.types[index])
                kinds.append(f"{system.name} as {system.types[index]}")
        yield replace(
            base, name=f"other-systems-{index}", code="S01", systems=plans,
            question=f"Does it handle every declared type of system ({', '.join(kinds)})?",
        )  # fmt: skip
