"""Parameters made from the manifest: plausible, valid for the host, few runs, and refusals that are clearly wrong."""

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.contract.model import Feature, InputDataset, Manifest, Parameter
from conformance.inputs.explore import manifests, strategy
from conformance.inputs.parameters import (
    candidates,
    full_sets,
    invalid_variants,
    null_variants,
    required_only,
    valid_variants,
)
from conformance.inputs.ranges import range_of

NUMBER = Parameter("num_variations", "integer", description="between 1 and 4", has_default=True, default=2)
CHOICE = Parameter("mode", "enum", choices=("fast", "good", "best"))
INNER = (Parameter("name", "string", required=True), Parameter("weight", "float"))
OBJECT = Parameter("settings", "object", properties=INNER)
LIST = Parameter("people", "list", items=Parameter("person", "object", properties=INNER))


def host_accepts(parameter, value):
    """The host's rules (contract.md 9.2), written down independently of the kit's makers."""
    if value is None:
        return not parameter.required
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if parameter.type == "enum":
        return value in parameter.choices
    if parameter.type == "list":
        inner = parameter.items
        return isinstance(value, list) and (inner is None or all(host_accepts(inner, one) for one in value))
    if parameter.type == "object":
        return isinstance(value, dict) and (not parameter.properties or _properties_accepted(parameter, value))
    return {
        "string": isinstance(value, str), "integer": number and isinstance(value, int), "float": number,
        "boolean": isinstance(value, bool),
    }[parameter.type]  # fmt: skip


def _properties_accepted(parameter, value):
    known = {one.name: one for one in parameter.properties}
    needed = {one.name for one in parameter.properties if one.required}
    return needed <= set(value) <= set(known) and all(host_accepts(known[name], one) for name, one in value.items())


def test_only_required_parameters_are_given():
    manifest = Manifest(parameters=(NUMBER, Parameter("topic", required=True)))
    assert list(required_only(manifest)) == ["topic"]


def test_every_attempt_offers_another_value():
    manifest = Manifest(parameters=(Parameter("amount", "integer", required=True),))
    assert [required_only(manifest, attempt)["amount"] for attempt in range(4)] == [2, 1, 3, 5]


def test_every_choice_is_offered_in_turn():
    manifest = Manifest(parameters=(Parameter("mode", "enum", required=True, choices=("a", 7)),))
    assert [required_only(manifest, attempt) for attempt in range(3)] == [{"mode": "a"}, {"mode": 7}, {"mode": "a"}]


def test_a_column_parameter_starts_with_an_input_column():
    dataset = InputDataset("d", features=(Feature("body", dtype="string"),))
    manifest = Manifest(parameters=(Parameter("text_column", required=True),), input_datasets=(dataset,))
    assert required_only(manifest) == {"text_column": "body"}


@pytest.mark.parametrize(
    ("name", "description", "first"),
    [
        ("language", "", "en"),
        ("start_date", "", "2024-01-15"),
        ("output_format", "", "json"),
        ("anything", "one of: red, green or blue", "red"),
        ("anything", "Either 'warm' or 'cold'.", "warm"),
        ("endpoint_url", "", "https://example.com/"),
    ],
)
def test_texts_are_guessed_from_name_and_description(name, description, first):
    assert candidates(Parameter(name, description=description))[0] == first


@pytest.mark.parametrize(
    ("description", "low", "high"),
    [
        ("between 1 and 10", 1, 10), ("Number of copies (1-5)", 1, 5), ("from 2 to 8 items", 2, 8), ("[0, 1]", 0, 1),
        ("at least 3", 3, float("inf")), (">= 1", 1, float("inf")), ("max 7", float("-inf"), 7),
        ("min: 2, max: 9", 2, 9), ("0-100%", 0, 100), ("Since 2024-01-15", float("-inf"), float("inf")),
        ("between 9 and 1", float("-inf"), float("inf")), ("non-negative", 0, float("inf")),
    ],
)  # fmt: skip
def test_ranges_are_read_from_descriptions(description, low, high):
    stated = range_of(Parameter("x", "integer", description=description))
    assert (stated.low, stated.high) == (low, high)


def test_stated_ends_are_tried_and_the_default_is_not():
    assert valid_variants(NUMBER) == (("lowest stated value", 1), ("highest stated value", 4))


def test_a_float_gets_a_whole_number():
    label, value = valid_variants(Parameter("weight", "float"))[0]
    assert (label, value, type(value)) == ("a whole number for a float", 1, int)


def test_an_unknown_mode_is_not_tried_without_a_hint():
    assert valid_variants(Parameter("augmentation_type", has_default=True, default="simple")) == ()


