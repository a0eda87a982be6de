"""Which runs parameters, metadata and variables call for, and with which a failing baseline is tried."""

from __future__ import annotations

import json

import pytest
from builders import manifest, run

from conformance.contract.model import EnvironmentVariable, Parameter
from conformance.scenarios import diagnosis, parameters, surroundings
from conformance.scenarios.recipe import Recipe


def count(name: str = "num_variations", **fields: object) -> Parameter:
    return Parameter(name, "integer", **{"has_default": True, "default": 2, **fields})


def planned(module, declared, recipe: Recipe | None = None):
    return {one.name: one for one in module.scenarios(declared, recipe or Recipe())}


def effects(*declared: Parameter) -> dict[str, object]:
    return {
        name: dict(one.parameters)
        for name, one in planned(parameters, manifest(parameters=declared)).items()
        if name.startswith("effect-")
    }


def test_a_count_is_changed_alone():
    assert effects(count()) == {"effect-num_variations": {"num_variations": 1}}
    assert effects(count(default=1)) == {"effect-num_variations": {"num_variations": 2}}


def test_what_need_not_show_is_not_changed_alone():
    assert effects(count("num_workers"), count("seed"), count("batch_rows"), Parameter("samples")) == {}


def test_a_count_whose_value_nobody_knows_or_that_has_no_other_is_left_alone():
    assert effects(count(has_default=False, default=None), count(default=5, description="exactly 5 to 5")) == {}


def test_at_most_two_counts_are_changed_alone():
    assert len(effects(count("rows"), count("copies"), count("pairs"))) == parameters.MOST_EFFECTS


def test_null_takes_the_place_of_every_optional_parameter_that_the_configuration_does_not_give():
    declared = manifest(parameters=(count(), count("seed"), Parameter("n", required=True)))
    recipe = Recipe(parameters={"n": 1, "seed": 7})
    chosen = planned(parameters, declared, recipe)["null-parameters"]
    assert dict(chosen.parameters) == {"n": 1, "seed": 7, "num_variations": None}
    all_given = Recipe(parameters={"n": 1, "seed": 7, "num_variations": 3})
    assert "null-parameters" not in planned(parameters, declared, all_given)


def test_every_image_is_given_a_key_that_is_no_parameter():
    unknown = planned(surroundings, manifest())["unknown-parameter"]
    assert dict(unknown.parameters) == {"kit_unknown_key": {"nested": [1, None]}}


def test_large_arguments_hold_quotes_and_a_backslash_that_begins_no_escape_of_json():
    metadata = planned(surroundings, manifest())["large-arguments"].metadata
    assert metadata["tags"]["note"].endswith('"quoted", in C:\\data')
    with pytest.raises(ValueError, match="escape"):
        json.loads(json.dumps(metadata).replace("\\\\", "\\"))


def test_only_optional_variables_are_left_out_together():
    variables = (EnvironmentVariable("REGION"), EnvironmentVariable("CURRENCY", required=False))
    recipe = Recipe(environment={"REGION": "a", "CURRENCY": "b"})
    chosen = planned(surroundings, manifest(environment=variables), recipe)["no-optional-variables"]
    assert dict(chosen.environment) == {"REGION": "a"}
    assert "no-optional-variables" not in planned(surroundings, manifest(environment=variables[:1]), recipe)


def test_a_failing_baseline_is_tried_with_its_declared_defaults_and_with_values_for_the_rest():
    declared = manifest(parameters=(count(), Parameter("mode", "enum", choices=("plain", "loud"))))
    assert diagnosis.optional_values(declared, Recipe()) == {
        "defaults": {"num_variations": 2},
        "optional-parameters": {"num_variations": 2, "mode": "plain"},
    }
    tried = {one.name: one for one in diagnosis.scenarios(declared, Recipe(), run("baseline", stdout="no"))}
    assert dict(tried["diagnose-defaults"].parameters) == {"num_variations": 2}


def test_parameters_that_are_required_or_all_have_defaults_need_no_further_values():
    assert diagnosis.optional_values(manifest(parameters=(Parameter("n", required=True),)), Recipe()) == {}
    assert list(diagnosis.optional_values(manifest(parameters=(count(),)), Recipe())) == ["defaults"]
