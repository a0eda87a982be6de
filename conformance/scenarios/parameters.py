"""The runs that vary user parameters: valid values, null, declared defaults, and values that must be refused."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.contract.model import Manifest, Parameter
from conformance.inputs.parameters import full_sets, invalid_variants
from conformance.inputs.ranges import range_of
from conformance.inputs.words import has_word
from conformance.scenarios.model import Scenario
from conformance.scenarios.ordinary import BASELINE, baseline
from conformance.scenarios.recipe import Recipe

MOST_WRONG_TYPES = 3
MOST_EFFECTS = 2
COUNTED = "variation|variant|sample|row|record|example|item|question|pair|copy|copies|paraphrase|document|entry|entries"
"""What a parameter counts whose effect must show in the data."""
NOT_COUNTED = "batch|min|minimum|per|retry|retries|worker|seed|timeout|length|token|index|offset|start"


def scenarios(manifest: Manifest, recipe: Recipe) -> Iterator[Scenario]:
    """Every scenario about declared parameters; a manifest with one parameter does not pay for ten."""
    if not manifest.parameters:
        return
    base = replace(baseline(manifest, recipe), builds_on=(BASELINE,), options={})
    for name, values in full_set_names(manifest, recipe).items():
        yield replace(
            base, name=name, code="S03", parameters={**values, **recipe.fixed_parameters},
            question="Does it accept every kind of valid value?", options={"varied": sorted(values)},
        )  # fmt: skip
    yield from _fewer(manifest, recipe, base)
    yield from _defaults_and_nulls(manifest, base)
    yield from _effects(manifest, base)
    yield from _refusals(manifest, base)


def full_set_names(manifest: Manifest, recipe: Recipe) -> dict[str, Mapping[str, Any]]:
    """The scenarios that try every kind of valid value, each with its parameters."""
    sets = full_sets(manifest, dict(recipe.parameters)) if manifest.parameters else ()
    return {f"parameters-{number}": values for number, values in enumerate(sets, 1)}


def _fewer(manifest: Manifest, recipe: Recipe, base: Scenario) -> Iterator[Scenario]:
    """One set more where an image may refuse all of them for the sake of one value, such as a filter's.

    Which values the data holds, no manifest can state. The runner leaves out what the refusals name, and runs nothing
    if a set was accepted.
    """
    sets = full_set_names(manifest, recipe)
    varied = {name for values in sets.values() for name in values if name not in base.parameters}
    optional = tuple(sorted(one.name for one in manifest.parameters if not one.required and one.name in varied))
    if optional and len(manifest.parameters) > 1:
        yield replace(
            base, name="fewer-parameters", code="S03",
            question="Does it accept the values of the parameters that it did not refuse?",
            options={"after_refusals_of": tuple(sets), "optional": optional},
        )  # fmt: skip


def asking(scenario: Scenario, manifest: Manifest, recipe: Recipe, *, needed: bool = False) -> Scenario:
    """The scenario, to be run with parameters with which the image asks its systems.

    Many images ask only in one of their modes. Where the baseline asked nobody, the runs that try every valid value
    show with which values it does, and the runner takes them from there (``borrow_from``). With ``needed`` the
    scenario is not run if none of them asked either.
    """
    if recipe.requests != 0:
        return scenario
    names = tuple(full_set_names(manifest, recipe))
    return replace(scenario, options={**scenario.options, "borrow_from": names, "needs_requests": needed})


def _defaults_and_nulls(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    given = base.parameters
    defaults = {one.name: one.default for one in manifest.parameters if one.has_default and one.name not in given}
    if defaults:
        yield replace(
            base, name="defaults", code="S03", parameters={**given, **defaults},
            question="Does it do the same with its declared defaults given as with none?",
        )  # fmt: skip
    # What the user's configuration gives is what the image needs here: it stays.
    nulls = {one.name: None for one in manifest.parameters if not one.required and one.name not in given}
    if nulls:
        yield replace(
            base, name="null-parameters", code="S03", parameters={**given, **nulls},
            question="Does it take null for an optional parameter as absent?",
        )  # fmt: skip


def _effects(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    """One parameter changed alone, where the change must show: the number of things that are made.

    What is not given and has no default is left alone, because the other value could be the one that is used.
    """
    counts = [(one, base.parameters.get(one.name, one.default)) for one in manifest.parameters if _counts(one)]
    known = [(one, value) for one, value in counts if type(value) is int and value > 0]
    for parameter, value in known[:MOST_EFFECTS]:
        other = next((number for number in (1, 2, 3) if number != value and range_of(parameter).holds(number)), None)
        if other is not None:
            values = {**base.parameters, parameter.name: other}
            yield replace(
                base, name=f"effect-{parameter.name}", code="S03", parameters=values,
                question=f"Does “{parameter.name}” have an effect?",
            )  # fmt: skip


def _counts(parameter: Parameter) -> bool:
    return (
        parameter.type == "integer" and has_word(parameter.name, COUNTED) and not has_word(parameter.name, NOT_COUNTED)
    )


def _refusals(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    def refused(name: str, values: Mapping[str, Any], question: str) -> Scenario:
        return replace(base, name=name, code="S09", parameters=values, expects="failure", question=question)

    wrong = _one_of_each_type(manifest.parameters)
    for parameter, label, value in wrong[:MOST_WRONG_TYPES]:
        yield refused(
            f"wrong-type-{parameter.name}", {**base.parameters, parameter.name: value},
            f"Does it refuse {label} for the {parameter.type} “{parameter.name}”?",
        )  # fmt: skip
    choice = next((one for one in manifest.parameters if one.type == "enum" and one.choices), None)
    if choice is not None:
        yield refused(
            f"unknown-choice-{choice.name}", {**base.parameters, choice.name: _no_choice(choice)},
            f"Does it refuse a value of “{choice.name}” that is none of its choices?",
        )  # fmt: skip
    needed = next((one for one in manifest.parameters if one.required), None)
    if needed is not None:
        rest = {name: value for name, value in base.parameters.items() if name != needed.name}
        yield refused(
            f"missing-parameter-{needed.name}", rest,
            f"Does it say that its required parameter “{needed.name}” is missing?",
        )  # fmt: skip
    number = next((one for one in manifest.parameters if one.type == "float"), None)
    if number is not None:
        yield replace(
            base, name="nan-parameter", code="S29", parameters={**base.parameters, number.name: math.nan},
            expects="either", question=f"Does it survive NaN for “{number.name}”?",
        )  # fmt: skip


def _one_of_each_type(parameters: tuple[Parameter, ...]) -> list[tuple[Parameter, str, Any]]:
    """The first parameter of each type with one value that it cannot have (choices have a scenario of their own)."""
    chosen: dict[str, tuple[Parameter, str, Any]] = {}
    for parameter in parameters:
        if parameter.type == "enum" or parameter.type in chosen:
            continue
        variants = invalid_variants(parameter)
        if variants:
            label, value = variants[0]
            chosen[parameter.type] = (parameter, label, value)
    return list(chosen.values())


def _no_choice(parameter: Parameter) -> Any:
    if all(isinstance(choice, str) for choice in parameter.choices):
        return "kit-unknown-choice"
    numbers = [choice for choice in parameter.choices if isinstance(choice, int | float)]
    return max(numbers) + 1000 if numbers else "kit-unknown-choice"