def test_documented_words_are_tried():
    values = [value for _, value in valid_variants(Parameter("mode", description="one of: fast, slow"))]
    assert values == ["fast", "slow"]


def test_an_object_is_tried_with_required_and_with_all_properties():
    labels = dict(valid_variants(OBJECT))
    assert set(labels["required properties only"]) == {"name"}
    assert set(labels["all properties"]) == {"name", "weight"}


def test_a_list_of_objects_is_tried_with_all_properties():
    labels = dict(valid_variants(LIST))
    assert [set(one) for one in labels["an element with all properties"]] == [{"name", "weight"}]
    assert len(labels["two elements"]) == 2


def test_null_is_for_optional_parameters_and_properties():
    assert null_variants(Parameter("x", required=True)) == ()
    assert [value for _, value in null_variants(OBJECT)] == [None, {"name": "sample", "weight": None}]


@pytest.mark.parametrize("name", ["num_rows", "epochs", "batch_size", "sample_count", "iterations"])
def test_what_makes_a_run_long_stays_small(name):
    values = [*candidates(Parameter(name, "integer")), *dict(valid_variants(Parameter(name, "integer"))).values()]
    assert max(values) <= 5


def test_a_wait_is_at_most_a_second():
    assert max(candidates(Parameter("sleep_seconds", "float"))) <= 1


def test_one_parameter_does_not_pay_for_ten():
    assert [one["num_variations"] for one in full_sets(Manifest(parameters=(NUMBER,)), {})] == [1, 4]


def test_a_manifest_without_parameters_needs_no_set():
    assert full_sets(Manifest(), {}) == ()


def test_every_variant_appears_in_a_set_and_the_sets_are_few():
    manifest = Manifest(parameters=(NUMBER, CHOICE, OBJECT, LIST))
    base = {"mode": "fast"}
    sets = full_sets(manifest, base)
    assert len(sets) <= 6
    for parameter in manifest.parameters:
        given_values = [one[parameter.name] for one in sets]
        wanted = [value for _, value in valid_variants(parameter) if value != base.get(parameter.name)]
        assert all(value in given_values for value in wanted)


def test_the_first_wrong_value_of_each_type_does_not_convert():
    first = {kind: invalid_variants(Parameter("x", kind))[0][1] for kind in ("string", "integer", "list", "boolean")}
    assert first == {
        "string": {"unexpected": "object"}, "integer": "not-a-number", "list": 7, "boolean": ["unexpected"],
    }  # fmt: skip


def test_an_unknown_choice_is_a_wrong_value():
    assert invalid_variants(CHOICE)[0] == ("none of its choices", "kit-unknown-choice")


def test_an_object_without_a_required_property_is_a_wrong_value():
    assert {"weight"} in [set(value) for _, value in invalid_variants(OBJECT) if isinstance(value, dict)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(manifests())
def test_the_host_accepts_every_made_value_and_refuses_every_wrong_one(manifest):
    for attempt in range(3):
        values = required_only(manifest, attempt)
        assert all(host_accepts(one, values[one.name]) for one in manifest.parameters if one.required)
    for parameter in manifest.parameters:
        assert all(host_accepts(parameter, value) for _, value in valid_variants(parameter))
        assert all(host_accepts(parameter, value) for _, value in null_variants(parameter))
        assert not any(host_accepts(parameter, value) for _, value in invalid_variants(parameter))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_explored_sets_are_accepted_by_the_host(data):
    manifest = data.draw(manifests(3))
    values = data.draw(strategy(manifest))
    known = {one.name: one for one in manifest.parameters}
    assert all(host_accepts(known[name], value) for name, value in values.items())


def test_a_hundred_deep_parameters_are_quick():
    deep = Parameter("leaf", "integer", required=True)
    for level in range(60):
        kind = "list" if level % 2 else "object"
        parts = {"items": deep} if kind == "list" else {"properties": (deep, CHOICE)}
        deep = Parameter(f"level_{level}", kind, required=True, **parts)
    parameters = (deep, *(Parameter(f"p{number}", "object", properties=INNER * 3) for number in range(100)))
    manifest = Manifest(parameters=parameters)
    started = time.perf_counter()
    sets = full_sets(manifest, required_only(manifest))
    list(map(invalid_variants, parameters))
    assert time.perf_counter() - started < 1
    assert json.dumps(sets)


@pytest.mark.parametrize("kind", ["array", "number", "int", "bool", "whatever", ""])
def test_types_that_no_manifest_may_use_are_taken_for_what_they_mean(kind):
    parameter = Parameter("x", kind, required=True)
    assert required_only(Manifest(parameters=(parameter,)))["x"] is not None
    assert invalid_variants(parameter)
