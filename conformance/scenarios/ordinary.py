"""The runs of a good day: everything given, only what is required, the same again, and arguments that are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.inputs.plan import DatasetPlan, SystemPlan
from conformance.scenarios.model import Scenario
from conformance.scenarios.recipe import Recipe

BASELINE = "baseline"
NO_JSON = ("--generation-params", '{"volumes": {')
UNKNOWN_FLAG = ("--kit-unknown-option", "value")


def all_datasets(manifest: Manifest, recipe: Recipe, **changes: object) -> dict[str, DatasetPlan]:
    """Every declared dataset, each as its first accepted type."""
    return {dataset.name: recipe.plan_for(dataset, **changes) for dataset in manifest.input_datasets}


def row_datasets(manifest: Manifest, recipe: Recipe, **changes: object) -> dict[str, DatasetPlan]:
    """Every declared dataset; the changes touch those that are given as rows and columns, not documents."""
    return {
        dataset.name: recipe.plan_for(dataset, **(changes if dataset.types[:1] == (HUGGINGFACE,) else {}))
        for dataset in manifest.input_datasets
    }


def has_rows(manifest: Manifest) -> bool:
    """Whether any declared dataset is given as rows in the baseline."""
    return any(dataset.types[:1] == (HUGGINGFACE,) for dataset in manifest.input_datasets)


def all_systems(manifest: Manifest) -> dict[str, SystemPlan]:
    """Every declared role, each as the first of its offered types."""
    return {system.name: SystemPlan(type=system.offered_types[0]) for system in manifest.systems}


def required_systems(manifest: Manifest) -> dict[str, SystemPlan]:
    """Only the roles that the image cannot do without."""
    plans = all_systems(manifest)
    return {system.name: plans[system.name] for system in manifest.systems if system.required}


def required_datasets(manifest: Manifest, recipe: Recipe) -> dict[str, DatasetPlan]:
    """Only the datasets that the image cannot do without."""
    plans = all_datasets(manifest, recipe)
    return {dataset.name: plans[dataset.name] for dataset in manifest.input_datasets if dataset.required}


def required_variables(manifest: Manifest, recipe: Recipe) -> dict[str, str | None]:
    """Only the declared variables that the image cannot do without."""
    needed = {variable.name for variable in manifest.environment if variable.required}
    return {name: value for name, value in recipe.environment.items() if name in needed}


def baseline(manifest: Manifest, recipe: Recipe) -> Scenario:
    """S01: what the host would run, with everything that the manifest declares and required parameters only."""
    return Scenario(
        BASELINE, "S01", "Does it do its job with everything that it declares?",
        parameters=recipe.parameters, datasets=all_datasets(manifest, recipe), systems=all_systems(manifest),
        environment=dict(recipe.environment), options={"record_changes": True, "reload": True},
    )  # fmt: skip


def scenarios(manifest: Manifest, recipe: Recipe) -> Iterator[Scenario]:
    """The ordinary scenarios after the baseline."""
    base = replace(baseline(manifest, recipe), builds_on=(BASELINE,), options={})
    minimal = replace(
        base, name="minimal", code="S02", question="Does it work with only what is required?",
        datasets=required_datasets(manifest, recipe), systems=required_systems(manifest),
        environment=required_variables(manifest, recipe),
    )  # fmt: skip
    if _differs(minimal, base):
        yield minimal
    without = replace(
        base, name="without-systems", code="S04", question="Does it work without the systems that are optional?",
        systems=required_systems(manifest),
    )  # fmt: skip
    if _differs(without, base) and _differs(without, minimal):
        yield without
    yield replace(
        base, name="repeat", code="S28", joined=True,
        question="Does the same input give the same again, and where does the result stand in one ordered stream?",
    )  # fmt: skip
    yield replace(
        base, name="re-run", code="S15", output=f"used:{BASELINE}", options={"foreign_files": True},
        builds_on=(BASELINE, "repeat"),
        question="Does it cope with an output folder that was used before, and leave what is not its own?",
    )  # fmt: skip
    yield from _argument_faults(base)


def _differs(one: Scenario, other: Scenario) -> bool:
    """Whether two scenarios feed the image differently, so that both are worth a container run."""

    def inputs(scenario: Scenario) -> tuple[Mapping[str, object], ...]:
        return (scenario.parameters, scenario.datasets, scenario.systems, scenario.environment)

    return inputs(one) != inputs(other)


def _argument_faults(base: Scenario) -> Iterator[Scenario]:
    yield replace(
        base, name="odd-arguments", code="S08", options={"argument_order": "odd"},
        question="Does it accept its arguments in another order, and ignore a flag that a later host may add?",
    )  # fmt: skip
    yield replace(
        base, name="no-arguments", code="S08", arguments=(), expects="failure",
        question="Does it say what is wrong when it is started without arguments?",
    )  # fmt: skip
    yield replace(
        base, name="invalid-json", code="S08", arguments=NO_JSON,
        expects="failure", question="Does it say what is wrong when its parameters are no JSON?",
    )  # fmt: skip
    if not base.systems:
        yield replace(
            base, name="undeclared-systems", code="S08", options={"extra_arguments": ("--systems-params", "{}")},
            question="Does it accept --systems-params although it declares no system?",
        )  # fmt: skip
